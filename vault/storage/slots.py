"""Slots: rows in the database, bytes in the key file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from vault.storage.keyfile import Entry, EntryRef, EntryType, KeyFile
from vault.storage.refusal import bad_request
from vault.storage.tables import pending, slots
from vault.wire.limits import ID_BYTES, MAX_SLOTS, SLOT_BYTES, SLOT_HEADER_BYTES
from vault.wire.models import NewSlot, SlotChanges
from vault.wire.slots import KINDS, SUITE, HeaderFields


@dataclass(frozen=True)
class SlotRow:
    """A row of ``slots``."""

    slot_id: bytes
    entry: int
    created_at: int
    last_used_at: int | None


@dataclass(frozen=True)
class StoredSlot:
    """A slot with its bytes and the public key that logs in with it."""

    row: SlotRow
    slot: bytes
    login_key: bytes

    @property
    def kind(self) -> str:
        """The kind of secret that opens it, as the log names it (docs/ERASURE.md §2.1)."""
        return kind_name(self.slot)

    @property
    def header(self) -> bytes:
        """The part that a client needs before it has logged in (docs/FORMAT.md §3.3)."""
        return self.slot[:SLOT_HEADER_BYTES]


_OWN = slots.c.vault_id == bindparam("of_vault")
_ONE = slots.c.slot_id == bindparam("of_slot")
_SELECT = (
    select(slots.c.slot_id, slots.c.entry, slots.c.created_at, slots.c.last_used_at)
    .where(_OWN)
    .order_by(slots.c.slot_id)
)
_TOUCH = update(slots).where(_OWN, _ONE).values(last_used_at=bindparam("now"))
_DELETE = delete(slots).where(_OWN, _ONE)


def slot_rows(connection: Connection, vault_id: bytes) -> list[SlotRow]:
    """All slots of a vault, by id."""
    return [SlotRow(*row) for row in connection.execute(_SELECT, {"of_vault": vault_id})]


def read_slots(key_file: KeyFile, rows: Sequence[SlotRow]) -> list[StoredSlot]:
    """Return the bytes of the slots in `rows`. Raises EntryDestroyedError when a row is out of date."""
    payloads = key_file.read(EntryType.SLOT, [EntryRef(row.entry, row.slot_id) for row in rows])
    return [
        StoredSlot(row, payload[:SLOT_BYTES], payload[SLOT_BYTES:]) for row, payload in zip(rows, payloads, strict=True)
    ]


def touch_slot(connection: Connection, vault_id: bytes, slot_id: bytes, now: int) -> None:
    """Note that a slot was used to log in."""
    connection.execute(_TOUCH, {"of_vault": vault_id, "of_slot": slot_id, "now": now})


def kind_name(slot: bytes) -> str:
    """Return the kind of a slot as the log names it (docs/ERASURE.md §2.1)."""
    return KINDS[HeaderFields.read(slot).kind]


def slot_id_of(new: NewSlot) -> bytes:
    """Return the id that a new slot names itself by (docs/FORMAT.md §3.3)."""
    return HeaderFields.read(new.slot).slot_id


def slot_entries(vault_id: bytes, added: Sequence[NewSlot]) -> list[Entry]:
    """Key file entries of new slots. Raises the 400 for one that is not of this vault, or given twice."""
    entries = []
    for new in added:
        header = HeaderFields.read(new.slot)
        if header.suite != SUITE or header.kind not in KINDS or header.vault_id != vault_id:
            raise bad_request("A slot is not one of this vault.")
        entries.append(Entry(EntryType.SLOT, header.slot_id, header.epoch, new.slot + new.login_key))
    if len({entry.id for entry in entries}) != len(entries):
        raise bad_request("A slot is given twice.")
    return entries


def check_slot_changes(existing: Sequence[SlotRow], changes: SlotChanges, added: Sequence[Entry]) -> list[SlotRow]:
    """Return the rows that are to go. Raises the 400 for changes that do not fit the slots there are."""
    by_id = {row.slot_id: row for row in existing}
    destroyed = set(changes.destroy)
    if len(destroyed) != len(changes.destroy) or not destroyed <= by_id.keys():
        raise bad_request("A slot to destroy is not there, or is given twice.")
    if any(entry.id in by_id for entry in added):
        raise bad_request("A slot to add is there already.")
    if not 1 <= len(by_id) - len(destroyed) + len(added) <= MAX_SLOTS:
        raise bad_request(f"A vault has 1 to {MAX_SLOTS} slots.")
    return [by_id[slot_id] for slot_id in changes.destroy]


def insert_slots(connection: Connection, vault_id: bytes, added: Sequence[Entry], first_entry: int, now: int) -> None:
    """Rows for slots that stand in the key file from `first_entry` on."""
    if added:
        rows = [
            {"vault_id": vault_id, "slot_id": entry.id, "entry": first_entry + place, "created_at": now}
            for place, entry in enumerate(added)
        ]
        connection.execute(insert(slots), rows)


def drop_slots(connection: Connection, vault_id: bytes, dropped: Sequence[SlotRow]) -> None:
    """Take rows away and journal, in the same transaction, that their entries are to be destroyed."""
    attempt = secrets.token_bytes(ID_BYTES)
    for row in dropped:
        connection.execute(_DELETE, {"of_vault": vault_id, "of_slot": row.slot_id})
        journaled = {"type": EntryType.SLOT, "id": row.slot_id, "entry": row.entry, "is_planned": False}
        connection.execute(insert(pending), {"vault_id": vault_id, "attempt": attempt, **journaled})
