"""What must go from key files goes, whatever fails or is killed on the way; and nothing else does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from tests.support.service import Host, RefusedError, SlotKey, Writer, hosted, new_container
from vault.errors import StorageError
from vault.server.service import EXTENSION, Service
from vault.storage.commits import CommitWork
from vault.storage.keyfile import DESTROYED, KeyFile
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.models import Commit, CommitResult, CurrentLogin, SlotChanges

Fail = Callable[[], None]


class KilledError(BaseException):
    """Stands for kill -9: nothing of the process runs after it."""


def store_of(host: Host) -> Store:
    service: Service = host.app.extensions[EXTENSION]
    return service.store


def key_file_bytes(host: Host, writer: Writer) -> bytes:
    return (host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys").read_bytes()


def journal(host: Host) -> int:
    with store_of(host)._database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pending")).scalar_one())


def adding(writer: Writer) -> tuple[Commit, list[bytes]]:
    """A commit that adds a slot and a container, and the secrets of it that the key file will hold."""
    new, container = SlotKey(writer.vault_id, epoch=2), new_container()
    commit = writer.next_commit([container], slots=SlotChanges(add=[new.new()]))
    return commit, [new.slot, container.wrapped_key or b""]


# --- places where a commit that adds keys can fail -------------------------------------------------------------------


def before_the_key_file(patch: pytest.MonkeyPatch, host: Host, fail: Fail) -> None:
    patch.setattr(KeyFile, "append", lambda *_: fail())


def within_the_key_file(patch: pytest.MonkeyPatch, host: Host, fail: Fail) -> None:
    real = KeyFile.append

    def cut_off(self: KeyFile, entries: Any) -> None:
        real(self, entries[:1])
        fail()

    patch.setattr(KeyFile, "append", cut_off)


def after_the_key_file(patch: pytest.MonkeyPatch, host: Host, fail: Fail) -> None:
    real = KeyFile.append

    def written(self: KeyFile, entries: Any) -> None:
        real(self, entries)
        fail()

    patch.setattr(KeyFile, "append", written)


def before_the_head(patch: pytest.MonkeyPatch, host: Host, fail: Fail) -> None:
    patch.setattr(CommitWork, "_write_head", lambda *_: fail())


def at_the_commit(patch: pytest.MonkeyPatch, host: Host, fail: Fail) -> None:
    real = CommitWork._write_head

    def write_head(self: CommitWork, *arguments: Any) -> None:
        real(self, *arguments)
        event.listen(self.connection, "commit", lambda _connection: fail())

    patch.setattr(CommitWork, "_write_head", write_head)


POINTS = [before_the_key_file, within_the_key_file, after_the_key_file, before_the_head, at_the_commit]


@pytest.mark.parametrize("point", POINTS)
def test_a_failed_commit_leaves_no_key_behind(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch, point: Any
) -> None:
    commit, secrets = adding(writer)

    def fail() -> None:
        raise StorageError("disk full")

    with monkeypatch.context() as patch:
        point(patch, host, fail)
        for _ in range(2):
            with pytest.raises(RefusedError) as caught:
                writer.commit(commit)
            assert caught.value.body.code == ErrorCode.STORAGE
    assert not any(secret in key_file_bytes(host, writer) for secret in secrets)
    assert journal(host) == 0
    assert_applied_once(host, writer, commit, secrets)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_commit_leaves_no_key_behind(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch, point: Any
) -> None:
    commit, secrets = adding(writer)

    def fail() -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        point(patch, host, fail)
        with pytest.raises(KilledError):
            writer.commit(commit)
    assert journal(host) == 2
    with hosted(host.settings.data_dir) as again:
        assert not any(secret in key_file_bytes(host, writer) for secret in secrets)
        assert journal(again) == 0
        writer.http = again.http
        writer.login()
        assert_applied_once(again, writer, commit, secrets)


def assert_applied_once(host: Host, writer: Writer, commit: Commit, secrets: list[bytes]) -> None:
    assert writer.commit(commit).seq == writer.seq
    assert [key_file_bytes(host, writer).count(secret) for secret in secrets] == [1] * len(secrets)
    assert journal(host) == 0
    assert len(writer.containers()) == 2


def test_a_kill_after_the_commit_keeps_the_keys(host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, secrets = adding(writer)
    real = Store.commit

    def killed(*arguments: Any) -> None:
        real(*arguments)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", killed)
        with pytest.raises(KilledError):
            writer.commit(commit)
    with hosted(host.settings.data_dir) as again:
        writer.http = again.http
        writer.login()
        assert_applied_once(again, writer, commit, secrets)


def test_a_commit_that_is_run_again_writes_its_keys_once(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, secrets = adding(writer)
    real, runs = CommitWork._write_head, list[int]()

    def write_head(self: CommitWork, *arguments: Any) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise IntegrityError("statement", None, Exception("UNIQUE constraint failed"))
        real(self, *arguments)

    monkeypatch.setattr(CommitWork, "_write_head", write_head)
    assert_applied_once(host, writer, commit, secrets)
    assert len(runs) == 2


def test_a_refused_commit_that_adds_keys_leaves_no_journal(host: Host, writer: Writer) -> None:
    commit, _ = adding(writer)
    wrong = commit.model_copy(update={"slots": SlotChanges(add=[writer.keys[0].new()])})
    before = key_file_bytes(host, writer)
    with pytest.raises(RefusedError) as caught:
        writer.commit(wrong)
    assert caught.value.body.code == ErrorCode.BAD_REQUEST
    assert key_file_bytes(host, writer) == before
    assert journal(host) == 0


def test_a_failed_clean_up_is_finished_at_the_next_start(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when the commit was sent again and applied meanwhile: only the entry that it refers to stays."""
    commit, secrets = adding(writer)

    def fails(*_: Any) -> None:
        raise StorageError("the disk is broken")

    with monkeypatch.context() as patch:
        patch.setattr(CommitWork, "_write_head", fails)
        patch.setattr(KeyFile, "destroy", fails)
        with pytest.raises(RefusedError):
            writer.commit(commit)
    writer.commit(commit)
    assert [key_file_bytes(host, writer).count(secret) for secret in secrets] == [2, 2]
    with hosted(host.settings.data_dir) as again:
        writer.http = again.http
        writer.login()
        assert_applied_once(again, writer, commit, secrets)


