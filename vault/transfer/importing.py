"""Taking a source into a vault: first a preview, which writes nothing, then the import itself (docs/EXPORT.md).

Both read the source from its beginning to its end; the preview finds what cannot be taken before anything is written.
What is written is consistent after each commit, so that an import can be broken off at any point and run again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from vault.client.receiving import IMPORTED, Intake, Receiver
from vault.core import canonical
from vault.core.model import SessionHeader
from vault.core.rootrecords import Notebook, RootRecord, Settings, Template
from vault.errors import FormatError, TransferError
from vault.transfer.document import MissingItem, RecordItem, RootItem, SessionItem
from vault.transfer.packing import MAX_PAYLOAD_BYTES, Packer
from vault.transfer.plan import Decision, Duplicates, Shelf, unfinished_run
from vault.transfer.reading import Doubt, Note, Reader, ReadOptions, Skipped
from vault.transfer.report import Line, Outcome, Report, State
from vault.transfer.sources import Source
from vault.wire.limits import ID_BYTES
from vault.workers import MUCH

_CANCEL_EVERY = 256
_PARTLY = "a part of it is in; the rest comes when it is imported again"
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


def preview(job: Job, receiver: Receiver) -> Preview:
    """Read all of a source and say what would become of it. Writes nothing. Raises FormatError for a damaged source."""
    report = job.new_report()
    report.is_preview = True
    # The ids of the preview are thrown away with it.
    shelf = Shelf(receiver, os.urandom(ID_BYTES), job.duplicates, keeps_ids=job.reader.keeps_ids)
    return _Previewing(job, receiver, report, shelf).run()


def run(plan: Preview, receiver: Receiver) -> Report:
    """Do what `plan` says; the report, which is saved with the vault too.

    Ends early, with state ``cancelled``, once the job says so; the same job done again goes on where it ended. Raises
    FailedImportError when the sums do not come out even or the source is not what it was, the errors of the vault where
    that fails; what was taken in until then is in.
    """
    run_id = unfinished_run(receiver, plan.report.digest) or os.urandom(ID_BYTES)
    with receiver.intake(is_much=plan.messages >= MUCH) as intake:
        return _Running(plan, receiver, intake, run_id).run()


class FailedImportError(TransferError):
    """An import that failed, with the report on what it did until then."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class _CancelledError(Exception):
    """Ends a run within a session."""


class _Pass:
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
                self.report.tally(_kind(item)).read += 1
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
        raise NotImplementedError

    def root(self, item: RootItem) -> None:
        raise NotImplementedError

    def records(self, item: SessionItem) -> Iterator[tuple[RecordItem, str]]:
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
        self.job.on_progress(self.gone_through, 0)

    def seen(self, item_id: str, payload: dict[str, Any]) -> str:
        """Follow an item of the root or a header. Why no vault can hold it; nothing when it can."""
        try:
            encoded = canonical.encode(payload)
        except FormatError:
            encoded = None
        self.follow(self.trace(item_id, encoded))
        return _refusal(encoded)

    def judge(self, record: RecordItem) -> str:
        """Follow a record. Why no vault can hold it, likewise."""
        encoded = _encoded(record)
        self.follow(self.trace(record.id if self.job.reader.keeps_ids else "", encoded))
        return _refusal(encoded)

    def judge_proved(self, _record: RecordItem) -> str:
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


class _Previewing(_Pass):
    def run(self) -> Preview:
        self.refused: dict[str, str] = {}
        self.digest = sha256(self.job.reader.name.encode())
        is_whole = self.go()
        self.report.digest = self.digest.hexdigest()
        self.report.state = State.DONE if is_whole else State.CANCELLED
        is_empty = is_whole and not any(tally.read for tally in self.report.tallies.values())
        if is_empty and self.job.reader.detect(self.job.source) == 0:
            raise FormatError(f"{self.report.source} has nothing of {self.report.title} in it; try --from auto.")
        return Preview(self.job, self.report, self.refused, self.trail.digest())

    def follow(self, trace: bytes) -> None:
        """Into the digest of the source too, by which any client knows it again."""
        super().follow(trace)
        self.digest.update(trace)

    def judge_proved(self, record: RecordItem) -> str:
        """Here it is the first reading."""
        self.digest.update(self.trace(record.id if self.job.reader.keeps_ids else "", record.data))
        return _refusal(record.data)

    def session(self, item: SessionItem) -> None:
        decision = self.shelf.decide_session(item)
        reason = self.seen(item.id, item.header.payload())
        count = 0
        for _, refusal in self.records(item):
            count += 1
            reason = reason or refusal
        name = _name(item)
        if reason:
            self.refused[item.id] = reason
            decision = Decision(Outcome.SKIPPED, reason)
        _account(self.report, "session", name, decision, count)
        if decision.is_taken:
            self.shelf.add_session(decision.target or bytes.fromhex(item.id), item.header)

    def root(self, item: RootItem) -> None:
        reason = self.seen(item.id, item.record.payload())
        decision = self.shelf.decide_root(item)
        if reason:
            self.refused[item.id] = reason
            decision = Decision(Outcome.SKIPPED, reason)
        _account(self.report, _kind(item), _root_name(item), decision)
        if decision.is_taken:
            self.shelf.add_root(decision.target or bytes.fromhex(item.id), item.record)


