"""What an import says of itself: sums that must come out even, what was not taken and why, what was doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vault.core.model import MAX_TITLE
from vault.core.rootrecords import UnknownRecord
from vault.transfer.document import REPORT
from vault.transfer.foreign import clean
from vault.transfer.reading import Doubt, Note

MAX_LINES = 200_000
"""That a report lists one by one; more are only counted."""
KEPT_LINES = 300
"""Of these, the ones that are saved with the vault."""
_EXAMPLES = 5


class Outcome(StrEnum):
    """What becomes of an item. `COPIED` and `REPLACED` are created too, `CONTINUED` in part."""

    CREATED = "created"
    COPIED = "copied"
    REPLACED = "replaced"
    CONTINUED = "continued"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"


class State(StrEnum):
    """How far an import got."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(slots=True)
class Tally:
    """Sums of one kind of item. `read` is counted where items are read, the others where their fate is known."""

    read: int = 0
    created: int = 0
    duplicate: int = 0
    skipped: int = 0

    @property
    def is_even(self) -> bool:
        """Whether nothing that was read is unaccounted for."""
        return self.read == self.created + self.duplicate + self.skipped


@dataclass(frozen=True, slots=True)
class Line:
    """One item and what becomes of it."""

    kind: str
    name: str
    outcome: Outcome
    reason: str = ""


@dataclass(slots=True)
class Doubts:
    """How often there was one kind of doubt, and the first few."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """An import, or what one would do (`is_preview`). Times are in milliseconds since 1970 UTC.

    `source` is the file's name, `digest` tells what it held; `zone` was taken for times without one.
    """

    reader: str
    title: str
    source: str
    zone: str
    duplicates: str
    started_at: int
    is_preview: bool = False
    state: State = State.RUNNING
    finished_at: int | None = None
    digest: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    doubts: dict[Doubt, Doubts] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def tally(self, kind: str) -> Tally:
        """The sums of a kind of item."""
        return self.tallies.setdefault(kind, Tally())

    def add(self, line: Line, messages: int = 0) -> None:
        """Count what becomes of an item that was read, and of its messages with it."""
        for kind, number in ((line.kind, 1), ("message", messages)):
            tally = self.tally(kind)
            if line.outcome is Outcome.SKIPPED:
                tally.skipped += number
            elif line.outcome is Outcome.DUPLICATE:
                tally.duplicate += number
            else:
                tally.created += number
        if len(self.lines) < MAX_LINES:
            self.lines.append(line)

    def note(self, note: Note) -> None:
        """Count a doubt."""
        doubts = self.doubts.setdefault(note.doubt, Doubts())
        doubts.count += 1
        if len(doubts.examples) < _EXAMPLES:
            doubts.examples.append(f"{note.name}: {note.detail}" if note.detail else note.name)

    def uneven(self) -> Iterator[str]:
        """The kinds whose sums do not come out even."""
        return (kind for kind, tally in self.tallies.items() if not tally.is_even)

    def fields(self, most_lines: int = MAX_LINES) -> dict[str, Any]:
        """As plain data: all sums and doubts, and the first lines of what was not simply created."""
        listed = [line for line in self.lines if line.outcome is not Outcome.CREATED]
        return {
            "reader": self.reader,
            "source": _short(self.source),
            "digest": self.digest,
            "zone": self.zone,
            "duplicates": self.duplicates,
            "state": self.state.value,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "counts": {
                kind: {
                    "read": tally.read,
                    "created": tally.created,
                    "duplicate": tally.duplicate,
                    "skipped": tally.skipped,
                }
                for kind, tally in sorted(self.tallies.items())
            },
            "items": [
                {
                    "kind": line.kind,
                    "name": _short(line.name),
                    "outcome": line.outcome.value,
                    "reason": _short(line.reason),
                }
                for line in listed[:most_lines]
            ],
            "more_items": max(0, len(listed) - most_lines),
            "doubts": [
                {"doubt": doubt.value, "count": found.count, "examples": [_short(each) for each in found.examples]}
                for doubt, found in self.doubts.items()
            ],
            "left_out": [_short(name) for name in self.left_out[:KEPT_LINES]],
        }

    def record(self) -> UnknownRecord:
        """The record of the root that keeps it (docs/FORMAT.md §5.3)."""
        return UnknownRecord({**self.fields(KEPT_LINES), "type": REPORT})


def _short(text: str) -> str:
    return clean(text[:MAX_TITLE])
