"""Commits: every rule of PROTOCOL §6, idempotence, quotas, and what stays when something fails."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.faults import no_file_larger_than
from tests.support.service import (
    Host,
    RefusedError,
    SlotKey,
    Writer,
    changed_container,
    envelope,
    hosted,
    new_container,
    new_record,
)
from vault.errors import StorageError
from vault.storage import commits
from vault.storage.keyfile import KeyFile
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.limits import WRAPPED_KEY_BYTES
from vault.wire.models import Changes, Commit, CommitResult, Container, SlotChanges

QUOTA = ErrorCode.QUOTA_BYTES


def everything(writer: Writer) -> bytes:
    """All that the vault holds, as bytes."""
    return writer.send("GET", "/snapshot").content


def refused(writer: Writer, commit: Commit, code: ErrorCode = ErrorCode.BAD_REQUEST) -> RefusedError:
    """Send a commit that must be refused, and must change nothing."""
    before = everything(writer)
    with pytest.raises(RefusedError) as caught:
        writer.ask("POST", "/commits", CommitResult, commit)
    assert caught.value.body.code == code
    assert caught.value.status == code.status
    assert everything(writer) == before
    return caught.value


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_commit_is_stored_as_sent(writer: Writer) -> None:
    container = new_container()
    records = [new_record(container.container_id) for _ in range(3)]
    commit = writer.next_commit([container], records)
    result = writer.commit(commit)
    assert result == CommitResult(seq=2, head_hash=hashlib.sha256(commit.head).digest())
    stored = {item.container_id: item for item in writer.containers()}
    assert stored[container.container_id] == Container(**asdict(container))
    assert {record.record_id: record.envelope for record in writer.records(container.container_id)} == {
        record.record_id: record.envelope for record in records
    }


def test_containers_and_records_are_replaced(writer: Writer) -> None:
    container = new_container()
    record = new_record(container.container_id)
    writer.commit(writer.next_commit([container], [record]))
    change = changed_container(container.container_id, 2)
    again = new_record(container.container_id, 2, record.record_id)
    writer.commit(writer.next_commit([change], [again]))
    (stored,) = writer.records(container.container_id)
    assert (stored.version, stored.envelope) == (2, again.envelope)
    found = next(item for item in writer.containers() if item.container_id == container.container_id)
    assert (found.version, found.header, found.wrapped_key) == (2, change.header, container.wrapped_key)


def test_the_root_container_can_hold_records(writer: Writer) -> None:
    writer.commit(writer.next_commit([changed_container(writer.vault_id, 2)], [new_record(writer.vault_id)]))
    assert len(writer.records(writer.vault_id)) == 1


def test_a_commit_of_nothing_moves_the_head(writer: Writer) -> None:
    assert writer.commit(writer.next_commit()).seq == 2


def test_a_large_commit(writer: Writer) -> None:
    containers = [new_container() for _ in range(2500)]
    records = [new_record(write.container_id) for write in containers]
    writer.commit(writer.next_commit(containers, records))
    assert len(writer.containers()) == 2501


# --- what is refused -------------------------------------------------------------------------------------------------


def test_versions_must_follow_on(writer: Writer) -> None:
    container = new_container()
    record = new_record(container.container_id)
    writer.commit(writer.next_commit([container], [record]))
    known, fresh = container.container_id, os.urandom(16)
    for containers, records in (
        ([changed_container(known, 1)], []),
        ([changed_container(known, 3)], []),
        ([changed_container(fresh, 1)], []),
        ([changed_container(fresh, 2)], []),
        ([changed_container(known, 2)], [new_record(known, 1, record.record_id)]),
        ([changed_container(known, 2)], [new_record(known, 3, record.record_id)]),
        ([changed_container(known, 2)], [new_record(known, 2)]),
        ([changed_container(known, 2)], [new_record(known, 1), new_record(known, 1, record.record_id)]),
    ):
        refused(writer, writer.next_commit(containers, records))


def test_keys_come_with_new_containers_and_only_then(writer: Writer) -> None:
    fresh = new_container()
    key = os.urandom(WRAPPED_KEY_BYTES)
    root = changed_container(writer.vault_id, 2)
    for wrong in (
        replace(fresh, wrapped_key=None),
        replace(fresh, version=2),
        replace(fresh, epoch=2),
        replace(root, wrapped_key=key),
        replace(root, epoch=2),
        replace(root, epoch=2, wrapped_key=key),
        new_container(writer.vault_id),
    ):
        refused(writer, writer.next_commit([wrong]))


def test_nothing_comes_twice(writer: Writer) -> None:
    container = new_container()
    record = new_record(container.container_id)
    refused(writer, writer.next_commit([container, container]))
    refused(writer, writer.next_commit([container], [record, record]))
    refused(writer, writer.next_commit([container, new_container(container.container_id)]))


def test_a_record_comes_with_its_container(writer: Writer) -> None:
    refused(writer, writer.next_commit([], [new_record(writer.vault_id)]))
    refused(writer, writer.next_commit([new_container()], [new_record(writer.vault_id)]))


def test_a_refused_commit_leaves_no_key_behind(host: Host, writer: Writer) -> None:
    path = host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys"
    before = path.read_bytes()
    container = new_container()
    record = new_record(container.container_id)
    refused(writer, writer.next_commit([container], [record, new_record(writer.vault_id)]))
    refused(writer, writer.next_commit([container], [record, record]))
    refused(writer, writer.next_commit([container, new_container(writer.vault_id)]))
    assert path.read_bytes() == before


def test_another_writers_container_is_out_of_reach(host: Host, writer: Writer) -> None:
    other = host.writer("bea")
    container = new_container()
    other.commit(other.next_commit([container], [new_record(container.container_id)]))
    before = everything(other)
    refused(writer, writer.next_commit([changed_container(container.container_id, 2)]))
    # An id of somebody else is free here: vaults do not see each other.
    writer.commit(writer.next_commit([new_container(container.container_id)]))
    assert everything(other) == before


# --- order and repetition --------------------------------------------------------------------------------------------


def test_a_stale_commit_is_refused_with_the_current_seq(writer: Writer) -> None:
    writer.commit(writer.next_commit())
    for expected in (1, 3, 99):
        stale = writer.next_commit().model_copy(update={"expected_seq": expected})
        assert refused(writer, stale, ErrorCode.STALE).body.seq == 2


def test_the_same_commit_again_gives_the_same_answer(writer: Writer) -> None:
    commits = []
    for _ in range(3):
        commits.append(writer.append(os.urandom(16)))
        writer.commit(commits[-1])
    before = everything(writer)
    for seq, commit in enumerate(commits, 2):
        again = writer.ask("POST", "/commits", CommitResult, commit)
        assert again == CommitResult(seq=seq, head_hash=hashlib.sha256(commit.head).digest())
    assert everything(writer) == before


def test_two_at_once_for_one_vault(host: Host, writer: Writer) -> None:
    """Of several commits that expect the same head exactly one is applied."""
    commits = [writer.append(os.urandom(16)) for _ in range(8)]
    statuses: list[int] = []

    def send(commit: Commit) -> None:
        with host.app.test_client() as client:
            response = client.post(
                "/api/v1/commits",
                data=commit.model_dump_json(),
                headers={**writer.headers, "Host": "inkvault.embedded"},
                content_type="application/json",
            )
            statuses.append(response.status_code)

    threads = [threading.Thread(target=send, args=(commit,)) for commit in commits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert len(writer.containers()) == 2


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changes_tell_what_moved(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    with hosted(tmp_path_factory.mktemp("data") / "data") as host:
        writer = host.writer()
        ids = [os.urandom(16) for _ in range(3)]
        touched: list[set[bytes]] = [set(), {writer.vault_id}]
        hashes = [b"", b""]
        for _ in range(data.draw(st.integers(0, 8))):
            chosen = data.draw(st.sets(st.sampled_from(ids)))
            commits = [writer.append(container_id) for container_id in sorted(chosen)]
            commit = writer.next_commit([item.containers[0] for item in commits], [item.records[0] for item in commits])
            hashes.append(writer.commit(commit).head_hash)
            touched.append(chosen)
        since = data.draw(st.integers(1, writer.seq + 2))
        changes = writer.ask("GET", f"/changes?since={since}", Changes)
        assert changes.complete
        assert changes.seq == writer.seq
        assert changes.head_hashes == hashes[since + 1 :]
        assert {item.container_id for item in changes.containers} == set().union(*touched[since + 1 :])


# --- slots -----------------------------------------------------------------------------------------------------------


def key_file_bytes(host: Host, writer: Writer) -> bytes:
    return (host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys").read_bytes()


def test_a_destroyed_slot_is_overwritten_when_the_commit_is_answered(host: Host, writer: Writer) -> None:
    old, new = writer.keys[0], SlotKey(writer.vault_id, epoch=2)
    assert old.slot in key_file_bytes(host, writer)
    writer.commit(writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[old.slot_id])))
    data = key_file_bytes(host, writer)
    assert old.slot not in data
    assert old.slot[56:136] not in data
    assert new.slot in data
    with sqlite3.connect(host.settings.data_dir / "inkvault.db") as connection:
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM slots").fetchone() == (2,)


def test_slots_must_fit(writer: Writer) -> None:
    first, second = (key.slot_id for key in writer.keys)
    fresh = SlotKey(writer.vault_id)
    for changes in (
        SlotChanges(destroy=[first, second]),
        SlotChanges(destroy=[os.urandom(16)]),
        SlotChanges(destroy=[first, first]),
        SlotChanges(add=[fresh.new(), fresh.new()]),
        SlotChanges(add=[writer.keys[0].new()]),
        SlotChanges(add=[writer.keys[0].new()], destroy=[first]),
        SlotChanges(add=[SlotKey(os.urandom(16)).new()]),
        SlotChanges(add=[SlotKey(writer.vault_id, kind=4).new()]),
        SlotChanges(add=[SlotKey(writer.vault_id).new() for _ in range(15)]),
    ):
        refused(writer, writer.next_commit(slots=changes))
    writer.commit(writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id).new() for _ in range(14)])))


def test_an_older_database_destroys_no_key(host: Host, writer: Writer) -> None:
    """Entries that the database does not know stay: it may have been restored from a backup."""
    backup = sqlite3.connect(":memory:")
    database = host.settings.data_dir / "inkvault.db"
    with sqlite3.connect(database) as connection:
        connection.backup(backup)
    container = new_container()
    writer.commit(writer.next_commit([container]))
    with sqlite3.connect(database) as connection:
        backup.backup(connection)
    before = key_file_bytes(host, writer)
    with hosted(host.settings.data_dir):
        assert key_file_bytes(host, writer) == before


# --- quotas ----------------------------------------------------------------------------------------------------------


def test_the_number_of_records_is_limited(tmp_path: Path) -> None:
    with hosted(tmp_path / "data", max_records=3) as host:
        writer = host.writer()
        container = new_container()
        writer.commit(writer.next_commit([container], [new_record(container.container_id) for _ in range(3)]))
        (first, *_) = writer.records(container.container_id)
        more = writer.next_commit([changed_container(container.container_id, 2)], [new_record(container.container_id)])
        refused(writer, more, ErrorCode.QUOTA_RECORDS)
        again = new_record(container.container_id, 2, first.record_id)
        writer.commit(writer.next_commit([changed_container(container.container_id, 2)], [again]))


def test_the_bytes_of_a_vault_are_limited_and_secrets_stay_changeable(tmp_path: Path) -> None:
    with hosted(tmp_path / "data", max_bytes=20_000) as host:
        writer = host.writer()
        container_id = os.urandom(16)
        while (response := writer.send("POST", "/commits", commit := writer.append(container_id))).is_success:
            writer.commit(commit)
        assert response.json()["code"] == ErrorCode.QUOTA_BYTES
        assert 10 < writer.seq < 40
        changes = SlotChanges(add=[SlotKey(writer.vault_id).new()], destroy=[writer.keys[1].slot_id])
        writer.commit(writer.next_commit(slots=changes))
        refused(writer, writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id).new()])), QUOTA)


def test_a_full_vault_grows_no_further_than_its_overdraft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "OVERDRAFT_BYTES", 5 * 64)
    with hosted(tmp_path / "data", max_bytes=3000) as host:
        writer = host.writer()
        container_id = os.urandom(16)
        while (response := writer.send("POST", "/commits", commit := writer.append(container_id))).is_success:
            writer.commit(commit)
        assert response.json()["code"] == QUOTA
        for _ in range(3000 // 64 + 5):
            if not writer.send("POST", "/commits", commit := writer.next_commit()).is_success:
                break
            writer.commit(commit)
        refused(writer, writer.next_commit(), QUOTA)
        with sqlite3.connect(host.settings.data_dir / "inkvault.db") as connection:
            assert 3000 < connection.execute("SELECT bytes FROM heads").fetchone()[0] <= 3000 + 5 * 64


def test_bytes_are_counted_exactly(host: Host, writer: Writer) -> None:
    container = new_container()
    record = new_record(container.container_id)
    writer.commit(writer.next_commit([container], [record]))
    larger = replace(new_record(container.container_id, 2, record.record_id), envelope=envelope(9000))
    writer.commit(writer.next_commit([changed_container(container.container_id, 2)], [larger]))
    writer.commit(writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id).new()])))
    with sqlite3.connect(host.settings.data_dir / "inkvault.db") as connection:
        counted = connection.execute("SELECT records, bytes FROM heads").fetchone()
        (stored,) = connection.execute(
            "SELECT (SELECT sum(length(header)) FROM containers) + (SELECT sum(length(envelope)) FROM records)"
            " + (SELECT length(head) FROM heads) + 64 * (SELECT count(*) FROM history)"
            " + 256 * (SELECT count(*) FROM containers) + 256 * (SELECT count(*) FROM slots)"
        ).fetchone()
    assert counted == (1, stored)


def test_vaults_are_limited_and_sign_up_can_be_closed(tmp_path: Path) -> None:
    with hosted(tmp_path / "data", max_vaults=2) as host:
        first = host.writer("a")
        host.writer("b")
        with pytest.raises(RefusedError) as caught:
            host.writer("c")
        assert caught.value.body.code == ErrorCode.QUOTA_VAULTS
        first.commit(first.next_commit())
    with hosted(tmp_path / "data", sign_up=False) as host, pytest.raises(RefusedError) as caught:
        host.writer("c")
    assert caught.value.body.code == ErrorCode.SIGN_UP_CLOSED


# --- creating --------------------------------------------------------------------------------------------------------


def test_creating_again_gives_the_same_answer(host: Host) -> None:
    writer = Writer(host.http, "ada")
    creation = writer.creation()
    first = writer.ask("POST", "/vaults", CommitResult, creation)
    assert first == CommitResult(seq=1, head_hash=hashlib.sha256(creation.head).digest())
    writer.seq = 1
    writer.login()
    writer.commit(writer.next_commit(slots=SlotChanges(destroy=[writer.keys[1].slot_id])))
    assert writer.ask("POST", "/vaults", CommitResult, creation) == first
    assert writer.ask("GET", "/changes?since=1", Changes).seq == 2


def test_names_and_ids_are_taken_once(host: Host) -> None:
    writer = Writer(host.http, "ada")
    creation = writer.creation()
    writer.ask("POST", "/vaults", CommitResult, creation)
    for wrong in (
        Writer(host.http, "ada").creation(),
        creation.model_copy(update={"handle": "bea"}),
        creation.model_copy(update={"vault_salt": os.urandom(32)}),
        creation.model_copy(update={"head": envelope()}),
    ):
        with pytest.raises(RefusedError) as caught:
            writer.ask("POST", "/vaults", CommitResult, wrong)
        assert caught.value.body.code == ErrorCode.HANDLE_TAKEN


def test_impossible_vaults_are_refused(host: Host) -> None:
    writer = Writer(host.http, "ada")
    creation = writer.creation()
    for wrong in (
        creation.model_copy(update={"root": new_container()}),
        creation.model_copy(update={"root": replace(creation.root, wrapped_key=None)}),
        creation.model_copy(update={"root": replace(creation.root, version=2)}),
        creation.model_copy(update={"slots": [SlotKey(os.urandom(16)).new()]}),
        creation.model_copy(update={"slots": [creation.slots[0]] * 2}),
        creation.model_copy(update={"handle": "Ada"}),
    ):
        with pytest.raises(RefusedError) as caught:
            writer.ask("POST", "/vaults", CommitResult, wrong)
        assert caught.value.body.code == ErrorCode.BAD_REQUEST
    writer.ask("POST", "/vaults", CommitResult, creation)


def test_a_creation_that_was_cut_off_can_be_repeated(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(host.http, "ada")
    creation = writer.creation()

    def fails(*_: Any) -> int:
        raise StorageError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "append", fails)
        with pytest.raises(RefusedError) as caught:
            writer.ask("POST", "/vaults", CommitResult, creation)
    assert caught.value.status == 507
    writer.ask("POST", "/vaults", CommitResult, creation)
    writer.login()


# --- a disk that does not play along ---------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_the_service_goes_on(host: Host, writer: Writer) -> None:
    container_id = os.urandom(16)
    writer.commit(writer.append(container_id))
    size = max(path.stat().st_size for path in host.settings.data_dir.glob("inkvault.db*"))
    before = everything(writer)
    commit = writer.append(container_id)
    large = commit.model_copy(update={"records": [new_record(container_id) for _ in range(2000)]})
    with no_file_larger_than(size), pytest.raises(RefusedError) as caught:
        writer.ask("POST", "/commits", CommitResult, large)
    assert caught.value.body.code == ErrorCode.STORAGE
    assert everything(writer) == before
    writer.commit(commit)
    assert len(writer.records(container_id)) == 2


def test_a_damaged_key_file_is_said(host: Host, writer: Writer) -> None:
    container_id = os.urandom(16)
    writer.commit(writer.append(container_id))
    path = host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys"
    data = bytearray(path.read_bytes())
    data[4096 + 3 * 256 + 40] ^= 1
    path.write_bytes(data)
    with pytest.raises(RefusedError) as caught:
        writer.containers()
    assert caught.value.status == 507
    assert host.http.get("/healthz").status_code == 200


def test_two_services_on_one_directory(host: Host, writer: Writer) -> None:
    with hosted(host.settings.data_dir) as second:
        other = Writer(second.http, writer.handle)
        other.vault_id, other.keys, other.seq = writer.vault_id, writer.keys, writer.seq
        other.login()
        for turn in range(10):
            first, then = (writer, other) if turn % 2 else (other, writer)
            first.commit(first.append(os.urandom(16)))
            then.seq = first.seq
        assert everything(writer) == everything(other)
        changes = SlotChanges(add=[SlotKey(writer.vault_id, epoch=2).new()], destroy=[writer.keys[0].slot_id])
        other.commit(other.next_commit(slots=changes))
        with pytest.raises(RefusedError) as caught:
            writer.containers()
        assert caught.value.status == 401


def test_an_unused_store_can_be_closed(tmp_path: Path) -> None:
    from vault.storage.commits import Quota

    Store(tmp_path / "data", None, 1, Quota(1, 1)).close()
