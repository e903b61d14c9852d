"""The log of each vault in the database: appended to in the transaction that does what it tells (docs/ERASURE.md §2).

The hashes of all complete subtrees are kept, so that appending and proving take a handful of rows, however long the
log is. A log outlives its vault, without the details.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, tuple_, update

from vault.audit import merkle
from vault.audit.checkpoint import Checkpoint, log_origin
from vault.audit.leaves import SALT_BYTES, Event, make_leaf
from vault.errors import StorageError
from vault.storage.tables import audit_details, audit_leaves, audit_logs, audit_nodes
from vault.wire.limits import ID_BYTES

_VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
_LOG: Final[BindParameter[Any]] = bindparam("of_log")
_BY_VAULT = select(audit_logs.c.log_id, audit_logs.c.size).where(audit_logs.c.vault_id == _VAULT)
_SIZE = select(audit_logs.c.size).where(audit_logs.c.log_id == _LOG)
_OWNER = select(audit_logs.c.vault_id, audit_logs.c.size).where(audit_logs.c.log_id == _LOG).with_for_update()
_GROW = update(audit_logs).where(audit_logs.c.log_id == _LOG).values(size=bindparam("to_size"))
_RELEASE = update(audit_logs).where(audit_logs.c.vault_id == _VAULT).values(vault_id=None)
_FORGET = delete(audit_details).where(audit_details.c.vault_id == _VAULT)
_LEAF = select(audit_leaves.c.leaf).where(audit_leaves.c.log_id == _LOG, audit_leaves.c.position == bindparam("at"))
_ANY_LEAF = select(audit_leaves.c.position).limit(1)
_NODES = select(audit_nodes.c.level, audit_nodes.c.position, audit_nodes.c.hash).where(
    audit_nodes.c.log_id == _LOG,
    tuple_(audit_nodes.c.level, audit_nodes.c.position).in_(bindparam("places", expanding=True)),
)
_ENTRIES = (
    select(audit_leaves.c.position, audit_leaves.c.leaf, audit_details.c.salt, audit_details.c.detail)
    .join(audit_details, audit_details.c.position == audit_leaves.c.position)
    .where(
        audit_leaves.c.log_id == _LOG, audit_details.c.vault_id == _VAULT, audit_leaves.c.position >= bindparam("first")
    )
    .order_by(audit_leaves.c.position)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Log:
    """A log as it is in this transaction."""

    log_id: bytes
    size: int

    @property
    def origin(self) -> str:
        """Return the name of the log."""
        return log_origin(self.log_id)


@dataclass(frozen=True, slots=True)
class Appended:
    """A leaf that was appended: where, and what opens it."""

    log_id: bytes
    index: int
    leaf: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A leaf with what opens it."""

    index: int
    leaf: bytes
    salt: bytes
    detail: bytes


def begin_log(connection: Connection, vault_id: bytes, time: int) -> None:
    """Make the log of a vault that is being made."""
    log_id = secrets.token_bytes(ID_BYTES)
    connection.execute(insert(audit_logs), {"log_id": log_id, "vault_id": vault_id, "size": 0})
    append_to_log(connection, log_id, Event.CREATED, time)


def find_log(connection: Connection, vault_id: bytes) -> Log:
    """Return the log of a vault that is there. Raises StorageError."""
    row = connection.execute(_BY_VAULT, {"of_vault": vault_id}).first()
    if row is None:
        raise StorageError("A vault has no log: restore the database.")
    return Log(row.log_id, row.size)


def has_leaves(connection: Connection) -> bool:
    """Whether anything was ever logged, of whatever vault."""
    return connection.execute(_ANY_LEAF).first() is not None


def has_log(connection: Connection, vault_id: bytes) -> bool:
    """Whether there is a vault of that id."""
    return connection.execute(_BY_VAULT, {"of_vault": vault_id}).first() is not None


def log_by_id(connection: Connection, log_id: bytes) -> Log:
    """Return a log, be its vault there or not. Raises StorageError."""
    size = connection.execute(_SIZE, {"of_log": log_id}).scalar()
    if size is None:
        raise StorageError("A log is missing: restore the database.")
    return Log(log_id, size)


