"""Data directories in which the database has its tables already: making these is most of a first start."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from vault.storage.database import sqlite_database
from vault.storage.directory import DataDirectory
from vault.storage.migrate import migrate


def prepare(data_dir: Path) -> None:
    """Make the directory, if there is none yet, with a database that has all tables and no rows."""
    if data_dir.exists():
        return
    directory = DataDirectory(data_dir)
    directory.prepare_database()
    directory.database.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    """The file that the migrations themselves make."""
    with TemporaryDirectory() as folder:
        directory = DataDirectory(Path(folder) / "data")
        directory.prepare_database()
        database = sqlite_database(directory.database)
        migrate(database, directory)
        database.close()
        return directory.database.read_bytes()
