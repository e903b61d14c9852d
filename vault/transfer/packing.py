"""Putting what is taken in into commits, as full as they go, without holding more than one commit's worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from vault.client.receiving import IMPORTED, Incoming, Parcel, Receiver, Room
from vault.core import canonical
from vault.core.model import SessionHeader
from vault.core.rootrecords import RootRecord
from vault.transfer.foreign import fields_of
from vault.wire.limits import MAX_ENVELOPE_BYTES

MAX_PAYLOAD_BYTES = MAX_ENVELOPE_BYTES - 64 * 1024
"""Of a payload whose envelope is within its bound: padding adds up to a thirty-second at this size."""


class Packer:
    """Gathers sessions record by record and commits them whenever one commit is full.

    A session that takes several commits says in its header, under ``imported``, how many of its records are there,
    until the last one. `first` gives the records of the root that go with the first commit.
    """

    def __init__(self, receiver: Receiver, run: bytes, first: Callable[[], Mapping[bytes, RootRecord]]) -> None:
        self._receiver = receiver
        self._run = run.hex()
        self._first: Callable[[], Mapping[bytes, RootRecord]] | None = first
        self._room = Room()
        self._sessions: list[Incoming] = []
        self._root: dict[bytes, RootRecord] = {}
        self._trash: list[bytes] = []
        self._open: _Open | None = None

    def begin(self, session_id: bytes, header: SessionHeader, written: int = 0) -> None:
        """Begin a session, or go on with one that has so many records."""
        size = len(canonical.encode(header.payload()))
        if not self._room.container(size):
            self.flush()
            self._room.container(size)
        self._open = _Open(session_id, header, written, size)

    def add(self, record_id: bytes, data: bytes) -> None:
        """Add a record, by the canonical bytes of its payload, to the session that was begun."""
        assert self._open is not None  # noqa: S101 - our own order of calls
        if not self._room.record(len(data)):
            self.flush()
            self._room.container(self._open.size)
            self._room.record(len(data))
        self._open.records.append((record_id, data))

    def end(self, replaces: bytes | None, size: int = 0) -> None:
        """End the session; what it replaces, of a header of `size` bytes, goes into the trash with its last commit."""
        assert self._open is not None  # noqa: S101 - our own order of calls
        if replaces is not None:
            if not self._room.container(size):
                self.flush()
                self._room.container(self._open.size)
                self._room.container(size)
            self._trash.append(replaces)
        self._sessions.append(self._open.incoming(self._open.header))
        self._open = None

    def root(self, record_id: bytes, record: RootRecord) -> None:
        """Add a record of the root, or put it in the place of the one of this id."""
        size = len(canonical.encode(record.payload()))
        if not self._room.record(size):
            self.flush()
            self._room.record(size)
        self._root[record_id] = record

    def flush(self) -> None:
        """Commit what was gathered. Raises as the vault does; then nothing of it is in."""
        sessions = list(self._sessions)
        if self._open is not None and self._open.records:
            sessions.append(self._open.part(self._run))
        if not sessions and not self._root and not self._trash:
            self._room = Room()
            return
        root = {**(self._first() if self._first else {}), **self._root}
        self._receiver.take(Parcel(sessions, root, tuple(self._trash)))
        self._first = None
        self._sessions, self._root, self._trash, self._room = [], {}, [], Room()


class _Open:
    """The session that is being taken in: what of it is not in yet, and how much is."""

    def __init__(self, session_id: bytes, header: SessionHeader, written: int, size: int) -> None:
        self.session_id = session_id
        self.header = header
        self.size = size
        self.records: list[tuple[bytes, bytes]] = []
        self._written = written

    def incoming(self, header: SessionHeader) -> Incoming:
        return Incoming(self.session_id, header, tuple(self.records), goes_on=self._written > 0)

    def part(self, run: str) -> Incoming:
        """What is there so far, marked as a part. Forgets the records."""
        written = self._written + len(self.records)
        marks = {**fields_of(self.header.extra.get(IMPORTED)), "run": run, "written": written}
        part = self.incoming(replace(self.header, extra={**self.header.extra, IMPORTED: marks}))
        self._written, self.records = written, []
        return part
