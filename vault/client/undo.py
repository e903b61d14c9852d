"""Taking back what was done, and doing much in several commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from vault.wire.limits import MAX_BODY_BYTES, MAX_COMMIT_ITEMS

T = TypeVar("T")

_ROOM = MAX_BODY_BYTES - 1024 * 1024
"""Bytes of a commit that its items may take; the rest is for the head and for what an estimate misses."""

_UNDO: Final = "_inkvault_undo"


class Undo:
    """Puts back what a change replaced, unless somebody has changed it again since."""

    def __init__(self, steps: Sequence[Callable[[], object]]) -> None:
        self._steps = list(steps)

    def undo(self) -> None:
        """Put it back, the last step first. What was put back already is left alone when called again."""
        while self._steps:
            self._steps[-1]()
            self._steps.pop()


def undo_of(error: BaseException) -> Undo | None:
    """What takes back the part that was done before a change in several commits raised this; None where none was."""
    found = getattr(error, _UNDO, None)
    return found if isinstance(found, Undo) else None


@contextmanager
def keeping_undo(make: Callable[[], Undo | None]) -> Iterator[None]:
    """Where the block raises, :func:`undo_of` its error is what `make` gives."""
    try:
        yield
    except Exception as error:
        setattr(error, _UNDO, make())
        raise


def in_commits(items: Iterable[T], size: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """Parts of `items` that fit into a commit each; `size` gives the bytes of an item's payload."""
    part, total = list[T](), 0
    for item in items:
        bytes_sent = 2 * size(item) + 1_500  # padding and base64 add at most three quarters
        if part and (total + bytes_sent > _ROOM or len(part) == MAX_COMMIT_ITEMS):
            yield tuple(part)
            part, total = [], 0
        part.append(item)
        total += bytes_sent
    if part:
        yield tuple(part)
