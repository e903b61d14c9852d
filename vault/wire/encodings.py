"""Strict text encodings of bytes: exactly one spelling for each value (docs/PROTOCOL.md §1)."""

from __future__ import annotations

import binascii
import re

from vault.errors import FormatError

# A string that never ends runs to the end of the data: the scan stays linear whatever it is given.
_JSON_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}'))
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
"""The two characters of the standard alphabet, and padding, become one that no alphabet has."""
_HEX_ID = re.compile(r"[0-9a-f]{32}")


def b64encode(data: bytes) -> str:
    """URL-safe base64 (RFC 4648 §5) without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def b64decode(text: str) -> bytes:
    """Undo :func:`b64encode`. Raises FormatError for padding, foreign characters or stray bits."""
    try:
        given = text.encode("ascii").translate(_FROM_URL)
        data = binascii.a2b_base64(given + b"=" * (-len(given) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        raise FormatError("not canonical base64url") from None
    # Strict mode takes no other characters, but lets stray bits pass, which only the last characters can have.
    rest = len(data) % 3
    if rest and binascii.b2a_base64(data[-rest:], newline=False).rstrip(b"=") != given[-rest - 1 :]:
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


def is_nested_deeper(data: bytes, depth: int) -> bool:
    """Whether JSON text nests arrays and objects more than `depth` levels deep. Text that is no JSON may say either."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return False
    if b"\\" not in data:  # then a quote is a quote, whatever stands between two of them
        data = data.translate(None, _NO_MARKS)
    level = 0
    for token in _JSON_TOKEN.finditer(data):
        if token[0] in b"[{":
            level += 1
            if level > depth:
                return True
        elif token[0] in b"]}":
            level -= 1
    return False
