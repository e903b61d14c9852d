"""The data directory: private from the first moment, refused with advice when it is not."""

from __future__ import annotations

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
