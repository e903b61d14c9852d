"""Making the file of a SQLite database smaller, without freeing a block that was not overwritten.

``VACUUM`` would cut the file, and what was in its end would stay on the disk. So the database is written anew beside
itself, takes the place of the old one in one step, and the old one is overwritten where it lies before it is deleted.
Whatever a kill leaves lying about is overwritten at the next start (``DataDirectory.tidy``).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final

from vault.erase.scrub import scrub
from vault.errors import StorageError
from vault.storage.backup import check_whole
from vault.storage.directory import DataDirectory, create_private, sync_file

_BUSY: Final = "Stop the service first: somebody uses the database."


def shrink_database(directory: DataDirectory) -> tuple[int, int]:
    """Shrink the database of a service that is stopped; its size in bytes before and after.

    Raises StorageError when somebody uses it, or when it cannot be done; then it is as it was.
    """
    with directory.exclusive():  # nobody starts meanwhile
        directory.tidy()
        before = directory.database.stat().st_size
        try:
            scrub(directory.database)
            _write_anew(directory)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            raise StorageError(_BUSY if busy else f"The database cannot be shrunk: {error}.") from error
        except OSError as error:
            raise StorageError(f"The database cannot be shrunk: {error.strerror}.") from error
        finally:
            directory.tidy()
        return before, directory.database.stat().st_size


def _write_anew(directory: DataDirectory) -> None:
    with closing(sqlite3.connect(directory.database, isolation_level=None, timeout=1)) as connection:
        # So that it fails when anybody else has the database open, and keeps everybody out from here on.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if directory.log.stat().st_size:
            raise StorageError("The database cannot be shrunk: its log cannot be emptied.")  # it is not of the new one
        create_private(directory.new_database)
        connection.execute("VACUUM INTO ?", (str(directory.new_database),))
        check_whole(directory.new_database)
        sync_file(directory.new_database)
        directory.old_database.hardlink_to(directory.database)
        directory.new_database.replace(directory.database)
        sync_file(directory.path)
