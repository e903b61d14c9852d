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
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vault.erase.children import answer, ask_child, read_question
from vault.erase.pages import PageError, Pages, Span, is_zero
from vault.errors import StorageError
from vault.storage.overwriting import write_zeros
from vault.storage.pragmas import set_pragmas

_PATIENCE_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.002
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_LOG_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24
_FRAMES_AT_ONCE: Final = 256
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
    except (OSError, PageError, StorageError, sqlite3.Error) as error:
        answer({"said": str(error)})


def _scrub(database: Path) -> None:
    with closing(_connect(database)) as connection, closing(_connect(database)) as watcher:
        # Never closed: closing it would drop the locks of the connections. The end of the process closes it.
        descriptor = os.open(database, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        work = _Work(connection, watcher, descriptor, Path(f"{database}-wal"))
        deadline = time.monotonic() + _PATIENCE_SECONDS
        is_done = work.try_once(keep_writers_out=False)
        while not is_done:
            if time.monotonic() > deadline:
                raise BusyError
            time.sleep(_PAUSE_SECONDS)
            is_done = work.try_once(keep_writers_out=True)


def _connect(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database)
    set_pragmas(connection)
    # No waiting by SQLite, whose pauses grow so long that busy writers would always be quicker.
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


@dataclass(frozen=True)
class _Work:
    """``watcher`` is a second connection, for what cannot be asked in a transaction; ``descriptor`` the database."""

    connection: sqlite3.Connection
    watcher: sqlite3.Connection
    descriptor: int
    log: Path

    def try_once(self, *, keep_writers_out: bool) -> bool:
        """Return whether it was done; it was not when somebody was in the way, or committed meanwhile.

        The pages are looked at before the lock is taken, since that may take a while; on a busy database that comes to
        nothing, and the next time writers have to wait for it.
        """
        try:
            return self._try_once(keep_writers_out=keep_writers_out)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in _BUSY:
                return False
            raise

    def _try_once(self, *, keep_writers_out: bool) -> bool:
        version = _data_version(self.connection)
        if not _restart_log(self.connection):
            return False
        spans: list[Span] | None = None
        if not keep_writers_out:
            try:
                spans = self._dirty()
            except PageError:
                return False  # it was being written, or is damaged: the next time will tell
        with _write_lock(self.connection):
            if _data_version(self.connection) != version:
                return False
            _overwrite(self.descriptor, self._dirty() if spans is None else spans)
            _count_up(self.connection)
        with _write_lock(self.connection):
            if _data_version(self.connection) != version or _frames(self.watcher) != 1:
                return False
            _overwrite_log(self.log, Pages(self.descriptor).page_bytes)
        _cut_log(self.connection)
        return True

    def _dirty(self) -> list[Span]:
        roots = [root for (root,) in self.connection.execute(_ROOTS)]
        return list(Pages(self.descriptor).dirty(roots))


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed (https://www.sqlite.org/pragma.html)."""
    found: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return found


def _restart_log(connection: sqlite3.Connection) -> bool:
    """Carry everything over into the file, and leave the log to nobody; whether no reader or writer was in the way."""
    busy, frames, carried_over = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    return not busy and frames == carried_over


def _count_up(connection: sqlite3.Connection) -> None:
    """Commit something that changes nothing but the first page."""
    count = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {count % 0x7FFF_FFFF + 1}")
    connection.execute("COMMIT")


def _frames(watcher: sqlite3.Connection) -> int:
    """How many pages of commits are in the log."""
    found: int = watcher.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    return found


def _cut_log(connection: sqlite3.Connection) -> None:
    """Free its blocks, unless a reader is in the way. There is nothing in them any more."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _write_lock(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; what is not committed by the end is undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _overwrite(descriptor: int, spans: Iterable[Span]) -> None:
    for span in spans:
        write_zeros(descriptor, span.offset, span.size)
    os.fsync(descriptor)


def _overwrite_log(log: Path, page_bytes: int) -> None:
    """Overwrite all pages behind the first in the log."""
    descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        _overwrite(descriptor, _dirty_frames(descriptor, _FRAME_HEADER_BYTES + page_bytes))
    finally:
        os.close(descriptor)


def _dirty_frames(log: int, frame_bytes: int) -> Iterator[Span]:
    """Frames behind the first with a page that is not zero. After much was deleted most are, which saves writing."""
    offset = _LOG_HEADER_BYTES + frame_bytes
    while data := os.pread(log, _FRAMES_AT_ONCE * frame_bytes, offset):
        for start in range(0, len(data), frame_bytes):
            frame = data[start : start + frame_bytes]
            if not is_zero(frame[_FRAME_HEADER_BYTES:]):
                yield Span(offset + start, len(frame))
        offset += len(data)


if __name__ == "__main__":
    main()
