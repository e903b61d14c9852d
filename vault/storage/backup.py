"""A copy of the SQLite database as of one moment, while the service goes on. It never holds keys."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from vault.errors import StorageError, UsageError
from vault.storage.directory import DataDirectory, sync_file
from vault.storage.pragmas import set_pragmas


def back_up_database(directory: DataDirectory, target: Path) -> int:
    """Copy the database to a new file that only its owner can read, and check the copy; its size in bytes.

    The file takes its name when it is whole. Raises UsageError when that name is taken or cannot be, StorageError when
    the database cannot be copied.
    """
    if target.absolute().parent.resolve().is_relative_to(directory.path.resolve()):
        # A copy in there would be found by the search after an erasure, each time.
        raise UsageError("Choose a place outside the data directory for the backup.")
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already; choose another name.")
    try:
        with tempfile.TemporaryDirectory(prefix=".inkvault-", dir=target.parent) as folder:
            made = Path(folder) / "copy"
            made.touch(mode=0o600)
            _copy(directory.database, made)
            sync_file(made)
            target.hardlink_to(made)  # unlike a rename it never takes the place of what came meanwhile
            sync_file(target.parent)
            return target.stat().st_size
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise StorageError(f"The database cannot be copied: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    """Copy all pages in one step, so that writers who go on meanwhile do not make it begin again."""
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        set_pragmas(database)
        copy.execute("PRAGMA journal_mode = OFF")
        database.backup(copy)
    check_whole(target)


def check_whole(copy: Path) -> None:
    """Raise StorageError unless a database that nobody uses is whole. Makes no files beside it."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        (found,) = connection.execute("PRAGMA quick_check").fetchone()
    if found != "ok":
        raise StorageError("The copy of the database is damaged: check the disk, and the database with it.")
