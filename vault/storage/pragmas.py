"""What every SQLite connection of ours sets, reads back, and can never do (docs/ERASURE.md §6)."""

from __future__ import annotations

import sqlite3
from typing import Final

from vault.errors import StorageError

BUSY_MILLISECONDS: Final = 10_000
PRAGMAS: Final = {
    "busy_timeout": BUSY_MILLISECONDS,
    "journal_mode": "wal",
    "secure_delete": 1,
    "auto_vacuum": 0,  # it would free blocks that were not overwritten
    "temp_store": 2,  # memory
    "synchronous": 2,  # full: a commit is on the disk when it is answered
    "journal_size_limit": -1,  # truncating the log would free blocks that were not overwritten
    "foreign_keys": 1,
    "trusted_schema": 0,
}


def set_pragmas(connection: sqlite3.Connection) -> None:
    """Set every pragma and read it back: secure_delete and others are per connection, and setting can fail silently.

    Nothing can be attached either. VACUUM works by attaching, so it is refused, by accident or not.
    """
    connection.isolation_level = None  # no BEGIN but ours
    for name, wanted in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {wanted}").fetchall()
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != wanted:
            raise StorageError(f"SQLite does not accept {name}={wanted} here (it has {found}): use another disk.")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
