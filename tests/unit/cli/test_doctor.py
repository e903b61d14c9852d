"""What ``inkvault doctor`` says of the data itself: erasures, key files, what is and is not Inkvault's, audit.key."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.erasing import Nuke, rested, scope_of
from tests.support.service import hosted, new_container, new_record
from tests.unit.cli.conftest import Cli
from vault.erase import run
from vault.erase.checkup import examine
from vault.erase.findings import Finding, Level


def of(directory: Path, subject: str) -> list[Finding]:
    return [finding for finding in examine(directory, None) if finding.subject == subject]


def levels(directory: Path, subject: str) -> list[Level]:
    return [finding.level for finding in of(directory, subject)]


# --- erasures --------------------------------------------------------------------------------------------------------


def test_erasures_that_are_not_done_are_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE", 3_600.0)
    directory = tmp_path / "data"
    with hosted(directory) as host:
        writer = host.writer()
        sessions = [os.urandom(16) for _ in range(3)]
        for session in sessions:
            writer.commit(writer.next_commit([new_container(session)], [new_record(session) for _ in range(5)]))
        assert levels(directory, "erasures") == [Level.GOOD]
        stored = b"".join(record.envelope for session in sessions for record in writer.records(session))
        copy = directory / "inkvault.db.bak"
        copy.touch(mode=0o600)
        copy.write_bytes(stored)
        for session in sessions[:2]:
            Nuke(writer, scope_of([session])).ordered()
            rested(host)
        Nuke(writer, scope_of([sessions[2]])).plan()
        (found,) = of(directory, "erasures")
        assert (found.level, found.seen) == (Level.WARNING, "2 erasures are not done: found.")
        assert "move away" in found.advice
        copy.unlink()
    with hosted(directory) as host:
        rested(host)
        assert levels(directory, "erasures") == [Level.GOOD]


# --- key files -------------------------------------------------------------------------------------------------------


def test_a_database_without_its_key_files_is_told_from_one_of_before_an_erasure(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    with hosted(directory) as host:
        files = [directory / "keys" / f"{host.writer(name).vault_id.hex()}.keys" for name in ("ada", "bea")]
        assert levels(directory, "key files") == [Level.GOOD]
        files[0].unlink()
        (found,) = of(directory, "key files")
        assert (found.level, found.seen[:6]) == (Level.WARNING, "1 of 2")
        assert "erased after the backup" in found.advice
        files[1].unlink()
        (found,) = of(directory, "key files")
        assert found.level == Level.FAULT
        assert "restored without keys/" in found.advice


def test_a_vault_that_is_being_erased_misses_no_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.erase.states.scrub", lambda _: (_ for _ in ()).throw(OSError))
    monkeypatch.setattr(run, "FIRST_PAUSE", 3_600.0)
    with hosted(tmp_path / "data") as host:
        whole = Nuke(host.writer(), scope_of(whole=True))
        whole.ordered()
        rested(host)
        assert whole.state().state == "rows"
        assert levels(tmp_path / "data", "key files") == [Level.GOOD]


# --- what is Inkvault's ----------------------------------------------------------------------------------------------


def test_what_is_not_inkvaults_keeps_nothing_from_working(diary: Cli) -> None:
    for name in ("notes.txt", "keys/notes.txt"):
        (diary.data_dir / name).touch(mode=0o644)
        (diary.data_dir / name).chmod(0o644)
    (diary.data_dir / "link").symlink_to(diary.root)
    assert levels(diary.data_dir, "permissions") == [Level.WARNING] * 3
    diary("sessions")
    diary("doctor")
    next(path for path in (diary.data_dir / "keys").glob("*.keys")).chmod(0o644)
    assert levels(diary.data_dir, "permissions").count(Level.FAULT) == 1
    diary("doctor", code=9)


def test_a_data_directory_may_be_reached_by_a_link(diary: Cli) -> None:
    link = diary.root / "link"
    link.symlink_to(diary.data_dir)
    assert levels(link, "permissions") == [Level.GOOD]


def test_a_directory_without_a_database_is_well(cli: Cli) -> None:
    cli.data_dir.mkdir(mode=0o700)
    found = {each["subject"]: each for each in cli.json("doctor")["findings"]}
    assert (found["SQLite"]["level"], found["SQLite"]["seen"][:24]) == ("good", "There is no database yet")
    assert list(cli.data_dir.iterdir()) == []


def test_a_database_that_is_missing_is_a_fault(diary: Cli) -> None:
    for path in diary.data_dir.glob("inkvault.db*"):
        path.unlink()
    assert levels(diary.data_dir, "SQLite") == [Level.FAULT]


# --- audit.key -------------------------------------------------------------------------------------------------------


def asked_for_a_key(cli: Cli, answer: str, **options: Any) -> str:
    return cli("doctor", "--new-audit-key", stdin=answer, **options).stderr


@pytest.mark.parametrize("left", [None, b"short"])
def test_a_lost_key_of_the_log_can_be_made_anew(diary: Cli, left: bytes | None) -> None:
    diary("write", "--new", "Rain", stdin="It rained.")
    key = diary.data_dir / "audit.key"
    before = key.read_bytes()
    key.unlink() if left is None else key.write_bytes(left)
    refused = diary("sessions", code=9).stderr
    assert "restore it" in refused
    assert "inkvault doctor --new-audit-key" in refused
    assert "inkvault audit accept" in asked_for_a_key(diary, "n\n", code=1)
    assert not key.exists() or len(key.read_bytes()) < 32
    assert "inkvault audit accept" in asked_for_a_key(diary, "y\n")
    assert len(key.read_bytes()) == 32
    assert key.read_bytes() != before
    assert key.stat().st_mode & 0o777 == 0o600
    assert "the log" in diary("sessions", code=4).stderr  # this device refuses it, as it must


def test_a_key_of_the_log_that_is_there_is_never_replaced(diary: Cli) -> None:
    before = (diary.data_dir / "audit.key").read_bytes()
    assert "is not replaced" in asked_for_a_key(diary, "y\n", code=2)
    assert (diary.data_dir / "audit.key").read_bytes() == before


def test_no_key_of_the_log_is_made_where_there_are_no_vaults(cli: Cli) -> None:
    cli.data_dir.mkdir(mode=0o700)
    assert "no vaults" in asked_for_a_key(cli, "y\n", code=2)
    assert list(cli.data_dir.iterdir()) == []


def test_the_key_of_the_log_is_wanted_when_only_logs_are_left(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    with hosted(directory) as host:
        Nuke(host.writer(), scope_of(whole=True)).ordered()
        rested(host)
    (directory / "audit.key").unlink()
    assert levels(directory, "audit.key") == [Level.FAULT]
    with closing(sqlite3.connect(directory / "inkvault.db")) as connection:
        connection.executescript("DELETE FROM audit_leaves")
    assert levels(directory, "audit.key") == [Level.GOOD]
