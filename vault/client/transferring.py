"""Everything a vault holds, from one snapshot, for those who carry it elsewhere (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vault.client.contents import Contents, OpenContainer, RootRecords
from vault.client.failures import foreign_answer
from vault.client.reading import RecordOpener, check_records, restarts
from vault.client.snapshot_lines import SnapshotLine, StoredRecord
from vault.client.unlocked import Unlocked
from vault.client.verify import Fault
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import head_hash
from vault.core.model import SessionHeader
from vault.core.refuse import integrity_error
from vault.errors import HostileDataError
from vault.wire import models as wire

OnDamage = Callable[[Fault], None]


class ReadRecord(NamedTuple):
    """A record that opened, of whatever type: its payload, and the canonical bytes it was sealed in."""

    payload: dict[str, Any]
    data: bytes


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session and its records of all types, checked against its verified header unless damage was told of."""

    session_id: bytes
    header: SessionHeader
    records: Mapping[bytes, ReadRecord] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """A vault at one head: the records of its root, the headers of all sessions, and the wanted sessions as they come.

    `sessions` is read once, in the order of the ids.
    """

    vault_id: bytes
    root: RootRecords
    headers: Mapping[bytes, SessionHeader]
    sessions: Generator[OpenSession] = field(repr=False)


def read_vault(
    unlocked: Unlocked,
    wanted: Callable[[bytes, SessionHeader], bool] = lambda _id, _header: True,
    on_damage: OnDamage | None = None,
) -> Reading:
    """Begin a snapshot of the vault as the service has it now; records of sessions not `wanted` are not opened.

    What does not open, or is not what a header means, ends the reading with an IntegrityError; with `on_damage` it is
    told there, and left out when that returns. Raises ConflictError when other devices keep writing.
    """
    for _ in restarts():
        lines = unlocked.service.snapshot()
        head = next(lines, None)
        if not isinstance(head, wire.SnapshotHead):
            raise foreign_answer()
        if head.seq != unlocked.contents.head.seq:
            unlocked.refresh()
        contents = unlocked.contents
        if head.seq == contents.head.seq:
            if head_hash(head.head) != contents.head_hash:
                raise integrity_error()
            headers = dict(contents.sessions())
            reader = _Reader(contents, wanted, on_damage or _stop)
            return Reading(contents.vault_id, contents.root, headers, reader.sessions(lines))
    raise AssertionError  # restarts() raises


def _stop(_fault: Fault) -> None:
    raise integrity_error()


class _Reader:
    """Takes the lines of a snapshot whose head and containers are known and checked."""

    def __init__(self, contents: Contents, wanted: Callable[[bytes, SessionHeader], bool], on_damage: OnDamage) -> None:
        self._vault_id = contents.vault_id
        self._keyring = contents.keyring
        # What is written while the snapshot streams does not belong to it.
        self._expected = dict(contents.containers)
        self._wanted = wanted
        self._on_damage = on_damage
        self._current: OpenContainer | None = None
        self._is_wanted = False
        self._is_whole = True
        self._opener: RecordOpener | None = None
        self._found: dict[bytes, ReadRecord] = {}
        self._elements = 0
        self._last = b""
        self._count = self._total = 0

    def sessions(self, lines: Iterator[SnapshotLine | None]) -> Generator[OpenSession]:
        for line in lines:
            if type(line) is StoredRecord:
                self._record(line)
            elif isinstance(line, wire.SnapshotContainer):
                yield from self._complete()
                self._container(line.container)
            elif isinstance(line, wire.SnapshotEnd):
                yield from self._complete()
                self._finish(line)
                if next(lines, None) is not None:
                    raise foreign_answer()
                return
            else:
                raise foreign_answer()
        raise foreign_answer()

    def _container(self, shown: wire.Container) -> None:
        before = self._current.container_id if self._current else b""
        if shown.container_id <= before:
            raise foreign_answer()
        known = self._expected.pop(shown.container_id, None)
        if known is None or (shown.version, shown.epoch) != (known.version, known.epoch):
            raise integrity_error()
        context = Context(EnvelopeClass.HEADER, self._vault_id, known.container_id, ZERO_ID, known.version)
        key = self._keyring.unwrap(known.container_id, known.epoch, shown.wrapped_key)
        if key != known.key or self._keyring.element(context, shown.header) != known.element:
            raise integrity_error()
        header = known.header
        self._is_wanted = not isinstance(header, SessionHeader) or self._wanted(known.container_id, header)
        self._current, self._is_whole, self._found = known, True, {}
        self._opener = RecordOpener(known, self._vault_id, self._keyring) if self._is_wanted else None
        self._last, self._count, self._elements = b"", 0, 0

    def _record(self, record: StoredRecord) -> None:
        current = self._current
        if current is None or record.record_id <= self._last or self._count >= current.header.count:
            raise integrity_error()
        self._last = record.record_id
        self._count += 1
        self._total += 1
        if self._opener is not None:
            try:
                element, payload, data = self._opener.open(record)
            except HostileDataError:
                self._damaged("It does not open: it was changed, exchanged or damaged.", record.record_id)
            else:
                self._elements += element
                self._found[record.record_id] = ReadRecord(payload, data)

    def _complete(self) -> Iterator[OpenSession]:
        current = self._current
        if current is None or not self._is_wanted:
            return
        if self._is_whole:
            try:
                check_records(current, len(self._found), self._elements)
            except HostileDataError:
                self._damaged("Its records are not those its header means: one is missing, older or exchanged.")
        elif self._count != current.header.count:
            self._damaged("Records of it are missing.")
        if isinstance(current.header, SessionHeader):
            yield OpenSession(current.container_id, current.header, self._found)

    def _finish(self, end: wire.SnapshotEnd) -> None:
        if end.records != self._total:
            raise integrity_error()
        for container in self._expected.values():
            self._current = container
            self._damaged("The service does not show it.")

    def _damaged(self, what: str, record_id: bytes | None = None) -> None:
        self._is_whole = False
        current = self._current
        assert current is not None  # noqa: S101 - nothing is read before the first container
        header = current.header
        title = (header.title or header.opening) if isinstance(header, SessionHeader) else None
        self._on_damage(Fault(what, current.container_id.hex(), record_id.hex() if record_id else None, title))
