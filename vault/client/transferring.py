"""Everything a vault holds, from one snapshot, for those who carry it elsewhere (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain

from vault.client.contents import Contents, OpenContainer, RootRecords
from vault.client.failures import foreign_answer
from vault.client.reading import check_records, restarts
from vault.client.snapshot_frames import SnapshotEnd, SnapshotFrame, SnapshotHead, StoredContainer, StoredRecord
from vault.client.unlocked import Unlocked
from vault.client.verify import Fault
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import head_hash
from vault.core.model import SessionHeader
from vault.core.records import OpenedContainer, OpenedRecord, SealedContainer, SealedRecord, open_containers
from vault.core.refuse import integrity_error
from vault.errors import HostileDataError
from vault.workers import MUCH, beside

OnDamage = Callable[[Fault], None]


_TOGETHER = 1 << 20
"""Bytes of envelopes that are opened as one piece of work: some milliseconds."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session and its records of all types, checked against its verified header unless damage was told of.

    The messages come first, by (position, id), then records of other types, by id.
    """

    session_id: bytes
    header: SessionHeader
    records: Sequence[OpenedRecord] = field(repr=False)


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
        self._given: deque[tuple[OpenContainer, int]] = deque()
        self._last = b""
        self._end: SnapshotFrame | None = None
        self._total = 0

    def sessions(self, lines: Iterator[SnapshotFrame | None]) -> Generator[OpenSession]:
        is_much = sum(each.header.count for each in self._expected.values() if self._is_wanted(each)) >= MUCH
        with closing(beside(open_containers, self._pieces(lines), is_much=is_much)) as pieces:
            for each in chain.from_iterable(pieces):
                yield from self._checked(*self._given.popleft(), each)
        self._finish()

    def _pieces(self, lines: Iterator[SnapshotFrame | None]) -> Iterator[list[SealedContainer]]:
        """The wanted containers with their records, some together; `_given` has them in the same order."""
        piece: list[SealedContainer] = []
        size = 0
        for container, shown in self._containers(lines):
            self._total += len(shown)
            if self._is_wanted(container):
                self._given.append((container, len(shown)))
                piece.append(SealedContainer(self._keyring.elements, container.container_id, container.key, shown))
                size += sum(len(record[2]) for record in shown)
                if size > _TOGETHER:
                    yield piece
                    piece, size = [], 0
        yield piece

    def _containers(self, lines: Iterator[SnapshotFrame | None]) -> Iterator[tuple[OpenContainer, list[SealedRecord]]]:
        container: OpenContainer | None = None
        shown: list[SealedRecord] = []
        room, last = 0, b""
        for line in lines:
            if type(line) is StoredRecord:
                if len(shown) == room or line.record_id <= last:
                    raise integrity_error()
                last = line.record_id
                shown.append((last, line.version, line.envelope))
                continue
            if container is not None:
                yield container, shown
            if not isinstance(line, StoredContainer):
                self._end = line
                break
            container = self._enter(line)
            shown, room, last = [], container.header.count, b""
        for _ in lines:
            raise foreign_answer()

    def _enter(self, shown: StoredContainer) -> OpenContainer:
        """The container that was known and is shown again."""
        if shown.container_id <= self._last:
            raise foreign_answer()
        self._last = shown.container_id
        known = self._expected.pop(shown.container_id, None)
        if known is None or (shown.version, shown.epoch) != (known.version, known.epoch):
            raise integrity_error()
        context = Context(
            EnvelopeClass.HEADER, self._keyring.elements.vault_id, known.container_id, ZERO_ID, known.version
        )
        key = self._keyring.unwrap(known.container_id, known.epoch, shown.wrapped_key)
        if key != known.key or self._keyring.element(context, shown.header) != known.element:
            raise integrity_error()
        return known

    def _is_wanted(self, container: OpenContainer) -> bool:
        return not isinstance(container.header, SessionHeader) or self._wanted(container.container_id, container.header)

    def _checked(self, container: OpenContainer, shown: int, opened: OpenedContainer) -> Iterator[OpenSession]:
        """The session with what of it is right; what is not is told of."""
        for record_id in opened.refused:
            self._damaged(container, "It does not open: it was changed, exchanged or damaged.", record_id)
        for record_id in opened.malformed:
            self._damaged(container, "It opens but has another form than a message has.", record_id)
        if not opened.refused:
            try:
                check_records(container, opened.count, opened.digest)
            except HostileDataError:
                self._damaged(
                    container, "Its records are not those its header means: one is missing, older or exchanged."
                )
        elif shown != container.header.count:
            self._damaged(container, "Records of it are missing.")
        if isinstance(container.header, SessionHeader):
            yield OpenSession(container.container_id, container.header, opened.records)

    def _finish(self) -> None:
        if not isinstance(self._end, SnapshotEnd):
            raise foreign_answer()
        if self._end.records != self._total:
            raise integrity_error()
        for container in self._expected.values():
            self._damaged(container, "The service does not show it.")

    def _damaged(self, container: OpenContainer, what: str, record_id: bytes | None = None) -> None:
        header = container.header
        title = (header.title or header.opening) if isinstance(header, SessionHeader) else None
        self._on_damage(Fault(what, container.container_id.hex(), record_id.hex() if record_id else None, title))
