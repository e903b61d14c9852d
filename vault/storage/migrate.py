"""Bring the database to the tables of this version, or refuse it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from vault.errors import StorageError
from vault.storage.database import Database
from vault.storage.directory import DataDirectory

REVISIONS: Final = ("0001", "0002", "0003")
"""All revisions, oldest first. Known here so that a start without migration need not load Alembic (0.2 s)."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(database: Database, directory: DataDirectory) -> None:
    """Upgrade to the newest revision, and guard SQLite's log. Safe when several processes start at once.

    Raises StorageError for a database made by a newer version.
    """
    with directory.exclusive():
        # The first connection as well: it turns a new file to write-ahead logging, for which SQLite does not wait.
        with database.reading() as connection:
            is_current = _revision(connection) == REVISIONS[-1]
        if database.is_sqlite:
            directory.guard_log()
            directory.tidy()
        if not is_current:
            _migrate(database)


def _migrate(database: Database) -> None:
    with database.writing() as connection:
        found = _revision(connection)
        if found == REVISIONS[-1]:
            return
        if found is not None and found not in REVISIONS:
            raise StorageError("The database was made by a newer version of Inkvault: install that version.")
        _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - loaded only when there is something to migrate
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
