"""Text that must give the same bytes everywhere: handles, passphrases, excerpts (FORMAT §2, §5.3)."""

from __future__ import annotations

import unicodedata

from vault.errors import FormatError
from vault.wire.handles import normal_form, squeeze

MAX_PASSPHRASE_BYTES = 1_024


def normalise_handle(handle: str) -> str:
    """Return the one spelling of a vault's name. Raises FormatError when no valid handle results."""
    name = normal_form(handle)
    if name is None:
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
    return squeeze(text)[:count]