def append_leaf(
    connection: Connection, vault_id: bytes, event: Event, time: int, detail: Mapping[str, Any] | None = None
) -> Appended:
    """Append to the log of a vault; `detail` as in ERASURE §2.1 but for its ``type``, `time` in Unix seconds."""
    return append_to_log(connection, find_log(connection, vault_id).log_id, event, time, detail)


def append_to_log(
    connection: Connection, log_id: bytes, event: Event, time: int, detail: Mapping[str, Any] | None = None
) -> Appended:
    """Append to a log. When its vault is gone, nobody but the caller has the salt then."""
    row = connection.execute(_OWNER, {"of_log": log_id}).one()
    salt = secrets.token_bytes(SALT_BYTES)
    leaf, encoded = make_leaf(event, time, salt, detail or {})
    data = leaf.encode()
    of_leaf = {"log_id": log_id, "position": row.size}
    connection.execute(insert(audit_leaves), {**of_leaf, "leaf": data})
    _insert_nodes(connection, log_id, row.size, data)
    connection.execute(_GROW, {"of_log": log_id, "to_size": row.size + 1})
    if row.vault_id is not None:
        opener = {"vault_id": row.vault_id, "position": row.size, "salt": salt, "detail": encoded}
        connection.execute(insert(audit_details), opener)
    return Appended(log_id, row.size, data, salt)


def _insert_nodes(connection: Connection, log_id: bytes, index: int, leaf: bytes) -> None:
    """Hashes of all subtrees that leaf `index` completes."""
    places = merkle.siblings(index)
    left = _hashes(connection, log_id, places)
    found = merkle.leaf_hash(leaf)
    rows = [{"log_id": log_id, "level": 0, "position": index, "hash": found}]
    for level, position in places:
        found = merkle.node_hash(left[level, position], found)
        rows.append({"log_id": log_id, "level": level + 1, "position": position // 2, "hash": found})
    connection.execute(insert(audit_nodes), rows)


def release_log(connection: Connection, vault_id: bytes) -> None:
    """Part the log from its vault, which is going: only its id leads to it then, and nothing opens its leaves."""
    connection.execute(_FORGET, {"of_vault": vault_id})
    connection.execute(_RELEASE, {"of_vault": vault_id})


def read_entries(connection: Connection, vault_id: bytes, log: Log, first: int, most: int) -> list[LogEntry]:
    """Return at most `most` entries from `first` on."""
    parameters = {"of_log": log.log_id, "of_vault": vault_id, "first": first, "most": most}
    return [LogEntry(*row) for row in connection.execute(_ENTRIES, parameters)]


def read_leaf(connection: Connection, log_id: bytes, index: int) -> bytes:
    """Return one leaf. Raises StorageError."""
    leaf: bytes | None = connection.execute(_LEAF, {"of_log": log_id, "at": index}).scalar()
    if leaf is None:
        raise StorageError("A leaf is missing from a log: restore the database.")
    return leaf


def checkpoint(connection: Connection, log: Log) -> Checkpoint:
    """Return the state of a log, to be signed."""
    if log.size == 0:
        return Checkpoint(log.origin, 0, merkle.EMPTY_ROOT)
    (root,) = _ranges(connection, log.log_id, [(0, log.size)])
    return Checkpoint(log.origin, log.size, root)


def inclusion_proof(connection: Connection, log: Log, index: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the log, `index` being less than its size."""
    return _ranges(connection, log.log_id, merkle.inclusion(index, log.size))


def consistency_proof(connection: Connection, log: Log, old: int) -> list[bytes]:
    """Return the proof that the log goes on from its first `old` leaves; 0 needs none. At most the log's size."""
    return _ranges(connection, log.log_id, merkle.consistency(old, log.size) if old else [])


def _ranges(connection: Connection, log_id: bytes, ranges: Sequence[merkle.Range]) -> list[bytes]:
    parts = [merkle.subtrees(covered) for covered in ranges]
    found = _hashes(connection, log_id, [place for part in parts for place in part])
    return [merkle.join([found[place] for place in part]) for part in parts]


def _hashes(connection: Connection, log_id: bytes, places: Sequence[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
    """Return the hashes of complete subtrees. Raises StorageError when one is missing."""
    if not places:
        return {}
    rows = connection.execute(_NODES, {"of_log": log_id, "places": places})
    found = {(row.level, row.position): row.hash for row in rows}
    if len(found) != len(set(places)):
        raise StorageError("A log is damaged: restore the database.")
    return found
