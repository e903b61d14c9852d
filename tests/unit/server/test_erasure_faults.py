"""What is in the way of an erasure is said, tried again, and never taken for success."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.support.erasing import Nuke, eraser_of, rested, scope_of, store_of
from tests.support.faults import no_file_larger_than
from tests.support.service import Host, Writer, envelope, hosted, new_container, new_record
from vault.audit.certificate import Certificate
from vault.audit.leaves import Event, Leaf
from vault.erase import run, states
from vault.erase.run import Eraser
from vault.erase.scan import Found, ScanError
from vault.erase.scrub import BusyError, scrub
from vault.errors import StorageError
from vault.storage import erasures, keyfile
from vault.storage.keyfile import KeyFile
from vault.storage.writer import Writer as DatabaseWriter
from vault.wire.models import Erasure


@pytest.fixture
def nuke(host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Nuke:
    """An erasure of a session, of which only the plan is made; pauses last until somebody calls."""
    monkeypatch.setattr(run, "FIRST_PAUSE", 3_600.0)
    monkeypatch.setattr(run, "LONGEST_PAUSE", 3_600.0)
    session = os.urandom(16)
    writer.commit(writer.next_commit([new_container(session)], [new_record(session) for _ in range(3)]))
    found = Nuke(writer, scope_of([session]))
    found.plan()
    return found


def tried(host: Host, nuke: Nuke) -> Erasure:
    """How it is after the service has tried."""
    eraser_of(host).call()
    rested(host)
    return nuke.state()


def leaves(host: Host) -> list[Event]:
    with store_of(host)._database.reading() as connection:
        found = connection.execute(text("SELECT leaf FROM audit_leaves ORDER BY position")).scalars().all()
    return [Leaf.parse(leaf).event for leaf in found]


def check_stuck(host: Host, nuke: Nuke, state: str, problem: str) -> None:
    """It says what is in the way, again and again; the log says it once; there is no certificate."""
    for _ in range(2):
        found = tried(host, nuke)
        assert (found.state, found.problem) == (state, problem)
    assert nuke.writer.send("GET", f"{nuke.path}/certificate?vault_id={nuke.writer.vault_id.hex()}").status_code == 404


def check_done(host: Host, nuke: Nuke, failures: int) -> None:
    found = tried(host, nuke)
    assert (found.state, found.problem) == ("done", None)
    seen = leaves(host)
    assert (seen.count(Event.ORDERED), seen.count(Event.FAILED), seen.count(Event.FINISHED)) == (1, failures, 1)
    nuke.certificate()


# --- keys ------------------------------------------------------------------------------------------------------------


def io_error(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_key_file_that_cannot_be_written(host: Host, nuke: Nuke) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "_write", io_error)
        nuke.confirm()
        check_stuck(host, nuke, "requested", "keys")
    check_done(host, nuke, 1)


def test_a_sabotaged_overwrite_is_noticed(host: Host, nuke: Nuke) -> None:
    """The disk says that it wrote, and did not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", lambda _descriptor, data, _offset: len(data))
        patch.setattr(Eraser, "call", lambda _: None)
        nuke.confirm()
        assert not eraser_of(host)._work()
        assert (nuke.state().state, nuke.state().problem) == ("requested", "keys")
    check_done(host, nuke, 1)


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_key_file_that_is_not_there(host: Host, nuke: Nuke, is_whole: bool) -> None:
    """That is no proof that the keys are gone: they may be elsewhere."""
    erasing = Nuke(nuke.writer, scope_of(whole=True)) if is_whole else nuke
    path = store_of(host).directory.key_file(nuke.writer.vault_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Eraser, "call", lambda _: None)
        erasing.ordered()
    path.rename(path.with_suffix(".away"))
    check_stuck(host, erasing, "requested", "keys")
    path.with_suffix(".away").rename(path)
    check_done(host, erasing, 1)


