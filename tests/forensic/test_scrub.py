"""Scrubbing: nothing that was deleted stays in a database or its log, and nothing else is ever touched."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.forensic.evidence import Needle, search
from vault.erase.pages import PageError, Pages
from vault.erase.scrub import BusyError, scrub
from vault.errors import StorageError
from vault.storage.directory import DataDirectory
from vault.storage.pragmas import set_pragmas

SIZES = (541, 560, 640, 1_000, 3_000, 9_000)


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    set_pragmas(connection)
    return connection


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    """A data directory with a table like those that hold envelopes."""
    made = DataDirectory(tmp_path / "data")
    made.prepare_database()
    with closing(connect(made.database)) as connection:
        connection.execute("CREATE TABLE items (id BLOB PRIMARY KEY, envelope BLOB NOT NULL)")
        connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, value BLOB) WITHOUT ROWID")
    return made


@pytest.fixture
def writer(directory: DataDirectory) -> Iterator[sqlite3.Connection]:
    """The connection of a service, held open all the time."""
    with closing(connect(directory.database)) as connection:
        connection.execute("SELECT count(*) FROM items").fetchone()
        directory.guard_log()
        yield connection


def put(connection: sqlite3.Connection, data: bytes) -> bytes:
    item = os.urandom(16)
    connection.execute("INSERT INTO items VALUES (?, ?)", (item, data))
    return item


def get(connection: sqlite3.Connection, item: bytes) -> bytes:
    found: bytes = connection.execute("SELECT envelope FROM items WHERE id = ?", (item,)).fetchone()[0]
    return found


def drop(connection: sqlite3.Connection, item: bytes) -> None:
    connection.execute("DELETE FROM items WHERE id = ?", (item,))


def carry_over(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()[0] == 0


def is_whole(connection: sqlite3.Connection) -> bool:
    found: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return found == "ok"


@pytest.mark.parametrize("size", [500, 1_000_000])
def test_what_is_deleted_is_overwritten_in_the_database_at_once(
    directory: DataDirectory, writer: sqlite3.Connection, size: int
) -> None:
    needle = Needle(size)
    item = put(writer, needle.bytes)
    carry_over(writer)
    assert "inkvault.db" in search(directory.path, needle)
    drop(writer, item)
    carry_over(writer)
    assert "inkvault.db" not in search(directory.path, needle)


@pytest.mark.parametrize("size", [500, 1_000_000])
def test_a_scrub_leaves_nothing_anywhere(directory: DataDirectory, writer: sqlite3.Connection, size: int) -> None:
    """Edited and deleted long before, and written seconds before; with the connection of the service open."""
    old, edited, new = Needle(size), Needle(size), Needle(size)
    first = put(writer, old.bytes)
    writer.execute("UPDATE items SET envelope = ? WHERE id = ?", (edited.bytes, first))
    last = put(writer, new.bytes)
    assert "inkvault.db-wal" in search(directory.path, new)
    assert "inkvault.db-wal" in search(directory.path, old)
    drop(writer, first)
    drop(writer, last)
    scrub(directory.database)
    assert search(directory.path, old, edited, new) == {}
    assert is_whole(writer)


def churn(connection: sqlite3.Connection, seed: int) -> tuple[list[Needle], list[Needle]]:
    """Write, edit, let grow and delete at random; what is there, and what is gone."""
    chance = random.Random(seed)
    there: dict[bytes, Needle] = {}
    gone: list[Needle] = []
    for _ in range(600):
        connection.execute("BEGIN IMMEDIATE")
        needle = Needle(chance.choice(SIZES))
        if chance.random() < 0.55 or not there:
            there[put(connection, needle.bytes)] = needle
        else:
            item = chance.choice(sorted(there))
            gone.append(there.pop(item))
            if chance.random() < 0.5:
                connection.execute("UPDATE items SET envelope = ? WHERE id = ?", (needle.bytes, item))
                there[item] = needle
            else:
                drop(connection, item)
        connection.execute("COMMIT")
    return list(there.values()), gone


def test_no_piece_of_what_is_gone_stays_between_the_cells(directory: DataDirectory, writer: sqlite3.Connection) -> None:
    there, gone = churn(writer, 20_260_101)
    scrub(directory.database)
    assert search(directory.path, *gone) == {}
    found = dict(writer.execute("SELECT id, envelope FROM items"))
    assert sorted(found.values()) == sorted(needle.bytes for needle in there)
    assert is_whole(writer)


def gap_of_a_leaf(database: Path) -> tuple[int, int]:
    """Where the largest gap of any leaf of a table is: offset and size. The database is closed."""
    data = database.read_bytes()
    gaps = []
    for page in range(4096, len(data), 4096):
        kind, _, cells, content, _ = struct.unpack_from(">BHHHB", data, page)
        if kind == 13 and 0 < cells < 500 and 8 + 2 * cells <= content <= 4096:
            gaps.append((content - 8 - 2 * cells, page + 8 + 2 * cells))
    size, offset = max(gaps)
    return offset, size


def plant_in_gap(directory: DataDirectory, needle: Needle) -> None:
    """Put a needle where SQLite leaves what it has moved."""
    offset, size = gap_of_a_leaf(directory.database)
    with directory.database.open("r+b") as file:
        file.seek(offset)
        file.write(needle.bytes[:size])
    assert search(directory.path, needle)


def write_again(connection: sqlite3.Connection) -> None:
    """Write to all pages, by way of what the connection has in its memory."""
    connection.execute("UPDATE items SET envelope = zeroblob(length(envelope) - 1) || x'01'")
    carry_over(connection)


def test_what_lies_between_the_cells_is_overwritten_and_does_not_come_back(directory: DataDirectory) -> None:
    """Also when a connection of the service has the page in its memory, and writes to it afterwards."""
    needle = Needle(500)
    with closing(connect(directory.database)) as connection:
        for _ in range(9):
            put(connection, os.urandom(1_000))
    plant_in_gap(directory, needle)
    without_commit = "scrub._count_up = scrub._cut_log = lambda connection: None; scrub._frames = lambda watcher: 1"
    with closing(connect(directory.database)) as connection:
        connection.execute("SELECT max(envelope) FROM items").fetchone()
        assert in_child(directory, without_commit) == 0
        assert search(directory.path, needle) == {}
        write_again(connection)
        assert search(directory.path, needle), "nothing to be seen"
        scrub(directory.database)
        write_again(connection)
        assert search(directory.path, needle) == {}
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (9,)
        assert is_whole(connection)


def test_free_pages_are_overwritten_whoever_freed_them(directory: DataDirectory) -> None:
    """A tool that knows nothing of secure_delete has deleted."""
    needle = Needle(100_000)
    with closing(sqlite3.connect(directory.database, isolation_level=None)) as foreign:
        foreign.execute("PRAGMA secure_delete = OFF")
        drop(foreign, put(foreign, needle.bytes))
    assert search(directory.path, needle)
    scrub(directory.database)
    assert search(directory.path, needle) == {}


def in_child(directory: DataDirectory, sabotage: str) -> int:
    """Run a scrub in a process whose module was changed before; how it ended."""
    database = str(directory.database)
    program = f"import os, pathlib\nfrom vault.erase import scrub\n{sabotage}\nscrub._scrub(pathlib.Path({database!r}))"
    return subprocess.run([sys.executable, "-c", program], check=False).returncode


def test_the_log_is_overwritten_before_it_is_cut(directory: DataDirectory, writer: sqlite3.Connection) -> None:
    needle = Needle(100_000)
    drop(writer, put(writer, needle.bytes))
    size = directory.log.stat().st_size
    uncut = "scrub._cut_log = lambda connection: None"
    assert in_child(directory, f"{uncut}; scrub._overwrite_log = lambda log, size: None") == 0
    assert set(search(directory.path, needle)) == {"inkvault.db-wal", "inkvault.db-wal.guard"}, "nothing to be seen"
    assert in_child(directory, uncut) == 0
    assert directory.log.stat().st_size == size
    assert search(directory.path, needle) == {}
    assert directory.log.samefile(directory.log_guard)
    scrub(directory.database)
    assert directory.log.stat().st_size == 0


def test_a_long_reader_means_not_yet(directory: DataDirectory, writer: sqlite3.Connection) -> None:
    needle = Needle(500)
    item = put(writer, needle.bytes)
    with closing(connect(directory.database)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM items").fetchone()
        drop(writer, item)
        with pytest.raises(BusyError):
            scrub(directory.database)
        assert reader.execute("SELECT envelope FROM items").fetchone()[0] == needle.bytes
        reader.execute("ROLLBACK")
        assert search(directory.path, needle)
        scrub(directory.database)
        assert search(directory.path, needle) == {}


KILL_AT = """
step = 0
def dying(real):
    def call(*arguments):
        global step
        step += 1
        if step == {at}:
            os.kill(os.getpid(), 9)
        return real(*arguments)
    return call
