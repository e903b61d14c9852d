"""Going through a source from its beginning to its end, whatever is to become of it (docs/EXPORT.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from vault.client.receiving import Receiver
from vault.core import canonical
from vault.core.rootrecords import Notebook, Settings, Template
from vault.errors import FormatError
from vault.transfer.document import AnyRecord, MissingItem, RootItem, SessionItem
from vault.transfer.packing import MAX_PAYLOAD_BYTES
from vault.transfer.plan import Decision, Duplicates, Shelf
from vault.transfer.reading import Doubt, Note, Reader, ReadOptions, Skipped
from vault.transfer.report import Line, Outcome, Report
from vault.transfer.sources import Source

MAX_SESSIONS = 200_000
"""Of one source; what is known of each is held while it is read."""
OnProgress = Callable[[int, int], None]
"""Told how many of how many messages were gone through; of 0 while that is not known."""


def _no_progress(_done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """An import: what is read, how, and what is done with what is there already."""

    source: Source
    reader: Reader
    options: ReadOptions
    duplicates: Duplicates = Duplicates.SKIP
    on_progress: OnProgress = field(default=_no_progress, repr=False)
    is_cancelled: Callable[[], bool] = field(default=_never, repr=False)

    def new_report(self) -> Report:
        """A report on nothing yet."""
        return Report(
            reader=self.reader.name,
            title=self.reader.title,
            source=self.source.path.name,
            zone=self.options.zone,
            duplicates=self.duplicates.value,
            started_at=self.options.now,
            left_out=self.source.left_out,
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: its report, and the items that no vault can hold, by id, with the reason.

    `trail` is a hash of all that was read.
    """

    job: Job
    report: Report = field(repr=False)
    refused: Mapping[str, str] = field(default_factory=dict, repr=False)
    trail: bytes = field(default=b"", repr=False)

    @property
    def messages(self) -> int:
        """How many there are to go through."""
        return self.report.tally("message").read


class Pass:
    """Goes through a source once."""

    def __init__(self, job: Job, receiver: Receiver, report: Report, shelf: Shelf) -> None:
        self.job = job
        self.receiver = receiver
        self.report = report
        self.shelf = shelf
        self.trail = sha256()
        """Of all that was read; two readings of the same source have the same."""
        self.gone_through = 0
        self._now = str(job.options.now).encode()

    def go(self) -> bool:
        """Take every item; whether that was all, and not cancelled."""
        for item in self.job.reader.read(self.job.source, self.job.options):
            if self.job.is_cancelled():
                return False
            if isinstance(item, SessionItem):
                self.report.tally("session").read += 1
                if self.report.tally("session").read > MAX_SESSIONS:
                    raise FormatError(f"This holds more than {MAX_SESSIONS:,} sessions; import it in parts.")
                self.session(item)
            elif isinstance(item, RootItem):
                self.report.tally(kind_of(item)).read += 1
                self.root(item)
            elif isinstance(item, Skipped):
                self.report.tally(item.kind).read += 1
                self.report.add(Line(item.kind, item.name, Outcome.SKIPPED, item.reason))
            elif isinstance(item, MissingItem):
                name = item.title or item.session or item.record or ""
                self.report.note(Note(name, Doubt.MISSING_THERE, item.reason))
            else:
                self.report.note(item)
        return not self.job.is_cancelled()

    def session(self, item: SessionItem) -> None:
        """What this pass does with a session."""
        raise NotImplementedError

    def root(self, item: RootItem) -> None:
        """What it does with a record of the root."""
        raise NotImplementedError

    def records(self, item: SessionItem) -> Iterator[tuple[AnyRecord, str]]:
        """A session's records, each with why it is refused. Counts them, and renews the login meanwhile."""
        tally = self.report.tally("message")
        judge = self.judge if item.proof is None else self.judge_proved
        self.trail.update(item.proof or b"")
        for record in item.records:
            tally.read += 1
            self.gone_through += 1
            if self.gone_through % 512 == 0:
                self.receiver.stay()
                self.progress()
            yield record, judge(record)

    def progress(self) -> None:
        """Tell how far it is."""
        self.job.on_progress(self.gone_through, 0)

    def seen(self, item_id: str, payload: dict[str, Any]) -> str:
        """Follow an item of the root or a header. Why no vault can hold it; nothing when it can."""
        try:
            encoded = canonical.encode(payload)
        except FormatError:
            encoded = None
        self.follow(self.trace(item_id, encoded))
        return refusal_of(encoded)

    def judge(self, record: AnyRecord) -> str:
        """Follow a record. Why no vault can hold it, likewise."""
        encoded = _encoded(record)
        self.follow(self.trace(record.id if self.job.reader.keeps_ids else "", encoded))
        return refusal_of(encoded)

    def judge_proved(self, _record: AnyRecord) -> str:
        """As :meth:`judge`, of a session whose proof is in the trail: what is read to its end is what that says."""
        return ""  # the first reading has judged it

    def follow(self, trace: bytes) -> None:
        """Let the trail take in an item."""
        self.trail.update(trace)

    def trace(self, item_id: str, encoded: bytes | None) -> bytes:
        """What is hashed of an item.

        Times for which the moment of the import stands in are left out: the same source has others the next time.
        """
        if encoded is None:
            return f"{item_id} -\n".encode()
        kept = encoded
        if self._now in encoded:
            payload = canonical.parse(encoded)
            kept = canonical.encode({name: value for name, value in payload.items() if value != self.job.options.now})
        return b"%b %d\n%b" % (item_id.encode(), len(kept), kept)


def refusal_of(encoded: bytes | None) -> str:
    """Why no vault can hold what has these canonical bytes; nothing when one can."""
    if encoded is None:
        return "it says something that no vault can hold"
    return f"a part of it is larger than {MAX_PAYLOAD_BYTES} bytes" if len(encoded) > MAX_PAYLOAD_BYTES else ""


def _encoded(record: AnyRecord) -> bytes | None:
    try:
        return record.data
    except FormatError:
        return None


def account(report: Report, kind: str, name: str, decision: Decision, messages: int = 0) -> None:
    """Put an item and its messages into the report. Of one that goes on, those there before are no new ones."""
    before = min(decision.written, messages)
    report.add(Line(kind, name, decision.outcome, decision.reason), messages - before)
    report.tally("message").duplicate += before


def name_of(item: SessionItem) -> str:
    """What a session is called in a report."""
    return item.header.title or item.header.opening or item.id


def root_name_of(item: RootItem) -> str:
    """What a record of the root is called there."""
    return item.record.title if isinstance(item.record, (Notebook, Template)) else item.id


def kind_of(item: RootItem) -> str:
    """What it is counted as."""
    for name, kind in (("notebook", Notebook), ("template", Template), ("settings", Settings)):
        if isinstance(item.record, kind):
            return name
    return "record"
