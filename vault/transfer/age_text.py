"""The two text encodings of age: base64 without padding (RFC 4648 §4), and Bech32 for keys (BIP 173)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence

from vault.errors import FormatError

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encode(data: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Undo :func:`encode`. Raises FormatError for any other spelling."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if encode(data) != text:
        raise FormatError("This is no age file, or it is damaged; take another copy of it.")
    return data


def bech32_decode(prefix: str, text: str) -> bytes | None:
    """The bytes of `text`, whose human-readable part must be `prefix`; None for what is no Bech32 of it."""
    folded = text.lower()
    if text not in (folded, text.upper()) or not folded.startswith(prefix + "1"):
        return None
    digits = [_ALPHABET.find(char) for char in folded[len(prefix) + 1 :]]
    if len(digits) < 6 or -1 in digits or _checksum([*_expand(prefix), *digits]) != 1:
        return None
    number, bits = 0, 5 * (len(digits) - 6)
    for digit in digits[:-6]:
        number = number << 5 | digit
    spare = bits % 8
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(bits // 8)


def _expand(prefix: str) -> Sequence[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _checksum(values: Iterable[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                total ^= term
    return total
