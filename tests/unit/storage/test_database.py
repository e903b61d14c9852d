"""The database: pragmas, migrations, and two processes at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from tests.support.service import Clock
from vault.errors import StorageError
from vault.storage import migrate, pragmas
from vault.storage.commits import Quota
from vault.storage.database import sqlite_database
from vault.storage.directory import DataDirectory
from vault.storage.probe import PROBE_SECONDS, WriteProbe
from vault.storage.store import Store
from vault.storage.tables import metadata


def open_store(path: Path) -> Store:
    return Store(path, None, 10, Quota(1000, 10**9))


def test_every_connection_has_its_pragmas(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    with ExitStack() as stack:
        for _ in range(5):
            connection = stack.enter_context(store._database.engine.connect())
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas.PRAGMAS}
            assert found == {
                "busy_timeout": 10_000,
                "journal_mode": "wal",
                "secure_delete": 1,
                "auto_vacuum": 0,
                "temp_store": 2,
                "synchronous": 2,
                "journal_size_limit": -1,
                "foreign_keys": 1,
                "trusted_schema": 0,
            }
    store.close()


def test_nothing_can_be_vacuumed_or_attached(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    with store._database.engine.connect() as connection:
        for statement in ("VACUUM", f"VACUUM INTO '{tmp_path / 'copy'}'", "ATTACH ':memory:' AS other"):
            with pytest.raises(OperationalError, match="too many attached"):
                connection.exec_driver_sql(statement)
    store.close()


def test_a_pragma_that_does_not_take_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pragmas.PRAGMAS, "secure_delete", 17)
    with pytest.raises(StorageError, match="secure_delete"):
        open_store(tmp_path / "data")


def test_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    with store._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_the_list_of_revisions_is_complete() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    revisions = [revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == migrate.REVISIONS


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "data").close()
    with sqlite3.connect(tmp_path / "data" / "inkvault.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer version"):
        open_store(tmp_path / "data")


def test_something_else_than_a_database_is_refused(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    directory.prepare_database()
    directory.database.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError):
        open_store(tmp_path / "data")


def test_an_interrupted_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = migrate._upgrade

    def interrupted(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_upgrade", interrupted)
        with pytest.raises(KeyboardInterrupt):
            open_store(tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "inkvault.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    open_store(tmp_path / "data").close()


def open_at_once(path: Path, barrier: object, queue: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    try:
        store = open_store(path)
        store.check()
        store.close()
        queue.put("opened")  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001
        queue.put(repr(error))  # type: ignore[attr-defined]


def test_two_processes_may_start_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(2), context.Queue()
    processes = [context.Process(target=open_at_once, args=(tmp_path / "data", barrier, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    assert [queue.get(timeout=60) for _ in processes] == ["opened", "opened"]
    for process in processes:
        process.join()


def test_a_locked_database_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pragmas.PRAGMAS, "busy_timeout", 1)
    store = open_store(tmp_path / "data")
    other = sqlite_database(store.directory.database)
    with other.writing(), pytest.raises(StorageError):
        store.check()
    other.close()
    store.close()


def test_asking_whether_the_database_can_be_written_is_cheap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write lock is taken at most every few seconds, however often somebody asks."""
    monkeypatch.setitem(pragmas.PRAGMAS, "busy_timeout", 1)
    store = open_store(tmp_path / "data")
    clock = Clock(0.0)
    probe = WriteProbe(store._database, clock)
    tries: list[int] = []
    real = store._database.writing

    def writing() -> AbstractContextManager[Connection]:
        tries.append(1)
        return real()

    monkeypatch.setattr(store._database, "writing", writing)
    for _ in range(10):
        probe.check()
    assert len(tries) == 1
    other = sqlite_database(store.directory.database)
    with other.writing():
        probe.check()
        clock.seconds += PROBE_SECONDS
        for _ in range(10):
            with pytest.raises(StorageError):
                probe.check()
    assert len(tries) == 2
    clock.seconds += PROBE_SECONDS
    probe.check()
    other.close()
    store.close()
