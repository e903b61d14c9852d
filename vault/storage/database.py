"""Connections and transactions: SQLite by default, PostgreSQL by URL.

Every failure of the database itself comes out as StorageError; the transaction it hit has changed nothing, unless it
is an UncertainError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from vault.errors import StorageError
from vault.storage.pragmas import BUSY_MILLISECONDS, set_pragmas

_SEES_ALL_ROWS: Final = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_LOCK_KEYS: Final = text("SELECT pg_advisory_xact_lock(:number)")
_ENTER_VAULT: Final = text("SELECT set_config('app.vault_id', :vault_id, true)")


class UncertainError(StorageError):
    """The database may or may not have applied a transaction."""


class Database:
    """One engine. ``reading`` gives the state of one moment, ``writing`` a transaction that is durable at its end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._readers = engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self, vault_id: bytes | None = None) -> Iterator[Connection]:
        """Hold a transaction that sees one moment; with `vault_id`, on PostgreSQL, the rows of that vault only."""
        with translated_errors(), self._readers.connect() as connection, connection.begin():
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            self.enter_vault(connection, vault_id)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold a transaction with the right to write. On SQLite there is one at a time, across all processes.

        Raises UncertainError when the answer to a commit got lost.
        """
        with (
            translated_errors(),
            self.engine.connect() as connection,
            connection.begin() as transaction,
        ):
            if self.is_sqlite:
                # The write lock at once, since taking it later can fail although one has waited. Said here and not in
                # a listener: an engine with listeners asks them at every statement.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            if not self.is_sqlite and transaction.is_active:
                _commit_remotely(connection, transaction)

    def enter_vault(self, connection: Connection, vault_id: bytes | None) -> None:
        """Name the vault whose rows this transaction may touch (row level security; nothing to do on SQLite)."""
        if not self.is_sqlite and vault_id is not None:
            connection.execute(_ENTER_VAULT, {"vault_id": vault_id.hex()})

    def lock_keys(self, connection: Connection, vault_id: bytes) -> None:
        """Keep other writers from the keys of a vault until this transaction ends. On SQLite it is the only one."""
        if not self.is_sqlite:
            connection.execute(_LOCK_KEYS, {"number": int.from_bytes(vault_id[:8], "big", signed=True)})

    def check_role(self) -> None:
        """Raise StorageError when the role of the connection sees the rows of all vaults at once."""
        if self.is_sqlite:
            return
        with self.reading() as connection:
            if connection.execute(_SEES_ALL_ROWS).scalar_one():
                message = "The database role goes past row level security: use one without SUPERUSER and BYPASSRLS."
                raise StorageError(message)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _commit_remotely(connection: Connection, transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except IntegrityError:
        raise
    except BaseException as error:
        connection.invalidate()  # nobody knows what state it is in
        if isinstance(error, SQLAlchemyError):
            raise UncertainError("The database gave no answer to a commit.") from error
        raise


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn failures of the database into StorageError; a row that is there already stays an IntegrityError."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise StorageError("The database cannot be used now (disk full, read-only, locked or damaged).") from error


def sqlite_database(path: Path) -> Database:
    """Open the SQLite database in the file `path`, which exists and is private."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        pool_size=16,
        max_overflow=-1,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    return Database(engine)


def postgresql_database(url: str) -> Database:
    """Return the PostgreSQL database at `url`. Raises StorageError for another kind of URL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("unknown")
    if parsed.get_backend_name() != "postgresql":
        raise StorageError("The database address must begin with postgresql:// (leave it out for SQLite).")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=16,
        max_overflow=16,
        pool_pre_ping=True,
        connect_args={"options": "-c synchronous_commit=on"},
    )
    return Database(engine)


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    set_pragmas(connection)