def test_a_process_that_starts_meanwhile_is_no_obstacle(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tidies the journal of keys that are about to be written: they are journaled again."""
    commit, secrets = adding(writer)
    store = store_of(host)
    real, runs = store._writer.run, list[int]()

    def run(work: Any) -> Any:
        result = real(work)
        runs.append(1)
        if len(runs) == 1:
            assert journal(host) == 2
            with hosted(host.settings.data_dir) as other:
                assert journal(other) == 0
        return result

    monkeypatch.setattr(store._writer, "run", run)
    assert_applied_once(host, writer, commit, secrets)


def test_an_older_database_loses_no_key_when_a_commit_is_sent_again_and_fails(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, secrets = adding(writer)
    backup = sqlite3.connect(":memory:")
    database = host.settings.data_dir / "inkvault.db"
    with sqlite3.connect(database) as connection:
        connection.backup(backup)
    writer.commit(commit)
    with sqlite3.connect(database) as connection:
        backup.backup(connection)

    def fails(*_: Any) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(CommitWork, "_write_head", fails)
    with hosted(host.settings.data_dir) as again:
        writer.http = again.http
        writer.login()
        with pytest.raises(RefusedError):
            writer.commit(commit)
    after = key_file_bytes(host, writer)
    assert [after.count(secret) for secret in secrets] == [1, 1]
    assert after.count(DESTROYED) == 2


@pytest.mark.parametrize("point", POINTS[:3])
@pytest.mark.parametrize("is_killed", [False, True])
def test_a_creation_that_fails_leaves_no_slot_behind(
    host: Host, monkeypatch: pytest.MonkeyPatch, point: Any, is_killed: bool
) -> None:
    writer = Writer(host.http, "ada")
    creation = writer.creation()
    secrets = [key.slot for key in writer.keys]

    def fail() -> None:
        raise KilledError if is_killed else StorageError("disk full")

    with monkeypatch.context() as patch:
        point(patch, host, fail)
        with pytest.raises(KilledError if is_killed else RefusedError):
            writer.ask("POST", "/vaults", CommitResult, creation)
    with hosted(host.settings.data_dir) as again:
        assert not any(secret in key_file_bytes(host, writer) for secret in secrets)
        assert journal(again) == 0
    writer.ask("POST", "/vaults", CommitResult, creation)
    assert [key_file_bytes(host, writer).count(secret) for secret in secrets] == [1, 1]
    writer.login()


# --- slots that were destroyed ---------------------------------------------------------------------------------------


def test_a_destruction_that_fails_is_not_acknowledged_until_it_is_done(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit stands, and with it what it means for logins; the same bytes again finish the overwriting."""
    old, new = writer.keys[0], SlotKey(writer.vault_id, epoch=2)
    commit = writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[old.slot_id]))
    asking = dict(writer.headers)
    writer.login()
    same_slot = dict(writer.headers)
    writer.headers = asking

    def fails(*_: Any) -> None:
        raise StorageError("the disk is broken")

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "destroy", fails)
        for _ in range(2):
            with pytest.raises(RefusedError) as caught:
                writer.commit(commit)
            assert (caught.value.status, caught.value.body.code) == (500, ErrorCode.INTERNAL)
    assert old.slot in key_file_bytes(host, writer)
    assert writer.ask("GET", "/logins/current", CurrentLogin).slot_id == new.slot_id
    assert writer.send("GET", "/containers", headers=same_slot).status_code == 401
    assert writer.commit(commit).seq == 2
    assert old.slot not in key_file_bytes(host, writer)
    assert journal(host) == 0
    writer.commit(writer.next_commit())


