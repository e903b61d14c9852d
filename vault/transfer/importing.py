"""Taking a source into a vault: first a preview, which writes nothing, then the import itself (docs/EXPORT.md).

Both read the source from its beginning to its end; the preview finds what cannot be taken before anything is written.
What is written is consistent after each commit, so that an import can be broken off at any point and run again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from vault.client.receiving import IMPORTED, Receiver
from vault.core.model import SessionHeader
from vault.core.rootrecords import Notebook, RootRecord, Template
from vault.errors import FormatError, TransferError
from vault.transfer.document import AnyRecord, RootItem, SessionItem
from vault.transfer.packing import Packer
from vault.transfer.passes import Job, Pass, Preview, account, kind_of, name_of, refusal_of, root_name_of
from vault.transfer.plan import Decision, Shelf, unfinished_run
from vault.transfer.report import Outcome, Report, State
from vault.wire.limits import ID_BYTES

_CANCEL_EVERY = 256
_PARTLY = "a part of it is in; the rest comes when it is imported again"


def preview(job: Job, receiver: Receiver) -> Preview:
    """Read all of a source and say what would become of it. Writes nothing. Raises FormatError for a damaged source."""
    receiver.settle()
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
    receiver.settle()
    run_id = unfinished_run(receiver, plan.report.digest) or os.urandom(ID_BYTES)
    return _Running(plan, receiver, run_id).run()


class FailedImportError(TransferError):
    """An import that failed, with the report on what it did until then."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class _CancelledError(Exception):
    """Ends a run within a session."""


class _Previewing(Pass):
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

    def judge_proved(self, record: AnyRecord) -> str:
        """Here it is the first reading."""
        self.digest.update(self.trace(record.id if self.job.reader.keeps_ids else "", record.data))
        return refusal_of(record.data)

    def session(self, item: SessionItem) -> None:
        decision = self.shelf.decide_session(item)
        reason = self.seen(item.id, item.header.payload())
        count = 0
        for _, refusal in self.records(item):
            count += 1
            reason = reason or refusal
        name = name_of(item)
        if reason:
            self.refused[item.id] = reason
            decision = Decision(Outcome.SKIPPED, reason)
        account(self.report, "session", name, decision, count)
        if decision.is_taken:
            self.shelf.add_session(decision.target or bytes.fromhex(item.id), item.header)

    def root(self, item: RootItem) -> None:
        reason = self.seen(item.id, item.record.payload())
        decision = self.shelf.decide_root(item)
        if reason:
            self.refused[item.id] = reason
            decision = Decision(Outcome.SKIPPED, reason)
        account(self.report, kind_of(item), root_name_of(item), decision)
        if decision.is_taken:
            self.shelf.add_root(decision.target or bytes.fromhex(item.id), item.record)


class _Running(Pass):
    def __init__(self, plan: Preview, receiver: Receiver, run_id: bytes) -> None:
        job, report = plan.job, plan.job.new_report()
        report.digest = plan.report.digest
        shelf = Shelf(receiver, run_id, job.duplicates, keeps_ids=job.reader.keeps_ids)
        super().__init__(job, receiver, report, shelf)
        self.plan = plan
        self.run_id = run_id
        self.packer = Packer(receiver, run_id, lambda: {run_id: report.record()})
        self.expected: dict[bytes, int] = {}

    def run(self) -> Report:
        try:
            try:
                is_whole = self.go()
            except _CancelledError:
                is_whole = False
            self.packer.flush()
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
        account(self.report, "session", name_of(item), decision, count)

    def _write(self, item: SessionItem, decision: Decision) -> int:
        header = self._header(item, decision)
        session_id = decision.target or os.urandom(ID_BYTES)
        self.packer.begin(session_id, header, decision.written)
        count = 0
        for record, _ in self.records(item):
            count += 1
            if count > decision.written:
                keeps = self.job.reader.keeps_ids
                record_id = record.record_id if keeps else os.urandom(ID_BYTES)
                self.packer.add(record_id, record.data)
            if count % _CANCEL_EVERY == 0 and self.job.is_cancelled():
                account(self.report, "session", name_of(item), replace(decision, reason=_PARTLY), count)
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
        account(self.report, kind_of(item), root_name_of(item), decision)
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
        self.packer.flush()
