"""A log that is not the one a device has seen: refused, with words for the way out, and the way out works."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

As = Callable[[str], None]


@pytest.fixture
def on_device(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> As:
    """Makes another device of it, of that name; the diary was made on "first" and is known on "second" too."""

    def change(name: str) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(diary.root / name))

    shutil.copytree(diary.root / "state", diary.root / "first")
    shutil.copytree(diary.root / "state", diary.root / "second")
    change("first")
    return change


def restore(diary: Cli, backup: Path) -> None:
    for name in ("inkvault.db", "inkvault.db-wal", "inkvault.db-shm"):
        (diary.data_dir / name).unlink(missing_ok=True)
    shutil.copy(backup, diary.data_dir / "inkvault.db")


def test_a_database_that_was_restored_is_refused_until_it_is_forgotten(diary: Cli, tmp_path: Path) -> None:
    """Its log lacks the unlocks since, and grows by each that is refused: first it is shorter, then another."""
    diary("write", stdin="It rained.")
    backup = tmp_path / "backup.db"
    diary("backup-db", str(backup))
    diary("sessions")
    diary("sessions")
    restore(diary, backup)
    shorter, other = diary("sessions", code=4).stderr, diary("sessions", code=4).stderr
    assert "an older log" in shorter
    assert "was changed" in other
    assert "inkvault forget" in shorter
    assert "inkvault forget" in other
    diary("forget", "--yes")
    assert diary("verify").stdout.startswith("2 containers, 1 record: all is well.")


def test_a_log_whose_key_was_lost_is_accepted_by_each_device_that_knew_it(diary: Cli, on_device: As) -> None:
    diary("write", stdin="It rained.")
    old = diary("audit", "key").stdout
    (diary.data_dir / "audit.key").unlink()
    diary("doctor", "--new-audit-key", stdin="y\n")
    for name in ("first", "second", "new"):
        on_device(name)
        assert "inkvault audit accept" in diary("sessions", code=4).stderr

    on_device("first")
    diary("audit", "accept", stdin="n\n", code=1)
    diary("sessions", code=4)
    done = diary("audit", "accept", stdin="y\n")
    assert "nobody can tell from here" in done.stderr
    assert "It rained." in diary("show", diary.json("sessions")[0]["id"]).stdout
    assert diary("audit", "key").stdout != old
    assert "nothing to accept" in diary("audit", "accept", "--yes", code=2).stderr
    diary("write", stdin="It rained again.")

    on_device("new")
    assert "the first time" in diary("sessions").stderr
    on_device("second")
    diary("sessions", code=4)
    diary("audit", "accept", "--yes")
    on_device("first")
    assert diary("verify").stdout.startswith("2 containers, 2 records: all is well.")


def test_accepting_a_log_takes_in_nothing_else(diary: Cli, on_device: As, tmp_path: Path) -> None:
    """The head is checked as ever: an older one stays refused, and what was pinned stays as it was."""
    backup = tmp_path / "backup.db"
    diary("backup-db", str(backup))
    diary("write", stdin="It rained.")
    restore(diary, backup)
    pins = {path: path.read_bytes() for path in (diary.root / "first").rglob("*.json")}
    refused = diary("audit", "accept", "--yes", code=4).stderr
    assert "older state" in refused
    assert "inkvault forget" in refused
    assert {path: path.read_bytes() for path in (diary.root / "first").rglob("*.json")} == pins
