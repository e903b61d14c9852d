"""Erasures in the database and the key files: each step by itself, durable at its end (docs/ERASURE.md §6).

Which step comes when is decided elsewhere (vault/erase/run.py). Every step may be done again without harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, Delete, bindparam, delete, select, text, update

from vault.audit.certificate import Certificate
from vault.audit.checkpoint import Checkpoint
from vault.audit.leaves import Event
from vault.audit.statement import Statement
from vault.errors import StorageError
from vault.storage import jobs
from vault.storage.access import Access
from vault.storage.auditlog import append_to_log, inclusion_proof, log_by_id, read_leaf, release_log
from vault.storage.auditlog import checkpoint as read_checkpoint
from vault.storage.commits import Quota
from vault.storage.database import Database, translated_errors
from vault.storage.destructions import Destructions, KeyPlan
from vault.storage.keyfile import EntryDestroyedError, EntryRef, KeyFile, KeyFileMissingError
from vault.storage.orders import OrderSampler, OrderWork, SignedOrder, rekeyed_entries
from vault.storage.plans import (
    ERASURE,
    OF_ERASURE,
    VAULT,
    ErasureRow,
    Problem,
    State,
    find_erasure,
    plan,
    planned,
    stage,
)
from vault.storage.refusal import not_found
from vault.storage.scopes import CHUNK, encode_scope
from vault.storage.tables import containers, doomed, erasures, heads, history, records, vaults
from vault.storage.writer import Writer
from vault.wire import canonical
from vault.wire.models import NewErasure, StagedRecords

T = TypeVar("T")

KEPT_SECONDS: Final = 30 * 24 * 3600
"""For so long the certificate of a vault that is gone is kept."""
_SHRUNK: Final = ("heads", "slots", "containers", "records", "history", "staged", "audit_details", "erasures")

_FORGET_ERASURE = delete(erasures).where(*OF_ERASURE)
_HAS_HEAD = select(heads.c.seq).where(heads.c.vault_id == VAULT)
_OF_DOOMED = (doomed.c.vault_id == VAULT, doomed.c.erasure_id == ERASURE)
_DOOMED_KEYS = select(doomed.c.container_id, doomed.c.entry).where(*_OF_DOOMED)
_DOOMED_ROWS = select(doomed.c.container_id).where(*_OF_DOOMED, doomed.c.is_rekeyed.is_(False))
_FORGET_DOOMED = delete(doomed).where(*_OF_DOOMED)
_DELETE_RECORDS = delete(records).where(
    records.c.vault_id == VAULT, records.c.container_id.in_(bindparam("ids", expanding=True))
)
_ADVANCE = update(erasures).where(*OF_ERASURE).values(state=bindparam("to_state"), problem=None)
_FAIL = (
    update(erasures).where(*OF_ERASURE).values(problem=bindparam("to_problem"), is_logged_failed=bindparam("to_logged"))
)
_FINISH = (
    update(erasures)
    .where(*OF_ERASURE)
    .values(
        state="done",
        problem=None,
        samples=None,
        pad=None,
        statement=bindparam("to_statement"),
        salt=bindparam("to_salt"),
        leaf_index=bindparam("to_index"),
    )
)
_DELETE_VAULT = delete(vaults).where(vaults.c.vault_id == VAULT)


class Erasures:
    """The erasures of all vaults. ``key_file_of`` gives the key file of a vault."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        destructions: Destructions,
        key_file_of: Callable[[bytes], KeyFile],
        quota: Quota,
    ) -> None:
        self._database = database
        self._writer = writer
        self._destructions = destructions
        self._key_file_of = key_file_of
        self._quota = quota

    # --- what clients ask for ----------------------------------------------------------------------------------------

    def plan(self, access: Access, request: NewErasure) -> ErasureRow:
        """Freeze a scope and count what it holds. Raises Refusal."""
        scope = encode_scope(request.scope, access.vault_id)
        return self._write(access.vault_id, lambda connection: plan(connection, access, request, scope))

    def stage(self, access: Access, erasure_id: bytes, request: StagedRecords) -> None:
        """Keep what stays of containers that get a new key, until the order comes. Raises Refusal."""
        self._write(access.vault_id, lambda connection: stage(connection, access, erasure_id, request.records))

    def find(self, vault_id: bytes, erasure_id: bytes) -> ErasureRow:
        """Return an erasure as it is now. Raises the 404, also for one that is to be forgotten by now."""
        with self._database.reading(vault_id) as connection:
            return _remembered(connection, vault_id, erasure_id)

    def order(
        self, access: Access, erasure_id: bytes, order: SignedOrder, new_sampler: Callable[[], OrderSampler]
    ) -> ErasureRow:
        """Carry out the order as far as one transaction goes; how the erasure is then. Raises Refusal or StorageError.

        Doing it again tells how it is by then.
        """
        entries = rekeyed_entries(order.request)
        no_keys = KeyPlan(access.vault_id, ())

        def work_with(connection: Connection, keys: KeyPlan) -> OrderWork:
            return OrderWork(
                connection=connection,
                key_file=self._key_file_of(access.vault_id),
                access=access,
                erasure_id=erasure_id,
                order=order,
                quota=self._quota,
                now=_now(),
                write_keys=lambda: self._destructions.append_keys(connection, keys),
                sampler=new_sampler(),
            )

        if not entries:
            return self._write(access.vault_id, lambda connection: work_with(connection, no_keys).run())
        return self._destructions.write_keys(
            access.vault_id,
            entries,
            lambda connection: work_with(connection, no_keys).check(),
            lambda connection, keys: work_with(connection, keys).run(),
        )

    def certificate(self, vault_id: bytes, erasure_id: bytes, sign: Callable[[Checkpoint], str]) -> bytes:
        """Return the certificate of an erasure that is done, under the log's state of now. Raises the 404.

        `sign` makes a signed note of a checkpoint.
        """
        with self._database.reading(vault_id) as connection:
            row = _remembered(connection, vault_id, erasure_id)
            if row.statement is None or row.salt is None or row.leaf_index is None or row.log_id is None:
                raise not_found()
            log = log_by_id(connection, row.log_id)
            return Certificate(
                statement=Statement.parse(canonical.decode(row.statement)),
                salt=row.salt,
                index=row.leaf_index,
                leaf=read_leaf(connection, log.log_id, row.leaf_index),
                proof=inclusion_proof(connection, log, row.leaf_index),
                checkpoint=sign(read_checkpoint(connection, log)),
            ).encode()

    # --- what follows an order ---------------------------------------------------------------------------------------

    def under_way(self) -> list[jobs.Place]:
        """Return the vaults and ids of all erasures for which something is left to do, the oldest first."""
        return jobs.under_way(self._database)

    def destroy_keys(self, row: ErasureRow) -> None:
        """Overwrite the keys and read them back. Raises StorageError when one can still be read."""
        key_file = self._key_file_of(row.vault_id)
        if row.is_whole:
            self._destroy_all(row)
            return
        with self._database.reading(row.vault_id) as connection:
            rows = connection.execute(_DOOMED_KEYS, row.of_erasure).all()
            is_gone = connection.execute(_HAS_HEAD, row.of_erasure).first() is None
        try:
            key_file.destroy([EntryRef(each.entry, each.container_id) for each in rows])
        except EntryDestroyedError:
            return  # with all others of a vault that was erased since
        except KeyFileMissingError:
            if not is_gone:
                raise

    def _destroy_all(self, row: ErasureRow) -> None:
        try:
            self._key_file_of(row.vault_id).destroy_all()
        except KeyFileMissingError:
            if row.state == "requested":
                raise  # else it was overwritten, and taken away with the rows

    def delete_rows(self, row: ErasureRow) -> None:
        """Delete what cannot be read any more, in one transaction. Raises StorageError."""

        def work(connection: Connection) -> None:
            if row.is_whole:
                _delete_vault_rows(connection, row.vault_id)
            else:
                ids = connection.scalars(_DOOMED_ROWS, row.of_erasure).all()
                for start in range(0, len(ids), CHUNK):
                    some = {"of_vault": row.vault_id, "ids": ids[start : start + CHUNK]}
                    connection.execute(_DELETE_RECORDS, some)
            connection.execute(_ADVANCE, {**row.of_erasure, "to_state": "rows"})

        if row.is_whole:
            self._key_file_of(row.vault_id).remove()
        self._write(row.vault_id, work)

    def shrink(self) -> None:
        """Let PostgreSQL forget deleted rows. Nothing to do on SQLite. Raises StorageError."""
        if self._database.is_sqlite:
            return
        outside_of_transactions = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with translated_errors(), outside_of_transactions.connect() as connection:
            connection.execute(text(f"VACUUM {', '.join(_SHRUNK)}"))

    def advance(self, row: ErasureRow, state: State) -> None:
        """Journal that a state was reached. Raises StorageError."""
        to_state = {**row.of_erasure, "to_state": state}
        self._write(row.vault_id, lambda connection: connection.execute(_ADVANCE, to_state))

    def note_problem(self, row: ErasureRow, problem: Problem) -> None:
        """Say what is in the way; in the log too, the first time it is more than somebody who reads for long.

        Raises StorageError.
        """

        def work(connection: Connection) -> None:
            found = find_erasure(connection, row.vault_id, row.erasure_id)
            if found is None or found.state == "done" or found.problem == problem:
                return
            is_logged = found.is_logged_failed or problem != "busy"
            values = {"to_problem": problem, "to_logged": is_logged}
            connection.execute(_FAIL, {**row.of_erasure, **values})
            if is_logged and not found.is_logged_failed:
                detail = {"order": _known(row.order_hash).hex(), "problem": problem}
                append_to_log(connection, _known(row.log_id), Event.FAILED, _now(), detail)

        self._write(row.vault_id, work)

    def finish(self, row: ErasureRow, make_statement: Callable[[int], Statement]) -> None:
        """Journal that an erasure is done, with its statement, which `make_statement` makes of the time.

        Raises StorageError.
        """

        def work(connection: Connection) -> None:
            found = find_erasure(connection, row.vault_id, row.erasure_id)
            if found is None or found.state == "done":
                return
            now = max(_now(), row.requested_at or 0)
            payload = make_statement(now).payload()
            leaf = append_to_log(connection, _known(row.log_id), Event.FINISHED, now, payload)
            values = {"to_statement": canonical.encode(payload), "to_salt": leaf.salt, "to_index": leaf.index}
            connection.execute(_FINISH, {**row.of_erasure, **values})
            connection.execute(_FORGET_DOOMED, row.of_erasure)
            if row.is_whole:
                connection.execute(_DELETE_VAULT, row.of_erasure)

        self._write(row.vault_id, work)

    def settle(self, row: ErasureRow) -> None:
        """Journal that nothing is left to do for an erasure that is done. Raises StorageError."""

        def work(connection: Connection) -> None:
            connection.execute(jobs.END_JOB, row.of_erasure)
            if connection.execute(_HAS_HEAD, row.of_erasure).first() is None:
                jobs.keep_until(connection, row.vault_id, _now() + KEPT_SECONDS)

        self._write(row.vault_id, work)

    def outdated(self) -> list[jobs.Place]:
        """Return the vaults and ids of all erasures that are to be forgotten by now."""
        return jobs.outdated(self._database, _now())

    def forget_outdated(self, clean: Callable[[], None]) -> None:
        """Forget the certificates of vaults that went long ago; `clean` takes what is left of them off the disk.

        The rows of ``erasing`` go last, so that what fails is done again. Raises StorageError, and what `clean` does.
        """
        found = self.outdated()
        for place in found:
            self._delete(place, _FORGET_ERASURE)
        if found:
            clean()
        for place in found:
            self._delete(place, jobs.END_JOB)

    def _delete(self, place: jobs.Place, statement: Delete) -> None:
        vault_id, erasure_id = place
        of_erasure = {"of_vault": vault_id, "of_erasure": erasure_id}
        self._write(vault_id, lambda connection: connection.execute(statement, of_erasure))

    def _write(self, vault_id: bytes, work: Callable[[Connection], T]) -> T:
        def entered(connection: Connection) -> T:
            self._database.enter_vault(connection, vault_id)
            return work(connection)

        return self._writer.run(entered)


def _remembered(connection: Connection, vault_id: bytes, erasure_id: bytes) -> ErasureRow:
    """Return an erasure that is not to be forgotten by now. Raises the 404."""
    of_erasure = {"of_vault": vault_id, "of_erasure": erasure_id}
    if jobs.is_outdated(connection, of_erasure, _now()):
        raise not_found()
    return planned(connection, vault_id, erasure_id)


def _delete_vault_rows(connection: Connection, vault_id: bytes) -> None:
    of_vault = {"of_vault": vault_id}
    for table in (records, containers, history):
        connection.execute(delete(table).where(table.c.vault_id == VAULT), of_vault)
    release_log(connection, vault_id)


def _known(value: bytes | None) -> bytes:
    """Return what every erasure has that was ordered."""
    if value is None:
        raise StorageError("An erasure is damaged: restore the database.")
    return value


def _now() -> int:
    return int(time.time())
