"""Erasures as a client sees them: what goes is out of reach at once, and what stays is as it was."""

from __future__ import annotations

import copy
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.erasing import Nuke, Shelf, eraser_of, rested, scope_of, service_of, store_of
from tests.support.frames import parse
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
from vault.audit.certificate import Certificate, verify
from vault.audit.checkpoint import VerifierKey, origin_of
from vault.audit.leaves import Event, Leaf
from vault.erase.run import Eraser
from vault.server import vault_names
from vault.server.authentication import Authentication
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_ENVELOPE_BYTES
from vault.wire.models import (
    AuditPage,
    Changes,
    Commit,
    CommitResult,
    ConfirmErasure,
    ContainerWrite,
    RecordsOf,
    RecordWrite,
    Scope,
    StagedRecords,
)


def let_go(host: Host) -> bool:
    """Whether all erasures are done afterwards."""
    return eraser_of(host)._work()


def everything(writer: Writer) -> bytes:
    return writer.send("GET", "/snapshot").content


def key_file_bytes(host: Host, writer: Writer) -> bytes:
    return (host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys").read_bytes()


def rows(host: Host, writer: Writer, table: str) -> int:
    database = store_of(host)._database
    with database.reading(writer.vault_id) as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table} WHERE vault_id = :id"), {"id": writer.vault_id})
        return int(found.scalar_one())


def events(writer: Writer) -> list[Event]:
    page = writer.ask("GET", "/audit", AuditPage)
    return [Leaf.parse(entry.leaf).event for entry in page.entries]


def checked(host: Host, nuke: Nuke) -> Certificate:
    """The certificate, which holds."""
    data = nuke.certificate()
    key = store_of(host).audit_key.public_key().public_bytes_raw()
    found, _ = verify(data, VerifierKey(origin_of(Certificate.parse(data).checkpoint), key))
    return found