def test_keys_are_overwritten_where_they_lie(host: Host, nuke: Nuke) -> None:
    """Whoever holds the file open sees the very blocks: they are overwritten, not left behind by another file."""
    path = store_of(host).directory.key_file(nuke.writer.vault_id)
    (key,) = (each.wrapped_key for each in nuke.writer.containers() if each.container_id in nuke.scope.containers)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        before = os.pread(descriptor, 2**20, 0)
        assert key in before
        nuke.confirm()
        check_done(host, nuke, 0)
        after = os.pread(descriptor, 2**20, 0)
        assert key not in after
        assert len(after) == len(before)
        assert os.fstat(descriptor).st_ino == path.stat().st_ino
        whole = Nuke(nuke.writer, scope_of(whole=True))
        whole.ordered()
        rested(host)
        assert os.pread(descriptor, 2**20, 0) == b"\xff" * len(before)
        assert os.fstat(descriptor).st_nlink == 0
    finally:
        os.close(descriptor)


def test_everything_is_read_back(tmp_path: Path) -> None:
    """A single byte that stays is seen, wherever it is."""
    path = tmp_path / "a.keys"
    file = KeyFile(path, os.urandom(16))
    file.create()
    file.append([keyfile.Entry(keyfile.EntryType.CONTAINER_KEY, os.urandom(16), 1, os.urandom(60)) for _ in range(40)])
    size = path.stat().st_size
    file.destroy_all()
    for place in (0, 4095, 4096, size // 2, size - 1):
        data = bytearray(b"\xff" * size)
        data[place] = 0
        path.write_bytes(data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keyfile, "_write", lambda *_: None)
            with pytest.raises(StorageError, match="could still be read"):
                file.destroy_all()
    file.destroy_all()
    assert path.read_bytes() == b"\xff" * size
    file.remove()
    file.remove()


# --- rows ------------------------------------------------------------------------------------------------------------


@contextmanager
def failing_writes(error: Exception) -> Iterator[None]:
    """The database takes no writes."""

    def fail(*_: object) -> None:
        raise StorageError("The database cannot be used now.") from error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWriter, "_run_in_transaction", fail)
        yield


def test_a_disk_that_takes_nothing_is_said_without_being_written_down(
    host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Eraser, "call", lambda _: None)
        nuke.confirm()
    with failing_writes(OSError(errno.ENOSPC, "No space left on device")):
        check_stuck(host, nuke, "requested", "disk")
    check_done(host, nuke, 0)


def test_a_writer_in_the_way_is_somebody_busy(host: Host, nuke: Nuke) -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Eraser, "call", lambda _: None)
        nuke.confirm()
    with failing_writes(OperationalError("", None, locked)):
        check_stuck(host, nuke, "requested", "busy")
    check_done(host, nuke, 0)


def test_rows_that_cannot_be_deleted(host: Host, nuke: Nuke) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasures, "CHUNK", 0)  # range() refuses it: a fault of ours counts as any other
        nuke.confirm()
        check_stuck(host, nuke, "keys", "disk")
    check_done(host, nuke, 1)


def test_a_disk_that_is_full_when_the_rows_go(host: Host, nuke: Nuke) -> None:
    real = erasures.Erasures.delete_rows

    def delete_rows(*arguments: Any) -> None:
        with no_file_larger_than(4096):
            real(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasures.Erasures, "delete_rows", delete_rows)
        nuke.confirm()
        check_stuck(host, nuke, "keys", "disk")
    check_done(host, nuke, 1)


