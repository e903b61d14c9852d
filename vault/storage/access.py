"""Who asks, and the one check that each request makes in the transaction it runs in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, and_, bindparam, exists, func, select

from vault.storage.refusal import unauthorized
from vault.storage.tables import heads, slots


class Access(Protocol):
    """A login as storage sees it: it lasts while one of `slot_ids` is a slot of the vault.

    There are two of them only while a commit replaces the slot that the login was opened with.
    """

    @property
    def vault_id(self) -> bytes:
        """The vault that was unlocked."""

    @property
    def slot_ids(self) -> Sequence[bytes]:
        """The slot that unlocked it, and the one that is about to take its place."""


@dataclass(frozen=True)
class HeadState:
    """The current head of a vault without its envelope, and how much the vault holds."""

    seq: int
    head_bytes: int
    records: int
    bytes: int


_OF_LOGIN = and_(
    slots.c.vault_id == bindparam("vault_id"),
    slots.c.slot_id.in_([bindparam("first_slot"), bindparam("last_slot")]),
)
_HAS_SLOT = exists().where(_OF_LOGIN)
_OWN_HEAD = (heads.c.vault_id == bindparam("vault_id"), _HAS_SLOT)
_READ_HEAD = select(heads.c.seq, heads.c.head).where(*_OWN_HEAD)
_READ_SLOTS = select(slots.c.slot_id).where(_OF_LOGIN)
_LOCK_HEAD = (
    select(heads.c.seq, func.length(heads.c.head), heads.c.records, heads.c.bytes).where(*_OWN_HEAD).with_for_update()
)


def read_slot(connection: Connection, access: Access) -> bytes:
    """Return the slot that the login lives by. Raises the 401 when it is gone."""
    found = set(connection.execute(_READ_SLOTS, _parameters(access)).scalars())
    for slot_id in reversed(access.slot_ids):
        if slot_id in found:
            return slot_id
    raise unauthorized()


def read_head(connection: Connection, access: Access) -> tuple[int, bytes]:
    """Sequence number and head envelope. Raises the 401 when the slot of the login is gone."""
    row = connection.execute(_READ_HEAD, _parameters(access)).first()
    if row is None:
        raise unauthorized()
    return row.seq, row.head


def lock_head(connection: Connection, access: Access) -> HeadState:
    """Return the state to be changed; nobody else can change it meanwhile. Raises the 401 when the slot is gone."""
    row = connection.execute(_LOCK_HEAD, _parameters(access)).first()
    if row is None:
        raise unauthorized()
    return HeadState(*row)


def _parameters(access: Access) -> dict[str, bytes]:
    return {"vault_id": access.vault_id, "first_slot": access.slot_ids[0], "last_slot": access.slot_ids[-1]}
