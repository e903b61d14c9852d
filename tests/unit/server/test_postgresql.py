"""The same service over PostgreSQL: same promises, and rows that no other vault can see."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.exc import ProgrammingError

from tests.support.erasing import Nuke, Shelf, rested, scope_of
from tests.support.postgres import Cluster
from tests.support.service import Host, Writer, hosted, new_container, new_record

# Tests of the service that look at it through HTTP and the key file alone hold here too.
from tests.unit.server.test_audit import (  # noqa: F401
    test_a_commit_that_is_sent_again_is_logged_once,
    test_a_long_log_comes_in_pages,
    test_checkpoints_are_signed_and_go_on_from_each_other,
    test_each_vault_has_a_log_of_its_own,
    test_the_log_tells_what_happened,
    test_what_is_refused_is_not_in_the_log,
)
from tests.unit.server.test_commits import (  # noqa: F401
    test_a_commit_is_stored_as_sent,
    test_a_creation_that_was_cut_off_can_be_repeated,
    test_a_large_commit,
    test_a_record_comes_with_its_container,
    test_a_refused_commit_leaves_no_key_behind,
    test_a_stale_commit_is_refused_with_the_current_seq,
    test_another_writers_container_is_out_of_reach,
    test_containers_and_records_are_replaced,
    test_creating_again_gives_the_same_answer,
    test_impossible_vaults_are_refused,
    test_keys_come_with_new_containers_and_only_then,
    test_names_and_ids_are_taken_once,
    test_nothing_comes_twice,
    test_slots_must_fit,
    test_the_same_commit_again_gives_the_same_answer,
    test_two_at_once_for_one_vault,
    test_two_services_on_one_directory,
    test_versions_must_follow_on,
)
from tests.unit.server.test_destructions import (  # noqa: F401
    test_a_commit_that_is_run_again_writes_its_keys_once,
    test_a_creation_that_fails_leaves_no_slot_behind,
    test_a_destruction_that_fails_is_not_acknowledged_until_it_is_done,
    test_a_failed_clean_up_is_finished_at_the_next_start,
    test_a_failed_commit_leaves_no_key_behind,
    test_a_kill_after_the_commit_keeps_the_keys,
    test_a_kill_after_the_overwriting_is_finished_at_the_next_start,
    test_a_kill_before_the_overwriting_ends_in_destruction,
    test_a_killed_commit_leaves_no_key_behind,
    test_a_process_that_starts_meanwhile_is_no_obstacle,
)
from tests.unit.server.test_erasure_faults import (  # noqa: F401
    nuke,
    test_a_certificate_that_is_due_to_go_is_not_shown,
    test_a_disk_that_takes_nothing_is_said_without_being_written_down,
    test_a_key_file_that_cannot_be_written,
    test_another_process_takes_over_when_the_first_is_gone,
    test_certificates_of_a_vault_that_is_gone_are_forgotten_after_a_month,
    test_keys_are_overwritten_where_they_lie,
    test_large_scopes,
    test_rows_that_cannot_be_deleted,
)
from tests.unit.server.test_erasures import (  # noqa: F401
    checked,
    test_a_commit_that_was_under_way_is_refused,
    test_a_plan_is_of_the_present_and_changes_nothing,
    test_a_session_is_out_of_reach_with_the_answer_and_then_gone,
    test_a_wrong_order_changes_nothing,
    test_an_erasure_is_known_to_those_who_know_its_id_and_vault,
    test_another_plan_takes_the_place_of_the_first,
    test_erasures_of_one_vault_end_whatever_their_order,
    test_impossible_scopes_are_refused,
    test_of_two_orders_at_once_one_is_stale,
    test_only_what_stays_can_be_staged,
    test_part_of_a_session_goes_and_the_rest_has_a_new_key,
    test_records_of_the_root_go_with_a_new_key_for_the_root,
    test_staging_again_replaces,
    test_the_same_order_again_tells_how_it_is_by_then,
    test_the_whole_vault_is_as_if_it_had_never_been,
    test_what_stays_must_be_complete,
)
from tests.unit.server.test_logins import (  # noqa: F401
    test_a_destroyed_slot_cannot_log_in,
    test_a_login_gives_the_slot_that_logged_in,
    test_an_unknown_name_looks_like_a_known_one,
    test_destroying_a_slot_ends_its_logins_but_not_the_one_that_replaces_it,
    test_every_wrong_login_gets_the_same_answer,
    test_known_and_unknown_names_take_the_same_work,
    test_when_a_slot_was_used_is_noted,
)
from tests.unit.server.test_reading import (  # noqa: F401
    test_a_snapshot_is_of_one_moment,
    test_a_snapshot_is_the_whole_vault,
    test_changes_after_the_last,
    test_pages_end_by_their_bytes,
    test_pages_of_containers,
    test_reading_goes_on_while_others_write,
)
from vault.erase.run import Eraser
from vault.errors import StorageError
from vault.server.service import EXTENSION, Service
from vault.storage import tables
from vault.storage.commits import Quota
from vault.storage.orders import OrderWork
from vault.storage.store import Store
from vault.wire.models import Changes, Erasure


@pytest.fixture
def database_url(cluster: Cluster) -> str:
    return cluster.emptied_database()


@pytest.fixture
def host(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    # Tests that open a second service on the directory of the first mean the same database too.
    real = Store.__init__

    def with_database(self: Store, data_dir: Path, url: str | None, max_vaults: int, quota: Quota) -> None:
        real(self, data_dir, url or database_url, max_vaults, quota)

    monkeypatch.setattr(Store, "__init__", with_database)
    with hosted(tmp_path / "data", database_url=database_url) as running:
        yield running


@pytest.fixture
def writer(host: Host) -> Writer:
    return host.writer()


def store_of(host: Host) -> Store:
    service: Service = host.app.extensions[EXTENSION]
    return service.store


def test_migrations_make_the_tables_of_the_code(host: Host) -> None:
    with store_of(host)._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_a_query_that_forgets_its_where_finds_only_the_own_vault(host: Host, writer: Writer) -> None:
    other = host.writer("bea")
    for each in (writer, other):
        container = new_container()
        each.commit(each.next_commit([container], [new_record(container.container_id)]))
    database = store_of(host)._database
    own_tables = (tables.heads, tables.history, tables.slots, tables.containers, tables.records)
    for table in (*own_tables, tables.audit_logs, tables.audit_details):
        for vault_id, expected in ((writer.vault_id, {writer.vault_id}), (os.urandom(16), set()), (None, set())):
            with database.reading(vault_id) as connection:
                found = set(connection.execute(select(table.c.vault_id)).scalars())
            assert found == expected, table.name
    with database.reading() as connection:
        assert len(connection.execute(select(tables.vaults)).all()) == 2


def test_rows_of_another_vault_cannot_be_changed(host: Host, writer: Writer) -> None:
    other = host.writer("bea")
    database = store_of(host)._database
    with database.writing() as connection:
        database.enter_vault(connection, writer.vault_id)
        assert connection.execute(tables.heads.update().values(records=7)).rowcount == 1
        assert connection.execute(tables.slots.delete()).rowcount == 2
        connection.rollback()

    def plant() -> None:
        with database.writing() as connection:
            database.enter_vault(connection, writer.vault_id)
            connection.execute(insert(tables.history), {"vault_id": other.vault_id, "seq": 99, "head_hash": b"x"})

    with pytest.raises(StorageError) as caught:
        plant()
    assert isinstance(caught.value.__cause__, ProgrammingError)


def test_an_erasure_is_seen_by_its_own_vault_only(host: Host, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Eraser, "call", lambda _: None)
    Nuke(shelf.writer, scope_of([shelf.first])).ordered()
    later = Nuke(shelf.writer, scope_of(records={shelf.second: []}))
    later.plan()
    later.stage()
    database, own = store_of(host)._database, shelf.writer.vault_id
    for table in (tables.erasures, tables.staged, tables.doomed):
        for vault_id, expected in ((own, {own}), (os.urandom(16), set()), (None, set())):
            with database.reading(vault_id) as connection:
                found = set(connection.execute(select(table.c.vault_id)).scalars())
            assert found == expected, table.name


def test_an_erasure_claims_no_overwriting(host: Host, shelf: Shelf) -> None:
    """Keys are destroyed as elsewhere; the rows are deleted and vacuumed, and nobody can see to more."""
    said: list[str] = []
    engine = store_of(host)._database.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    erasing = Nuke(shelf.writer, scope_of([shelf.first]))
    erasing.ordered()
    rested(host)
    statement = checked(host, erasing).statement
    assert (statement.verdict, statement.reason, statement.scan) == ("KEYS_ONLY", "database_server", None)
    assert any(each.startswith("VACUUM") and "records" in each for each in said)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("is_rekeyed", [False, True])
def test_the_same_order_twice_at_once(host: Host, shelf: Shelf, database_url: str, is_rekeyed: bool) -> None:
    """Another process gets it while the first is about to commit: it waits, and tells how the erasure is by then."""
    scope = scope_of(records={shelf.first: shelf.records[:1]}) if is_rekeyed else scope_of([shelf.first])
    erasing = Nuke(shelf.writer, scope)
    erasing.plan()
    if is_rekeyed:
        erasing.stage()
    order = erasing.order()
    with hosted(host.settings.data_dir) as second, ThreadPoolExecutor(1) as pool, pytest.MonkeyPatch.context() as patch:
        other = copy.copy(shelf.writer)
        other.http = second.http
        other.login()
        answers: list[Future[Erasure]] = []
        real = OrderWork._note

        def note(work: OrderWork, *arguments: Any) -> None:
            real(work, *arguments)
            if not answers:
                path = f"{erasing.path}/confirm"
                answers.append(pool.submit(other.ask, "POST", path, Erasure, order))
                wait_for_somebody_waiting(database_url)

        patch.setattr(OrderWork, "_note", note)
        first = erasing.confirm(order)
        assert answers[0].result() == first
        assert first.state == "requested"


def wait_for_somebody_waiting(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while connection.execute(query).fetchone() == (0,):
            connection.execute("SELECT pg_sleep(0.005)")


def test_the_vault_of_one_transaction_is_not_that_of_the_next(host: Host, writer: Writer) -> None:
    database = store_of(host)._database
    for _ in range(40):
        with database.reading(writer.vault_id) as connection:
            assert connection.execute(text("SELECT count(*) FROM heads")).scalar() == 1
        with database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM heads")).scalar() == 0


def test_many_vaults_written_at_once(host: Host) -> None:
    """Commits of several vaults share transactions; each sees its own rows."""
    writers = [host.writer(f"writer {number}") for number in range(4)]

    def write(writer: Writer) -> None:
        container_id = os.urandom(16)
        with host.app.test_client() as client:
            for _ in range(20):
                commit = writer.append(container_id)
                response = client.post(
                    "/api/v1/commits",
                    data=commit.model_dump_json(),
                    headers={**writer.headers, "Host": "inkvault.embedded"},
                    content_type="application/json",
                )
                assert response.status_code == 200
                writer.seq += 1
                writer.versions[container_id] = commit.containers[0].version

    threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for writer in writers:
        assert writer.seq == 21
        (container_id,) = set(writer.versions) - {writer.vault_id}
        assert len(writer.records(container_id)) == 20


def test_several_may_start_at_once(tmp_path: Path, cluster: Cluster) -> None:
    database_url = cluster.new_database()

    def start(_number: int) -> None:
        Store(tmp_path / "data", database_url, 10, Quota(10, 10**6)).close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [None] * 4


def test_a_role_that_sees_all_rows_is_refused(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(StorageError, match="row level security"):
        Store(tmp_path / "data", database_url.replace("inkvault@", "postgres@"), 10, Quota(10, 10**6))


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite:///x", "nonsense", "postgresql://inkvault@/x?host=/nowhere"]
)
def test_other_databases_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StorageError):
        Store(tmp_path / "data", url, 10, Quota(10, 10**6))


def test_a_lost_connection_is_made_again(host: Host, writer: Writer, cluster: Cluster) -> None:
    writer.commit(writer.next_commit())
    with psycopg.connect(host=str(cluster.socket), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'inkvault'")
    commit = writer.next_commit()
    statuses = {writer.send("POST", "/commits", commit).status_code for _ in range(2)}
    assert statuses <= {200, 507}
    assert writer.commit(commit).seq == 3


@contextmanager
def connection_lost_at_commit(host: Host, cluster: Cluster, times: int, *, is_applied: bool) -> Iterator[None]:
    """The connection of the next `times` writes breaks at COMMIT, before or after the database has applied it."""
    engine = store_of(host)._database.engine
    left = [times]

    def lose(connection: Connection) -> None:
        if left[0] == 0 or "isolation_level" in connection.get_execution_options():
            return
        left[0] -= 1
        (process,) = connection.exec_driver_sql("SELECT pg_backend_pid()").one()
        if is_applied:
            connection.connection.commit()
            connection.connection.cursor().execute("SELECT 1")
        admin = psycopg.connect(host=str(cluster.socket), user="postgres", dbname="postgres", autocommit=True)
        with admin:
            admin.execute("SELECT pg_terminate_backend(%s, 10000)", (process,))

    event.listen(engine, "commit", lose)
    try:
        yield
    finally:
        event.remove(engine, "commit", lose)
    assert left == [0]


@pytest.mark.parametrize("is_applied", [False, True])
@pytest.mark.parametrize("times", [1, 2])
def test_a_connection_lost_during_commit(
    host: Host, writer: Writer, cluster: Cluster, times: int, is_applied: bool
) -> None:
    """Nobody is told that nothing was changed; the same bytes again give the answer, and are applied once."""
    container_id = os.urandom(16)
    writer.commit(writer.append(container_id))
    commit = writer.append(container_id)
    with connection_lost_at_commit(host, cluster, times, is_applied=is_applied):
        response = writer.send("POST", "/commits", commit)
    if times == 1:
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json()["code"]) == (500, "internal")
    writer.commit(commit)
    assert len(writer.records(container_id)) == 2
    assert writer.ask("GET", "/changes?since=1", Changes).seq == 3
