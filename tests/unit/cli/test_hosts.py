"""``inkvault doctor`` and ``inkvault backup-db``."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults import no_file_larger_than
from tests.unit.cli.conftest import Cli
from vault.erase import filesystem
from vault.erase import machine as machine_checkup
from vault.storage.pragmas import set_pragmas


def levels(found: dict[str, Any]) -> dict[str, str]:
    return {finding["subject"]: finding["level"] for finding in found["findings"]}


@pytest.fixture
def machine(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing to be warned of; what it says of itself is in files here."""
    folder = diary.root / "machine"
    (folder / "blocks").mkdir(parents=True)
    for name, text in (
        ("MOUNTS", f"7 1 0:999 / {diary.root} rw - xfs /dev/x rw\n"),
        ("SWAPS", "Filename Type Size Used Priority\n"),
        ("CORE_PATTERN", "core\n"),
    ):
        (folder / name).write_text(text)
        monkeypatch.setattr(filesystem if name == "MOUNTS" else machine_checkup, name, folder / name)
    monkeypatch.setattr(machine_checkup, "BLOCK_DEVICES", folder / "blocks")
    monkeypatch.setattr(machine_checkup.resource, "getrlimit", lambda _: (0, 0))  # type: ignore[attr-defined]
    return folder


def test_a_machine_that_is_well(diary: Cli, machine: Path) -> None:
    found = diary.json("doctor")
    assert found["verdict"] == "VERIFIED"
    assert found["data_dir"] == str(diary.data_dir)
    assert set(levels(found).values()) == {"good"}, found
    shown = diary("doctor").stdout
    assert "xfs: it writes in place" in shown
    assert shown.endswith("A certificate made here says VERIFIED.\n")


def test_a_file_system_that_is_not_vouched_for(diary: Cli, machine: Path) -> None:
    mounts = machine / "MOUNTS"
    mounts.write_text(mounts.read_text().replace("xfs", "btrfs"))
    found = diary.json("doctor")
    assert (found["verdict"], found["reason"]) == ("LIMITED", "copy_on_write")
    assert "move the data directory" in diary("doctor").stdout


@pytest.mark.parametrize(
    ("swap", "uuid", "level"),
    [
        ("/dev/zram0", None, "good"),
        ("/dev/dm-1", "CRYPT-PLAIN-swap", "good"),
        ("/dev/dm-1", "LVM-swap", "warning"),
        ("/swapfile", None, "warning"),
    ],
)
def test_swap_that_is_not_encrypted_is_warned_of(
    diary: Cli, machine: Path, swap: str, uuid: str | None, level: str
) -> None:
    with (machine / "SWAPS").open("a") as stream:
        stream.write(f"{swap} partition 1000 0 -2\n")
    if uuid is not None:
        (machine / "blocks" / "dm-1" / "dm").mkdir(parents=True)
        (machine / "blocks" / "dm-1" / "dm" / "uuid").write_text(uuid)
    assert levels(diary.json("doctor"))["swap"] == level


def test_core_dumps_are_warned_of(diary: Cli, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "CORE_PATTERN").write_text("|/usr/lib/systemd/systemd-coredump %P\n")
    assert "is given to systemd-coredump" in diary("doctor").stdout
    (machine / "CORE_PATTERN").write_text("core\n")
    monkeypatch.setattr(machine_checkup.resource, "getrlimit", lambda _: (1, 1))  # type: ignore[attr-defined]
    assert "ulimit -c 0" in diary("doctor").stdout


def test_what_does_not_belong_there_is_named(diary: Cli, machine: Path) -> None:
    for name in ("inkvault.db.bak", "keys/copy.old"):
        (diary.data_dir / name).touch(mode=0o600)
    (diary.root / ".stfolder").mkdir()
    found = diary.json("doctor")
    assert levels(found)["other files"] == levels(found)["backups"] == "warning"
    assert "inkvault.db.bak, keys/copy.old" in diary("doctor").stdout


def test_what_keeps_the_service_from_working_ends_with_its_code(diary: Cli, machine: Path) -> None:
    (diary.data_dir / "inkvault.db").chmod(0o644)
    assert "chmod 600" in diary("doctor", code=9).stdout
    (diary.data_dir / "inkvault.db").chmod(0o600)
    (diary.data_dir / "inkvault.db").write_bytes(b"no database" * 1000)
    assert "Restore it" in diary("doctor", code=9).stdout


def test_a_guard_that_is_missing_is_named(diary: Cli, machine: Path) -> None:
    with closing(sqlite3.connect(diary.data_dir / "inkvault.db")) as connection:
        set_pragmas(connection)
        connection.execute("SELECT count(*) FROM vaults").fetchone()
        (diary.data_dir / "inkvault.db-wal.guard").unlink()
        assert levels(diary.json("doctor"))["guard of the log"] == "warning"


