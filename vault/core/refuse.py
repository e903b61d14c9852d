"""The refusals of hostile bytes (FORMAT §1): those of :mod:`vault.wire.refuse`, and one that only keys give rise to."""

from __future__ import annotations

from vault.errors import PolicyError
from vault.wire.refuse import format_error, integrity_error

__all__ = ["format_error", "integrity_error", "policy_error"]

_COSTS = "The server asked for key derivation costs outside the safe bounds, so nothing was sent; check the server."


def policy_error() -> PolicyError:
    """Key derivation costs out of bounds."""
    return PolicyError(_COSTS)
