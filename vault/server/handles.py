"""The form that vault names have on the wire (docs/FORMAT.md §2). The service only checks it."""

from __future__ import annotations

import unicodedata
from typing import Final

from vault.wire.limits import MAX_HANDLE_BYTES, MAX_HANDLE_CODE_POINTS

_SPACE: Final = "\t\n\v\f\r "


def is_normalised(handle: str) -> bool:
    """Whether a name is in its normal form: only then do two spellings of one name meet."""
    try:
        if len(handle.encode()) > MAX_HANDLE_BYTES or not 1 <= len(handle) <= MAX_HANDLE_CODE_POINTS:
            return False
    except UnicodeEncodeError:
        return False
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", handle).lower())
    words = [word for word in folded.translate(dict.fromkeys(map(ord, _SPACE), " ")).split(" ") if word]
    return " ".join(words) == handle and not any(_is_forbidden(character) for character in handle)


def _is_forbidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in {"Zl", "Zp"}
