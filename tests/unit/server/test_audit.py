"""The log of a vault: what is in it, that it can only grow, and what it proves (ERASURE §2, PROTOCOL §12)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.service import Host, RefusedError, SlotKey, Writer, hosted
from vault.audit import merkle
from vault.audit.checkpoint import Checkpoint, VerifierKey
from vault.audit.leaves import Event, open_leaf
from vault.errors import StorageError
from vault.server.ratelimits import REPORT_BY_VAULT
from vault.storage import auditreading
from vault.wire.models import AuditCheckpoint, AuditEntry, AuditPage, AuditReport, Login, SlotChanges


def entries(writer: Writer) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    path = "/audit"
    while True:
        page = writer.ask("GET", path, AuditPage)
        found += page.entries
        if page.next is None:
            assert [entry.index for entry in found] == list(range(page.size))
            return found
        path = f"/audit?after={page.next}"


def events(writer: Writer) -> list[tuple[Event, dict[str, object]]]:
    opened = [open_leaf(entry.leaf, entry.salt, entry.detail.encode()) for entry in entries(writer)]
    return [(leaf.event, {name: value for name, value in detail.items() if name != "type"}) for leaf, detail in opened]


def checkpoint(writer: Writer, since: int = 0, also: int = 0) -> tuple[Checkpoint, AuditCheckpoint]:
    origin = writer.ask("GET", "/audit", AuditPage).origin
    answer = writer.ask("GET", f"/audit/checkpoint?since={since}&also={also}", AuditCheckpoint)
    return VerifierKey(origin, answer.key).open(answer.checkpoint), answer


def fail_to_log_in(writer: Writer, **changes: object) -> None:
    request = writer.login_request().model_copy(update={"signature": bytes(64), **changes})
    with pytest.raises(RefusedError) as caught:
        writer.ask("POST", "/logins", Login, request)
    assert caught.value.status == 401


def test_the_log_tells_what_happened(host: Host, writer: Writer) -> None:
    new = SlotKey(writer.vault_id, kind=3, epoch=2)
    writer.commit(writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[writer.keys[1].slot_id])))
    writer.commit(writer.append(os.urandom(16)))
    writer.send("POST", "/audit/reports", AuditReport(event="export"))
    writer.send("POST", "/audit/reports", AuditReport(event="import"))
    fail_to_log_in(writer)
    fail_to_log_in(writer, origin="https://elsewhere.example")
    fail_to_log_in(writer, slot_id=os.urandom(16))  # no slot of this vault, so no attempt at it
    writer.login(new)
    assert events(writer) == [
        (Event.CREATED, {}),
        (Event.LOGIN, {"kind": "passphrase"}),
        (Event.SLOTS, {"added": ["passkey"], "destroyed": ["recovery"]}),
        (Event.EXPORT, {"by": "client"}),
        (Event.IMPORT, {"by": "client"}),
        (Event.FAILED_LOGINS, {"count": 2}),
        (Event.LOGIN, {"kind": "passkey"}),
    ]


def test_each_vault_has_a_log_of_its_own(host: Host, writer: Writer) -> None:
    other = host.writer("eve")
    pages = [each.ask("GET", "/audit", AuditPage) for each in (writer, other)]
    assert len({page.origin for page in pages}) == 2
    assert all(each.vault_id.hex() not in page.origin for each in (writer, other) for page in pages)
    assert [page.size for page in pages] == [2, 2]


def test_failures_that_no_login_has_logged_are_logged_when_the_service_ends(tmp_path: Path) -> None:
    with hosted(tmp_path / "data") as host:
        writer = host.writer()
        fail_to_log_in(writer)
    with hosted(tmp_path / "data") as host:
        writer.http = host.http
        writer.login()
        assert events(writer)[-2:] == [(Event.FAILED_LOGINS, {"count": 1}), (Event.LOGIN, {"kind": "passphrase"})]


def test_what_is_refused_is_not_in_the_log(writer: Writer) -> None:
    before = len(entries(writer))
    with pytest.raises(RefusedError):
        writer.commit(writer.next_commit(slots=SlotChanges(destroy=[os.urandom(16)])))
    stale = writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id, kind=3, epoch=2).new()]))
    with pytest.raises(RefusedError):
        writer.commit(stale.model_copy(update={"expected_seq": 7}))
    assert len(entries(writer)) == before


def test_a_commit_that_is_sent_again_is_logged_once(writer: Writer) -> None:
    commit = writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id, kind=3, epoch=2).new()]))
    writer.commit(commit)
    writer.commit(commit)
    assert [event for event, _ in events(writer)].count(Event.SLOTS) == 1


def test_checkpoints_are_signed_and_go_on_from_each_other(writer: Writer) -> None:
    seen = []
    for _ in range(6):
        seen.append(checkpoint(writer)[0])
        writer.send("POST", "/audit/reports", AuditReport(event="export"))
    leaves = [merkle.leaf_hash(entry.leaf) for entry in entries(writer)]
    for old in seen:
        current, answer = checkpoint(writer, old.size, seen[2].size)
        for known, proof in ((old, answer.proof), (seen[2], answer.also_proof)):
            merkle.verify_consistency(known.size, known.root, current.size, current.root, proof)
        assert merkle.root_of(leaves[: old.size]) == old.root
    assert checkpoint(writer)[1].proof == []
    assert checkpoint(writer, current.size)[1].proof == []
    for sizes in ((current.size + 1, 0), (0, current.size + 1)):
        with pytest.raises(RefusedError) as caught:
            checkpoint(writer, *sizes)
        assert caught.value.status == 400


def test_the_key_is_made_once_for_all_logs(tmp_path: Path) -> None:
    keys = set()
    for name in ("ada", "eve"):
        with hosted(tmp_path / "data") as host:
            keys.add(checkpoint(host.writer(name))[1].key)
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / "data" / "audit.key").stat().st_mode) == 0o600


def test_the_key_is_never_made_anew(tmp_path: Path) -> None:
    """No client would open its vault any more."""
    with hosted(tmp_path / "data") as host:
        host.writer()
    key = tmp_path / "data" / "audit.key"
    kept = key.read_bytes()
    for left in (None, b"", kept[:31]):
        key.unlink() if left is None else key.write_bytes(left)
        with pytest.raises(StorageError, match="restore it"), hosted(tmp_path / "data"):
            pass
    key.write_bytes(kept)
    with hosted(tmp_path / "data"):
        pass


def test_a_long_log_comes_in_pages(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditreading, "MAX_PAGE_ITEMS", 2)
    for _ in range(3):
        writer.send("POST", "/audit/reports", AuditReport(event="export"))
    assert len(entries(writer)) == 5
    assert writer.ask("GET", "/audit?after=4", AuditPage).entries == []
    assert writer.ask("GET", "/audit?after=400", AuditPage).entries == []


def test_reports_are_limited(writer: Writer) -> None:
    most = min(window.count for window in REPORT_BY_VAULT.windows)
    answers = [writer.send("POST", "/audit/reports", AuditReport(event="export")) for _ in range(most + 1)]
    assert [answer.status_code for answer in answers] == [204] * most + [429]
    assert len(entries(writer)) == most + 2


def test_the_log_is_for_those_who_are_logged_in(host: Host, writer: Writer) -> None:
    stranger = Writer(host.http, "ada")
    for method, path, body in (
        ("GET", "/audit", None),
        ("GET", "/audit/checkpoint", None),
        ("POST", "/audit/reports", AuditReport(event="export")),
    ):
        assert stranger.send(method, path, body).status_code == 401
    assert len(entries(writer)) == 2


def test_a_vault_made_before_there_were_logs_begins_one(tmp_path: Path) -> None:
    """As the migration leaves it."""
    with hosted(tmp_path / "data") as host:
        writer = host.writer()
        store = host.app.extensions["inkvault"].store
        with store._database.writing() as connection:
            for table in ("audit_details", "audit_nodes", "audit_leaves"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("UPDATE audit_logs SET size = 0")
        assert checkpoint(writer)[0] == Checkpoint(checkpoint(writer)[0].origin, 0, merkle.EMPTY_ROOT)
        writer.login()
        assert events(writer) == [(Event.LOGIN, {"kind": "passphrase"})]