def test_a_reader_who_stays_is_waited_for(host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of before keeps the old rows in the log: nothing is done while it is there, and nothing has failed."""
    holds, go_on = threading.Event(), threading.Event()

    def read_long() -> None:
        with store_of(host)._database.reading() as connection:
            connection.execute(text("SELECT count(*) FROM records")).scalar()
            holds.set()
            go_on.wait(60)

    reader = threading.Thread(target=read_long)
    reader.start()
    assert holds.wait(60)
    nuke.confirm()
    found = tried(host, nuke)
    assert (found.state, found.problem) == ("rows", "busy")
    go_on.set()
    reader.join()
    check_done(host, nuke, 0)


# --- the search ------------------------------------------------------------------------------------------------------


def test_what_the_search_finds_is_not_erased(host: Host, nuke: Nuke) -> None:
    """A copy of an erased record lies in the data directory; when it is gone, the search finds nothing."""
    stored = b"".join(each.envelope for each in nuke.writer.records(nuke.scope.containers[0]))
    stored += b"".join(each.header for each in nuke.writer.containers())
    copy = host.settings.data_dir / "copy"
    copy.write_bytes(b"x" * 5_000 + stored)
    nuke.confirm()
    check_stuck(host, nuke, "scrubbed", "found")
    copy.unlink()
    check_done(host, nuke, 1)


def test_a_search_that_cannot_be_made(host: Host, nuke: Nuke) -> None:
    def fail(*_: object) -> Found:
        raise ScanError("no")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(states, "scan", fail)
        nuke.confirm()
        check_stuck(host, nuke, "scrubbed", "scan")
    check_done(host, nuke, 1)


@pytest.mark.parametrize("found", [Found(0, 0, 5, 100), Found(9, 0, 0, 0)])
def test_a_search_of_nothing_or_for_nothing_counts_for_nothing(host: Host, nuke: Nuke, found: Found) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(states, "scan", lambda *_: found)
        nuke.confirm()
        check_stuck(host, nuke, "scrubbed", "scan")
    check_done(host, nuke, 1)


# --- time and processes ----------------------------------------------------------------------------------------------


def test_it_is_tried_again_without_being_called(host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE", 0.001)
    failures = iter([True, True, False])
    real = keyfile._write

    def fail_twice(*arguments: Any) -> None:
        if next(failures, False):
            io_error()
        real(*arguments)

    monkeypatch.setattr(keyfile, "_write", fail_twice)
    nuke.confirm()
    eraser = eraser_of(host)
    while nuke.state().state != "done":
        eraser._called.wait(0.005)
    assert leaves(host).count(Event.FAILED) == 1


def test_another_process_takes_over_when_the_first_is_gone(tmp_path: Path, nuke: Nuke, host: Host) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Eraser, "call", lambda _: None)
        nuke.confirm()
        with eraser_of(host)._alone() as is_alone:
            assert is_alone
            with hosted(host.settings.data_dir) as second:
                assert nuke.state().state == "requested"
                assert not eraser_of(second)._work()
    with hosted(host.settings.data_dir):
        pass
    assert nuke.state().state == "done"


def test_closing_leaves_the_rest_to_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE", 3_600.0)
    with hosted(tmp_path / "data") as host, pytest.MonkeyPatch.context() as patch:
        writer = host.writer()
        writer.commit(writer.append(os.urandom(16)))
        nuke = Nuke(writer, scope_of([each for each in writer.versions if each != writer.vault_id]))
        patch.setattr(states, "scrub", lambda _: io_error())
        nuke.ordered()
        rested(host)
        assert nuke.state().problem == "disk"
    with hosted(tmp_path / "data") as host:
        writer.http = host.http
        assert nuke.state().state == "done"
        eraser_of(host).close()
        eraser_of(host).call()  # too late: nothing happens


def test_certificates_of_a_vault_that_is_gone_are_forgotten_after_a_month(
    host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch
) -> None:
    nuke.confirm()
    whole = Nuke(nuke.writer, scope_of(whole=True))
    whole.ordered()
    rested(host)
    now = erasures._now()
    for days, status in ((29, 200), (31, 404)):
        monkeypatch.setattr(erasures, "_now", lambda days=days: now + days * 86_400)
        eraser_of(host).resume()
        for each in (nuke, whole):
            path = f"{each.path}/certificate?vault_id={each.writer.vault_id.hex()}"
            assert each.writer.send("GET", path).status_code == status
    with store_of(host)._database.reading() as connection:
        for table in ("erasures", "erasing", "doomed", "vaults"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table


def unfinished(host: Host) -> int:
    with store_of(host)._database.reading() as connection:
        found = connection.execute(text("SELECT count(*) FROM erasing WHERE forget_at IS NULL")).scalar_one()
        return int(found)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_the_last_scrub_is_repeated_until_it_is_done(tmp_path: Path, is_restarted: bool) -> None:
    """It is done, and its certificate is there; but what was masked lies in SQLite's log until that is overwritten."""
    with hosted(tmp_path / "data") as host, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "FIRST_PAUSE", 3_600.0)
        writer = host.writer()
        writer.commit(writer.append(os.urandom(16)))
        nuke = Nuke(writer, scope_of(whole=True))
        log = host.settings.data_dir / "inkvault.db-wal"
        real, left = scrub, [True, False, False]

        def scrub_once(database: Path) -> None:
            if not left.pop(0):
                raise BusyError
            real(database)

        patch.setattr(states, "scrub", scrub_once)
        nuke.ordered()
        rested(host)
        found = nuke.state()
        assert (found.state, found.problem, left) == ("done", None, [False])
        nuke.certificate()
        assert (unfinished(host), log.stat().st_size > 0) == (1, True)
        check_done(host, nuke, 0)
        assert (unfinished(host), left) == (1, [])
        patch.setattr(states, "scrub", real)
        if not is_restarted:
            tried(host, nuke)
            assert unfinished(host) == 0
    with hosted(tmp_path / "data") as host:
        assert unfinished(host) == 0


