"""The table ``erasing``: for which erasures something is left to do, and until when certificates are remembered.

A job without ``forget_at`` is of an erasure that goes on; one with it is of a vault that is gone (docs/ERASURE.md §6).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from vault.storage.database import Database
from vault.storage.plans import ERASURE, VAULT
from vault.storage.tables import erasing, erasures

Place = tuple[bytes, bytes]
"""Ids of a vault and of an erasure."""

_UNDER_WAY = (
    select(erasing.c.vault_id, erasing.c.erasure_id)
    .where(erasing.c.forget_at.is_(None))
    .order_by(erasing.c.requested_at)
)
_OUTDATED = select(erasing.c.vault_id, erasing.c.erasure_id).where(erasing.c.forget_at <= bindparam("now"))
_OF_JOB = (erasing.c.vault_id == VAULT, erasing.c.erasure_id == ERASURE)
_IS_OUTDATED = select(erasing.c.forget_at).where(*_OF_JOB, erasing.c.forget_at <= bindparam("now"))
_KEPT_JOBS = (erasing.c.vault_id == VAULT, erasing.c.forget_at.is_not(None))
_DONE_OF = select(erasures.c.erasure_id, erasures.c.requested_at).where(
    erasures.c.vault_id == VAULT,
    erasures.c.state == "done",
    ~exists().where(erasing.c.vault_id == VAULT, erasing.c.erasure_id == erasures.c.erasure_id),
)

END_JOB = delete(erasing).where(*_OF_JOB)
"""Nothing is left to do for an erasure; or nothing of it is remembered any more."""


def under_way(database: Database) -> list[Place]:
    """Return all erasures for which something is left to do, the oldest first."""
    with database.reading() as connection:
        return [(row.vault_id, row.erasure_id) for row in connection.execute(_UNDER_WAY)]


def outdated(database: Database, now: int) -> list[Place]:
    """Return all erasures that are to be forgotten by now."""
    with database.reading() as connection:
        return [(row.vault_id, row.erasure_id) for row in connection.execute(_OUTDATED, {"now": now})]


def is_outdated(connection: Connection, of_erasure: Mapping[str, bytes], now: int) -> bool:
    """Whether an erasure is to be forgotten by now."""
    return connection.execute(_IS_OUTDATED, {**of_erasure, "now": now}).first() is not None


def keep_until(connection: Connection, vault_id: bytes, forget_at: int) -> None:
    """Keep the certificates of a vault that is gone until then, and no longer."""
    of_vault = {"of_vault": vault_id}
    connection.execute(delete(erasing).where(*_KEPT_JOBS), of_vault)
    rows = [
        {"vault_id": vault_id, "erasure_id": each.erasure_id, "requested_at": each.requested_at, "forget_at": forget_at}
        for each in connection.execute(_DONE_OF, of_vault)
    ]
    if rows:
        connection.execute(insert(erasing), rows)
