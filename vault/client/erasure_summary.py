"""An erasure as the writer is shown it before it is ordered: counts, dates, titles, and the phrase to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from vault.client.erasing import ErasurePlan
from vault.client.moments import as_datetime
from vault.client.taken import Taken, TakenMessage
from vault.core.model import MAX_OPENING
from vault.core.rootrecords import Notebook, Template, UnknownRecord
from vault.core.text import excerpt
from vault.wire.handles import squeeze

Kind = Literal["notebook", "session", "message", "template", "earlier_texts", "report"]

_WORDS = {
    "notebooks": "notebook",
    "sessions": "session",
    "messages": "message",
    "templates": "template",
    "earlier_texts": "earlier text",
}


@dataclass(frozen=True, slots=True)
class ErasedItem:
    """One thing that goes, or a message whose earlier texts go. `count` is the number of records or texts in it."""

    kind: Kind
    id: str
    title: str
    count: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ErasureSummary:
    """What goes. `counts` is by kind; `records` and `bytes` of envelopes are as the service counts them.

    `first_at` and `last_at` are the earliest and latest moment of anything that goes. `resealed` records of `rekeyed`
    containers stay, under new keys. To confirm, the writer types `phrase`.
    """

    everything: bool
    counts: Mapping[str, int]
    items: tuple[ErasedItem, ...]
    records: int
    bytes: int
    rekeyed: int
    resealed: int
    phrase: str
    first_at: datetime | None = field(init=False)
    last_at: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        first = min((each.first_at for each in self.items if each.first_at), default=None)
        last = max((each.last_at for each in self.items if each.last_at), default=None)
        object.__setattr__(self, "first_at", first)
        object.__setattr__(self, "last_at", last)

    def is_confirmed_by(self, text: str) -> bool:
        """Whether this is the phrase; case does not matter, nor white space around it and how much is between words."""
        return squeeze(text).lower() == self.phrase


def summary_of(planned: ErasurePlan) -> ErasureSummary:
    """What a plan would take."""
    taken, counted = planned.taken, planned.counted
    return ErasureSummary(
        everything=taken.everything,
        counts=taken.counts,
        items=tuple(_items(taken)),
        records=counted.records,
        bytes=counted.bytes,
        rekeyed=counted.rekeyed,
        resealed=counted.resealed,
        phrase=phrase_of(taken),
    )


def phrase_of(taken: Taken) -> str:
    """What the writer types to confirm: ``erase 1 notebook, 3 sessions and 2 messages``."""
    parts = [f"{number} {_WORDS[kind]}{'' if number == 1 else 's'}" for kind, number in taken.counts.items() if number]
    if taken.everything or not parts:
        return "erase everything"
    return "erase " + " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def _items(taken: Taken) -> Iterator[ErasedItem]:
    for record_id, record in taken.root.items():
        if isinstance(record, (Notebook, Template)):
            kind: Kind = "notebook" if isinstance(record, Notebook) else "template"
            times = as_datetime(record.created_at, record.zone), as_datetime(record.updated_at, record.zone)
            yield ErasedItem(kind, record_id.hex(), record.title, 1, *times)
        elif isinstance(record, UnknownRecord) and record.fields["type"] == "report":
            yield ErasedItem("report", record_id.hex(), str(record.fields.get("source", "")), 1, None, None)
    for session_id, header in sorted(taken.sessions.items(), key=lambda item: (-item[1].last_active, item[0])):
        title = header.opening if header.title is None else header.title
        times = as_datetime(header.created_at, header.zone), as_datetime(header.last_active, header.zone)
        yield ErasedItem("session", session_id.hex(), title, header.count, *times)
    yield from _messages("message", taken.messages)
    yield from _messages("earlier_texts", taken.earlier_texts)


def _messages(kind: Kind, found: Iterable[TakenMessage]) -> Iterator[ErasedItem]:
    for _, record_id, message in found:
        at = as_datetime(message.created_at, message.zone)
        count = len(message.versions) if kind == "earlier_texts" else 1
        yield ErasedItem(kind, record_id.hex(), excerpt(message.text, MAX_OPENING), count, at, at)