def test_the_key_of_the_log_must_be_there_once_there_are_vaults(cli: Cli, machine: Path) -> None:
    (cli.data_dir / "audit.key").unlink()
    assert levels(cli.json("doctor", code=9))["audit.key"] == "fault"
    assert "Put it back" in cli("doctor", code=9).stdout
    for path in (cli.data_dir / "keys").iterdir():
        path.unlink()
    assert levels(cli.json("doctor", code=9))["audit.key"] == "fault"  # the logs of vaults that are gone are signed too


def test_postgresql_is_another_verdict(diary: Cli, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKVAULT_DATABASE_URL", "postgresql://localhost:1/ink")
    found = diary.json("doctor", code=9)
    assert (found["verdict"], found["reason"]) == ("KEYS_ONLY", "database_server")
    assert levels(found)["PostgreSQL"] == "fault"
    assert levels(found)["audit.key"] == "good"
    assert "SQLite" not in levels(found)
    assert "pg_dump" in diary("backup-db", str(diary.root / "out.db"), code=2).stderr
    assert "pg_dump" in diary("doctor", "--shrink", code=2).stderr


def test_there_must_be_something_to_look_at(cli: Cli) -> None:
    assert "no data directory" in cli("doctor", code=2).stderr
    cli.data_dir.mkdir(mode=0o700)
    assert "no inkvault.db" in cli("backup-db", "out.db", code=2).stderr


def test_a_backup_opens_with_the_keys_and_with_nothing_else(diary: Cli) -> None:
    diary("write", "--new", "Rain", stdin="It rained.")
    copy = diary.root / "copy.db"
    made = diary.json("backup-db", str(copy))
    assert made["bytes"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in diary.root.glob(".inkvault*")] == []
    keys = next(path for path in (diary.data_dir / "keys").glob("*.keys") if path.stem.strip("0")).read_bytes()
    entries = [keys[start : start + 256].rstrip(b"\x00") for start in range(4096, len(keys), 256)]
    assert not any(entry[24:-4] in copy.read_bytes() for entry in entries if entry)
    for name in ("inkvault.db", "inkvault.db-wal.guard"):
        (diary.data_dir / name).unlink()
    shutil.copy(copy, diary.data_dir / "inkvault.db")
    assert [session["title"] for session in diary.json("sessions")] == ["Rain"]
    for path in (diary.data_dir / "keys").glob("*.keys"):
        path.unlink()
    assert "from before an erasure" in diary("sessions", code=5).stderr


def test_a_backup_is_refused_where_it_does_harm_or_cannot_be(diary: Cli) -> None:
    assert "outside" in diary("backup-db", str(diary.data_dir / "copy.db"), code=2).stderr
    taken = diary.root / "taken"
    taken.write_bytes(b"mine")
    assert "is there already" in diary("backup-db", str(taken), code=2).stderr
    assert taken.read_bytes() == b"mine"
    assert "No such file" in diary("backup-db", str(diary.root / "no" / "copy.db"), code=2).stderr
    with no_file_larger_than(50_000):
        diary("backup-db", str(diary.root / "copy.db"), code=9)
    assert not (diary.root / "copy.db").exists()


def test_a_database_shrinks_and_holds_the_same(diary: Cli) -> None:
    diary("write", "--new", "Rain", stdin="It rained.")
    with closing(sqlite3.connect(diary.data_dir / "inkvault.db", isolation_level=None)) as connection:
        set_pragmas(connection)
        connection.execute("CREATE TABLE large AS SELECT randomblob(1000000) AS x")
        connection.execute("DROP TABLE large")
    before = (diary.data_dir / "inkvault.db").stat().st_size
    shown = diary("doctor", "--shrink").stdout
    assert shown.startswith(f"The database had {before:,} bytes")
    assert (diary.data_dir / "inkvault.db").stat().st_size < before - 1_000_000
    assert [session["title"] for session in diary.json("sessions")] == ["Rain"]
    assert not list(diary.data_dir.glob("inkvault.db.*"))


def test_a_database_in_use_is_not_shrunk(diary: Cli) -> None:
    with closing(sqlite3.connect(diary.data_dir / "inkvault.db")) as connection:
        set_pragmas(connection)
        connection.execute("SELECT count(*) FROM vaults").fetchone()
        assert "Stop the service first" in diary("doctor", "--shrink", code=9).stderr
        assert connection.execute("SELECT count(*) FROM vaults").fetchone() == (1,)
    assert not list(diary.data_dir.glob("inkvault.db.*"))
