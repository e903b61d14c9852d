"""Who asks, and the one check that each request makes in the transaction it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, and_, bindparam, exists, func, select

from vault.storage.refusal import unauthorized
from vault.storage.tables import heads, slots


class Access(Protocol):
    """A login as storage sees it: it lasts while `slot_id` is a slot of the vault."""

    @property
    def vault_id(self) -> bytes:
        """The vault that was unlocked."""

    @property
    def slot_id(self) -> bytes:
        """The slot that unlocked it, or that took the place of that one."""


@dataclass(frozen=True)
class SlotAccess:
    """Access by a slot that a request has proven to know."""

    vault_id: bytes
    slot_id: bytes


@dataclass(frozen=True)
class HeadState:
    """The current head of a vault without its envelope, and how much the vault holds."""

    seq: int
    head_bytes: int
    records: int
    bytes: int


_OF_LOGIN = and_(slots.c.vault_id == bindparam("vault_id"), slots.c.slot_id == bindparam("slot_id"))
_HAS_SLOT = exists().where(_OF_LOGIN)
_OWN_HEAD = (heads.c.vault_id == bindparam("vault_id"), _HAS_SLOT)
_READ_HEAD = select(heads.c.seq, heads.c.head, heads.c.erased_seq).where(*_OWN_HEAD)
_READ_SLOT = select(slots.c.slot_id).where(_OF_LOGIN)
_LOCK_HEAD = (
    select(heads.c.seq, func.length(heads.c.head), heads.c.records, heads.c.bytes).where(*_OWN_HEAD).with_for_update()
)


def check_slot(connection: Connection, access: Access) -> None:
    """Raise the 401 when the slot of the login is gone."""
    if connection.execute(_READ_SLOT, _parameters(access)).first() is None:
        raise unauthorized()


def read_head(connection: Connection, access: Access) -> tuple[int, bytes, int]:
    """Sequence number, head envelope, and the commit that erased last. Raises the 401 when the login's slot is gone."""
    row = connection.execute(_READ_HEAD, _parameters(access)).first()
    if row is None:
        raise unauthorized()
    return row.seq, row.head, row.erased_seq


def lock_head(connection: Connection, access: Access) -> HeadState | None:
    """Return the state to be changed; nobody else can change it meanwhile. None when the slot of the login is gone."""
    row = connection.execute(_LOCK_HEAD, _parameters(access)).first()
    return None if row is None else HeadState(*row)


def _parameters(access: Access) -> dict[str, bytes]:
    return {"vault_id": access.vault_id, "slot_id": access.slot_id}
