"""Everything a vault holds, from one snapshot, for those who carry it elsewhere (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt

from vault.client.contents import Contents, OpenContainer, RootRecords
from vault.client.failures import foreign_answer
from vault.client.reading import check_records, restarts
from vault.client.snapshot_frames import SnapshotEnd, SnapshotFrame, SnapshotHead, StoredContainer, StoredRecords
from vault.client.unlocked import Unlocked
from vault.client.verify import Fault
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import head_hash
from vault.core.model import SessionHeader
from vault.core.records import OpenedRecords, ProvedRecord, RecordCipher, SealedRecord
from vault.core.refuse import integrity_error
from vault.errors import HostileDataError

OnDamage = Callable[[Fault], None]

_REFUSED = "It does not open: it was changed, exchanged or damaged."
_MALFORMED = "It opens but has another form than a message has."
_OTHERS = "Its records are not those its header means: one is missing, older or exchanged."


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session and its records of all types, checked against its verified header unless damage was told of.

    The messages come first, by (position, id), then records of other types, by id.
    """

    session_id: bytes
    header: SessionHeader
    records: Sequence[ProvedRecord] = field(repr=False)


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
        frames = unlocked.service.snapshot()
        head = next(frames, None)
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
            return Reading(contents.vault_id, contents.root, headers, reader.sessions(frames))
    raise AssertionError  # restarts() raises


def _stop(_fault: Fault) -> None:
    raise integrity_error()


class _Reader:
    """Takes the frames of a snapshot whose head and containers are known and checked."""

    def __init__(self, contents: Contents, wanted: Callable[[bytes, SessionHeader], bool], on_damage: OnDamage) -> None:
        self._keyring = contents.keyring
        # What is written while the snapshot streams does not belong to it.
        self._expected = dict(contents.containers)
        self._wanted = wanted
        self._on_damage = on_damage
        self._last = b""

    def sessions(self, frames: Iterator[SnapshotFrame | None]) -> Generator[OpenSession]:
        frame: SnapshotFrame | None = None
        container: OpenContainer | None = None
        opened: OpenedRecords | None = None  # None for a container that is not wanted
        shown = room = total = 0
        last = b""
        for frame in frames:
            if isinstance(frame, StoredRecords):
                shown += len(frame.run)
                last = _last_in_order(last, frame.run)
                if shown > room:
                    raise integrity_error()
                if container is not None and opened is not None:
                    self._take(container, opened, frame.run)
                continue
            total += shown
            if container is not None and opened is not None:
                yield from self._checked(container, opened)
            if not isinstance(frame, StoredContainer):
                break
            container = self._enter(frame)
            opened = self._opened(container)
            shown, room, last = 0, container.header.count, b""
        self._finish(frame, total, frames)

    def _enter(self, shown: StoredContainer) -> OpenContainer:
        """The container that was known and is shown again."""
        if shown.container_id <= self._last:
            raise foreign_answer()
        self._last = shown.container_id
        known = self._expected.pop(shown.container_id, None)
        if known is None or (shown.version, shown.epoch) != (known.version, known.epoch):
            raise integrity_error()
        context = Context(EnvelopeClass.HEADER, self._keyring.vault_id, known.container_id, ZERO_ID, known.version)
        key = self._keyring.unwrap(known.container_id, known.epoch, shown.wrapped_key)
        if key != known.key or self._keyring.element(context, shown.header) != known.element:
            raise integrity_error()
        return known

    def _opened(self, container: OpenContainer) -> OpenedRecords | None:
        """Where its records go; None for a session that is not wanted."""
        header = container.header
        if isinstance(header, SessionHeader) and not self._wanted(container.container_id, header):
            return None
        return OpenedRecords(RecordCipher(self._keyring, container.container_id, container.key))

    def _take(self, container: OpenContainer, opened: OpenedRecords, run: list[SealedRecord]) -> None:
        refused, malformed = len(opened.refused), len(opened.malformed)
        opened.take(run)
        spoiled = [(record_id, _REFUSED) for record_id in opened.refused[refused:]]
        spoiled += [(record_id, _MALFORMED) for record_id in opened.malformed[malformed:]]
        for record_id, what in sorted(spoiled):
            self._damaged(container, what, record_id)

    def _checked(self, container: OpenContainer, opened: OpenedRecords) -> Iterator[OpenSession]:
        """The session with what of it is right; what is not is told of."""
        if not opened.refused:
            try:
                check_records(container, opened.opened, opened.digest)
            except HostileDataError:
                self._damaged(container, _OTHERS)
        elif opened.shown != container.header.count:
            self._damaged(container, "Records of it are missing.")
        if isinstance(container.header, SessionHeader):
            yield OpenSession(container.container_id, container.header, sorted(opened.good))

    def _finish(self, end: SnapshotFrame | None, total: int, frames: Iterator[SnapshotFrame | None]) -> None:
        if not isinstance(end, SnapshotEnd):
            raise foreign_answer()
        for _ in frames:
            raise foreign_answer()
        if end.records != total:
            raise integrity_error()
        for container in self._expected.values():
            self._damaged(container, "The service does not show it.")

    def _damaged(self, container: OpenContainer, what: str, record_id: bytes | None = None) -> None:
        header = container.header
        title = (header.title or header.opening) if isinstance(header, SessionHeader) else None
        self._on_damage(Fault(what, container.container_id.hex(), record_id.hex() if record_id else None, title))


def _last_in_order(last: bytes, run: list[SealedRecord]) -> bytes:
    """The last id of a run, after the ids up to `last`. Raises IntegrityError where one does not follow the other."""
    ids = [last, *(record_id for record_id, _, _ in run)]
    if not all(map(lt, ids, ids[1:])):
        raise integrity_error()
    return ids[-1]
