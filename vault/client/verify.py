"""Opening and checking every record of a vault, and naming what is wrong (docs/FORMAT.md §7.1 rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from vault.client.auditing import check_log
from vault.client.contents import OpenContainer, open_container, open_head
from vault.client.reading import changes
from vault.client.secrets import OpenSlot
from vault.client.service import Service
from vault.client.slots import check_slot
from vault.client.snapshot_frames import SnapshotEnd, SnapshotFrame, SnapshotHead, StoredContainer, StoredRecords
from vault.client.trusted_state import Fingerprint, Pin, advance
from vault.core.digest import SetDigest
from vault.core.head import Head, KeptCheckpoint, head_hash
from vault.core.keyring import Keyring
from vault.core.model import Message, SessionHeader
from vault.core.records import RecordCipher, SealedRecord
from vault.core.rootrecords import parse_root_record
from vault.errors import ConflictError, HostileDataError
from vault.wire.limits import ID_BYTES

MAX_FAULTS = 1_000
"""A service that sends nonsense without end is cut short."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `container` and `record` are ids in text; `title` is that of the session, when known."""

    what: str
    container: str | None = None
    record: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check of the whole vault found. `fingerprint` is None when the head itself could not be opened."""

    fingerprint: Fingerprint | None
    containers: int
    records: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Known:
    """What a device keeps of a vault: the highest head, and the checkpoint of the log that it accepted last."""

    pin: Pin | None
    log: KeptCheckpoint | None


def check_vault(
    service: Service, slot: OpenSlot, known: Known, on_record: Callable[[int], None]
) -> tuple[VerifyReport, Known]:
    """Read the whole vault and check everything against its head, `slot` and what is `known`; what to keep comes too.

    Asks for nothing more once something is wrong. Raises ServiceError when the reading itself fails.
    """
    vault_id = slot.header.vault_id
    check = SnapshotCheck(Keyring(vault_id, slot.vault_key), vault_id)
    check.run(service.snapshot(), on_record)
    if check.faults or check.head is None:
        return check.report(), known
    pin, log = known.pin, known.log
    seen = Pin(vault_id, check.head.seq, check.head_hash, check.head.history)
    try:
        check_slot(slot, check.head)
        hashes = []
        if pin is not None and pin.seq < seen.seq:
            moved = changes(service, check.root_key, vault_id, pin.seq, listed=seen.seq)
            if moved is None:
                raise ConflictError("Another device erased something while the vault was checked; check it again.")
            hashes = moved.hashes[: seen.seq - pin.seq]
        pin = advance(pin, seen, hashes)
        log = check_log(service, log, check.head.audit)
    except HostileDataError as error:
        check.faults.append(Fault(str(error)))
    return check.report(), Known(pin, log)


@dataclass(slots=True)
class _Current:
    """The container whose records the snapshot is at; `opened` is None when it could not be opened."""

    container_id: bytes
    opened: OpenContainer | None
    opener: RecordCipher | None = field(repr=False)
    last_record: bytes = b""
    total: int = 0
    count: int = 0
    faulty: bool = False


_Single: TypeAlias = SnapshotHead | StoredContainer | SealedRecord | SnapshotEnd | None


def _singly(frames: Iterable[SnapshotFrame | None]) -> Iterator[_Single]:
    """The frames with each record by itself."""
    for frame in frames:
        if isinstance(frame, StoredRecords):
            yield from frame.run
        else:
            yield frame


@dataclass(slots=True)
class SnapshotCheck:
    """Takes the frames of a snapshot one by one and never stops at a fault."""

    keyring: Keyring
    vault_id: bytes
    faults: list[Fault] = field(default_factory=list)
    head: Head | None = None
    head_hash: bytes = b""
    root_key: bytes = b""
    records: int = 0
    _sealed_head: SnapshotHead | None = None
    _current: _Current | None = None
    _last_container: bytes = b""
    _total: int = 0
    _containers: int = 0
    _unopened: int = 0
    _end: SnapshotEnd | None = None

    def run(self, frames: Iterable[SnapshotFrame | None], on_record: Callable[[int], None]) -> None:
        """Take all frames; `on_record` is told how many records were read so far."""
        try:
            for number, frame in enumerate(_singly(frames), 1):
                self._frame(number, frame)
                on_record(self.records)
                if len(self.faults) >= MAX_FAULTS:
                    self._fault("There is more wrong than is listed here.")
                    break
        except HostileDataError as error:
            self._fault(str(error))
        self._leave()
        self._finish()

    def _frame(self, number: int, frame: _Single) -> None:
        if self._end is not None:
            self._fault("The snapshot goes on after its end.")
        elif frame is None:
            self._fault(f"Frame {number} of the snapshot has the wrong shape.")
        elif isinstance(frame, StoredContainer):
            self._container(frame)
        elif isinstance(frame, SnapshotEnd):
            self._end = frame
        elif not isinstance(frame, SnapshotHead):
            self._record(*frame)
        elif number == 1:
            self._sealed_head = frame
        else:
            self._fault("The snapshot has a head in the wrong place.")

    def report(self) -> VerifyReport:
        """What was found so far."""
        fingerprint = None
        if self.head is not None:
            fingerprint = Fingerprint.of(Pin(self.vault_id, self.head.seq, self.head_hash, self.head.history))
        return VerifyReport(fingerprint, self._containers, self.records, tuple(self.faults))

    def _container(self, container: StoredContainer) -> None:
        self._leave()
        container_id = container.container_id
        self._containers += 1
        try:
            opened = open_container(self.keyring, self.vault_id, container)
        except HostileDataError:
            opened = None
            self._unopened += 1
        opener = None if opened is None else RecordCipher(self.keyring, container_id, opened.key)
        self._current = _Current(container_id, opened, opener)
        if container_id <= self._last_container:
            self._fault("This container is out of order or there twice.")
        self._last_container = container_id
        if opened is None:
            self._fault("The key or the header of this container does not open.")
            return
        self._total += opened.element
        if container_id == self.vault_id:
            self.root_key = opened.key

    def _record(self, record_id: bytes, own: bytes, envelope: bytes) -> None:
        current = self._current
        self.records += 1
        if current is None:
            self._fault("This record belongs to no container.", record_id)
            return
        current.count += 1
        if record_id <= current.last_record:
            self._fault("This record is out of order or there twice.", record_id)
        current.last_record = record_id
        if current.opener is None:
            return
        try:
            element, payload, _ = current.opener.open(record_id, int.from_bytes(own[ID_BYTES:]), envelope)
            if current.container_id == self.vault_id:
                parse_root_record(payload)
            elif payload["type"] == "message":
                Message.check(payload)
        except HostileDataError:
            self._fault("This record does not open: it was changed, exchanged or damaged.", record_id)
        else:
            current.total += element

    def _leave(self) -> None:
        """The container is complete: compare it with its header."""
        current = self._current
        if current is not None and current.opened is not None:
            header = current.opened.header
            if current.count != header.count:
                self._fault(f"This container has {current.count} records where its header counts {header.count}.")
            elif not current.faulty and SetDigest.empty().add(current.total) != header.digest:
                self._fault("The records of this container are not those its header means: one is older or exchanged.")
        self._current = None

    def _finish(self) -> None:
        """Compare everything with the head."""
        if self._end is None:
            self._fault("The snapshot was cut off.")
        elif (self._end.containers, self._end.records) != (self._containers, self.records):
            self._fault("The snapshot does not hold as much as it says at its end.")
        if self._sealed_head is None or not self.root_key:
            self._fault("The head or the root container is missing.")
            return
        try:
            self.head = open_head(self.root_key, self.vault_id, self._sealed_head.seq, self._sealed_head.head)
        except HostileDataError:
            self._fault("The head does not open: it was changed, exchanged or damaged.")
            return
        self.head_hash = head_hash(self._sealed_head.head)
        if self._containers != self.head.containers:
            self._fault(f"There are {self._containers} containers where the head counts {self.head.containers}.")
        elif not self._unopened and SetDigest.empty().add(self._total) != self.head.digest:
            self._fault("The containers are not those the head means: one is older or exchanged.")

    def _fault(self, what: str, record_id: bytes | None = None) -> None:
        current = self._current
        title = None
        if current is not None:
            current.faulty = True
            if current.opened is not None and isinstance(current.opened.header, SessionHeader):
                header = current.opened.header
                title = header.opening if header.title is None else header.title
        self.faults.append(
            Fault(
                what,
                container=current.container_id.hex() if current else None,
                record=record_id.hex() if record_id else None,
                title=title,
            )
        )
