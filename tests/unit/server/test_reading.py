"""Pages, changes and snapshots: bounded, of one moment, and complete (PROTOCOL §2, §7)."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from dataclasses import replace

import httpx
import pytest

from tests.support.frames import MEDIA_TYPE, parse, split
from tests.support.proxy import Json
from tests.support.service import (
    API,
    Host,
    RefusedError,
    Writer,
    changed_container,
    envelope,
    new_container,
    new_record,
)
from vault.storage import reading
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_ENVELOPE_BYTES, MAX_HISTORY_PAGE, MAX_PAGE_BYTES
from vault.wire.models import Changes, ContainerPage, RecordPage


def snapshot(writer: Writer) -> list[Json]:
    response = writer.send("GET", "/snapshot")
    assert response.headers["Content-Type"] == MEDIA_TYPE
    return parse(response.content)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_pages_of_containers(writer: Writer) -> None:
    writer.commit(writer.next_commit([new_container() for _ in range(2400)]))
    sizes, after, ids = [], "", list[bytes]()
    while True:
        page = writer.ask("GET", f"/containers{after}", ContainerPage)
        assert page.seq == 2
        sizes.append(len(page.containers))
        ids += [item.container_id for item in page.containers]
        if page.next is None:
            break
        assert page.next == ids[-1]
        after = f"?after={page.next.hex()}"
    assert sizes == [1000, 1000, 401]
    assert ids == sorted(set(ids))


def test_a_page_that_fits_exactly_is_the_last(writer: Writer) -> None:
    writer.commit(writer.next_commit([new_container() for _ in range(999)]))
    page = writer.ask("GET", "/containers", ContainerPage)
    assert (len(page.containers), page.next) == (1000, None)


def test_pages_end_by_their_bytes(writer: Writer) -> None:
    container_id = os.urandom(16)
    sizes = [MAX_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES, 600, 600, MAX_ENVELOPE_BYTES]
    for size in sizes:
        commit = writer.append(container_id)
        (record,) = commit.records
        writer.commit(commit.model_copy(update={"records": [replace(record, envelope=envelope(size))]}))
    after, found = "", list[int]()
    while True:
        page = writer.ask("GET", f"/containers/{container_id.hex()}/records{after}", RecordPage)
        lengths = [len(record.envelope) for record in page.records]
        assert lengths
        assert sum(lengths) <= MAX_PAGE_BYTES
        found += lengths
        if page.next is None:
            break
        after = f"?after={page.next.hex()}"
    assert sorted(found) == sorted(sizes)


def test_a_page_holds_at_least_one_item(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    container_id = os.urandom(16)
    for _ in range(3):
        writer.commit(writer.append(container_id))
    monkeypatch.setattr(reading, "MAX_PAGE_BYTES", 100)
    page = writer.ask("GET", f"/containers/{container_id.hex()}/records", RecordPage)
    assert len(page.records) == 1
    assert page.next is not None
    assert len(writer.records(container_id)) == 3
    assert len(writer.containers()) == 2


def test_records_come_with_the_container_of_the_same_moment(writer: Writer) -> None:
    container_id = os.urandom(16)
    for version in range(1, 4):
        writer.commit(writer.append(container_id))
        page = writer.ask("GET", f"/containers/{container_id.hex()}/records", RecordPage)
        assert page.container.version == version
        assert len(page.records) == version


# --- changes ---------------------------------------------------------------------------------------------------------


def follow(writer: Writer, since: int) -> tuple[list[bytes], dict[bytes, int], int]:
    """Ask on until complete, as PROTOCOL §7 says; hashes, versions by container, and the number of answers."""
    hashes, versions = list[bytes](), dict[bytes, int]()
    for answers in range(1, 1000):
        changes = writer.ask("GET", f"/changes?since={since}", Changes)
        hashes += changes.head_hashes
        for container in changes.containers:
            versions[container.container_id] = max(container.version, versions.get(container.container_id, 0))
        if changes.complete:
            return hashes, versions, answers
        assert changes.head_hashes
        since += len(changes.head_hashes)
    raise AssertionError("never complete")


@pytest.mark.parametrize(("items", "size"), [(1, 10**9), (2, 10**9), (1000, 100), (1000, 1200)])
def test_changes_are_complete_in_the_end(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, items: int, size: int
) -> None:
    ids = [os.urandom(16) for _ in range(6)]
    for round_number in range(3):
        for container_id in ids[round_number:]:
            writer.commit(writer.append(container_id))
        writer.commit(
            writer.next_commit([changed_container(item, writer.versions[item] + 1) for item in ids[round_number:]])
        )
        writer.commit(writer.next_commit())
    monkeypatch.setattr(reading, "MAX_PAGE_ITEMS", items)
    monkeypatch.setattr(reading, "MAX_PAGE_BYTES", size)
    for since in range(1, writer.seq + 1):
        hashes, versions, _ = follow(writer, since)
        assert len(hashes) == writer.seq - since
        monkeypatch.undo()
        (everything,) = [writer.ask("GET", f"/changes?since={since}", Changes)]
        assert versions == {item.container_id: item.version for item in everything.containers}
        assert hashes == everything.head_hashes
        monkeypatch.setattr(reading, "MAX_PAGE_ITEMS", items)
        monkeypatch.setattr(reading, "MAX_PAGE_BYTES", size)
    assert follow(writer, 1)[2] > 1


def test_one_large_commit_is_one_answer(writer: Writer) -> None:
    writer.commit(writer.next_commit([new_container() for _ in range(1500)]))
    writer.commit(writer.append(os.urandom(16)))
    hashes, versions, answers = follow(writer, 1)
    assert (len(hashes), len(versions), answers) == (2, 1501, 2)


def test_a_long_history_takes_several_answers(host: Host, writer: Writer) -> None:
    """Head hashes are bounded too; containers of commits beyond them come with the answer that names those."""
    early, late = os.urandom(16), os.urandom(16)
    writer.commit(writer.append(early))
    writer.commit(writer.append(late))
    last = 2 * MAX_HISTORY_PAGE + 100
    database = sqlite3.connect(host.settings.data_dir / "inkvault.db")
    with contextlib.closing(database), database:
        rows = ((writer.vault_id, seq, os.urandom(32)) for seq in range(4, last + 1))
        database.executemany("INSERT INTO history (vault_id, seq, head_hash) VALUES (?, ?, ?)", rows)
        database.execute("UPDATE heads SET seq = ?", (last,))
        database.execute("UPDATE containers SET changed_seq = ? WHERE container_id = ?", (last, late))
    first = writer.ask("GET", "/changes?since=1", Changes)
    assert (len(first.head_hashes), first.complete) == (MAX_HISTORY_PAGE, False)
    assert {item.container_id for item in first.containers} == {early}
    hashes, versions, answers = follow(writer, 1)
    assert (len(hashes), len(versions), answers) == (last - 1, 2, 3)


def test_changes_after_the_last(writer: Writer) -> None:
    writer.commit(writer.next_commit())
    for since in (2, 3, 2**53 - 1):
        changes = writer.ask("GET", f"/changes?since={since}", Changes)
        assert (changes.seq, changes.head_hashes, changes.containers, changes.complete) == (2, [], [], True)


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_the_whole_vault(writer: Writer) -> None:
    ids = [os.urandom(16) for _ in range(5)]
    for number, container_id in enumerate(ids):
        for _ in range(number):
            writer.commit(writer.append(container_id))
    head, *middle, end = snapshot(writer)
    page = writer.ask("GET", "/containers", ContainerPage)
    assert head == {"kind": "head"} | page.model_dump(mode="json", include={"seq", "head"})
    expected: list[Json] = []
    for container in page.containers:
        expected.append({"kind": "container", "container": container.model_dump(mode="json")})
        found = writer.records(container.container_id)
        expected += [{"kind": "record", "record": record.model_dump(mode="json")} for record in found]
    assert middle == expected
    assert end == {"kind": "end", "containers": 5, "records": 10}


def test_a_large_snapshot_goes_out_in_pieces(host: Host, writer: Writer) -> None:
    """None of them holds much more than 64 KiB and a frame, be it of records or of containers."""
    containers = [new_container() for _ in range(400)]
    writer.commit(writer.next_commit(containers, [new_record(containers[7].container_id) for _ in range(400)]))
    with host.app.test_client() as client:
        headers = {**writer.headers, "Host": "inkvault.embedded"}
        with client.get(f"{API}/snapshot", headers=headers, buffered=False) as response:
            pieces = list(response.iter_encoded())
    assert [kind for kind, _ in split(pieces[0])] == [1]
    assert {64 * 1024 <= len(piece) < 66 * 1024 for piece in pieces[1:-1]} == {True}
    assert parse(b"".join(pieces))[-1] == {"kind": "end", "containers": 401, "records": 400}


def test_a_snapshot_of_many_containers(writer: Writer) -> None:
    containers = [new_container() for _ in range(2100)]
    writer.commit(writer.next_commit(containers, [new_record(item.container_id) for item in containers]))
    assert snapshot(writer)[-1] == {"kind": "end", "containers": 2101, "records": 2100}


def test_a_snapshot_is_of_one_moment(host: Host, writer: Writer) -> None:
    container_id = os.urandom(16)
    for _ in range(20):
        writer.commit(writer.append(container_id))
    seq = writer.seq
    with host.app.test_client() as client:
        response = client.get(
            f"{API}/snapshot", headers={**writer.headers, "Host": "inkvault.embedded"}, buffered=False
        )
        pieces = iter(response.iter_encoded())
        (first,) = parse(next(pieces))
        for _ in range(5):
            writer.commit(writer.append(container_id))
        rest = parse(b"".join(pieces))
        response.close()
    assert first["seq"] == seq
    assert rest[-1] == {"kind": "end", "containers": 2, "records": 20}


def test_snapshots_at_once_are_few(host: Host, writer: Writer) -> None:
    headers = {**writer.headers, "Host": "inkvault.embedded"}
    with host.app.test_client() as client:
        open_ones = [client.get(f"{API}/snapshot", headers=headers, buffered=False) for _ in range(2)]
        with pytest.raises(RefusedError) as caught:
            writer.ask("GET", "/snapshot", ContainerPage)
        assert caught.value.body.code == ErrorCode.RATE_LIMITED
        assert caught.value.body.retry_after == 5
        for response in open_ones:
            response.close()
    assert len(snapshot(writer)) == 3


def test_a_snapshot_that_breaks_off_has_no_end(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer.commit(writer.append(os.urandom(16)))

    def fails(*_: object) -> None:
        raise RuntimeError("needle")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "end_frame", fails)
        found = snapshot(writer)
    assert found[-1]["kind"] != "end"
    assert "needle" not in caplog.text
    assert snapshot(writer)[-1]["kind"] == "end"


def test_reading_goes_on_while_others_write(host: Host, writer: Writer) -> None:
    """Every answer is of one moment: as many records as the container's version says."""
    container_id = os.urandom(16)
    writer.commit(writer.append(container_id))
    reader = Writer(httpx.Client(transport=httpx.WSGITransport(app=host.app), base_url=writer.origin), writer.handle)
    reader.headers = dict(writer.headers)
    found = []

    def read() -> None:
        for _ in range(60):
            page = reader.ask("GET", f"/containers/{container_id.hex()}/records", RecordPage)
            found.append(len(page.records) - page.container.version)

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(40):
        writer.commit(writer.append(container_id))
    thread.join()
    assert found == [0] * 60
