"""Counting words without Unicode tables, so that two clients count alike (FORMAT §5.4)."""

from __future__ import annotations

import re

_OWN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters that are words of their own."""
_SEPARATORS = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2013-\u2015\u2028\u2029\u202f\u205f\u3000"
_OTHER_LETTERS = (
    "0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u167f\u1681-\u1fff\u2070-\u2fff\u3005-\u303f\u3100-\u33ff"
    "\u4dc0-\u4dff\ua000-\uf8ff\ufb00-\uffff\U00010000-\U0001ffff\U00040000-\U0010ffff"
)
"""Letters that are not characters of their own."""
# A piece counts from its first letter on: what stands before it matches nothing. So the scan is linear.
_WORD = re.compile(f"[{_OWN}]|[{_OTHER_LETTERS}][^{_OWN}{_SEPARATORS}]*")


def count_words(text: str) -> int:
    """The number of words of `text`."""
    return sum(1 for _ in _WORD.finditer(text))