class _Running(_Pass):
    def __init__(self, plan: Preview, receiver: Receiver, intake: Intake, run_id: bytes) -> None:
        job, report = plan.job, plan.job.new_report()
        report.digest = plan.report.digest
        shelf = Shelf(receiver, run_id, job.duplicates, keeps_ids=job.reader.keeps_ids)
        super().__init__(job, receiver, report, shelf)
        self.plan = plan
        self.run_id = run_id
        self.packer = Packer(intake, run_id, lambda: {run_id: report.record()})
        self.expected: dict[bytes, int] = {}

    def run(self) -> Report:
        try:
            try:
                is_whole = self.go()
            except _CancelledError:
                is_whole = False
            self.packer.finish()
        except FormatError as error:
            self._end(State.FAILED)
            raise FailedImportError(f"The source could be read before, but not again: {error}", self.report) from None
        if not is_whole:
            self._end(State.CANCELLED)
            return self.report
        fault = self._fault()
        self._end(State.DONE if fault is None else State.FAILED)
        if fault is not None:
            message = f"The import failed: {fault} What is in is whole; nothing else was changed."
            raise FailedImportError(message, self.report)
        return self.report

    def session(self, item: SessionItem) -> None:
        self.seen(item.id, item.header.payload())
        decision = self.shelf.decide_session(item)
        if item.id in self.plan.refused:
            decision = Decision(Outcome.SKIPPED, self.plan.refused[item.id])
        count = self._write(item, decision) if decision.is_taken else sum(1 for _ in self.records(item))
        _account(self.report, "session", _name(item), decision, count)

    def _write(self, item: SessionItem, decision: Decision) -> int:
        header = self._header(item, decision)
        session_id = decision.target or os.urandom(ID_BYTES)
        self.packer.begin(session_id, header, decision.written)
        count = 0
        for record, _ in self.records(item):
            count += 1
            if count > decision.written:
                keeps = self.job.reader.keeps_ids
                record_id = bytes.fromhex(record.id) if keeps else os.urandom(ID_BYTES)
                self.packer.add(record_id, record.data)
            if count % _CANCEL_EVERY == 0 and self.job.is_cancelled():
                _account(self.report, "session", _name(item), replace(decision, reason=_PARTLY), count)
                raise _CancelledError
        replaces = decision.replaces
        self.packer.end(replaces, 0 if replaces is None else self.shelf.size_of(replaces))
        self.expected[session_id] = count
        self.shelf.add_session(session_id, header)
        return count

    def _header(self, item: SessionItem, decision: Decision) -> SessionHeader:
        """The header that the session has in the vault."""
        header, ids = item.header, self.shelf.ids
        if header.notebook is not None:
            header = replace(header, notebook=ids.get(header.notebook.hex(), header.notebook))
        if header.template in ids:
            header = replace(header, template=ids[header.template].hex())
        return replace(header, extra=self._marked(item.id, header.extra, decision))

    def _marked(self, item_id: str, extra: Mapping[str, Any], decision: Decision) -> Mapping[str, Any]:
        marks = self.shelf.marks(item_id, decision)
        return {**extra, IMPORTED: marks} if marks else extra

    def root(self, item: RootItem) -> None:
        self.seen(item.id, item.record.payload())
        decision = self.shelf.decide_root(item)
        if item.id in self.plan.refused:
            decision = Decision(Outcome.SKIPPED, self.plan.refused[item.id])
        _account(self.report, _kind(item), _root_name(item), decision)
        if decision.outcome is Outcome.SKIPPED:
            return
        record_id = decision.target or os.urandom(ID_BYTES)
        if isinstance(item.record, (Notebook, Template)):
            self.shelf.ids[item.id] = record_id
        if decision.is_taken:
            record = self._record(item, decision)
            self.packer.root(record_id, record)
            self.shelf.add_root(record_id, record)

    def _record(self, item: RootItem, decision: Decision) -> RootRecord:
        record = item.record
        if not isinstance(record, (Notebook, Template)):
            return record
        if isinstance(record, Notebook) and record.programme in self.shelf.ids:
            record = replace(record, programme=self.shelf.ids[record.programme].hex())
        return replace(record, extra=self._marked(item.id, record.extra, decision))

    def progress(self) -> None:
        self.job.on_progress(self.gone_through, self.plan.messages)

    def _fault(self) -> str | None:
        """What does not come out even: with what was read, with the preview, with what the vault has."""
        report = self.report
        uneven = next(report.uneven(), None)
        if uneven is not None:
            return f"the sums of what was read ({uneven}) do not come out even."
        if self.trail.digest() != self.plan.trail:
            return "the source is not what it was at the preview."
        headers = self.receiver.headers()
        for session_id, count in self.expected.items():
            header = headers.get(session_id)
            if header is None or header.count < count:
                return f"the session {session_id.hex()} is not there with all that was read."
        return None

    def _end(self, state: State) -> None:
        self.report.state = state
        self.report.finished_at = self.receiver.now()
        self.packer.root(self.run_id, self.report.record())
        self.packer.finish()


def _refusal(encoded: bytes | None) -> str:
    """Why no vault can hold what has these canonical bytes; nothing when one can."""
    if encoded is None:
        return "it says something that no vault can hold"
    return f"a part of it is larger than {MAX_PAYLOAD_BYTES} bytes" if len(encoded) > MAX_PAYLOAD_BYTES else ""


def _encoded(record: RecordItem) -> bytes | None:
    try:
        return record.data
    except FormatError:
        return None


def _account(report: Report, kind: str, name: str, decision: Decision, messages: int = 0) -> None:
    """Put an item and its messages into the report. Of one that goes on, those there before are no new ones."""
    before = min(decision.written, messages)
    report.add(Line(kind, name, decision.outcome, decision.reason), messages - before)
    report.tally("message").duplicate += before


def _name(item: SessionItem) -> str:
    return item.header.title or item.header.opening or item.id


def _root_name(item: RootItem) -> str:
    return item.record.title if isinstance(item.record, (Notebook, Template)) else item.id


def _kind(item: RootItem) -> str:
    for name, kind in (("notebook", Notebook), ("template", Template), ("settings", Settings)):
        if isinstance(item.record, kind):
            return name
    return "record"
