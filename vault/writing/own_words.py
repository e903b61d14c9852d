"""Which words of a changed text are the writer's own, when what it was made of is to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

MOST_CELLS = 4_000_000
"""Texts with more pairs of words than this are not compared word by word."""
# Scripts that put no space between words: each character is compared by itself.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# What stands between words is no sign of what was before: a full stop is everywhere.
_BETWEEN = r"\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205f\u3001-\u303f\uff01-\uff0f\uff1a-\uff20"
_WORD = re.compile(f"[{_ALONE}]|[^{_ALONE}{_BETWEEN}]+")


def own_words(base: str, mine: str) -> str:
    """The words of `mine` that are not of `base`, in their order; a line for each run of them."""
    old = _WORD.findall(base)
    found = list(_WORD.finditer(mine))
    spans: list[tuple[int, int]] = []
    goes_on = False
    for match, is_own in zip(found, _added(old, [each[0] for each in found]), strict=True):
        if is_own:
            spans.append((spans.pop()[0] if goes_on else match.start(), match.end()))
        goes_on = is_own
    return "\n".join(mine[start:end] for start, end in spans)


def _added(old: Sequence[str], fresh: Sequence[str]) -> list[bool]:
    """Whether each word is new. The words that both begin or end with need no comparing."""
    start = _alike(old, fresh)
    end = _alike(old[start:][::-1], fresh[start:][::-1])
    old, middle = old[start : len(old) - end], fresh[start : len(fresh) - end]
    if len(old) * len(middle) <= MOST_CELLS:
        added = _outside(old, middle)
    else:  # rather too little is kept than what is to be gone
        known = set(old)
        added = [word not in known for word in middle]
    return [False] * start + added + [False] * end


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _outside(old: Sequence[str], fresh: Sequence[str]) -> list[bool]:
    """Whether each word is outside of a longest common subsequence (Wagner and Fischer, 1974)."""
    lengths = [[0] * (len(fresh) + 1)]
    for word in old:
        above, row = lengths[-1], [0]
        for j, each in enumerate(fresh):
            row.append(above[j] + 1 if each == word else max(above[j + 1], row[j]))
        lengths.append(row)
    is_own = [True] * len(fresh)
    i, j = len(old), len(fresh)
    while i and j:
        if old[i - 1] == fresh[j - 1]:
            i, j = i - 1, j - 1
            is_own[j] = False
        elif lengths[i - 1][j] >= lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return is_own
