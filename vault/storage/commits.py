"""Applying a commit: every check of docs/PROTOCOL.md §6, then the writes.

Whatever can be refused is refused before the key file is touched, so that refused commits leave nothing behind.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from vault.audit.leaves import Event
from vault.storage.access import Access, HeadState, SlotAccess, lock_head
from vault.storage.auditlog import append_leaf
from vault.storage.keyfile import Entry, EntryType, KeyFile
from vault.storage.refusal import Refusal, bad_request, unauthorized
from vault.storage.rows import insert_rows
from vault.storage.slots import (
    SlotRow,
    check_slot_changes,
    drop_slots,
    insert_slots,
    kind_name,
    read_slots,
    slot_entries,
    slot_id_of,
    slot_rows,
)
from vault.storage.tables import containers, doomed, heads, history, records
from vault.wire.codes import ErrorCode
from vault.wire.models import Commit, CommitResult, ContainerWrite, RecordWrite, SlotChanges

T = TypeVar("T")

HISTORY_BYTES: Final = 64
"""What a commit costs for good: a row of history."""
ENTRY_COST_BYTES: Final = 256
"""What a slot or container costs for good: its entry in the key file."""
OVERDRAFT_BYTES: Final = 2**20
"""How far secrets can still be changed in a vault that is full: some thousands of times."""
_CHUNK: Final = 1_000

_VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
_FIND_HASH = select(history.c.head_hash).where(history.c.vault_id == _VAULT, history.c.seq == bindparam("of_seq"))
_FIND = select(
    containers.c.container_id, containers.c.version, containers.c.epoch, func.length(containers.c.header)
).where(containers.c.vault_id == _VAULT)
_FIND_CONTAINER = _FIND.where(containers.c.container_id == bindparam("of_container"))
_FIND_CONTAINERS = _FIND.where(containers.c.container_id.in_(bindparam("ids", expanding=True)))
_FIND_DOOMED = select(doomed.c.container_id).where(
    doomed.c.vault_id == _VAULT, doomed.c.container_id.in_(bindparam("ids", expanding=True))
)
_UPDATE_CONTAINER = (
    update(containers)
    .where(containers.c.vault_id == _VAULT, containers.c.container_id == bindparam("of_container"))
    .values(version=bindparam("to_version"), changed_seq=bindparam("to_seq"), header=bindparam("to_header"))
)
_OF_RECORD = (
    records.c.vault_id == _VAULT,
    records.c.container_id == bindparam("of_container"),
    records.c.record_id == bindparam("of_record"),
)
_FIND_RECORD = select(records.c.version, func.length(records.c.envelope)).where(*_OF_RECORD)
_UPDATE_RECORD = (
    update(records).where(*_OF_RECORD).values(version=bindparam("to_version"), envelope=bindparam("to_envelope"))
)
_INSERT_HISTORY = insert(history)
_UPDATE_HEAD = (
    update(heads)
    .where(heads.c.vault_id == _VAULT)
    .values(
        seq=bindparam("to_seq"), head=bindparam("to_head"), records=bindparam("to_records"), bytes=bindparam("to_bytes")
    )
)


@dataclass(frozen=True)
class Quota:
    """How much one vault may hold. Bytes count envelopes, key file entries and history."""

    records: int
    bytes: int


@dataclass(frozen=True)
class ContainerState:
    """What a new version of a container is checked against."""

    version: int
    epoch: int
    header_bytes: int


@dataclass(frozen=True)
class CommitOutcome:
    """What became of a commit. `slot_id` is the slot by which the login that asked goes on; its own may be gone."""

    result: CommitResult
    slot_id: bytes
    is_applied: bool
    """False when it had been applied before."""


@dataclass(kw_only=True)
class CommitWork:
    """One commit on its way into the database. Made anew for each attempt.

    ``write_keys`` writes entries to the key file, and gives the index of the first.
    """

    connection: Connection
    key_file: KeyFile
    access: Access
    commit: Commit
    quota: Quota
    now: int
    write_keys: Callable[[], int]

    def replay(self) -> CommitOutcome | None:
        """Give the answer of the time the commit was applied before; None when it is still to be applied.

        Raises the 401 or the 409.
        """
        found = self._begin()
        return found if isinstance(found, CommitOutcome) else None

    def _begin(self) -> CommitOutcome | HeadState:
        """Return the answer to a replay, or the state to be changed. Raises the 401 or the 409."""
        state = lock_head(self.connection, self.access)
        if state is None:
            return self._replay_by_successor()
        if state.seq == self.commit.expected_seq:
            return state
        if not self._is_replay():
            message = "Somebody else wrote first: fetch the changes and try again."
            raise Refusal(ErrorCode.STALE, message, seq=state.seq)
        return CommitOutcome(self._result(), self.access.slot_id, is_applied=False)

    def run(self) -> CommitOutcome:
        """Apply the commit, or give the answer of the time it was applied before. Raises Refusal or StorageError."""
        found = self._begin()
        if isinstance(found, CommitOutcome):
            return found
        self._apply(found)
        changes = self.commit.slots
        is_replaced = changes is not None and bool(changes.add) and self.access.slot_id in changes.destroy
        slot_id = slot_id_of(changes.add[0]) if changes is not None and is_replaced else self.access.slot_id
        return CommitOutcome(self._result(), slot_id, is_applied=True)

    def _result(self) -> CommitResult:
        return CommitResult(seq=self.commit.expected_seq + 1, head_hash=hashlib.sha256(self.commit.head).digest())

    def _is_replay(self) -> bool:
        """Whether the commit that came after `expected_seq` had this very head: then its answer got lost."""
        result = self._result()
        stored = self.connection.execute(_FIND_HASH, {"of_vault": self.access.vault_id, "of_seq": result.seq}).scalar()
        return stored == result.head_hash

    def _replay_by_successor(self) -> CommitOutcome:
        """Answer a login whose slot went with this very commit, whose answer got lost. Raises the 401.

        It goes on under the first slot added, which it proves to know: it sends what is stored, byte for byte.
        """
        changes = self.commit.slots
        if changes is None or not changes.add or self.access.slot_id not in changes.destroy:
            raise unauthorized()
        new, vault_id = changes.add[0], self.access.vault_id
        successor = SlotAccess(vault_id, slot_id_of(new))
        if lock_head(self.connection, successor) is None or not self._is_replay():
            raise unauthorized()
        rows = [row for row in slot_rows(self.connection, vault_id) if row.slot_id == successor.slot_id]
        (stored,) = read_slots(self.key_file, rows)
        if not hmac.compare_digest(stored.slot + stored.login_key, new.slot + new.login_key):
            raise unauthorized()
        return CommitOutcome(self._result(), successor.slot_id, is_applied=False)

    def _apply(self, state: HeadState) -> None:
        seq = self.commit.expected_seq + 1
        new, changed, container_bytes = self._sort_containers()
        slot_changes = self.commit.slots or SlotChanges()
        added = slot_entries(self.access.vault_id, slot_changes.add)
        dropped = self._check_slots(slot_changes, added)
        record_bytes = self._write_records()
        total = self._check_quota(state, container_bytes + record_bytes, len(new) + len(added), len(dropped))
        self._write_keys(new, added, seq)
        self._update_containers(changed, seq)
        self._log_slots(slot_changes, dropped)
        drop_slots(self.connection, self.access.vault_id, dropped)
        self._write_head(seq, total)

    def _sort_containers(self) -> tuple[list[ContainerWrite], list[ContainerWrite], int]:
        """Return new containers, changed containers, and the bytes by which they grow."""
        writes = self.commit.containers
        stored = self._stored_containers([write.container_id for write in writes])
        new, changed, grown = [], [], 0
        for write in writes:
            state = stored.get(write.container_id)
            if state is None:
                _check_new(write)
                new.append(write)
                grown += len(write.header)
            else:
                _check_changed(write, state)
                changed.append(write)
                grown += len(write.header) - state.header_bytes
        self._check_free([write.container_id for write in new])
        return new, changed, grown

    def _check_free(self, ids: Sequence[bytes]) -> None:
        """Raise the 400 when one is the id of a session that is being erased: its records are there still."""
        for some in _chunks(ids, _CHUNK):
            if self.connection.execute(_FIND_DOOMED, {"of_vault": self.access.vault_id, "ids": some}).first():
                raise bad_request("A container is being erased.")

    def _stored_containers(self, ids: Sequence[bytes]) -> dict[bytes, ContainerState]:
        if len(set(ids)) != len(ids):
            raise bad_request("A container is given twice.")
        vault_id = self.access.vault_id
        if len(ids) == 1:  # the usual case
            rows = self.connection.execute(_FIND_CONTAINER, {"of_vault": vault_id, "of_container": ids[0]}).all()
        else:
            rows = [
                row
                for chunk in _chunks(ids, _CHUNK)
                for row in self.connection.execute(_FIND_CONTAINERS, {"of_vault": vault_id, "ids": chunk})
            ]
        return {row[0]: ContainerState(row[1], row[2], row[3]) for row in rows}

    def _check_slots(self, changes: SlotChanges, added: Sequence[Entry]) -> list[SlotRow]:
        if not changes.add and not changes.destroy:
            return []
        return check_slot_changes(slot_rows(self.connection, self.access.vault_id), changes, added)

    def _log_slots(self, changes: SlotChanges, dropped: Sequence[SlotRow]) -> None:
        """Say in the log which kinds of slots have come and gone."""
        if not changes.add and not dropped:
            return
        added = sorted(kind_name(new.slot) for new in changes.add)
        destroyed = sorted(stored.kind for stored in read_slots(self.key_file, dropped))
        detail = {"added": added, "destroyed": destroyed}
        append_leaf(self.connection, self.access.vault_id, Event.SLOTS, self.now, detail)

    def _write_records(self) -> int:
        """Write records; the bytes by which they grow."""
        writes, vault_id = self.commit.records, self.access.vault_id
        if len({write.container_id + write.record_id for write in writes}) != len(writes):
            raise bad_request("A record is given twice.")
        if not {write.container_id for write in writes} <= {write.container_id for write in self.commit.containers}:
            raise bad_request("The container of a record is not in the commit.")
        new = [write for write in writes if write.version == 1]
        grown = sum(self._update_record(write) for write in writes if write.version != 1)
        rows = [(vault_id, write.container_id, write.record_id, 1, write.envelope) for write in new]
        try:
            insert_rows(self.connection, records, rows)
        except IntegrityError:
            raise bad_request("A record with version 1 is there already.") from None
        return grown + sum(len(write.envelope) for write in new)

    def _update_record(self, write: RecordWrite) -> int:
        of_record = {
            "of_vault": self.access.vault_id,
            "of_container": write.container_id,
            "of_record": write.record_id,
        }
        stored = self.connection.execute(_FIND_RECORD, of_record).first()
        if stored is None or write.version != stored[0] + 1:
            raise bad_request("The version of a record is not the next one.")
        self.connection.execute(
            _UPDATE_RECORD, {**of_record, "to_version": write.version, "to_envelope": write.envelope}
        )
        return len(write.envelope) - int(stored[1])

    def _check_quota(self, state: HeadState, grown: int, new_entries: int, dropped_entries: int) -> HeadState:
        """Return what the vault holds afterwards. Raises the 403; but slots can be replaced in a full vault too."""
        new_records = sum(write.version == 1 for write in self.commit.records)
        grown += len(self.commit.head) - state.head_bytes + HISTORY_BYTES + ENTRY_COST_BYTES * new_entries
        total = HeadState(
            self.commit.expected_seq + 1, len(self.commit.head), state.records + new_records, state.bytes + grown
        )
        if new_records and total.records > self.quota.records:
            raise Refusal(ErrorCode.QUOTA_RECORDS, "The vault holds as many records as this server allows.")
        is_replacement = not self.commit.containers and not self.commit.records and new_entries <= dropped_entries
        allowed = self.quota.bytes + (OVERDRAFT_BYTES if is_replacement else 0)
        if total.bytes > allowed:
            raise Refusal(ErrorCode.QUOTA_BYTES, "The vault is as large as this server allows.")
        return total

    def _write_keys(self, new: Sequence[ContainerWrite], added: Sequence[Entry], seq: int) -> None:
        """Keys go to the key file before the database speaks of them; one sync for all."""
        if not new and not added:
            return
        first = self.write_keys()
        insert_containers(self.connection, self.access.vault_id, new, first, seq)
        insert_slots(self.connection, self.access.vault_id, added, first + len(new), self.now)

    def _update_containers(self, changed: Sequence[ContainerWrite], seq: int) -> None:
        updates = [
            {
                "of_vault": self.access.vault_id,
                "of_container": write.container_id,
                "to_version": write.version,
                "to_seq": seq,
                "to_header": write.header,
            }
            for write in changed
        ]
        if updates:
            # One by itself is the usual case, and quicker so.
            self.connection.execute(_UPDATE_CONTAINER, updates[0] if len(updates) == 1 else updates)

    def _write_head(self, seq: int, total: HeadState) -> None:
        head_hash = self._result().head_hash
        self.connection.execute(_INSERT_HISTORY, {"vault_id": self.access.vault_id, "seq": seq, "head_hash": head_hash})
        self.connection.execute(
            _UPDATE_HEAD,
            {
                "of_vault": self.access.vault_id,
                "to_seq": seq,
                "to_head": self.commit.head,
                "to_records": total.records,
                "to_bytes": total.bytes,
            },
        )


def new_keys(vault_id: bytes, commit: Commit) -> list[Entry]:
    """Key file entries of a commit: those of its new containers, then those of its new slots. Raises the 400."""
    keys = [container_entry(write) for write in commit.containers if write.wrapped_key is not None]
    if len({entry.id for entry in keys}) != len(keys):
        raise bad_request("A container is given twice.")
    return [*keys, *slot_entries(vault_id, commit.slots.add if commit.slots is not None else ())]


def container_entry(write: ContainerWrite) -> Entry:
    """Key file entry of a new container, which has a wrapped key."""
    return Entry(EntryType.CONTAINER_KEY, write.container_id, write.epoch, write.wrapped_key or b"")


def insert_containers(
    connection: Connection, vault_id: bytes, new: Sequence[ContainerWrite], first_entry: int, seq: int
) -> None:
    """Rows for new containers whose keys stand in the key file from `first_entry` on."""
    rows = [
        (vault_id, write.container_id, write.version, write.epoch, entry, seq, write.header)
        for entry, write in enumerate(new, first_entry)
    ]
    insert_rows(connection, containers, rows)


def _check_new(write: ContainerWrite) -> None:
    if write.version != 1 or write.epoch != 1 or write.wrapped_key is None:
        raise bad_request("A new container has version 1, epoch 1 and a wrapped key.")


def _check_changed(write: ContainerWrite, state: ContainerState) -> None:
    if write.version != state.version + 1 or write.epoch != state.epoch or write.wrapped_key is not None:
        raise bad_request("A changed container has the next version, the same epoch and no wrapped key.")


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
