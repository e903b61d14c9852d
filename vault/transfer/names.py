"""File names that Windows, macOS and Linux all take, made of titles that may hold anything."""

from __future__ import annotations

import re
import unicodedata

_MOST_POINTS = 80
_MOST_BYTES = 150
# What Windows refuses, controls, invisible marks that turn the direction of text round, and halves of characters.
_REFUSED = re.compile(
    r'[\x00-\x1f<>:"/\\|?*\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]+'
)
_SPACE = re.compile(r"\s+")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)


class Names:
    """Names of one folder, none twice: also not in another case or another Unicode form, which some systems ignore."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, title: str, ending: str = "") -> str:
        """A name that was not taken yet; `ending` is its extension."""
        base = safe(title)
        name, number = base, 1
        while (key := _key(name + ending)) in self._taken:
            number += 1
            name = f"{base} ({number})"
        self._taken.add(key)
        return name + ending


def safe(title: str) -> str:
    """`title` as a name, without an extension; never empty, never one that a system keeps for itself."""
    name = _SPACE.sub(" ", _REFUSED.sub(" ", unicodedata.normalize("NFC", title))).strip(" .")
    name = name[:_MOST_POINTS].encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .")
    if not name or _DEVICES.match(name) or name.startswith("~"):
        name = f"_{name}"
    return name


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name).casefold())