def test_a_kill_before_the_overwriting_ends_in_destruction(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = writer.keys[0]
    changes = SlotChanges(add=[SlotKey(writer.vault_id, epoch=2).new()], destroy=[old.slot_id])

    def killed(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "destroy", killed)
        with pytest.raises(KilledError):
            writer.commit(writer.next_commit(slots=changes))
    assert old.slot in key_file_bytes(host, writer)
    with hosted(host.settings.data_dir):
        assert old.slot not in key_file_bytes(host, writer)


def test_a_kill_after_the_overwriting_is_finished_at_the_next_start(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = KeyFile.destroy

    def killed(self: KeyFile, *arguments: Any) -> None:
        real(self, *arguments)
        raise KilledError

    changes = SlotChanges(add=[SlotKey(writer.vault_id, epoch=2).new()], destroy=[writer.keys[0].slot_id])
    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "destroy", killed)
        with pytest.raises(KilledError):
            writer.commit(writer.next_commit(slots=changes))
    with hosted(host.settings.data_dir) as again:
        assert journal(again) == 0


def test_a_damaged_key_file_of_one_vault_keeps_no_other_from_being_served(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = host.writer("bea")

    def killed(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "destroy", killed)
        for each in (writer, other):
            changes = SlotChanges(add=[SlotKey(each.vault_id, epoch=2).new()], destroy=[each.keys[0].slot_id])
            with pytest.raises(KilledError):
                each.commit(each.next_commit(slots=changes))
    path = host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys"
    with path.open("r+b") as file:
        file.write(os.urandom(16))
    with hosted(host.settings.data_dir) as again:
        assert journal(again) == 1
        assert other.keys[0].slot not in key_file_bytes(host, other)
        other.http = again.http
        other.login(other.keys[1])
