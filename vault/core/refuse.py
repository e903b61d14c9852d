"""The three refusals of hostile bytes: one message a family, so that none tells which check failed (FORMAT §1)."""

from __future__ import annotations

from vault.errors import FormatError, IntegrityError, PolicyError

_DAMAGED = "This data was damaged or changed, so nothing of it was used; check the server before you try again."
_COSTS = "The server asked for key derivation costs outside the safe bounds, so nothing was sent; check the server."


def format_error() -> FormatError:
    """Bytes of the wrong shape."""
    return FormatError(_DAMAGED)


def integrity_error() -> IntegrityError:
    """Right shape, failed authentication. Same words as a format error: a message tells no difference."""
    return IntegrityError(_DAMAGED)


def policy_error() -> PolicyError:
    """Key derivation costs out of bounds."""
    return PolicyError(_COSTS)
