"""Refusals of hostile bytes: one message for all, so that none tells which check failed (docs/FORMAT.md §1)."""

from __future__ import annotations

from vault.errors import FormatError, IntegrityError

_DAMAGED = "This data was damaged or changed, so nothing of it was used; check the server before you try again."


def format_error() -> FormatError:
    """Bytes of the wrong shape."""
    return FormatError(_DAMAGED)


def integrity_error() -> IntegrityError:
    """Right shape, failed authentication. Same words as a format error: a message tells no difference."""
    return IntegrityError(_DAMAGED)
