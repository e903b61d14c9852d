"""Merging two sessions, as plans: copies of the messages of one at the end of the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vault.client.commits import Edit, Edits, Source
from vault.client.contents import OpenRecord
from vault.client.messages import change_messages
from vault.client.moments import Moment
from vault.client.sessions import find_session, messages_of
from vault.client.undo import in_commits
from vault.core import canonical
from vault.core.model import MAX_TAGS, Message, SessionHeader
from vault.errors import UsageError
from vault.wire.limits import ID_BYTES


def copy_id(into: bytes, record_id: bytes) -> bytes:
    """The id that the copy of a message takes in the session `into`: the same each time, so that none comes twice."""
    return hashlib.sha256(b"inkvault/v1/merge" + into + record_id).digest()[:ID_BYTES]


@dataclass(slots=True)
class Merge:
    """Plan: copy what fits into a commit, and with the last copies put the session they are from into the trash.

    Carry it out until it `is_done`; a new one that goes on where an earlier one stopped is as good. Noted are the
    `copies` that it made or took out of the trash, each with its `edited_at`, and the headers of both sessions as they
    were and became.
    """

    into: bytes
    from_: bytes
    moment: Moment = field(compare=False)
    is_done: bool = field(default=False, compare=False)
    copies: dict[bytes, int | None] = field(default_factory=dict, compare=False)
    before: dict[bytes, SessionHeader] = field(default_factory=dict, compare=False)
    after: dict[bytes, SessionHeader] = field(default_factory=dict, compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises NotFoundError when a session is not there, UsageError when it is one session or in the trash."""
        for session_id in (self.into, self.from_):
            find_session(source.contents, session_id)
        given, records = _read_both(source, self.from_, self.into)
        into, from_ = find_session(source.contents, self.into), find_session(source.contents, self.from_)
        if self.into == self.from_ or into.trashed_at is not None:
            raise UsageError("Two sessions are merged, into one that is not in the trash; choose others.")
        missing = self._missing(given, records, into.next_position)
        part = next(in_commits(missing, lambda each: _size(missing[each])), ())
        changed = {record_id: missing[record_id] for record_id in part}
        self.copies = {record_id: message.edited_at for record_id, message in changed.items()}
        self.is_done = len(part) == len(missing)
        self.before = {self.into: into, self.from_: from_}
        self.after = {self.into: _with_copies(into, from_, changed), self.from_: from_}
        edits = list[Edit]()
        if changed:
            edits += change_messages(source.contents, self.into, records, changed, self.after[self.into]).containers
        if self.is_done and from_.trashed_at is None:
            self.after[self.from_] = replace(from_, trashed_at=self.moment.service_ms)
            edits.append(Edit(self.from_, self.after[self.from_]))
        return Edits(edits) if edits else None

    def _missing(
        self, given: Mapping[bytes, OpenRecord], records: Mapping[bytes, OpenRecord], position: int
    ) -> dict[bytes, Message]:
        """The copies that are not there, or lie in the trash of an earlier merge that was taken back."""
        there = messages_of(records)
        missing = {}
        for record_id, message in messages_of(given).items():
            copy = copy_id(self.into, record_id)
            if copy not in there and copy not in records:
                missing[copy] = replace(message, position=position)
                position += 1
            elif copy in there and there[copy].trashed_at is not None and message.trashed_at is None:
                missing[copy] = replace(there[copy], trashed_at=None)
        return missing


@dataclass(slots=True)
class TrashCopies:
    """Plan: put copies that a merge made into the trash again, as many as fit into a commit."""

    session_id: bytes
    copies: Mapping[bytes, int | None]
    """When each had last been edited."""
    moment: Moment = field(compare=False)
    is_done: bool = field(default=False, compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Those that are not there, in the trash already, or edited since are left alone."""
        records = source.read(self.session_id)
        there = messages_of(records)
        shown = {
            copy: there[copy]
            for copy, edited_at in self.copies.items()
            if copy in there and there[copy].trashed_at is None and there[copy].edited_at == edited_at
        }
        part = next(in_commits(shown, lambda each: _size(shown[each])), ())
        self.is_done = len(part) == len(shown)
        if not part:
            return None
        changed = {copy: replace(shown[copy], trashed_at=self.moment.service_ms) for copy in part}
        return change_messages(source.contents, self.session_id, records, changed)


def _read_both(
    source: Source, first: bytes, second: bytes
) -> tuple[Mapping[bytes, OpenRecord], Mapping[bytes, OpenRecord]]:
    """The records of two sessions as of one state of the vault: reading may find a newer one."""
    while True:
        seq = source.contents.head.seq
        found = source.read(first), source.read(second)
        if source.contents.head.seq == seq:
            return found


def _with_copies(into: SessionHeader, from_: SessionHeader, copies: Mapping[bytes, Message]) -> SessionHeader:
    """The header of the session that takes the copies, but for what is counted."""
    tags = tuple(sorted({*into.tags, *from_.tags}))
    return replace(
        into,
        tags=tags if len(tags) <= MAX_TAGS else into.tags,
        active_at=max(into.last_active, from_.last_active),
        next_position=max([into.next_position, *(message.position + 1 for message in copies.values())]),
    )


def _size(message: Message) -> int:
    return len(canonical.encode(message.payload()))
