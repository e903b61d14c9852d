"""What is to become of each item of an import: new, there already, or not to be taken (docs/EXPORT.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from vault.client.receiving import IMPORTED, Receiver
from vault.core import canonical
from vault.core.model import SessionHeader
from vault.core.rootrecords import Notebook, RootRecord, Settings, Template
from vault.transfer.document import REPORT, STAYS, RootItem, SessionItem
from vault.transfer.foreign import fields_of, text_of
from vault.transfer.report import Outcome, State

ORIGIN = "origin"


class Duplicates(StrEnum):
    """What to do with a session, notebook or template that is there already.

    Skip leaves the one that is there, copy takes in the other beside it, replace does so and puts the first into the
    trash, if it is a session. Notebooks and templates are left: sessions that the source does not know may be in them.
    """

    SKIP = "skip"
    REPLACE = "replace"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an item. `target` is the id it has in the vault, None for a new one.

    `replaces` is what goes into the trash for it; `written` how many of its records are there from an import that was
    broken off.
    """

    outcome: Outcome
    reason: str = ""
    target: bytes | None = None
    replaces: bytes | None = None
    written: int = 0

    @property
    def is_taken(self) -> bool:
        """Whether there is something to write."""
        return self.outcome not in (Outcome.DUPLICATE, Outcome.SKIPPED)


class Shelf:
    """What the vault has, as far as it matters to an import; what is taken in meanwhile is put in with `add_…`."""

    def __init__(self, receiver: Receiver, run: bytes, duplicates: Duplicates, *, keeps_ids: bool) -> None:
        self._receiver = receiver
        self._run = run.hex()
        self._duplicates = duplicates
        self._keeps_ids = keeps_ids
        self._sessions: dict[str, bytes] = {}
        self._headers: dict[bytes, SessionHeader] = {}
        self._root: dict[bytes, RootRecord] = {}
        self._notebooks: dict[str, bytes] = {}
        self._of_run: dict[str, bytes] = {}
        self._successors: dict[str, bytes] = {}
        self.ids: dict[str, bytes] = {}
        """The ids in the vault of the notebooks and templates of the source, where they differ."""
        for session_id, header in receiver.headers().items():
            self.add_session(session_id, header)
        root = receiver.root()
        for record_id in root.opened:
            record = root.get(record_id)
            assert record is not None  # noqa: S101 - every opened record is parsed
            self.add_root(record_id, record)
        # Of before the import: a source may have several records of settings, and they are kept as they are.
        settings = [record_id for record_id, record in self._root.items() if isinstance(record, Settings)]
        self._settings = min(settings, default=None)

    def add_session(self, session_id: bytes, header: SessionHeader) -> None:
        """Know of a session. Of several from one source item the one out of the trash counts, then the last."""
        self._headers[session_id] = header
        origin = _origin(header.extra)
        before = self._headers.get(self._sessions.get(origin, b""))
        if origin and (header.trashed_at is None or before is None or before.trashed_at is not None):
            self._sessions[origin] = session_id
        if header.trashed_at is None:
            self._note_successor(session_id, header.extra)
        self._note_run(session_id, header.extra)

    def add_root(self, record_id: bytes, record: RootRecord) -> None:
        """Know of a record of the root."""
        self._root[record_id] = record
        if isinstance(record, Notebook) and record.trashed_at is None and (origin := _origin(record.extra)):
            self._notebooks[origin] = record_id
        if isinstance(record, (Notebook, Template)):
            self._note_run(record_id, record.extra)

    def decide_session(self, item: SessionItem) -> Decision:
        """What becomes of a session."""
        if item.id in self._of_run:  # taken in anew by this import, as a copy or in the place of another
            return self._go_on(self._of_run[item.id])
        existing = self._existing(item)
        if existing is None:
            return Decision(Outcome.CREATED, target=bytes.fromhex(item.id) if self._keeps_ids else None)
        header = self._headers.get(existing)
        if header is None:
            return Decision(Outcome.SKIPPED, "its id is that of the vault itself")
        marks = fields_of(header.extra.get(IMPORTED))
        if "written" in marks and marks.get("run") == self._run:
            return self._go_on(existing)
        reason = _difference(item.header, header, keeps_ids=self._keeps_ids)
        if "written" in marks:
            reason = "only a part of it is there; --duplicates replace takes in all of it"
        return self._decide_duplicate(existing, reason)

    def _decide_duplicate(self, existing: bytes, reason: str) -> Decision:
        if self._duplicates is Duplicates.SKIP:
            return Decision(Outcome.DUPLICATE, reason, existing)
        if self._duplicates is Duplicates.COPY:
            return Decision(Outcome.COPIED, reason)
        return Decision(Outcome.REPLACED, reason, replaces=existing)

    def size_of(self, session_id: bytes) -> int:
        """How many bytes the header of a session has; 0 for one that is not there."""
        header = self._headers.get(session_id)
        return 0 if header is None else len(canonical.encode(header.payload()))

    def marks(self, item_id: str, decision: Decision) -> dict[str, str]:
        """What is put under ``imported`` so that the same import finds it again when it goes on.

        Where duplicates are skipped, and of records that keep their place, the ids and origins are enough for that.
        """
        if self._duplicates is Duplicates.SKIP:
            return {}
        found = {"run": self._run, "of": item_id}
        return found if decision.replaces is None else {**found, "replaces": decision.replaces.hex()}

    def decide_root(self, item: RootItem) -> Decision:
        """What becomes of a record of the root."""
        record = item.record
        if record.payload()["type"] in STAYS:
            return Decision(Outcome.SKIPPED, "what tells of imports and backups stays with its vault")
        if not self._keeps_ids:
            known = self._notebooks.get(_origin(record.extra)) if isinstance(record, Notebook) else None
            return (
                Decision(Outcome.CREATED)
                if known is None
                else Decision(Outcome.DUPLICATE, "it is used as it is", known)
            )
        if item.id in self._of_run:
            return Decision(Outcome.DUPLICATE, "this import took it in before", self._of_run[item.id])
        return self._decide_kept(bytes.fromhex(item.id), record)

    def _decide_kept(self, target: bytes, record: RootRecord) -> Decision:
        """What becomes of a record whose id is one of a vault. Of settings there is only one record."""
        if isinstance(record, Settings):
            target = self._settings or target
        existing = self._root.get(target)
        if existing is None:
            return Decision(Outcome.CREATED, target=target)
        if _bare(existing) == _bare(record):
            return Decision(Outcome.DUPLICATE, "the same is there", target)
        if isinstance(record, Settings) and self._duplicates is Duplicates.REPLACE:
            return Decision(Outcome.REPLACED, "other settings were there", target)
        if isinstance(record, (Notebook, Template)):
            reason = "another state of it is there"
            is_copied = self._duplicates is Duplicates.COPY
            return Decision(Outcome.COPIED, reason) if is_copied else Decision(Outcome.DUPLICATE, reason, target)
        return Decision(Outcome.DUPLICATE, "another of this kind is there", target)

    def _existing(self, item: SessionItem) -> bytes | None:
        if not self._keeps_ids:
            return self._sessions.get(_origin(item.header.extra))
        wanted = bytes.fromhex(item.id)
        if wanted in self._headers and self._headers[wanted].trashed_at is not None:
            return self._successors.get(item.id, wanted)
        return wanted if wanted in self._headers or self._receiver.has_container(wanted) else None

    def _go_on(self, session_id: bytes) -> Decision:
        marks = fields_of(self._headers[session_id].extra.get(IMPORTED))
        written = marks.get("written")
        if isinstance(written, int):
            old = text_of(marks.get("replaces"))
            return Decision(Outcome.CONTINUED, "it was there in part", session_id, bytes.fromhex(old) or None, written)
        return Decision(Outcome.DUPLICATE, "this import took it in before", session_id)

    def _note_successor(self, item_id: bytes, extra: Mapping[str, Any]) -> None:
        """Know of what an import put in the place of another: it stands for that, and for the item it was made of."""
        marks = fields_of(extra.get(IMPORTED))
        if "replaces" in marks:
            self._successors.update({text_of(marks.get(name)): item_id for name in ("of", "replaces")})

    def _note_run(self, item_id: bytes, extra: Mapping[str, Any]) -> None:
        marks = fields_of(extra.get(IMPORTED))
        if marks.get("run") == self._run and isinstance(marks.get("of"), str):
            self._of_run[marks["of"]] = item_id


