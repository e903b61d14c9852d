"""Carrying out the order of an erasure, as far as it is done in one transaction (docs/PROTOCOL.md §11).

From its end on nothing of the scope can be read or written; the rest follows (vault/erase/run.py). Whatever can be
refused is refused before the key file is touched.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, update

from vault.audit.leaves import Event
from vault.storage.access import Access, HeadState, SlotAccess, check_slot, lock_head
from vault.storage.auditlog import append_leaf
from vault.storage.commits import ENTRY_COST_BYTES, HISTORY_BYTES, OVERDRAFT_BYTES, Quota, container_entry
from vault.storage.keyfile import Entry, EntryRef, EntryType, KeyFile
from vault.storage.plans import ERASURE, OF_ERASURE, VAULT, ErasureRow, planned, state_at
from vault.storage.refusal import Refusal, bad_request, not_found
from vault.storage.sampling import Sampler, sample_containers, sample_head, sample_keys
from vault.storage.scopes import Scope, chunks
from vault.storage.slots import slot_rows
from vault.storage.tables import (
    containers,
    doomed,
    erasing,
    erasures,
    heads,
    history,
    pending,
    records,
    slots,
    staged,
    vaults,
)
from vault.storage.vaults import gone_name
from vault.wire.codes import ErrorCode
from vault.wire.models import ConfirmErasure, ContainerWrite

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_CONTAINER: Final[BindParameter[Any]] = bindparam("of_container")
_FIND = select(containers.c.container_id, containers.c.version, containers.c.epoch, containers.c.entry).where(
    containers.c.vault_id == VAULT
)
_FIND_IN = _FIND.where(containers.c.container_id.in_(_IDS))
_STAGED = (staged.c.vault_id == VAULT, staged.c.erasure_id == ERASURE)
_COUNT_STAGED = select(func.count()).where(*_STAGED)
_DELETE_CONTAINERS = delete(containers).where(containers.c.vault_id == VAULT, containers.c.container_id.in_(_IDS))
_DELETE_RECORDS = delete(records).where(records.c.vault_id == VAULT, records.c.container_id.in_(_IDS))
_REKEY = (
    update(containers)
    .where(containers.c.vault_id == VAULT, containers.c.container_id == _CONTAINER)
    .values(
        version=bindparam("to_version"),
        epoch=bindparam("to_epoch"),
        entry=bindparam("to_entry"),
        changed_seq=bindparam("to_seq"),
        header=bindparam("to_header"),
    )
)
_RECORD_COLUMNS: Final = ("vault_id", "container_id", "record_id", "version", "envelope")
_TAKE_STAGED = insert(records).from_select(
    _RECORD_COLUMNS, select(*(staged.c[name] for name in _RECORD_COLUMNS)).where(*_STAGED)
)
_DELETE_STAGED = delete(staged).where(*_STAGED)
_MOVE_HEAD = (
    update(heads)
    .where(heads.c.vault_id == VAULT)
    .values(
        seq=bindparam("to_seq"),
        head=bindparam("to_head"),
        records=bindparam("to_records"),
        bytes=bindparam("to_bytes"),
        erased_seq=bindparam("to_seq"),
    )
)
_RENAME = update(vaults).where(vaults.c.vault_id == VAULT).values(handle=bindparam("to_handle"))
_ORDERED = (
    update(erasures)
    .where(*OF_ERASURE)
    .values(
        state="requested",
        scope=b"",
        keys=bindparam("to_keys"),
        requested_at=bindparam("to_time"),
        order_hash=bindparam("to_hash"),
        order_key=bindparam("to_key"),
        signature=bindparam("to_signature"),
        log_id=bindparam("to_log"),
        samples=bindparam("to_samples"),
        pad=bindparam("to_pad"),
    )
)


@dataclass(frozen=True)
class SignedOrder:
    """An order whose signature holds under `key`, the public key of its slot (docs/ERASURE.md §3)."""

    request: ConfirmErasure
    expected_seq: int
    scope_hash: bytes
    hash: bytes
    key: bytes


class OrderSampler(Sampler, Protocol):
    """Keeps its samples so that no search can take them for what they are samples of."""

    def masked(self) -> tuple[bytes, bytes]:
        """Return the samples, XOR-masked, and the mask."""


@dataclass(frozen=True)
class Stored:
    """A container of the scope as it is."""

    version: int
    epoch: int
    entry: int


@dataclass(kw_only=True)
class OrderWork:
    """One order on its way into the database. Made anew for each attempt."""

    connection: Connection
    key_file: KeyFile
    access: Access
    erasure_id: bytes
    order: SignedOrder
    quota: Quota
    now: int
    write_keys: Callable[[], int]
    sampler: OrderSampler

    def check(self) -> ErasureRow | None:
        """Return the erasure when it was ordered before; None when it can be ordered. Raises Refusal."""
        row = self._find()
        if row.state == "planned":
            self._check(row)
            return None
        return row

    def run(self) -> ErasureRow:
        """Carry out the order; how the erasure is afterwards. Raises Refusal or StorageError."""
        row = self._find()
        if row.state == "planned":
            state, scope, stored = self._check(row)
            keys = self._take_all(row) if scope.is_whole else self._take_part(row, state, scope, stored)
            self._note(row, keys)
        return planned(self.connection, row.vault_id, row.erasure_id)

    def _find(self) -> ErasureRow:
        """Return the erasure. Raises the 404, and the 400 for an order that is not the one given before.

        Under the lock of the head: the same order may be on its way, and is then found as it left it.
        """
        lock_head(self.connection, self.access)
        row = planned(self.connection, self.access.vault_id, self.erasure_id)
        if row.state != "planned":
            if not hmac.compare_digest(row.signature or b"", self.order.request.signature):
                raise bad_request("The erasure has been ordered otherwise.")
        elif (row.expected_seq, row.scope_hash) != (self.order.expected_seq, self.order.scope_hash):
            raise not_found()  # another plan took its place after the signature was checked
        return row

    def _check(self, row: ErasureRow) -> tuple[HeadState, Scope, Mapping[bytes, Stored]]:
        state = state_at(self.connection, self.access, row.expected_seq)
        check_slot(self.connection, SlotAccess(self.access.vault_id, self.order.request.slot_id))
        scope, request = Scope.read(row.scope), self.order.request
        if scope.is_whole:
            if request.head is not None or request.containers:
                raise bad_request("No head and no containers stay when the whole vault goes.")
            return state, scope, {}
        if request.head is None:
            raise bad_request("The new head is missing.")
        stored = self._stored([*scope.containers, *scope.records])
        _check_containers(request.containers, scope, stored)
        if self.connection.execute(_COUNT_STAGED, row.of_erasure).scalar_one() != row.counts.resealed:
            raise bad_request("What was staged is not all that stays.")
        if self._size(row, state) > max(state.bytes, self.quota.bytes + OVERDRAFT_BYTES):
            raise Refusal(ErrorCode.QUOTA_BYTES, "The vault is as large as this server allows.")
        return state, scope, stored

    def _stored(self, ids: Sequence[bytes]) -> dict[bytes, Stored]:
        rows = [
            row
            for some in chunks(ids)
            for row in self.connection.execute(_FIND_IN, {"of_vault": self.access.vault_id, "ids": some})
        ]
        return {row.container_id: Stored(row.version, row.epoch, row.entry) for row in rows}

    # --- part of the vault ---

    def _take_part(self, row: ErasureRow, state: HeadState, scope: Scope, stored: Mapping[bytes, Stored]) -> int:
        """Take part of the vault away; how many keys are to be destroyed."""
        rows = [self._doomed(id_, found.entry, is_rekeyed=id_ in scope.records) for id_, found in stored.items()]
        self.connection.execute(insert(doomed), rows)
        refs = [EntryRef(found.entry, id_) for id_, found in stored.items()]
        sample_keys(self.key_file, EntryType.CONTAINER_KEY, refs, self.sampler)
        sample_containers(self.connection, row.vault_id, list(stored), self.sampler)
        for ids in chunks(scope.containers):
            self.connection.execute(_DELETE_CONTAINERS, {"of_vault": row.vault_id, "ids": ids})
        self._rekey(row, scope)
        self._move_head(row, state)
        return len(stored)

    def _doomed(self, container_id: bytes, entry: int, *, is_rekeyed: bool) -> dict[str, Any]:
        return {
            "vault_id": self.access.vault_id,
            "erasure_id": self.erasure_id,
            "container_id": container_id,
            "entry": entry,
            "is_rekeyed": is_rekeyed,
        }

    def _rekey(self, row: ErasureRow, scope: Scope) -> None:
        """Put new keys, headers and what stays in the place of what was there."""
        if not scope.records:
            return
        first = self.write_keys()
        for place, write in enumerate(self.order.request.containers):
            self.connection.execute(_REKEY, self._rekeyed(row, write, first + place))
        for ids in chunks(list(scope.records)):
            self.connection.execute(_DELETE_RECORDS, {"of_vault": row.vault_id, "ids": ids})
        self.connection.execute(_TAKE_STAGED, row.of_erasure)
        self.connection.execute(_DELETE_STAGED, row.of_erasure)

    def _rekeyed(self, row: ErasureRow, write: ContainerWrite, entry: int) -> dict[str, Any]:
        return {
            "of_vault": row.vault_id,
            "of_container": write.container_id,
            "to_version": write.version,
            "to_epoch": write.epoch,
            "to_entry": entry,
            "to_seq": row.expected_seq + 1,
            "to_header": write.header,
        }

    def _move_head(self, row: ErasureRow, state: HeadState) -> None:
        head = self.order.request.head or b""
        seq = row.expected_seq + 1
        values = {"of_vault": row.vault_id, "to_seq": seq, "to_head": head, "to_bytes": self._size(row, state)}
        self.connection.execute(_MOVE_HEAD, {**values, "to_records": state.records - row.counts.records})
        head_hash = hashlib.sha256(head).digest()
        self.connection.execute(insert(history), {"vault_id": row.vault_id, "seq": seq, "head_hash": head_hash})

    def _size(self, row: ErasureRow, state: HeadState) -> int:
        """Return what the vault holds afterwards: hardly ever more than before."""
        request = self.order.request
        headers = sum(len(write.header) for write in request.containers)
        head = len(request.head or b"") - state.head_bytes
        added = row.staged_bytes + headers + head + HISTORY_BYTES + ENTRY_COST_BYTES * len(request.containers)
        return state.bytes + added - row.counts.bytes

    # --- the whole vault ---

    def _take_all(self, row: ErasureRow) -> int:
        """Take the vault out of reach: its slots, its head, its name; how many keys are to be destroyed."""
        of_vault = {"of_vault": row.vault_id}
        found = self.connection.execute(_FIND, of_vault).all()
        own_slots = slot_rows(self.connection, row.vault_id)
        sample_head(self.connection, row.vault_id, self.sampler)
        refs = [EntryRef(each.entry, each.container_id) for each in found]
        sample_keys(self.key_file, EntryType.CONTAINER_KEY, refs, self.sampler)
        refs = [EntryRef(each.entry, each.slot_id) for each in own_slots]
        sample_keys(self.key_file, EntryType.SLOT, refs, self.sampler)
        sample_containers(self.connection, row.vault_id, [each.container_id for each in found], self.sampler)
        for table in (slots, heads, pending, staged):
            self.connection.execute(delete(table).where(table.c.vault_id == VAULT), of_vault)
        self.connection.execute(_RENAME, {**of_vault, "to_handle": gone_name()})
        return len(found) + len(own_slots)

    def _note(self, row: ErasureRow, keys: int) -> None:
        """Journal the order: from here on the erasure goes on by itself, whatever happens."""
        order = self.order
        detail = {"order": order.hash.hex()}
        appended = append_leaf(self.connection, row.vault_id, Event.ORDERED, self.now, detail)
        samples, pad = self.sampler.masked()
        values = {
            "to_keys": keys,
            "to_time": self.now,
            "to_hash": order.hash,
            "to_key": order.key,
            "to_signature": order.request.signature,
            "to_log": appended.log_id,
            "to_samples": samples,
            "to_pad": pad,
        }
        self.connection.execute(_ORDERED, {**row.of_erasure, **values})
        of_erasure = {"vault_id": row.vault_id, "erasure_id": row.erasure_id}
        self.connection.execute(insert(erasing), {**of_erasure, "requested_at": self.now})


def rekeyed_entries(request: ConfirmErasure) -> list[Entry]:
    """Key file entries of the containers that get a new key. Raises the 400."""
    if any(write.wrapped_key is None for write in request.containers):
        raise bad_request("A container that gets a new key has a wrapped key.")
    entries = [container_entry(write) for write in request.containers]
    if len({entry.id for entry in entries}) != len(entries):
        raise bad_request("A container is given twice.")
    return entries


def _check_containers(writes: Sequence[ContainerWrite], scope: Scope, stored: Mapping[bytes, Stored]) -> None:
    """Raise the 400 unless exactly the containers of which part goes come with their next version and epoch."""
    if {write.container_id for write in writes} != scope.records.keys():
        raise bad_request("The containers are not those of which records go.")
    if stored.keys() != {*scope.containers, *scope.records}:
        raise bad_request("A container of the scope is not there.")
    for write in writes:
        found = stored[write.container_id]
        if (write.version, write.epoch) != (found.version + 1, found.epoch + 1):
            raise bad_request("A container that gets a new key has its next version and epoch.")
