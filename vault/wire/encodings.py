"""Strict text encodings of bytes: exactly one spelling for each value (docs/PROTOCOL.md §1)."""

from __future__ import annotations

import base64
import binascii
import re

from vault.errors import FormatError

_HEX_ID = re.compile(r"[0-9a-f]{32}")


def b64encode(data: bytes) -> str:
    """URL-safe base64 (RFC 4648 §5) without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64decode(text: str) -> bytes:
    """Undo :func:`b64encode`. Raises FormatError for padding, foreign characters or stray bits."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("not canonical base64url") from None
    if b64encode(data) != text:
        raise FormatError("not canonical base64url")
    return data


def id_to_text(value: bytes) -> str:
    """An id as 32 lower-case hexadecimal digits."""
    return value.hex()


def id_from_text(text: str) -> bytes:
    """Undo :func:`id_to_text`. Raises FormatError for any other spelling."""
    if not _HEX_ID.fullmatch(text):
        raise FormatError("not an id")
    return bytes.fromhex(text)