def unfinished_run(receiver: Receiver, digest: str) -> bytes | None:
    """The id of the report of an import of the same items that was broken off, to be gone on with."""
    for record_id, opened in receiver.root().opened.items():
        payload = opened.payload
        is_open = payload.get("state") in (State.RUNNING, State.CANCELLED, State.FAILED)
        if payload["type"] == REPORT and is_open and payload.get("digest") == digest:
            return record_id
    return None


def _difference(new: SessionHeader, old: SessionHeader, *, keeps_ids: bool) -> str:
    where = "in the trash" if old.trashed_at is not None else "there"
    if keeps_ids:
        is_same = new.updated_at == old.updated_at and new.next_position == old.next_position
    else:
        is_same = fields_of(new.extra.get(ORIGIN)).get("hash") == fields_of(old.extra.get(ORIGIN)).get("hash")
    return f"the same is {where}" if is_same else f"another state of it is {where}"


def _bare(record: RootRecord) -> RootRecord:
    """A record without the marks of its import."""
    if not isinstance(record, (Notebook, Template)) or IMPORTED not in record.extra:
        return record
    return replace(record, extra={name: value for name, value in record.extra.items() if name != IMPORTED})


def _origin(extra: Mapping[str, Any]) -> str:
    """What tells a source item apart from all others; nothing for what came from no other tool."""
    origin = fields_of(extra.get(ORIGIN))
    tool, name = origin.get("tool"), origin.get("id")
    return f"{tool}\0{name}" if isinstance(tool, str) and isinstance(name, str) else ""
