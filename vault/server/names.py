"""The names of the vaults in a data directory. No route gives them: who can read the directory knows them anyway."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from vault.storage.database import sqlite_database
from vault.storage.directory import DataDirectory
from vault.storage.tables import vaults
from vault.storage.vaults import handles


def vault_names(data_dir: Path) -> list[str]:
    """List the vaults that the SQLite database of a data directory holds, sorted.

    Raises StorageError when the directory is unsafe or the database cannot be read.
    """
    if not data_dir.exists():
        return []
    directory = DataDirectory(data_dir)
    if not directory.database.exists():
        return []
    directory.check_writable()
    database = sqlite_database(directory.database)
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table(vaults.name):
                return []
            return handles(connection)
    finally:
        database.close()
