"""Taking in sessions and records that come with ids and times of their own, as plans (docs/EXPORT.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from vault.client.commits import Edit, Edits, RecordEdit, Source
from vault.client.contents import Contents, RootRecords
from vault.client.reading import uncollected
from vault.client.unlocked import Unlocked
from vault.core import envelope
from vault.core.model import SessionHeader
from vault.core.rootrecords import RootRecord
from vault.errors import NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.limits import KEY_BYTES, MAX_BODY_BYTES, MAX_COMMIT_ITEMS

IMPORTED = "imported"
"""The field of a session, notebook or template that tells of the import it came by (docs/FORMAT.md §5.3)."""
_RESERVED = 512 * 1024
"""Of a commit's body: for the head, the root's header, and the names around all of it."""
_COUNTED = 128
"""A header's digest and count, which grow."""
_NAMED = 320
"""The most that stands around an envelope in a commit, with ids, numbers and a wrapped key."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A session to begin, or one begun so before that goes on; ``count`` and ``digest`` of the header say nothing.

    `records` are ids and payloads, as :func:`vault.core.envelope.encoded` makes them, that the session does not have
    yet; `goes_on` when it has others. Of the header of one that goes on only what the import tells counts: all else
    stays as the writer has it by then.
    """

    session_id: bytes
    header: SessionHeader
    records: Sequence[tuple[bytes, bytes]] = field(repr=False)
    key: bytes = field(default_factory=lambda: os.urandom(KEY_BYTES), compare=False, repr=False)
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """Plan: take in sessions and records of the root, and put into the trash the sessions they replace. One commit."""

    sessions: Sequence[Incoming] = ()
    root: Mapping[bytes, RootRecord] = field(default_factory=dict)
    trash: Sequence[bytes] = ()
    trashed_at: int = field(default=0, compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises UsageError when it is more than one commit carries, NotFoundError where what goes on was erased."""
        contents = source.contents
        edits = [_edit(contents, each) for each in self.sessions]
        for each in self.trash:
            container = contents.containers.get(each)
            header = None if container is None else container.header
            if isinstance(header, SessionHeader) and header.trashed_at is None:
                edits.append(Edit(each, replace(header, trashed_at=self.trashed_at)))
        if self.root:
            root_header = contents.containers[contents.vault_id].header
            records = [
                RecordEdit(record_id, record.payload(), contents.root.opened.get(record_id))
                for record_id, record in self.root.items()
            ]
            edits.append(Edit(contents.vault_id, root_header, records))
        return Edits(edits) if edits else None


class Room:
    """How much one commit still takes."""

    def __init__(self) -> None:
        self._bytes = MAX_BODY_BYTES - _RESERVED
        self._containers = self._records = MAX_COMMIT_ITEMS - 2  # the root, and a record of it

    def container(self, size: int) -> bool:
        """Take in a header whose payload has `size` bytes; False when there is no room for it."""
        self._containers -= 1
        return self._take(size + _COUNTED) and self._containers >= 0

    def record(self, size: int) -> bool:
        """Take in a record likewise."""
        self._records -= 1
        return self._take(size) and self._records >= 0

    def _take(self, size: int) -> bool:
        self._bytes -= 4 * envelope.sealed_size(size) // 3 + _NAMED
        return self._bytes >= 0


class Receiver:
    """The vault as it takes things in: what it holds as last seen, and a way to add to it.

    Each method raises as those of :class:`vault.client.Vault` do.
    """

    def __init__(self, guarded: Callable[[], AbstractContextManager[Unlocked]], now: Callable[[], int]) -> None:
        self._guarded = guarded
        self._now = now

    def now(self) -> int:
        """The present moment by the service's clock, in milliseconds since 1970."""
        return self._now()

    def root(self) -> RootRecords:
        """The records of the root."""
        with self._guarded() as unlocked:
            return unlocked.contents.root

    def headers(self) -> Mapping[bytes, SessionHeader]:
        """The sessions by id."""
        with self._guarded() as unlocked:
            return dict(unlocked.contents.sessions())

    def has_container(self, container_id: bytes) -> bool:
        """Whether the root or a session has this id."""
        with self._guarded() as unlocked:
            return container_id in unlocked.contents.containers

    def take(self, parcel: Parcel) -> None:
        """Take it in, durably. Raises UnavailableError when it is not known whether it is in: do the same again."""
        with self._guarded() as unlocked, uncollected():
            unlocked.commit(replace(parcel, trashed_at=self._now()))

    def settle(self) -> None:
        """Carry through what an UnavailableError left open. What the vault holds is known only then."""
        with self._guarded() as unlocked:
            unlocked.settle()

    def stay(self) -> None:
        """Renew the login where that is due; to be called while long work needs nothing of the service."""
        with self._guarded() as unlocked:
            unlocked.service.transport.keep_alive()


def _edit(contents: Contents, incoming: Incoming) -> Edit:
    before = contents.containers.get(incoming.session_id)
    if before is None:
        if incoming.goes_on:
            raise _erased()
        return Edit(incoming.session_id, incoming.header, new_key=incoming.key, added=incoming.records)
    if not isinstance(before.header, SessionHeader):
        raise UsageError("The vault itself is no session; leave this one out.")
    return Edit(incoming.session_id, _gone_on(before.header, incoming.header), added=incoming.records)


def _gone_on(own: SessionHeader, source: SessionHeader) -> SessionHeader:
    """The header of a session that goes on. It began with all that the source's says, so that `days` are counted."""
    is_last = own.next_position > source.next_position
    kept = {name: value for name, value in own.extra.items() if name != IMPORTED}
    told = {name: value for name, value in source.extra.items() if name == IMPORTED}
    return replace(
        own,
        opening=own.opening or source.opening,
        preview=own.preview if is_last else source.preview,
        updated_at=max(own.updated_at, source.updated_at),
        next_position=max(own.next_position, source.next_position),
        extra={**kept, **told},
    )


def _erased() -> NotFoundError:
    return NotFoundError("A session of this import was erased while it ran; begin it again.", ErrorCode.NOT_FOUND)
