"""Crockford base 32: the text of recovery keys and comparison codes (FORMAT §3.5, §7.2)."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_GROUP = 4


def encode(data: bytes) -> str:
    """Return the text of `data` (a multiple of 5 bytes), most significant bit first, in groups of 4 joined by ``-``."""
    bits, value = 8 * len(data), int.from_bytes(data)
    chars = "".join(ALPHABET[value >> shift & 31] for shift in range(bits - 5, -1, -5))
    return "-".join(chars[start : start + _GROUP] for start in range(0, len(chars), _GROUP))