def refused(status: int, act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(RefusedError) as caught:
        act()
    assert caught.value.status == status, caught.value
    return caught.value.body.code


# --- what goes, and what stays ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("held")
def test_a_session_is_out_of_reach_with_the_answer_and_then_gone(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    wrapped = {each.container_id: each.wrapped_key for each in writer.containers()}
    others = writer.records(shelf.second)
    nuke = Nuke(writer, scope_of([shelf.first]))
    planned = nuke.plan()
    assert (planned.state, planned.containers, planned.records, planned.rekeyed) == ("planned", 1, 3, 0)
    assert planned.bytes == 4 * 541
    assert nuke.confirm().state == "requested"

    assert {each.container_id for each in writer.containers()} == {writer.vault_id, shelf.second}
    refused(404, lambda: writer.records(shelf.first))
    assert shelf.first not in everything(writer)
    assert parse(everything(writer))[-1] == {"kind": "end", "containers": 2, "records": 3}
    changes = writer.ask("GET", f"/changes?since={writer.seq - 1}", Changes)
    assert (changes.erased_seq, changes.seq, changes.containers) == (writer.seq, writer.seq, [])
    for again in (new_container(shelf.first), changed_container(shelf.first, 2)):
        refused(400, lambda again=again: writer.commit(writer.next_commit([again])))  # type: ignore[misc]
    assert wrapped[shelf.first] in key_file_bytes(host, writer)
    refused(404, nuke.certificate)

    assert let_go(host)
    assert nuke.state() == planned.model_copy(update={"state": "done"})
    assert wrapped[shelf.first] not in key_file_bytes(host, writer)
    assert wrapped[shelf.second] in key_file_bytes(host, writer)
    assert rows(host, writer, "records") == 3
    assert writer.records(shelf.second) == others
    assert events(writer)[-2:] == [Event.ORDERED, Event.FINISHED]
    statement = checked(host, nuke).statement
    assert (statement.scope, statement.containers, statement.records, statement.keys) == ("part", 1, 3, 1)
    assert writer.commit(writer.next_commit([new_container(shelf.first)])).seq == writer.seq


@pytest.mark.usefixtures("held")
def test_part_of_a_session_goes_and_the_rest_has_a_new_key(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    before = {each.container_id: each for each in writer.containers()}
    neighbours = writer.records(shelf.second)
    nuke = Nuke(writer, scope_of(records={shelf.first: shelf.records[:1]}))
    done = nuke.ordered()
    assert (done.containers, done.records, done.rekeyed, done.resealed, done.bytes) == (0, 1, 1, 2, 4 * 541)

    after = {each.container_id: each for each in writer.containers()}
    (sent,) = nuke.containers
    assert after.pop(shelf.first).model_dump() == asdict(sent)
    assert after == {id_: each for id_, each in before.items() if id_ != shelf.first}
    assert [each.envelope for each in writer.records(shelf.first)] == [each.envelope for each in nuke.survivors]
    assert writer.records(shelf.second) == neighbours
    changes = writer.ask("GET", f"/changes?since={writer.seq - 1}", Changes)
    assert ([each.container_id for each in changes.containers], changes.erased_seq) == ([shelf.first], writer.seq)
    assert rows(host, writer, "staged") == 0

    assert let_go(host)
    keys = key_file_bytes(host, writer)
    assert before[shelf.first].wrapped_key not in keys
    assert keys.count(sent.wrapped_key or b"") == keys.count(before[shelf.second].wrapped_key) == 1
    assert len(writer.records(shelf.first)) == 2
    statement = checked(host, nuke).statement
    assert (statement.rekeyed, statement.resealed, statement.keys) == (1, 2, 1)


def test_what_stays_can_stay_whole_and_be_sealed_anew(host: Host, shelf: Shelf) -> None:
    """Earlier texts of a message go that way: no record goes, but all have another key."""
    nuke = Nuke(shelf.writer, scope_of(records={shelf.first: []}))
    done = nuke.ordered()
    assert (done.records, done.rekeyed, done.resealed) == (0, 1, 3)
    rested(host)
    assert nuke.state().state == "done"


def test_records_of_the_root_go_with_a_new_key_for_the_root(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    notebook = new_record(writer.vault_id)
    writer.commit(writer.next_commit([changed_container(writer.vault_id, 2)], [notebook, new_record(writer.vault_id)]))
    nuke = Nuke(writer, scope_of([shelf.second], {writer.vault_id: [notebook.record_id], shelf.first: shelf.records}))
    done = nuke.ordered()
    assert (done.containers, done.records, done.rekeyed, done.resealed) == (1, 7, 2, 1)
    rested(host)
    assert nuke.state().state == "done"
    assert checked(host, nuke).statement.keys == 3


@pytest.mark.usefixtures("held")
def test_the_whole_vault_is_as_if_it_had_never_been(host: Host, shelf: Shelf) -> None:
    writer, other = shelf.writer, host.writer("bea")
    token = dict(writer.headers)
    nuke = Nuke(writer, scope_of(whole=True))
    done = nuke.ordered()
    assert (done.state, done.containers, done.records, done.rekeyed) == ("requested", 2, 6, 0)

    unknown = writer.challenge()
    assert unknown.vault_id != writer.vault_id
    assert unknown.model_copy(update={"challenge": b"", "expiry": 0}) == writer.challenge().model_copy(
        update={"challenge": b"", "expiry": 0}
    )
    refused(401, writer.login)
    for path in ("/containers", "/changes?since=1", "/snapshot", "/slots", "/audit", "/logins/current"):
        assert writer.send("GET", path, headers=token).status_code == 401
    refused(401, nuke.confirm)
    heir = Writer(host.http, writer.handle).create()
    assert heir.challenge().vault_id == heir.vault_id

    assert let_go(host)
    assert nuke.state() == done.model_copy(update={"state": "done"})
    assert not (host.settings.data_dir / "keys" / f"{writer.vault_id.hex()}.keys").exists()
    for table in ("vaults", "heads", "history", "slots", "containers", "records", "staged", "pending", "audit_details"):
        assert rows(host, writer, table) == 0, table
    certificate = checked(host, nuke)
    assert (certificate.statement.scope, certificate.statement.keys) == ("vault", 5)
    assert certificate.index == 3  # made, unlocked, ordered: these leaves are there still
    assert len(other.containers()) == 1


def test_names_of_vaults_that_go_are_not_listed(host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Eraser, "call", lambda _: None)
    host.writer("bea")
    Nuke(writer, scope_of(whole=True)).ordered()
    assert vault_names(host.settings.data_dir) == ["bea"]


@pytest.mark.usefixtures("held")
def test_erasures_of_one_vault_end_whatever_their_order(host: Host, shelf: Shelf) -> None:
    nukes = [Nuke(shelf.writer, scope_of([shelf.first]))]
    nukes[0].ordered()
    nukes.append(Nuke(shelf.writer, scope_of(records={shelf.second: []})))
    nukes[1].ordered()
    nukes.append(Nuke(shelf.writer, scope_of([shelf.second])))
    nukes[2].ordered()
    nukes.append(Nuke(shelf.writer, scope_of(whole=True)))
    nukes[3].ordered()
    places = store_of(host).erasures.under_way()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store_of(host).erasures), "under_way", lambda _: places[::-1])
        assert let_go(host)
    for nuke in nukes:
        assert nuke.state().state == "done"
        checked(host, nuke)


# --- plans -----------------------------------------------------------------------------------------------------------


def bad_scopes(shelf: Shelf) -> Iterator[Scope]:
    first, second, record = shelf.first, shelf.second, shelf.records[0]
    yield scope_of()
    yield scope_of([shelf.writer.vault_id])
    yield scope_of([os.urandom(16)])
    yield scope_of([first], {first: [record]})
    yield scope_of(records={second: [record]})
    yield scope_of(records={os.urandom(16): []})
    yield Scope(whole=False, containers=[second, first], records=[])
    yield Scope(whole=False, containers=[first, first], records=[])
    yield Scope(whole=True, containers=[first], records=[])
    yield Scope(whole=False, containers=[], records=[RecordsOf(container_id=first, record_ids=shelf.records[::-1])])
    yield Scope(
        whole=False, containers=[], records=[RecordsOf(container_id=each, record_ids=[]) for each in (second, first)]
    )


def test_impossible_scopes_are_refused(host: Host, shelf: Shelf) -> None:
    for scope in bad_scopes(shelf):
        refused(400, Nuke(shelf.writer, scope).plan)
    assert rows(host, shelf.writer, "erasures") == 0


def test_a_plan_is_of_the_present_and_changes_nothing(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    before = everything(writer)
    nuke = Nuke(writer, scope_of([shelf.first], {shelf.second: []}))
    assert nuke.plan() == nuke.plan() == nuke.state()
    nuke.stage()
    assert everything(writer) == before
    writer.commit(writer.next_commit())
    assert refused(409, nuke.plan) == refused(409, nuke.stage) == refused(409, nuke.confirm) == ErrorCode.STALE
    assert nuke.state().state == "planned"


def test_another_plan_takes_the_place_of_the_first(host: Host, shelf: Shelf) -> None:
    first = Nuke(shelf.writer, scope_of(records={shelf.first: shelf.records[:1]}))
    first.plan()
    first.stage()
    assert rows(host, shelf.writer, "staged") == 2
    second = Nuke(shelf.writer, scope_of([shelf.second]))
    second.plan()
    assert rows(host, shelf.writer, "staged") == 0
    for act in (first.state, first.confirm, first.stage):
        refused(404, act)
    assert second.confirm().state in {"requested", "keys", "rows", "scrubbed", "done"}


def test_an_erasure_is_known_to_those_who_know_its_id_and_vault(host: Host, shelf: Shelf) -> None:
    nuke, other = Nuke(shelf.writer, scope_of([shelf.first])), host.writer("bea")
    nuke.plan()
    for vault_id, erasure_id in ((other.vault_id, nuke.erasure_id), (shelf.writer.vault_id, os.urandom(16))):
        path = f"/erasures/{erasure_id.hex()}"
        for end in ("", "/certificate"):
            assert other.send("GET", f"{path}{end}?vault_id={vault_id.hex()}").status_code == 404
    assert other.send("POST", f"{nuke.path}/confirm", nuke.order()).status_code == 404


# --- what stays ------------------------------------------------------------------------------------------------------


def test_only_what_stays_can_be_staged(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of(records={shelf.first: shelf.records[:1]}))
    nuke.plan()
    kept = nuke.survivors[0]
    (foreign, *_) = shelf.writer.records(shelf.second)
    wrong = [
        replace(kept, version=1),
        replace(kept, version=3),
        replace(kept, record_id=os.urandom(16)),
        replace(kept, record_id=shelf.records[0]),
        replace(kept, container_id=shelf.second, record_id=foreign.record_id),
        replace(kept, envelope=envelope(MAX_ENVELOPE_BYTES)),
    ]
    for write in wrong:
        body = StagedRecords(records=[nuke.survivors[1], write])
        assert shelf.writer.send("POST", f"{nuke.path}/records", body).status_code == 400
    twice = StagedRecords(records=[kept, kept])
    assert shelf.writer.send("POST", f"{nuke.path}/records", twice).status_code == 400
    assert rows(host, shelf.writer, "staged") == 0


def test_staging_again_replaces(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of(records={shelf.first: shelf.records[:1]}))
    nuke.plan()
    nuke.stage([replace(write, envelope=envelope(700)) for write in nuke.survivors])
    nuke.stage()
    nuke.confirm()
    assert [each.envelope for each in shelf.writer.records(shelf.first)] == [each.envelope for each in nuke.survivors]


# --- orders ----------------------------------------------------------------------------------------------------------


def wrong_orders(nuke: Nuke) -> Iterator[tuple[str, int, ConfirmErasure]]:
    right, writer = nuke.order(), nuke.writer
    yield "another key", 401, nuke.order(SlotKey(writer.vault_id, slot_id=writer.keys[0].slot_id))
    yield "a slot that is not there", 401, nuke.order(SlotKey(writer.vault_id))
    yield "the signature of another slot", 401, right.model_copy(update={"slot_id": writer.keys[1].slot_id})
    yield "a broken signature", 401, right.model_copy(update={"signature": bytes(64)})
    elsewhere = "https://evil.example"
    yield "another origin", 401, nuke.order(origin=elsewhere).model_copy(update={"origin": elsewhere})
    yield "an origin that was not signed", 401, right.model_copy(update={"origin": "http://localhost"})
    yield "another vault", 401, nuke.order(vault_id=os.urandom(16))
    yield "another erasure", 401, nuke.order(erasure_id=os.urandom(16))
    yield "another seq", 401, nuke.order(seq=nuke.expected_seq + 1)
    yield "another scope", 401, nuke.order(scope=os.urandom(32))
    yield "another head", 401, right.model_copy(update={"head": envelope()})
    yield "no head", 400, nuke.order(head=bytes(32)).model_copy(update={"head": None})
    (container,) = nuke.containers
    wrong = [
        [],
        [container, new_container()],
        [container, container],
        [replace(container, version=container.version + 1)],
        [replace(container, epoch=container.epoch + 1)],
        [replace(container, epoch=1)],
        [replace(container, wrapped_key=None)],
        [replace(container, container_id=os.urandom(16))],
    ]
    for containers in wrong:
        yield "other containers", 400, right.model_copy(update={"containers": containers})


def test_a_wrong_order_changes_nothing(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    nuke = Nuke(writer, scope_of([shelf.second], {shelf.first: shelf.records[:1]}))
    nuke.plan()
    nuke.stage()
    before = everything(writer), key_file_bytes(host, writer).rstrip(b"\x00\xff"), events(writer)
    for what, status, order in wrong_orders(nuke):
        assert writer.send("POST", f"{nuke.path}/confirm", order).status_code == status, what
        service_of(host).rates._attempts.clear()
    after = everything(writer), key_file_bytes(host, writer).rstrip(b"\x00\xff"), events(writer)
    assert after == before
    assert nuke.confirm().state == "requested"


def test_an_order_is_of_the_plan_that_was_signed(host: Host, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another plan of the same id comes while the signature is checked."""
    nuke = Nuke(shelf.writer, scope_of([shelf.first]))
    nuke.plan()
    order = nuke.order()
    real = Authentication.check_order

    def check_order(*arguments: Any) -> bytes:
        key = real(*arguments)
        Nuke(shelf.writer, scope_of([shelf.second]), erasure_id=nuke.erasure_id).plan()
        return key

    monkeypatch.setattr(Authentication, "check_order", check_order)
    refused(404, lambda: nuke.confirm(order))
    assert len(shelf.writer.containers()) == 3


def test_what_stays_must_be_complete(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of(records={shelf.first: shelf.records[:1]}))
    nuke.plan()
    nuke.stage(nuke.survivors[:1])
    refused(400, nuke.confirm)
    nuke.stage(nuke.survivors[1:])
    assert nuke.confirm().resealed == 2


def test_the_whole_vault_takes_neither_head_nor_containers(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of(whole=True))
    nuke.plan()
    nuke.head = envelope()
    refused(400, nuke.confirm)
    nuke.head = None
    refused(400, lambda: nuke.confirm(nuke.order().model_copy(update={"containers": [new_container()]})))
    assert len(shelf.writer.containers()) == 3


def test_the_same_order_again_tells_how_it_is_by_then(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of(records={shelf.first: shelf.records}))
    nuke.plan()
    order = nuke.order()
    nuke.confirm(order)
    rested(host)
    keys = key_file_bytes(host, shelf.writer)
    assert nuke.confirm(order).state == "done"
    assert nuke.plan().state == "done"
    refused(400, lambda: nuke.confirm(order.model_copy(update={"signature": bytes(64)})))
    other = Nuke(shelf.writer, scope_of([shelf.second]), erasure_id=nuke.erasure_id)
    refused(400, other.plan)
    refused(400, lambda: nuke.stage([new_record(shelf.first)]))
    assert key_file_bytes(host, shelf.writer) == keys
    assert events(shelf.writer).count(Event.ORDERED) == 1


def test_attempts_at_orders_are_limited(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of([shelf.first]))
    nuke.plan()
    wrong = nuke.order().model_copy(update={"signature": bytes(64)})
    statuses = [shelf.writer.send("POST", f"{nuke.path}/confirm", wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_any_slot_of_the_vault_may_sign(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of([shelf.first]))
    nuke.plan()
    assert nuke.confirm(nuke.order(shelf.writer.keys[1])).state != "planned"


def test_a_full_vault_can_be_erased_from(tmp_path: Path) -> None:
    with hosted(tmp_path / "data", max_bytes=11_500) as host:
        writer = host.writer()
        session = os.urandom(16)
        records = [new_record(session) for _ in range(15)]
        writer.commit(writer.next_commit([new_container(session)], records))
        refused(403, lambda: writer.commit(writer.next_commit([new_container()], [])))
        Nuke(writer, scope_of(records={session: [records[0].record_id]})).ordered()
        assert len(writer.records(session)) == 14
        writer.commit(writer.next_commit([]))
        rested(host)


# --- a database from before ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_database_from_before_opens_nothing(tmp_path: Path, is_whole: bool) -> None:
    data_dir = tmp_path / "data"
    saved = sqlite3.connect(":memory:")
    with hosted(data_dir) as host:
        writer = host.writer()
        session = os.urandom(16)
        writer.commit(writer.append(session))
        live = sqlite3.connect(data_dir / "inkvault.db")
        live.backup(saved)
        live.close()
        Nuke(writer, scope_of(whole=True) if is_whole else scope_of([session])).ordered()
        rested(host)
    for file in data_dir.glob("inkvault.db*"):
        file.unlink()
    restored = sqlite3.connect(data_dir / "inkvault.db")
    saved.backup(restored)
    restored.close()
    (data_dir / "inkvault.db").chmod(0o600)
    with hosted(data_dir) as host:
        writer.http = host.http
        if is_whole:
            assert refused(410, writer.login) == ErrorCode.ERASED
        else:
            writer.login()
            for path in ("/containers", f"/containers/{session.hex()}/records", "/changes?since=1"):
                response = writer.send("GET", path)
                assert (response.status_code, response.json()["code"]) == (410, "erased")


# --- commits meanwhile -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("held")
def test_a_commit_that_was_under_way_is_refused(host: Host, shelf: Shelf) -> None:
    writer = shelf.writer
    on_its_way = writer.append(shelf.first)
    nuke = Nuke(writer, scope_of([shelf.first]))
    nuke.ordered()
    assert refused(409, lambda: writer.commit(on_its_way)) == ErrorCode.STALE
    rebased = on_its_way.model_copy(update={"expected_seq": writer.seq})
    refused(400, lambda: writer.ask("POST", "/commits", CommitResult, rebased))
    Nuke(writer, scope_of(whole=True)).ordered()
    refused(401, lambda: writer.ask("POST", "/commits", CommitResult, writer.next_commit()))


@pytest.mark.usefixtures("held")
def test_of_two_orders_at_once_one_is_stale(host: Host, shelf: Shelf) -> None:
    first = Nuke(shelf.writer, scope_of([shelf.first]))
    first.plan()
    order = first.order()
    shelf.writer.commit(shelf.writer.next_commit())
    refused(409, lambda: first.confirm(order))
    again = first.again()
    again.ordered()
    assert let_go(host)
    assert again.state().state == "done"
    refused(404, first.state)


def test_models_say_nothing_of_what_was_erased(host: Host, shelf: Shelf) -> None:
    nuke = Nuke(shelf.writer, scope_of([shelf.first]))
    nuke.ordered()
    rested(host)
    data = nuke.certificate()
    for secret in (shelf.first, shelf.writer.vault_id, nuke.erasure_id):
        assert secret.hex().encode() not in data


def until_it_is_taken(writer: Writer, act: Callable[[int], object]) -> None:
    """Act at the seq of now, until nobody was first."""
    is_taken = False
    while not is_taken:
        seq = writer.ask("GET", "/changes?since=1", Changes).seq
        try:
            act(seq)
        except RefusedError as error:
            if error.body.code not in {ErrorCode.STALE, ErrorCode.NOT_FOUND}:
                raise
        else:
            is_taken = True


def import_records(writer: Writer, session: bytes) -> None:
    for number in range(1, 11):
        container = new_container(session) if number == 1 else changed_container(session, number)
        record, head = new_record(session), envelope()

        def send(
            seq: int, container: ContainerWrite = container, record: RecordWrite = record, head: bytes = head
        ) -> None:
            commit = Commit(expected_seq=seq, head=head, containers=[container], records=[record])
            writer.ask("POST", "/commits", CommitResult, commit)

        until_it_is_taken(writer, send)


def nuke_session(writer: Writer, session: bytes) -> None:
    def order(seq: int) -> None:
        writer.seq = seq
        Nuke(writer, scope_of([session])).ordered()

    until_it_is_taken(writer, order)


def test_nukes_and_commits_at_once(host: Host, shelf: Shelf) -> None:
    """Everybody is told when somebody was first, and ends well after trying again."""
    imported = os.urandom(16)
    tasks = [(import_records, imported), (nuke_session, shelf.first), (nuke_session, shelf.second)]
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(act, copy.copy(shelf.writer), session) for act, session in tasks]
    for each in running:
        each.result()
    rested(host)
    assert {each.container_id for each in shelf.writer.containers()} == {shelf.writer.vault_id, imported}
    assert len(shelf.writer.records(imported)) == rows(host, shelf.writer, "records") == 10
    assert (events(shelf.writer).count(Event.ORDERED), events(shelf.writer).count(Event.FINISHED)) == (2, 2)
