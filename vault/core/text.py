"""Text that must give the same bytes everywhere: handles, passphrases, excerpts (FORMAT §2, §5.3)."""

from __future__ import annotations

import re
import unicodedata

from vault.errors import FormatError
from vault.wire.limits import MAX_HANDLE_CODE_POINTS

MAX_PASSPHRASE_BYTES = 1_024

_SPACE = re.compile(r"[\x20\t-\r]+")


def _squeeze(text: str) -> str:
    """Each run of white space (U+0020, U+0009 to U+000D) as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip(" ")


def _visible(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] != "C" and category not in ("Zl", "Zp")


def normalise_handle(handle: str) -> str:
    """Return the one spelling of a vault's name. Raises FormatError when no valid handle results."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", handle).lower())
    name = _squeeze(folded)
    if not 1 <= len(name) <= MAX_HANDLE_CODE_POINTS or not all(map(_visible, name)):
        raise FormatError("A vault name has 1 to 64 visible characters; choose another one.")
    return name


def passphrase_bytes(passphrase: str) -> bytes:
    """Return NFKC in UTF-8, nothing trimmed or folded. Raises FormatError when ill-formed or not 1 to 1,024 bytes."""
    try:
        data = unicodedata.normalize("NFKC", passphrase).encode()
    except UnicodeEncodeError:
        data = b""
    if not 1 <= len(data) <= MAX_PASSPHRASE_BYTES:
        raise FormatError("A passphrase has 1 to 1,024 bytes of plain text; choose another one.")
    return data


def excerpt(text: str, count: int) -> str:
    """Return the first `count` code points of `text` after its white space is squeezed."""
    return _squeeze(text)[:count]
