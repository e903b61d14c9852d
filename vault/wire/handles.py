"""The one spelling of a vault's name (docs/FORMAT.md §2). Clients make it, the service checks it."""

from __future__ import annotations

import re
import unicodedata

from vault.wire.limits import MAX_HANDLE_CODE_POINTS

_SPACE = re.compile(r"[\x20\t-\r]+")


def normal_form(handle: str) -> str | None:
    """The normal form of a name, or None when no valid name results."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", handle).lower())
    name = squeeze(folded)
    if not 1 <= len(name) <= MAX_HANDLE_CODE_POINTS or not all(map(_is_visible, name)):
        return None
    return name


def squeeze(text: str) -> str:
    """Each run of white space (U+0020, U+0009 to U+000D) as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip(" ")


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] != "C" and category not in ("Zl", "Zp")