def test_stopping_waits_for_the_step_and_not_for_all_of_them(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    real = erasures.Erasures.destroy_keys
    with hosted(data_dir) as host:
        writer = host.writer()
        nuke = Nuke(writer, scope_of(whole=True))
        eraser = eraser_of(host)
        closer = threading.Thread(target=eraser.close)

        def destroy_keys(*arguments: Any) -> None:
            real(*arguments)
            closer.start()
            assert eraser._called.wait(60)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(erasures.Erasures, "destroy_keys", destroy_keys)
            nuke.ordered()
            rested(host)
        closer.join()
        found = nuke.state()
        assert (found.state, found.problem) == ("keys", None)
    with hosted(data_dir) as host:
        writer.http = host.http
        assert nuke.state().state == "done"


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now = erasures._now()
    monkeypatch.setattr(erasures, "_now", lambda: now + days * 86_400)


IN_FILES = """
import pathlib, sys
data = sys.stdin.buffer.read()
sys.exit(0 if any(data in path.read_bytes() for path in pathlib.Path(sys.argv[1]).glob("inkvault.db*")) else 3)
"""


def in_files(host: Host, data: bytes) -> bool:
    """Read in a process of its own: closing these files here would drop the locks that SQLite holds on them."""
    command = [sys.executable, "-I", "-c", IN_FILES, str(host.settings.data_dir)]
    code = subprocess.run(command, input=data, check=False).returncode
    assert code in (0, 3)
    return code == 0


def test_a_certificate_that_is_due_to_go_is_not_shown(host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Nuke(nuke.writer, scope_of(whole=True))
    whole.ordered()
    rested(host)
    later(monkeypatch, 31)
    for path in ("", "/certificate"):
        response = whole.writer.send("GET", f"{whole.path}{path}?vault_id={whole.writer.vault_id.hex()}")
        assert response.status_code == 404
    assert store_of(host).erasures.outdated() == [(whole.writer.vault_id, whole.erasure_id)]


def test_a_service_that_runs_for_long_forgets_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for anything: it looks again after a while, and leaves nothing that leads from log to vault."""
    data_dir = tmp_path / "data"
    with hosted(data_dir) as host:
        whole = Nuke(host.writer(), scope_of(whole=True))
        whole.ordered()
        rested(host)
        opener = Certificate.parse(whole.certificate()).salt
    monkeypatch.setattr(run, "LOOK_AGAIN", 0.001)
    with hosted(data_dir) as host:
        assert in_files(host, opener)
        later(monkeypatch, 31)
        for _ in range(6_000):
            if not store_of(host).erasures.outdated():
                break
            eraser_of(host)._called.wait(0.005)
        rested(host)
        assert not in_files(host, opener)


def test_forgetting_is_done_again_until_nothing_is_left(
    host: Host, nuke: Nuke, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Nuke(nuke.writer, scope_of(whole=True))
    whole.ordered()
    rested(host)
    opener = Certificate.parse(whole.certificate()).salt
    later(monkeypatch, 31)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(states, "scrub", io_error)
        eraser_of(host).call()
        rested(host)
        assert len(store_of(host).erasures.outdated()) == 1
    eraser_of(host).call()
    rested(host)
    assert store_of(host).erasures.outdated() == []
    assert not in_files(host, opener)


def test_large_scopes(host: Host, writer: Writer) -> None:
    """More containers than a statement takes, and an envelope of a megabyte among them."""
    containers = [new_container() for _ in range(1_500)]
    records = [new_record(each.container_id) for each in containers[:100]]
    big = replace(new_record(containers[0].container_id), envelope=envelope(2**20))
    writer.commit(writer.next_commit(containers, [*records, big]))
    nuke = Nuke(writer, scope_of(each.container_id for each in containers[:1_200]))
    done = nuke.ordered()
    assert (done.containers, done.records) == (1_200, 101)
    rested(host)
    assert nuke.state().state == "done"
    assert len(writer.containers()) == 301
