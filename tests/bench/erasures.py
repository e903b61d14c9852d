"""Erasing one session and a whole vault, beside `shred` over the same bytes and a plain DELETE of the same rows.

The service is measured alone: the vault holds random bytes of the sizes that sealed messages have.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.support.erasing import Nuke, eraser_of, scope_of
from tests.support.service import Host, Writer, envelope, hosted, new_container
from vault.core.padding import padded_size
from vault.erase.scan import scan
from vault.storage.backup import back_up_database
from vault.storage.directory import DataDirectory
from vault.wire.models import RecordWrite

SMALL_VAULT = 1_000
_AROUND_TEXT = 160
"""Bytes of a message besides its text."""
_SEALING = 29
_SESSIONS_AT_ONCE = 50
_TIMES = 3


def run(sessions: Iterable[list[str]]) -> None:
    """Fill a small and a large vault, then measure."""
    texts = list(sessions)
    small = texts[: max(1, SMALL_VAULT // len(texts[0]))]
    with tempfile.TemporaryDirectory() as name:
        for folder, some in ((Path(name) / "small", small), (Path(name) / "large", texts)):
            folder.mkdir()
            with hosted(folder / "data") as host:
                writer, ids = _fill(host, some)
                back_up_database(DataDirectory(folder / "data"), folder / "copy.db")
                print(f"  {sum(map(len, some)):,} messages, a database of {_size(folder / 'copy.db') / 1e6:.0f} MB")
                _one_session(host, writer, ids[:_TIMES], folder)
                if some is texts:
                    _everything(host, writer, folder)


def _one_session(host: Host, writer: Writer, sessions: list[bytes], folder: Path) -> None:
    records = writer.records(sessions[0])
    size = sum(len(record.envelope) for record in records)
    seconds = min(_erased(host, Nuke(writer, scope_of([session]))) for session in sessions)
    scanned = _timed(partial(scan, folder / "data", [os.urandom(16)]))
    print(f"   one session of {len(records)} messages, {size / 1e3:.0f} kB")
    _row("erased, from the order to the certificate", seconds, f"of which the search {1e3 * scanned:.0f} ms")
    _row("shred -n1 of as many bytes", _shredded(folder, size))
    _row("plain DELETE of the rows", min(_timed(partial(_delete, folder / "copy.db", each)) for each in sessions))


def _everything(host: Host, writer: Writer, folder: Path) -> None:
    size = _size(folder / "copy.db")
    written = _timed(partial(_write, folder / "written", size))
    inserted = _inserted(folder)
    seconds = _erased(host, Nuke(writer, scope_of(whole=True)))
    print("   everything")
    _row("erased, from the order to the certificate", seconds)
    _row(
        "writing the rows once (plain INSERT)", inserted, f"erasing takes {seconds / inserted:.1f} times that (goal 2)"
    )
    _row("writing as many bytes once to a file", written, f"erasing takes {seconds / written:.1f} times that")
    _row("shred -n1 of as many bytes", _shredded(folder, size))
    _row("plain DELETE of the rows", _timed(partial(_delete, folder / "copy.db", None)))


def _row(name: str, seconds: float, more: str = "") -> None:
    print(f"    {name:44} {1e3 * seconds:8.0f} ms   {more}".rstrip())


def _fill(host: Host, sessions: list[list[str]]) -> tuple[Writer, list[bytes]]:
    """A vault with random bytes in the place of texts; its writer, and the ids of its sessions."""
    writer = host.writer()
    ids = []
    for start in range(0, len(sessions), _SESSIONS_AT_ONCE):
        some = sessions[start : start + _SESSIONS_AT_ONCE]
        containers = [new_container() for _ in some]
        records = [
            RecordWrite(
                container_id=container.container_id,
                record_id=os.urandom(16),
                version=1,
                envelope=envelope(_SEALING + padded_size(_AROUND_TEXT + len(text.encode()))),
            )
            for container, texts in zip(containers, some, strict=True)
            for text in texts
        ]
        writer.commit(writer.next_commit(containers, records))
        ids += [container.container_id for container in containers]
    return writer, ids


def _erased(host: Host, nuke: Nuke) -> float:
    """Seconds from the order to the certificate."""
    nuke.plan()
    started = time.perf_counter()
    nuke.confirm()
    while (state := nuke.state()).state != "done":
        if state.problem is not None:
            raise RuntimeError(f"the erasure does not go on: {state.problem}")
        time.sleep(0.005)
    nuke.certificate()
    seconds = time.perf_counter() - started
    eraser_of(host).resting.wait()
    return seconds


def _delete(database: Path, session: bytes | None) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("BEGIN IMMEDIATE")
        if session is None:
            connection.execute("DELETE FROM records")
        else:
            connection.execute("DELETE FROM records WHERE container_id = ?", (session,))
        connection.execute("COMMIT")


def _inserted(folder: Path) -> float:
    """Seconds that it takes to write all records, in one transaction, to a table like theirs and into its file."""
    with closing(sqlite3.connect(folder / "inserted.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("ATTACH ? AS source", (str(folder / "copy.db"),))
        (table,) = connection.execute("SELECT sql FROM source.sqlite_schema WHERE name = 'records'").fetchone()
        connection.execute(table.partition("CONSTRAINT fk_")[0].rstrip(", \n\t") + ")")
        started = time.perf_counter()
        connection.execute("INSERT INTO main.records SELECT * FROM source.records")
        connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchall()
        return time.perf_counter() - started


def _write(path: Path, size: int) -> None:
    part = os.urandom(1 << 20)
    with path.open("wb") as stream:
        for _ in range(size // len(part) + 1):
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())


def _shredded(folder: Path, size: int) -> float:
    """Seconds that `shred` takes for a file of that size; the best of some."""
    victim = folder / "victim"
    victim.write_bytes(bytes(size))
    os.sync()
    return min(_timed(partial(subprocess.run, ["shred", "-n1", victim], check=True)) for _ in range(_TIMES))


def _size(path: Path) -> int:
    return path.stat().st_size


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
