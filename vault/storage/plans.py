"""Planning an erasure, and staging what stays: nothing of the vault is changed by it (docs/PROTOCOL.md §11)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, func, insert, select, update

from vault.storage.access import Access, HeadState, lock_head
from vault.storage.refusal import Refusal, bad_request, not_found, unauthorized
from vault.storage.rows import insert_rows
from vault.storage.scopes import Counts, Scope, count
from vault.storage.tables import erasures, records, staged
from vault.wire.codes import ErrorCode
from vault.wire.models import Erasure, NewErasure, RecordWrite

GROWTH_BYTES: Final = 2**20
"""How much more may be staged than what it replaces: what stays is what was there, so it hardly ever grows."""

State = Literal["planned", "requested", "keys", "rows", "scrubbed", "done"]
Problem = Literal["busy", "keys", "disk", "found", "scan"]

VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
ERASURE: Final[BindParameter[Any]] = bindparam("of_erasure")
OF_ERASURE: Final = (erasures.c.vault_id == VAULT, erasures.c.erasure_id == ERASURE)
_FIND = select(erasures).where(*OF_ERASURE)
_FORGET_PLANS = delete(erasures).where(erasures.c.vault_id == VAULT, erasures.c.state == "planned")
_FORGET_STAGED = delete(staged).where(staged.c.vault_id == VAULT)
_INSERT = insert(erasures)
_CONTAINER: Final[BindParameter[Any]] = bindparam("of_container")
_RECORD: Final[BindParameter[Any]] = bindparam("of_record")
_STORED_VERSION = select(records.c.version).where(
    records.c.vault_id == VAULT,
    records.c.container_id == _CONTAINER,
    records.c.record_id == _RECORD,
)
_STAGED = (
    staged.c.vault_id == VAULT,
    staged.c.erasure_id == ERASURE,
    staged.c.container_id == _CONTAINER,
    staged.c.record_id == _RECORD,
)
_STAGED_SIZE = select(func.length(staged.c.envelope)).where(*_STAGED)
_REPLACE = update(staged).where(*_STAGED).values(envelope=bindparam("to_envelope"))
_SET_STAGED_BYTES = update(erasures).where(*OF_ERASURE).values(staged_bytes=bindparam("to_bytes"))


@dataclass(frozen=True)
class ErasureRow:
    """A row of ``erasures``. What is None is not there yet, or no more."""

    vault_id: bytes
    erasure_id: bytes
    expected_seq: int
    state: State
    problem: Problem | None
    is_logged_failed: bool
    scope: bytes
    scope_hash: bytes
    counts: Counts
    keys: int
    staged_bytes: int
    requested_at: int | None
    leaf_index: int | None
    order_hash: bytes | None
    order_key: bytes | None
    signature: bytes | None
    log_id: bytes | None
    samples: bytes | None
    pad: bytes | None
    statement: bytes | None
    salt: bytes | None

    @property
    def of_erasure(self) -> dict[str, bytes]:
        """Return the parameters that name it in statements."""
        return {"of_vault": self.vault_id, "of_erasure": self.erasure_id}

    @property
    def is_whole(self) -> bool:
        """Whether the whole vault goes: then nothing is given a new key, and no single session is named."""
        return self.scope_hash == WHOLE_HASH

    def model(self) -> Erasure:
        """Return the answer to whoever asks."""
        return Erasure(
            erasure_id=self.erasure_id,
            state=self.state,
            problem=self.problem,
            **asdict(self.counts),
        )


WHOLE_HASH: Final = hashlib.sha256(b"\x01" + bytes(8)).digest()
"""Scope hash of a whole vault (docs/ERASURE.md §3)."""


def find_erasure(connection: Connection, vault_id: bytes, erasure_id: bytes) -> ErasureRow | None:
    """Return an erasure, if there is one of that id."""
    row = connection.execute(_FIND, {"of_vault": vault_id, "of_erasure": erasure_id}).first()
    return None if row is None else _erasure(row)


def state_at(connection: Connection, access: Access, seq: int) -> HeadState:
    """Return the state of a vault, which nobody else changes meanwhile. Raises the 401, or the 409 when it moved."""
    state = lock_head(connection, access)
    if state is None:
        raise unauthorized()
    if state.seq != seq:
        raise Refusal(ErrorCode.STALE, "The vault has changed since: plan the erasure anew.", seq=state.seq)
    return state


def plan(connection: Connection, access: Access, request: NewErasure, scope: bytes) -> ErasureRow:
    """Keep a plan in the place of any other that was not ordered. `scope` is that of ``encode_scope``.

    Raises Refusal.
    """
    scope_hash = hashlib.sha256(scope).digest()
    found = find_erasure(connection, access.vault_id, request.erasure_id)
    is_same = found is not None and (found.expected_seq, found.scope_hash) == (request.expected_seq, scope_hash)
    if found is not None and found.state != "planned":
        if is_same:
            return found
        raise bad_request("Another erasure has this id.")
    state_at(connection, access, request.expected_seq)
    if found is not None and is_same:
        return found
    counts = count(connection, access.vault_id, Scope.read(scope))
    connection.execute(_FORGET_STAGED, {"of_vault": access.vault_id})
    connection.execute(_FORGET_PLANS, {"of_vault": access.vault_id})
    connection.execute(_INSERT, _new_row(access.vault_id, request, scope, counts))
    return planned(connection, access.vault_id, request.erasure_id)


def planned(connection: Connection, vault_id: bytes, erasure_id: bytes) -> ErasureRow:
    """Return an erasure. Raises the 404."""
    found = find_erasure(connection, vault_id, erasure_id)
    if found is None:
        raise not_found()
    return found


def stage(connection: Connection, access: Access, erasure_id: bytes, writes: Sequence[RecordWrite]) -> None:
    """Keep records that stay, in the place of those that were staged before. Raises Refusal."""
    row = planned(connection, access.vault_id, erasure_id)
    if row.state != "planned":
        raise bad_request("The erasure has been ordered.")
    state_at(connection, access, row.expected_seq)
    if len({(write.container_id, write.record_id) for write in writes}) != len(writes):
        raise bad_request("A record is given twice.")
    scope = Scope.read(row.scope)
    total = row.staged_bytes + sum(_stage_one(connection, row, scope, write) for write in writes)
    if total > row.counts.bytes + GROWTH_BYTES:
        raise bad_request("What stays is larger than what was there.")
    connection.execute(_SET_STAGED_BYTES, {**row.of_erasure, "to_bytes": total})


def _stage_one(connection: Connection, row: ErasureRow, scope: Scope, write: RecordWrite) -> int:
    """Stage one record; the bytes by which what is staged grows."""
    taken = scope.records.get(write.container_id)
    if taken is None or write.record_id in taken:
        raise bad_request("A record is not one that stays in a container of the scope.")
    place = {**row.of_erasure, "of_container": write.container_id, "of_record": write.record_id}
    stored = connection.execute(_STORED_VERSION, place).scalar()
    if stored is None or write.version != stored + 1:
        raise bad_request("The version of a record is not the next one.")
    size = connection.execute(_STAGED_SIZE, place).scalar()
    if size is not None:
        connection.execute(_REPLACE, {**place, "to_envelope": write.envelope})
        return len(write.envelope) - int(size)
    staged_row = (row.vault_id, row.erasure_id, write.container_id, write.record_id, write.version, write.envelope)
    insert_rows(connection, staged, [staged_row])
    return len(write.envelope)


def _new_row(vault_id: bytes, request: NewErasure, scope: bytes, counts: Counts) -> dict[str, Any]:
    return {
        "vault_id": vault_id,
        "erasure_id": request.erasure_id,
        "expected_seq": request.expected_seq,
        "state": "planned",
        "is_logged_failed": False,
        "scope": scope,
        "scope_hash": hashlib.sha256(scope).digest(),
        "keys": 0,
        "staged_bytes": 0,
        **asdict(counts),
    }


def _erasure(row: Row[Any]) -> ErasureRow:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a mapping
    counts = Counts(**{field.name: values.pop(field.name) for field in fields(Counts)})
    return ErasureRow(counts=counts, **values)
