"""Recovery keys: 32 random bytes, and their text for human hands (FORMAT §3.5)."""

from __future__ import annotations

import hashlib
import os

from vault.core import crockford
from vault.core.refuse import format_error
from vault.errors import FormatError
from vault.wire.limits import KEY_BYTES

_CHECK_BYTES = 3
_CHARS = 56
_IGNORED = dict.fromkeys(map(ord, "- \t\n\v\f\r"))
_VALUES = {char: value for value, char in enumerate(crockford.ALPHABET)}
_VALUES |= {char.lower(): value for char, value in _VALUES.items()}
_VALUES |= {"O": 0, "o": 0} | dict.fromkeys("IiLl", 1)


def new_recovery_key() -> bytes:
    """Return a fresh recovery key, 32 bytes: itself the secret value of its slot."""
    return os.urandom(KEY_BYTES)


def encode_recovery_key(key: bytes) -> str:
    """Return 14 groups of 4 characters joined by ``-``; the last 24 bits are a check."""
    if len(key) != KEY_BYTES:
        raise format_error()
    return crockford.encode(key + _check_bits(key))


def decode_recovery_key(text: str) -> bytes:
    """Undo :func:`encode_recovery_key`, forgiving case, spacing and look-alikes; else raise FormatError."""
    chars = text.translate(_IGNORED)
    if len(chars) == _CHARS and _VALUES.keys() >= set(chars):
        number = 0
        for char in chars:
            number = number << 5 | _VALUES[char]
        data = number.to_bytes(KEY_BYTES + _CHECK_BYTES)
        key, check = data[:KEY_BYTES], data[KEY_BYTES:]
        if check == _check_bits(key):
            return key
    raise FormatError("That is not a recovery key; compare every group with your copy.")


def _check_bits(key: bytes) -> bytes:
    return hashlib.sha256(b"inkvault/v1/recovery" + key).digest()[:_CHECK_BYTES]
