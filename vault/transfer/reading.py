"""What every reader of a layout is: a way to tell it, and a stream of what it holds (docs/EXPORT.md).

A reader is one module in :mod:`vault.transfer.readers` that has a ``READER``; adding one is adding that file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from vault.errors import UsageError
from vault.transfer import readers
from vault.transfer.document import Item
from vault.transfer.sources import Source

AUTO = "auto"
CERTAIN = 100
LIKELY = 60
POSSIBLE = 20
"""How sure a reader is; below it, 0, it cannot read the source."""


class Doubt(StrEnum):
    """What a reader was not sure of, or could not take over as it was. The source item says it in full."""

    ZONE_MISSING = "zone_missing"
    TIME_MISSING = "time_missing"
    TIME_AMBIGUOUS = "time_ambiguous"
    CUT = "cut"
    SPLIT = "split"
    REPAIRED = "repaired"
    UNKNOWN_PART = "unknown_part"
    FILE_LEFT_OUT = "file_left_out"
    MISSING_THERE = "missing_there"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that is there but not taken, and why: a sentence without its full stop."""

    name: str
    reason: str
    kind: str = "session"


NO_OBJECT = "it is not in a form that can be read"
"""The reason why a part of a source is not taken that stands where an object of JSON is wanted, and is none."""


@dataclass(frozen=True, slots=True)
class Note:
    """A doubt about the item it names. It is no item and not counted as one."""

    name: str
    doubt: Doubt
    detail: str = ""


Read: TypeAlias = Item | Skipped | Note


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader may have to be told.

    `zone` is the IANA name for times that have none; `now` is taken where a time is missing altogether, in milliseconds
    since 1970 UTC. `secret` asks for the passphrase of a sealed file, or for its key.
    `judged` is what a reader of our own layouts keeps of one reading for the next: the hashes of sessions that can be
    imported as they are, each with the number of its messages.
    """

    zone: str
    now: int
    secret: Callable[[str], str]
    judged: dict[bytes, int] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """One layout. `name` is for ``--from``, `title` for the writer.

    `detect` says how sure it is, 0 to 100, from names and the beginning of files. `read` gives each item once, those of
    the root before the sessions that name them, and notes anywhere; each call begins again. It raises FormatError where
    the source is damaged as a whole. `keeps_ids`: the ids of the items are those of a vault, to be kept as they are;
    others only tell items of one source apart.
    """

    name: str
    title: str
    detect: Callable[[Source], int]
    read: Callable[[Source, ReadOptions], Iterator[Read]]
    keeps_ids: bool = False


@cache
def all_readers() -> dict[str, Reader]:
    """The readers by name."""
    found: dict[str, Reader] = {}
    for each in pkgutil.iter_modules(readers.__path__):
        reader: Reader = importlib.import_module(f"{readers.__name__}.{each.name}").READER
        found[reader.name] = reader
    return found


def choose_reader(source: Source, name: str = AUTO) -> Reader:
    """The reader of this name, or the one that is surest of the source. Raises UsageError when there is none."""
    known = all_readers()
    if name != AUTO:
        if name not in known:
            raise UsageError(f"There is no reader {name!r}; choose one of {', '.join(sorted(known))}.")
        return known[name]
    sure: dict[str, int] = {}
    for each in sorted(known, reverse=True):
        sure[each] = known[each].detect(source)
        if sure[each] == CERTAIN:  # looking on would take time, and of readers as sure the first one is taken
            break
    best = max(sure, key=sure.__getitem__)
    if sure[best] == 0:
        raise UsageError(
            f"{source.path.name} is in no layout that Inkvault knows; if you know better, name it with --from: "
            f"{', '.join(sorted(known))}."
        )
    return known[best]
