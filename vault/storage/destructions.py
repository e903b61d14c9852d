"""What must go from key files: journaled before anything can go wrong, done afterwards, and redone at every start.

The journal (table ``pending``) names entries that are to be destroyed unless the database refers to them:

- before a key is written, that it is about to be: if its commit fails or is killed, nobody else would know of it;
- with the commit that drops a slot, the entry of that slot.

Nothing else is ever destroyed. An entry that neither the journal nor the database names may belong to a newer database
than the one that was just restored.

Entries are appended, and journaled ones destroyed, only within a write transaction that keeps other writers of the
vault out. So an entry without a row that refers to it is one that no transaction under way is about to refer to.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from vault.errors import StorageError
from vault.storage.database import Database
from vault.storage.keyfile import Entry, EntryRef, EntryType, KeyFile
from vault.storage.rows import insert_rows
from vault.storage.tables import containers, pending, slots
from vault.storage.writer import Writer
from vault.wire.limits import ID_BYTES

logger = logging.getLogger("inkvault.storage")
T = TypeVar("T")

_TRIES: Final = 3
_CHUNK: Final = 1_000
_OF_ATTEMPT = (pending.c.vault_id == bindparam("of_vault"), pending.c.attempt == bindparam("of_attempt"))
_ATTEMPTS = select(pending.c.vault_id, pending.c.attempt).distinct()
_ATTEMPTS_OF = _ATTEMPTS.where(pending.c.vault_id == bindparam("of_vault"))
_ROWS = select(pending.c.type, pending.c.id, pending.c.entry, pending.c.is_planned).where(*_OF_ATTEMPT)
_DONE = delete(pending).where(*_OF_ATTEMPT)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_REFERRED: Final = {
    EntryType.SLOT: select(slots.c.slot_id, slots.c.entry).where(
        slots.c.vault_id == bindparam("of_vault"), slots.c.slot_id.in_(_IDS)
    ),
    EntryType.CONTAINER_KEY: select(containers.c.container_id, containers.c.entry).where(
        containers.c.vault_id == bindparam("of_vault"), containers.c.container_id.in_(_IDS)
    ),
}


class PlanGoneError(StorageError):
    """Another process that started just now has tidied the journal of keys that had not been written yet."""


@dataclass
class KeyPlan:
    """Keys that are about to be written to a key file, journaled under ``attempt``."""

    vault_id: bytes
    entries: Sequence[Entry]
    attempt: bytes = field(default_factory=lambda: secrets.token_bytes(ID_BYTES))
    was_written: bool = False
    """Whether an earlier run of the same work has written them, in a transaction that came to nothing."""
    is_kept: bool = False
    """Whether the last run has written them, and taken them off the journal."""


class Destructions:
    """Journals, and finishes what is journaled. ``key_file_of`` gives the key file of a vault."""

    def __init__(self, database: Database, writer: Writer, key_file_of: Callable[[bytes], KeyFile]) -> None:
        self._database = database
        self._writer = writer
        self._key_file_of = key_file_of
        self._under_way: set[bytes] = set()

    def write_keys(
        self,
        vault_id: bytes,
        entries: Sequence[Entry],
        check: Callable[[Connection], T | None],
        work: Callable[[Connection, KeyPlan], T],
    ) -> T:
        """Run `work`, which writes `entries` by ``append_keys``; what it leaves behind when it fails is destroyed.

        `check` comes before, in a transaction of its own: when it gives an answer, that is the answer. Both may run
        more than once.
        """
        for _ in range(_TRIES):
            plan = KeyPlan(vault_id, entries)
            self._under_way.add(plan.attempt)
            try:
                return self._try_plan(plan, check, work)
            except PlanGoneError:
                continue
            finally:
                self._under_way.discard(plan.attempt)
        raise StorageError("Other processes get in the way: try again.")

    def _try_plan(
        self, plan: KeyPlan, check: Callable[[Connection], T | None], work: Callable[[Connection, KeyPlan], T]
    ) -> T:
        def journal(connection: Connection) -> T | None:
            self._database.enter_vault(connection, plan.vault_id)
            answer = check(connection)
            if answer is None:
                self._journal(connection, plan)
            return answer

        def run(connection: Connection) -> T:
            self._database.enter_vault(connection, plan.vault_id)
            plan.is_kept = False
            return work(connection, plan)

        answer = self._writer.run(journal)
        if answer is not None:
            return answer
        try:
            answer = self._writer.run(run)
        except Exception:
            self._tidy(plan)
            raise
        if not plan.is_kept:
            self._tidy(plan)
        return answer

    def _journal(self, connection: Connection, plan: KeyPlan) -> None:
        first = self._key_file_of(plan.vault_id).end()
        rows = [(plan.vault_id, plan.attempt, int(entry.type), entry.id, first, True) for entry in plan.entries]
        insert_rows(connection, pending, rows)

    def append_keys(self, connection: Connection, plan: KeyPlan) -> int:
        """Write the keys of a plan in the transaction that will refer to them; the index of the first."""
        self._database.lock_keys(connection, plan.vault_id)
        if plan.was_written:
            self._destroy(connection, plan.vault_id, plan.attempt)
        of_attempt = {"of_vault": plan.vault_id, "of_attempt": plan.attempt}
        if connection.execute(_DONE, of_attempt).rowcount != len(plan.entries):
            raise PlanGoneError("The journal was tidied meanwhile: try again.")
        plan.was_written = plan.is_kept = True
        return self._key_file_of(plan.vault_id).append(plan.entries)

    def finish(self, vault_id: bytes) -> None:
        """Destroy what is journaled for a vault. Raises StorageError when something of it could not be destroyed."""
        with self._database.reading() as connection:
            rows = connection.execute(_ATTEMPTS_OF, {"of_vault": vault_id}).all()
        self._finish([(row.vault_id, row.attempt) for row in rows if row.attempt not in self._under_way])

    def finish_all(self) -> None:
        """Redo what a kill cut off. What cannot be done now stays journaled; other vaults are served meanwhile."""
        with self._database.reading() as connection:
            rows = connection.execute(_ATTEMPTS).all()
        try:
            self._finish([(row.vault_id, row.attempt) for row in rows])
        except StorageError:
            logger.error("a key that was to be destroyed is still there: its key file cannot be used")

    def _finish(self, attempts: Sequence[tuple[bytes, bytes]]) -> None:
        failed: StorageError | None = None
        for vault_id, attempt in attempts:
            try:
                self._settle(vault_id, attempt)
            except StorageError as error:
                failed = error
        if failed is not None:
            raise failed

    def _tidy(self, plan: KeyPlan) -> None:
        """Destroy what a failed attempt has written; if that cannot be done now, it stays journaled."""
        try:
            self._settle(plan.vault_id, plan.attempt)
        except StorageError:
            logger.error("a key that came to nothing is still there: it is destroyed at the next start")

    def _settle(self, vault_id: bytes, attempt: bytes) -> None:
        def work(connection: Connection) -> None:
            self._database.enter_vault(connection, vault_id)
            self._database.lock_keys(connection, vault_id)
            self._destroy(connection, vault_id, attempt)
            connection.execute(_DONE, {"of_vault": vault_id, "of_attempt": attempt})

        self._writer.run(work)

    def _destroy(self, connection: Connection, vault_id: bytes, attempt: bytes) -> None:
        """Overwrite what is journaled under `attempt`, but for entries that the database refers to."""
        key_file = self._key_file_of(vault_id)
        rows = connection.execute(_ROWS, {"of_vault": vault_id, "of_attempt": attempt}).all()
        found = [EntryRef(row.entry, row.id) for row in rows if not row.is_planned]
        for kind in EntryType:
            planned = [row for row in rows if row.is_planned and row.type == kind]
            if planned:
                ids = {row.id for row in planned}
                kept = _referred(connection, vault_id, kind, sorted(ids))
                found += [ref for ref in key_file.find(kind, ids, planned[0].entry) if kept.get(ref.id) != ref.index]
        key_file.destroy(found)


def _referred(connection: Connection, vault_id: bytes, kind: EntryType, ids: Sequence[bytes]) -> dict[bytes, int]:
    """Return the entries that the database refers to, by id."""
    found: dict[bytes, int] = {}
    for start in range(0, len(ids), _CHUNK):
        parameters = {"of_vault": vault_id, "ids": ids[start : start + _CHUNK]}
        found.update((row[0], row[1]) for row in connection.execute(_REFERRED[kind], parameters))
    return found
