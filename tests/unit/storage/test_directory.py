"""The data directory: private from the first moment, refused with advice when it is not."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vault.errors import StorageError
from vault.storage.commits import Quota
from vault.storage.directory import DataDirectory
from vault.storage.store import Store


def open_store(path: Path) -> Store:
    return Store(path, None, 10, Quota(1000, 10**9))


@pytest.fixture(params=[0o000, 0o022, 0o077])
def any_umask(request: pytest.FixtureRequest) -> object:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("any_umask")
def test_everything_made_is_private(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    store.directory.server_secret()
    store.check()
    modes = {path.relative_to(tmp_path): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    store.close()
    assert {"data/inkvault.db", "data/inkvault.db-wal", "data/inkvault.db-shm", "data/server.secret", "data/lock"} <= {
        str(path) for path in modes
    }
    for path, mode in modes.items():
        assert mode == (0o700 if (tmp_path / path).is_dir() else 0o600), path


@pytest.mark.parametrize(
    "name", ["", "keys", "inkvault.db", "inkvault.db-wal", "inkvault.db-shm", "server.secret", "lock"]
)
@pytest.mark.parametrize("extra", [0o040, 0o004, 0o010])
def test_what_others_can_touch_is_refused_with_advice(tmp_path: Path, name: str, extra: int) -> None:
    data = tmp_path / "data"
    first = open_store(data)
    first.directory.server_secret()
    path = data / name
    path.chmod(path.stat().st_mode & 0o777 | extra)
    with pytest.raises(StorageError, match=rf"chmod [67]00 {path}"):
        open_store(data).directory.server_secret()
    first.close()


def test_what_belongs_to_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(tmp_path / "data").close()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StorageError, match="another user"):
        open_store(tmp_path / "data")


def test_links_and_odd_files_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    DataDirectory(data)
    (tmp_path / "elsewhere").touch(0o600)
    (data / "inkvault.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="not an ordinary file"):
        open_store(data)


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StorageError):
        DataDirectory(tmp_path / "data")


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        secrets = list(pool.map(lambda _: DataDirectory(tmp_path / "data").server_secret(), range(8)))
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32


def test_a_secret_cut_short_is_made_anew(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    (tmp_path / "data" / "server.secret").write_bytes(b"short")
    (tmp_path / "data" / "server.secret").chmod(0o600)
    assert len(data.server_secret()) == 32
    assert data.server_secret() == (tmp_path / "data" / "server.secret").read_bytes()


def test_the_log_has_a_second_name_that_outlives_it(tmp_path: Path) -> None:
    """What SQLite deletes is overwritten at the next start, where it lies, before its blocks are freed."""
    first = open_store(tmp_path / "data")
    log, guard = first.directory.log, first.directory.log_guard
    assert guard.samefile(log)
    second = open_store(tmp_path / "data")
    assert guard.samefile(log)
    second.close()
    first.check()
    first.close()
    assert not log.exists()
    assert guard.stat().st_size > 0
    with guard.open("rb") as old:
        assert any(old.read())
        third = open_store(tmp_path / "data")
        old.seek(0)
        assert not any(old.read())
    assert guard.samefile(log)
    third.close()


def test_a_guard_that_a_kill_has_left_is_kept_and_made_good(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    guard = store.directory.log_guard
    guard.unlink()
    open_store(tmp_path / "data").close()
    assert guard.samefile(store.directory.log)
    store.close()


@pytest.mark.parametrize("name", ["EPERM", "EOPNOTSUPP", "EACCES"])
def test_a_file_system_without_second_names_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(getattr(errno, name), "no")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    if name == "EACCES":
        with pytest.raises(StorageError, match="cannot be made"):
            open_store(tmp_path / "data")
    else:
        open_store(tmp_path / "data").close()


def test_what_shrinking_has_left_is_overwritten_at_the_next_start(tmp_path: Path) -> None:
    directory = open_closed(tmp_path / "data")
    directory.old_database.hardlink_to(directory.database)  # killed before the new one took its place
    directory.new_database.write_bytes(b"half of it")
    directory.new_database.chmod(0o600)
    with directory.new_database.open("rb") as half:
        open_closed(tmp_path / "data")
        assert not any(half.read())
    assert not directory.old_database.exists()
    assert not directory.new_database.exists()
    directory.old_database.write_bytes(b"all of it")  # killed after
    with directory.old_database.open("rb") as old:
        open_closed(tmp_path / "data")
        assert not any(old.read())
    assert not directory.old_database.exists()


def open_closed(path: Path) -> DataDirectory:
    store = open_store(path)
    store.check()
    store.close()
    return store.directory
