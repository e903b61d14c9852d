"""Everything a vault holds, from one snapshot, for those who carry it elsewhere (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vault.client.contents import Contents, OpenContainer, RootRecords
from vault.client.failures import foreign_answer
from vault.client.reading import check_records, restarts
from vault.client.snapshot_frames import SnapshotEnd, SnapshotFrame, SnapshotHead, StoredContainer, StoredRecord
from vault.client.unlocked import Unlocked
from vault.client.verify import Fault
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import head_hash
from vault.core.model import SessionHeader
from vault.core.records import RecordOpener
from vault.core.refuse import integrity_error
from vault.errors import HostileDataError

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
        if not isinstance(head, SnapshotHead):
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
        self._keyring = contents.keyring
        # What is written while the snapshot streams does not belong to it.
        self._expected = dict(contents.containers)
        self._wanted = wanted
        self._on_damage = on_damage
        self._current: OpenContainer | None = None
        self._is_whole = True
        self._total = 0

    def sessions(self, lines: Iterator[SnapshotFrame | None]) -> Generator[OpenSession]:
        shown: list[StoredRecord] = []
        room, last = 0, b""
        for line in lines:
            if type(line) is StoredRecord:
                if len(shown) == room or line.record_id <= last:
                    raise integrity_error()
                last = line.record_id
                shown.append(line)
            elif isinstance(line, StoredContainer):
                yield from self._complete(shown)
                room, last, shown = self._container(line), b"", []
            elif isinstance(line, SnapshotEnd):
                yield from self._complete(shown)
                self._finish(line)
                for _ in lines:
                    raise foreign_answer()
                return
            else:
                raise foreign_answer()
        raise foreign_answer()

    def _container(self, shown: StoredContainer) -> int:
        """Enter the next container; how many records it has."""
        before = self._current.container_id if self._current else b""
        if shown.container_id <= before:
            raise foreign_answer()
        known = self._expected.pop(shown.container_id, None)
        if known is None or (shown.version, shown.epoch) != (known.version, known.epoch):
            raise integrity_error()
        context = Context(EnvelopeClass.HEADER, self._keyring.vault_id, known.container_id, ZERO_ID, known.version)
        key = self._keyring.unwrap(known.container_id, known.epoch, shown.wrapped_key)
        if key != known.key or self._keyring.element(context, shown.header) != known.element:
            raise integrity_error()
        self._current, self._is_whole = known, True
        return known.header.count

    def _complete(self, shown: Sequence[StoredRecord]) -> Iterator[OpenSession]:
        """The container that was entered, with all its records."""
        self._total += len(shown)
        current = self._current
        if current is None or not self._is_wanted(current):
            return
        found, elements = self._open(current, shown)
        if self._is_whole:
            try:
                check_records(current, len(found), elements)
            except HostileDataError:
                self._damaged("Its records are not those its header means: one is missing, older or exchanged.")
        elif len(shown) != current.header.count:
            self._damaged("Records of it are missing.")
        if isinstance(current.header, SessionHeader):
            yield OpenSession(current.container_id, current.header, found)

    def _is_wanted(self, container: OpenContainer) -> bool:
        return not isinstance(container.header, SessionHeader) or self._wanted(container.container_id, container.header)

    def _open(self, container: OpenContainer, shown: Sequence[StoredRecord]) -> tuple[dict[bytes, ReadRecord], int]:
        """Those records that open, and the sum of their elements."""
        opener = RecordOpener(self._keyring, container.container_id, container.key)
        found: dict[bytes, ReadRecord] = {}
        elements = 0
        for record_id, version, envelope in shown:
            try:
                element, payload, data = opener.open(record_id, version, envelope)
            except HostileDataError:
                self._damaged("It does not open: it was changed, exchanged or damaged.", record_id)
            else:
                elements += element
                found[record_id] = ReadRecord(payload, data)
        return found, elements

    def _finish(self, end: SnapshotEnd) -> None:
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
