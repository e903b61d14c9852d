"""Folding: texts that a reader takes for the same become the same, in any script.

Accents, cases, widths, ligatures, the points of Arabic and Hebrew, characters without width, and the kinds of white
space, apostrophes and dashes make no difference. Marks that are letters to their readers stay: vowel signs of Indic
scripts and Thai, the voicing of kana. In this order: NFKD; lower case; the dropped characters go; letters are
replaced; each run of white space becomes one space. ``webui/src/writing/fold.ts`` does the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# Explicit lists: clients whose Unicode tables differ in age still fold alike.
_DROPPED = re.compile(
    "["
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # marks of Latin, Greek, and of all scripts
    "\u0483-\u0489"  # Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"  # without width
    "]+"
)
_LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ς": "σ",
    **dict.fromkeys("\u2018\u2019\u02bc", "'"),
    **dict.fromkeys("\u2010\u2012\u2013\u2014\u2015\u2212", "-"),
    "\u0649": "\u064a",  # alef maqsura: yeh
    "\u06cc": "\u064a",  # Persian yeh
    "\u06a9": "\u0643",  # Persian kaf
    "\u0629": "\u0647",  # teh marbuta: heh
    "\u0671": "\u0627",  # alef wasla: alef
}
_TO_REPLACE = re.compile(f"[{''.join(_LETTERS)}]")
# NFKD has made a space of every other kind of white space.
_WHITE_RUN = re.compile("[\t-\r \u0085\u1680\u2028\u2029]+")


def fold(text: str) -> str:
    """Return `text` in the form that is compared."""
    folded = text.lower() if text.isascii() else _fold_letters(text)
    if folded.isprintable() and "  " not in folded:  # no white space but single spaces
        return folded
    return _WHITE_RUN.sub(" ", folded)


class Traced(NamedTuple):
    """A folded text, and for each of its code points where in the original the cluster it came from starts and ends.

    A cluster is a character with the marks after it: what normalising reorders stays within one.
    """

    folded: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold_traced(text: str) -> Traced:
    """Fold `text` and keep where everything came from; `folded` is what :func:`fold` gives."""
    whole = fold(text)
    if len(whole) == len(text) and (text.isascii() or all(map(_is_plain, text))):
        return Traced(whole, range(len(text)), range(1, len(text) + 1))
    starts: list[int] = []
    ends: list[int] = []
    after_space = False
    for start, end, folded in _clusters(text):
        for char in folded:
            if char == " " and after_space:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
            after_space = char == " "
    return Traced(whole, starts, ends)


def _fold_letters(text: str) -> str:
    folded = _DROPPED.sub("", unicodedata.normalize("NFKD", text).lower())
    return _TO_REPLACE.sub(lambda found: _LETTERS[found[0]], folded)


def _clusters(text: str) -> Iterator[tuple[int, int, str]]:
    """Each cluster: where it starts and ends, and its characters folded one by one, as many as they are together."""
    start, folded = 0, ""
    for place, char in enumerate(text):
        is_mark, part = _character(char)
        if is_mark:
            folded += part
            continue
        if place:
            yield start, place, folded
        start, folded = place, part
    if text:
        yield start, len(text), folded


@lru_cache(maxsize=16_384)
def _character(char: str) -> tuple[bool, str]:
    """Whether it is a mark, and what it folds to."""
    return unicodedata.category(char)[0] == "M", fold(char)


@lru_cache(maxsize=16_384)
def _is_plain(char: str) -> bool:
    """Whether it stands for itself: no mark, and one character when folded."""
    is_mark, folded = _character(char)
    return not is_mark and len(folded) == 1
