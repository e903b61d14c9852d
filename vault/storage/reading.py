"""Reading what a vault holds, each answer of one moment (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, CursorResult, Row, bindparam, select

from vault.storage.access import Access, read_head
from vault.storage.keyfile import EntryRef, EntryType, KeyFile
from vault.storage.refusal import not_found
from vault.storage.tables import containers, history, records
from vault.wire.frames import (
    CONTAINER,
    CONTAINER_FRAME,
    CONTAINER_LENGTH,
    RECORD,
    RECORD_FRAME,
    RECORD_LENGTH,
    end_frame,
    head_frame,
)
from vault.wire.limits import ID_BYTES, MAX_HISTORY_PAGE, MAX_PAGE_BYTES, MAX_PAGE_ITEMS
from vault.wire.models import Changes, Container, ContainerPage, Record, RecordPage

_FETCH: Final = {"yield_per": 32}
"""Rows are fetched a few at a time: a page ends by its bytes, and the rest of it must not come into memory."""

_PIECE: Final = 64 * 1024
"""Bytes of a snapshot that go out together, or a little more: a piece ends with the frame that takes it so far."""
_NO_GROUP: Final[tuple[bytes, Iterator[Any]]] = (b"\xff" * (ID_BYTES + 1), iter(()))
"""After the records of all containers, since no id is above it."""

_VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
_AFTER: Final[BindParameter[Any]] = bindparam("after")
_OF_VAULT = containers.c.vault_id == _VAULT
_CONTAINERS = select(
    containers.c.container_id,
    containers.c.version,
    containers.c.epoch,
    containers.c.entry,
    containers.c.changed_seq,
    containers.c.header,
).where(_OF_VAULT)
_CONTAINERS_AFTER = (
    _CONTAINERS.where(containers.c.container_id > _AFTER).order_by(containers.c.container_id).limit(MAX_PAGE_ITEMS + 1)
)
_ONE_CONTAINER = _CONTAINERS.where(containers.c.container_id == bindparam("of_container"))
_CHANGED_CONTAINERS = _CONTAINERS.where(containers.c.changed_seq > _AFTER).order_by(containers.c.changed_seq)
_RECORDS = select(records.c.record_id, records.c.version, records.c.envelope).where(
    records.c.vault_id == _VAULT, records.c.container_id == bindparam("of_container")
)
_RECORDS_AFTER = _RECORDS.where(records.c.record_id > _AFTER).order_by(records.c.record_id).limit(MAX_PAGE_ITEMS + 1)
_ALL_RECORDS = (
    select(records.c.container_id, records.c.record_id, records.c.version, records.c.envelope)
    .where(records.c.vault_id == _VAULT)
    .order_by(records.c.container_id, records.c.record_id)
)
_HASHES = (
    select(history.c.head_hash)
    .where(history.c.vault_id == _VAULT, history.c.seq > _AFTER)
    .order_by(history.c.seq)
    .limit(MAX_HISTORY_PAGE)
)


class Reader:
    """Answers from one read transaction."""

    def __init__(self, connection: Connection, key_file: KeyFile, access: Access) -> None:
        self._connection = connection
        self._key_file = key_file
        self._vault_id = access.vault_id
        self.seq, self.head, self.erased_seq = read_head(connection, access)

    def containers(self, after: bytes) -> ContainerPage:
        """Containers whose id is greater than `after`."""
        rows, has_more = _page(self._rows(_CONTAINERS_AFTER, after=after), "header")
        page = self._containers(rows)
        following = page[-1].container_id if has_more else None
        return ContainerPage(seq=self.seq, head=self.head, containers=page, next=following)

    def records(self, container_id: bytes, after: bytes) -> RecordPage:
        """Return records of a container whose id is greater than `after`. Raises the 404 for an unknown container."""
        container = list(self._rows(_ONE_CONTAINER, of_container=container_id))
        if not container:
            raise not_found()
        rows, has_more = _page(self._rows(_RECORDS_AFTER, of_container=container_id, after=after), "envelope")
        return RecordPage(
            container=self._containers(container)[0],
            records=[_record(row) for row in rows],
            next=rows[-1].record_id if has_more else None,
        )

    def changes(self, since: int) -> Changes:
        """Head hashes and containers after `since`.

        One answer holds whole commits: as many as fit a page, and at least one.
        """
        hashes = [row.head_hash for row in self._rows(_HASHES, after=since)]
        rows, last_seq = self._changed_rows(since, since + len(hashes))
        return Changes(
            seq=self.seq,
            head=self.head,
            head_hashes=hashes[: last_seq - since],
            containers=self._containers(rows),
            complete=last_seq >= self.seq,
            erased_seq=self.erased_seq,
        )

    def _changed_rows(self, since: int, last_seq: int) -> tuple[list[Row[Any]], int]:
        """Return the containers last changed by a commit after `since`, and the last commit they are complete for."""
        rows: list[Row[Any]] = []
        size = 0
        for row in self._rows(_CHANGED_CONTAINERS, after=since):
            if row.changed_seq > last_seq:
                break
            size += len(row.header)
            if size > MAX_PAGE_BYTES or len(rows) >= MAX_PAGE_ITEMS:
                whole = [earlier for earlier in rows if earlier.changed_seq < row.changed_seq]
                if whole:
                    return whole, row.changed_seq - 1
            rows.append(row)
        return rows, last_seq

    def snapshot(self) -> Iterator[bytes]:
        """Yield the whole vault in frames (docs/PROTOCOL.md §7.1): the head alone, then as many as make a good piece.

        For each record there is nothing but its row, one small `bytes` and a place in a list.
        """
        yield head_frame(self.seq, self.head)
        start_of, kind, fixed = RECORD_FRAME.pack, RECORD, RECORD_LENGTH
        parts: list[bytes] = []
        size = container_count = record_count = 0
        with self._execute(_ALL_RECORDS) as result:
            groups: Iterator[tuple[bytes, Iterator[Any]]] = groupby(
                chain.from_iterable(result.partitions()), itemgetter(0)
            )
            group_id, group = next(groups, _NO_GROUP)
            for container_id, frame in self._container_frames():
                parts.append(frame)
                size += len(frame)
                container_count += 1
                while group_id < container_id:  # of a session that is being erased
                    group_id, group = next(groups, _NO_GROUP)
                for _, record_id, version, envelope in group if group_id == container_id else _NO_GROUP[1]:
                    length = fixed + len(envelope)
                    parts += (start_of(length, kind, record_id, version), envelope)
                    size += length
                    record_count += 1
                    if size >= _PIECE:
                        yield b"".join(parts)
                        parts, size = [], 0
                if size >= _PIECE:
                    yield b"".join(parts)
                    parts, size = [], 0
        parts.append(end_frame(container_count, record_count))
        yield b"".join(parts)

    def _container_frames(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the id and the frame of each container."""
        after = b""
        while rows := _page(self._rows(_CONTAINERS_AFTER, after=after), "header")[0]:
            for row, key in zip(rows, self._keys(rows), strict=True):
                length = CONTAINER_LENGTH + len(row.header)
                start = CONTAINER_FRAME.pack(length, CONTAINER, row.container_id, row.version, row.epoch, key)
                yield row.container_id, start + row.header
            after = rows[-1].container_id

    def _rows(self, statement: Any, **parameters: object) -> Iterator[Row[Any]]:
        with self._execute(statement, **parameters) as result:
            yield from result

    def _execute(self, statement: Any, **parameters: object) -> CursorResult[Any]:
        return self._connection.execute(statement, {"of_vault": self._vault_id, **parameters}, execution_options=_FETCH)

    def _containers(self, rows: Sequence[Row[Any]]) -> list[Container]:
        return [
            Container(
                container_id=row.container_id, version=row.version, epoch=row.epoch, wrapped_key=key, header=row.header
            )
            for row, key in zip(rows, self._keys(rows), strict=True)
        ]

    def _keys(self, rows: Sequence[Row[Any]]) -> list[bytes]:
        """The wrapped keys of containers, from the key file."""
        return self._key_file.read(EntryType.CONTAINER_KEY, [EntryRef(row.entry, row.container_id) for row in rows])


def _record(row: Row[Any]) -> Record:
    return Record(record_id=row.record_id, version=row.version, envelope=row.envelope)


def _page(rows: Iterator[Row[Any]], blob: str) -> tuple[list[Row[Any]], bool]:
    """Return the rows of a page, and whether there are more: within the limits of docs/PROTOCOL.md §2, at least one."""
    page: list[Row[Any]] = []
    size = 0
    for row in rows:
        size += len(getattr(row, blob))
        if page and (size > MAX_PAGE_BYTES or len(page) == MAX_PAGE_ITEMS):
            return page, True
        page.append(row)
    return page, False
