"""Overwriting what SQLite leaves behind of deleted rows: unused bytes of pages, and the write-ahead log.

``scrub`` runs this module as a program. In there one connection holds SQLite's write lock while bytes are overwritten
in place, and the lock goes with the process: at whatever moment it is killed, nobody else has written meanwhile, and
what was overwritten was in use by nobody. So the database is whole at every moment, and the work can be done again.

Why the order is as it is:

1. A checkpoint with ``RESTART`` brings everything into the file, and ends when no reader needs the log any more.
2. Under the write lock, and if nobody has committed since (``data_version``), the file is all there is: there is
   nothing in the log that a checkpoint could write into it. Only now may bytes be overwritten.
3. A commit (of a counter in the first page, ``user_version``) makes all other connections drop the pages that they
   remember as they were; else they could write them again. It is also what begins the log anew: it is the first in it.
4. Under the write lock again, if that commit is still the only one, all behind it in the log is old, and is
   overwritten. The log is a valid one all the time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from vault.erase.children import answer, ask_child, read_question
from vault.erase.pages import PageError, Pages, Span
from vault.errors import StorageError
from vault.storage.overwriting import write_zeros
from vault.storage.pragmas import set_pragmas

_READER_MILLISECONDS: Final = 2_000
_ROUNDS: Final = 10
_LOG_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24
_ROOTS: Final = "SELECT rootpage FROM sqlite_schema WHERE rootpage > 0"


class BusyError(StorageError):
    """Somebody reads or writes the database for long: not yet."""


def scrub(database: Path) -> None:
    """Overwrite what is unused in a SQLite database, and its log. The service may go on; doing it again is harmless.

    Raises BusyError when readers or writers were in the way, StorageError when it cannot be done.
    """
    said = ask_child(__name__, {"database": str(database)})["said"]
    if said == "busy":
        raise BusyError("Somebody reads or writes the database for long: try again later.")
    if said != "done":
        raise StorageError(f"The database cannot be cleaned: {said}.")


def main() -> None:
    """Answer a question of ``scrub``."""
    try:
        _scrub(Path(read_question()["database"]))
        answer({"said": "done"})
    except BusyError:
        answer({"said": "busy"})
    except sqlite3.Error as error:
        is_busy = (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        answer({"said": "busy" if is_busy else str(error)})
    except (OSError, PageError, StorageError) as error:
        answer({"said": str(error)})


def _scrub(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        set_pragmas(connection)
        connection.execute(f"PRAGMA busy_timeout = {_READER_MILLISECONDS}")
        # Never closed: closing it would drop the locks of the connection. The end of the process closes it.
        descriptor = os.open(database, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        for turn in range(_ROUNDS):
            if _try_scrub(connection, descriptor, database, keep_writers_out=turn > 0):
                return
        raise BusyError


def _try_scrub(connection: sqlite3.Connection, descriptor: int, database: Path, *, keep_writers_out: bool) -> bool:
    """Return whether it was done; it was not when somebody committed meanwhile.

    The pages are looked at before the lock is taken, since that may take a while; on a busy database that comes to
    nothing, and the next time writers have to wait for it.
    """
    version = _data_version(connection)
    _restart_log(connection)
    spans: list[Span] | None = None
    if not keep_writers_out:
        try:
            spans = _dirty(connection, descriptor)
        except PageError:
            return False  # it was being written, or is damaged: the next time will tell
    with _write_lock(connection):
        if _data_version(connection) != version:
            return False
        _overwrite(descriptor, _dirty(connection, descriptor) if spans is None else spans)
        count = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {count % 0x7FFF_FFFF + 1}")
        connection.execute("COMMIT")
    if _frames(connection) != 1:
        return False
    with _write_lock(connection):
        if _data_version(connection) != version:
            return False
        _overwrite_log(Path(f"{database}-wal"), Pages(descriptor).page_bytes)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # for tidiness: there is nothing in it any more
    return True


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed (https://www.sqlite.org/pragma.html)."""
    found: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return found


def _restart_log(connection: sqlite3.Connection) -> None:
    busy, frames, carried_over = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    if busy or frames != carried_over:
        raise BusyError


def _frames(connection: sqlite3.Connection) -> int:
    """How many pages of commits are in the log."""
    found: int = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    return found


@contextmanager
def _write_lock(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; what is not committed by the end is undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _dirty(connection: sqlite3.Connection, descriptor: int) -> list[Span]:
    roots = [root for (root,) in connection.execute(_ROOTS)]
    return list(Pages(descriptor).dirty(roots))


def _overwrite(descriptor: int, spans: list[Span]) -> None:
    for span in spans:
        write_zeros(descriptor, span.offset, span.size)
    os.fsync(descriptor)


def _overwrite_log(log: Path, page_bytes: int) -> None:
    """Overwrite all behind the first page in the log."""
    descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        start = _LOG_HEADER_BYTES + _FRAME_HEADER_BYTES + page_bytes
        write_zeros(descriptor, start, os.fstat(descriptor).st_size - start)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