for name in ("pwrite", "fsync"):
    setattr(os, name, dying(getattr(os, name)))
for name in ("_restart_log", "Pages", "_count_up", "_frames", "_cut_log"):
    setattr(scrub, name, dying(getattr(scrub, name)))
"""


def test_killed_at_any_step_it_harms_nothing_and_can_be_done_again(directory: DataDirectory) -> None:
    killed = at = 0
    while killed == at:
        at += 1
        needle, kept = Needle(9_000), Needle(900)
        with closing(connect(directory.database)) as connection:
            drop(connection, put(connection, needle.bytes))
            carry_over(connection)
            item = put(connection, kept.bytes)
        plant_in_gap(directory, needle)
        with closing(connect(directory.database)) as connection:
            killed += in_child(directory, KILL_AT.format(at=at)) == -signal.SIGKILL
            assert get(connection, item) == kept.bytes
            put(connection, needle.bytes[:0])
        if killed == at:
            scrub(directory.database)
        with closing(connect(directory.database)) as connection:
            assert is_whole(connection)
            assert connection.execute("SELECT count(*) FROM items").fetchone() == (2 * at,)
        assert search(directory.path, needle) == {}
    assert killed >= 8


@contextmanager
def busy_with(directory: DataDirectory, count: int) -> Iterator[list[Exception]]:
    """Others who write and read all the time, each over a connection of its own, and check what they find."""
    stop = threading.Event()
    failures: list[Exception] = []

    def write(number: int) -> None:
        chance = random.Random(number)
        with closing(connect(directory.database)) as connection:
            mine: dict[bytes, bytes] = {}
            while not stop.is_set():
                data = os.urandom(chance.choice(SIZES))
                if len(mine) > 20:
                    item = chance.choice(sorted(mine))
                    assert get(connection, item) == mine.pop(item)
                    drop(connection, item)
                mine[put(connection, data)] = data
            for item, data in mine.items():
                assert get(connection, item) == data

    def run(number: int) -> None:
        try:
            write(number)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_others_may_write_and_read_meanwhile(directory: DataDirectory, writer: sqlite3.Connection) -> None:
    needles = [Needle(500), Needle(100_000), Needle(9_000)]
    with busy_with(directory, 2) as failures:
        for needle in needles:
            drop(writer, put(writer, needle.bytes))
            scrub(directory.database)
    assert failures == []
    scrub(directory.database)
    assert search(directory.path, *needles) == {}
    assert is_whole(writer)


def test_a_damaged_database_is_left_alone(directory: DataDirectory) -> None:
    with closing(connect(directory.database)) as connection:
        for _ in range(9):
            put(connection, os.urandom(1_000))
    offset, _ = gap_of_a_leaf(directory.database)
    with directory.database.open("r+b") as file:
        file.seek(offset // 4096 * 4096 + 5)
        file.write(b"\x00\x01")  # the cells begin where their list is
    before = directory.database.read_bytes()[100:]
    with pytest.raises(StorageError, match="cannot be cleaned"):
        scrub(directory.database)
    assert directory.database.read_bytes()[100:] == before


def test_something_else_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(8192))
    with file.open("rb") as stream, pytest.raises(PageError):
        Pages(stream.fileno())
    with pytest.raises(StorageError):
        scrub(file)
