"""The import flow: preview, duplicates, sums, cancelling, going on, the saved report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.proxy import Answer, Forward, Request
from tests.support.world import Device, World
from tests.unit.transfer.generated import as_json
from tests.unit.transfer.makers import (
    chatgpt,
    chatgpt_node,
    dayone,
    dayone_entry,
    opened,
    options,
    put_json,
)
from vault.client import Vault, transport
from vault.client.changes import SessionChange
from vault.client.receiving import Parcel, Receiver
from vault.core.model import Day, Message, Role, SessionHeader
from vault.core.params import KdfParams
from vault.core.rootrecords import Notebook, NotebookKind, RootRecord, Settings, UnknownRecord
from vault.errors import FormatError, TransferError, UnavailableError
from vault.transfer.document import NO_DIGEST, RecordItem, RootItem, SessionItem
from vault.transfer.importing import preview, run
from vault.transfer.passes import Job
from vault.transfer.plan import Duplicates
from vault.transfer.reading import Read, Reader, ReadOptions, Skipped, choose_reader
from vault.transfer.report import Outcome, Report, State
from vault.transfer.sources import Source


@pytest.fixture
def world(tmp_path: Path, cheap_kdf: KdfParams, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(transport, "RETRY_DELAYS", (0.0, 0.0))
    with closing(World(tmp_path / "world")) as world:
        yield world


@pytest.fixture
def vault(world: World) -> Iterator[Vault]:
    device: Device = world.device("laptop")
    vault, _ = device.create()
    yield vault
    vault.lock()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    entries = [dayone_entry(1, "One.", tags=["a"]), dayone_entry(2, "Two."), dayone_entry(3, "")]
    return put_json(tmp_path / "Journal.json", dayone(entries))


def take(vault: Vault, path: Path, duplicates: str = "skip", **fields: Any) -> Report:
    with opened(path) as source:
        job = Job(source, choose_reader(source), options(), Duplicates(duplicates), **fields)
        receiver = vault.receiver()
        return run(preview(job, receiver), receiver)


def sums(report: Report, kind: str = "session") -> tuple[int, int, int, int]:
    tally = report.tally(kind)
    return tally.read, tally.created, tally.duplicate, tally.skipped


def texts(vault: Vault, session_id: str) -> list[str]:
    return [message.text for message in vault.messages(session_id)]


def reports(vault: Vault) -> list[dict[str, Any]]:
    return [each.payload for each in vault.receiver().root().opened.values() if each.payload["type"] == "report"]


def everything(vault: Vault) -> dict[str, list[str]]:
    return {each.id: texts(vault, each.id) for each in vault.sessions(include_trashed=True)}


# --- a source that tests make up -------------------------------------------------------------------------------------


def header(title: str, **fields: Any) -> SessionHeader:
    return SessionHeader(0, NO_DIGEST, title, "", "", 1_000, 2_000, "UTC", 0, **fields)


def session(number: int, count: int, text: str = "text", **fields: Any) -> SessionItem:
    records = [
        RecordItem(f"{number:016x}{place + 1:016x}", Message(Role.WRITER, f"{text} {place}", place, 1_000, "UTC"))
        for place in range(count)
    ]
    return SessionItem(f"{number:032x}", header(f"Session {number}", **fields), records)


def job_of(items: Callable[[], list[Read]], path: Path, *, keeps_ids: bool = True, **fields: Any) -> Job:
    def read(_source: Source, _options: ReadOptions) -> Iterator[Read]:
        yield from items()

    reader = Reader("made", "Made up", lambda _source: 100, read, keeps_ids)
    return Job(Source(path, is_archive=False, entries=()), reader, options(), **fields)


def go(vault: Vault, job: Job) -> Report:
    receiver = vault.receiver()
    return run(preview(job, receiver), receiver)


# --- preview ---------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_would_happen_and_writes_nothing(vault: Vault, journal: Path) -> None:
    seen = vault.fingerprint()
    with opened(journal) as source:
        found = preview(Job(source, choose_reader(source), options()), vault.receiver())
    assert sums(found.report) == (3, 2, 0, 1)
    assert sums(found.report, "notebook") == (1, 1, 0, 0)
    assert found.messages == 2
    assert [line.reason for line in found.report.lines if line.outcome is Outcome.SKIPPED] == ["it has no messages"]
    assert found.report.state is State.DONE
    vault.refresh()
    assert vault.fingerprint() == seen
    assert vault.sessions() == []


def test_a_preview_can_be_cancelled(vault: Vault, journal: Path) -> None:
    with opened(journal) as source:
        job = Job(source, choose_reader(source), options(), is_cancelled=lambda: True)
        assert preview(job, vault.receiver()).report.state is State.CANCELLED


# --- importing -------------------------------------------------------------------------------------------------------


def test_an_import_takes_over_ids_of_the_source_times_zones_tags_and_its_notebook(vault: Vault, journal: Path) -> None:
    report = take(vault, journal)
    assert report.state is State.DONE
    assert sums(report) == (3, 2, 0, 1)
    (notebook,) = vault.notebooks()
    first = next(each for each in vault.sessions() if "a" in each.tags)
    assert first.notebook == notebook.id
    assert str(first.created_at) == "2024-05-01 11:00:00+01:00"
    assert texts(vault, first.id) == ["One."]
    assert vault.verify().ok


def test_the_report_is_saved_with_the_vault_and_comes_out_even(vault: Vault, journal: Path) -> None:
    take(vault, journal)
    (saved,) = reports(vault)
    assert saved["state"] == "done"
    assert saved["reader"] == "dayone"
    assert saved["counts"]["session"] == {"read": 3, "created": 2, "duplicate": 0, "skipped": 1}
    assert saved["counts"]["message"] == {"read": 2, "created": 2, "duplicate": 0, "skipped": 0}


def test_the_source_item_is_kept_verbatim(vault: Vault, journal: Path) -> None:
    take(vault, journal)
    with vault.reading() as reading:
        items = [record.payload["origin"]["item"] for each in reading.sessions for record in each.records]
    source = journal.read_text(encoding="utf-8")
    assert len(items) == 2
    assert all(item in source for item in items)


def test_running_again_changes_nothing(vault: Vault, journal: Path) -> None:
    take(vault, journal)
    before = everything(vault)
    report = take(vault, journal)
    assert sums(report) == (3, 0, 2, 1)
    assert sums(report, "notebook") == (1, 0, 1, 0)
    assert everything(vault) == before
    assert {line.reason for line in report.lines if line.kind == "session"} == {
        "the same is there",
        "it has no messages",
    }


def test_what_changed_since_is_told_apart(vault: Vault, tmp_path: Path) -> None:
    take(vault, put_json(tmp_path / "Journal.json", dayone([dayone_entry(1, "One.")])))
    report = take(vault, put_json(tmp_path / "Journal.json", dayone([dayone_entry(1, "One, longer.")])))
    assert [line.reason for line in report.lines if line.kind == "session"] == ["another state of it is there"]
    assert list(everything(vault).values()) == [["One."]]


def test_replacing_puts_the_old_one_into_the_trash(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "Journal.json"
    take(vault, put_json(path, dayone([dayone_entry(1, "One.")])))
    (old,) = vault.sessions()
    report = take(vault, put_json(path, dayone([dayone_entry(1, "One, longer.")])), "replace")
    assert sums(report) == (1, 1, 0, 0)
    (new,) = vault.sessions()
    assert texts(vault, new.id) == ["One, longer."]
    assert set(everything(vault)) == {old.id, new.id}
    assert vault.session(old.id).summary.trashed_at is not None
    assert new.notebook == old.notebook


def test_replacing_our_own_again_and_again_leaves_one_out_of_the_trash(vault: Vault, tmp_path: Path) -> None:
    job = job_of(lambda: [session(1, 1)], tmp_path)
    go(vault, job)
    for turn in range(1, 4):
        assert sums(go(vault, replace(job, duplicates=Duplicates.REPLACE))) == (1, 1, 0, 0)
        assert len(vault.sessions()) == 1
        assert len(everything(vault)) == 1 + turn
    report = go(vault, job)
    assert sums(report) == (1, 0, 1, 0)
    assert [line.reason for line in report.lines] == ["the same is there"]


def test_copying_leaves_both(vault: Vault, journal: Path) -> None:
    take(vault, journal)
    report = take(vault, journal, "copy")
    assert sums(report) == (3, 2, 0, 1)
    assert sorted(map(tuple, everything(vault).values())) == [("One.",), ("One.",), ("Two.",), ("Two.",)]


@pytest.mark.parametrize("duplicates", ["skip", "copy", "replace"])
def test_an_import_that_was_cancelled_goes_on_where_it_ended(vault: Vault, tmp_path: Path, duplicates: str) -> None:
    def items() -> list[Read]:
        return [session(number, 3, "new") for number in range(1, 7)]

    if duplicates != "skip":
        go(vault, job_of(lambda: [session(number, 1, "old") for number in range(1, 7)], tmp_path))
    asked = 0

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10  # six times in the preview, then in the run

    job = job_of(items, tmp_path, duplicates=Duplicates(duplicates))
    cancelled = go(vault, replace(job, is_cancelled=is_cancelled))
    assert cancelled.state is State.CANCELLED
    assert 0 < cancelled.tally("session").created < 6
    assert vault.verify().ok
    report = go(vault, job)
    assert report.state is State.DONE
    assert sums(report)[0] == 6
    assert cancelled.tally("session").created + report.tally("session").created == 6
    found = [tuple(words) for words in everything(vault).values()]
    assert found.count(("new 0", "new 1", "new 2")) == 6
    assert len(found) == (6 if duplicates == "skip" else 12)
    kept = vault.sessions()
    assert len(kept) == (12 if duplicates == "copy" else 6)
    assert [each["state"] for each in reports(vault)].count("done") == len(reports(vault))


def test_a_session_that_is_half_in_when_it_is_cancelled_is_in_the_sums(vault: Vault, tmp_path: Path) -> None:
    asked = 0

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3  # twice in the preview, before the session, then after each 256 messages

    job = job_of(lambda: [session(1, 300)], tmp_path)
    report = go(vault, replace(job, is_cancelled=is_cancelled))
    assert report.state is State.CANCELLED
    assert sums(report) == (1, 1, 0, 0)
    assert sums(report, "message") == (256, 256, 0, 0)
    assert [line.reason for line in report.lines] == ["a part of it is in; the rest comes when it is imported again"]
    assert vault.sessions()[0].count == 256
    report = go(vault, job)
    assert report.state is State.DONE
    assert sums(report, "message") == (300, 44, 256, 0)
    assert vault.sessions()[0].count == 300


def test_replaced_sessions_with_large_headers_fit_their_commits(vault: Vault, tmp_path: Path) -> None:
    def items() -> list[Read]:
        return [session(number, 0, extra={"told": "x" * 40_000}) for number in range(1, 181)]

    go(vault, job_of(items, tmp_path))
    report = go(vault, job_of(items, tmp_path, duplicates=Duplicates.REPLACE))
    assert report.state is State.DONE
    assert sums(report) == (180, 180, 0, 0)
    assert len(vault.sessions()) == 180
    assert len(vault.sessions(include_trashed=True)) == 360


def test_going_on_leaves_what_the_writer_did_in_between(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.client.receiving.MAX_COMMIT_ITEMS", 6)
    item = session(1, 11)
    days = (Day("1970-01-01", 22, 0),)
    item = replace(item, header=replace(item.header, preview="text 10", next_position=11, days=days))
    job = job_of(lambda: [item], tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(preview(job, vault.receiver()), _BreaksOff(vault, 1))
    vault.write("in between", session=item.id)
    vault.change_sessions([item.id], SessionChange(title="Mine", add_tags=("kept",), trashed=True))
    before = vault.session(item.id).summary
    assert go(vault, job).state is State.DONE
    after = vault.session(item.id).summary
    assert replace(after, count=0, left_ms=0) == replace(before, count=0, left_ms=0)
    assert (after.title, after.tags, after.preview) == ("Mine", ("kept",), "in between")
    assert after.trashed_at is not None
    assert texts(vault, item.id) == [f"text {place}" for place in range(11)] + ["in between"]
    assert "imported" not in vault.receiver().headers()[bytes.fromhex(item.id)].extra


class _BreaksOff(Receiver):
    """A vault that takes so many parcels and then none."""

    def __init__(self, vault: Vault, left: int) -> None:
        super().__init__(vault._guarded, vault.now)
        self.left = left

    def take(self, parcel: Parcel) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        super().take(parcel)


@pytest.mark.parametrize("duplicates", ["skip", "copy", "replace"])
@pytest.mark.parametrize("after", range(5))
def test_a_session_of_several_commits_is_whole_in_the_end_wherever_it_was_broken_off(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duplicates: str, after: int
) -> None:
    monkeypatch.setattr("vault.client.receiving.MAX_COMMIT_ITEMS", 6)

    def items() -> list[Read]:
        return [session(1, 2, "small"), session(2, 11, "large"), session(3, 1, "last")]

    if duplicates != "skip":
        go(vault, job_of(lambda: [session(2, 1, "old")], tmp_path))
    job = job_of(items, tmp_path, duplicates=Duplicates(duplicates))
    with pytest.raises(KeyboardInterrupt):
        run(preview(job, vault.receiver()), _BreaksOff(vault, after))
    assert vault.verify().ok
    report = go(vault, job)
    assert report.state is State.DONE
    assert report.tally("message").read == 14
    assert report.tally("message").is_even
    expected = [["last 0"], ["small 0", "small 1"], [f"large {place}" for place in range(11)]]
    assert sorted(everything(vault).values()) == sorted(expected + ([] if duplicates == "skip" else [["old 0"]]))
    large = next(each for each in vault.receiver().headers().values() if each.count == 11)
    assert "written" not in large.extra.get("imported", {})
    old = [each for each in vault.sessions(include_trashed=True) if texts(vault, each.id) == ["old 0"]]
    assert [each.trashed_at is not None for each in old] == ([] if duplicates == "skip" else [duplicates == "replace"])


def test_sessions_of_several_commits(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.client.receiving.MAX_COMMIT_ITEMS", 6)
    report = go(vault, job_of(lambda: [session(1, 11, "large"), session(2, 2, "small")], tmp_path))
    assert report.state is State.DONE
    assert sorted(everything(vault).values()) == [[f"large {place}" for place in range(11)], ["small 0", "small 1"]]
    assert vault.verify().ok


@pytest.mark.parametrize("has_come", [True, False])
@pytest.mark.parametrize("is_planned_anew", [True, False])
def test_what_was_done_without_an_answer_is_not_done_twice(
    world: World, vault: Vault, journal: Path, has_come: bool, is_planned_anew: bool
) -> None:
    def unanswered(request: Request, forward: Forward) -> Answer:
        if request.route != "POST /commits":
            return forward(request)
        if has_come:
            forward(request)
        raise httpx.ReadError("reset")

    with opened(journal) as source:
        job, receiver = Job(source, choose_reader(source), options()), vault.receiver()
        plan = preview(job, receiver)
        with world.proxy.lying(unanswered), pytest.raises(UnavailableError):
            run(plan, receiver)
        done = run(preview(job, receiver) if is_planned_anew else plan, receiver)
    assert done.state is State.DONE
    assert sorted(everything(vault).values()) == [["One."], ["Two."]]
    assert [each["state"] for each in reports(vault)] == [State.DONE]


@pytest.mark.parametrize("duplicates", ["skip", "replace", "copy"])
def test_a_source_that_was_edited_is_not_taken_for_the_one_that_was_broken_off(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duplicates: str
) -> None:
    monkeypatch.setattr("vault.client.receiving.MAX_COMMIT_ITEMS", 6)
    job = job_of(lambda: [session(1, 11, "before")], tmp_path, duplicates=Duplicates(duplicates))
    with pytest.raises(KeyboardInterrupt):
        run(preview(job, vault.receiver()), _BreaksOff(vault, 2))
    report = go(vault, job_of(lambda: [session(1, 11, "after")], tmp_path, duplicates=Duplicates(duplicates)))
    assert report.state is State.DONE
    assert not any(line.outcome is Outcome.CONTINUED for line in report.lines)
    found = list(everything(vault).values())
    assert not any({word.split()[0] for word in words} == {"before", "after"} for words in found)
    assert (["after " + str(place) for place in range(11)] in found) is (duplicates != "skip")


def test_a_source_without_times_is_known_again_at_another_moment(vault: Vault, tmp_path: Path) -> None:
    job = job_of(lambda: [session(1, 1)], tmp_path)

    def digest(moment: int) -> str:
        timed = session(1, 1)
        timed = replace(timed, header=replace(timed.header, created_at=moment, updated_at=moment))
        later = replace(job_of(lambda: [timed], tmp_path), options=replace(job.options, now=moment))
        return preview(later, vault.receiver()).report.digest

    assert digest(5_000) == digest(6_000)


def test_ids_and_all_fields_of_our_own_are_kept_as_they_are(vault: Vault, tmp_path: Path) -> None:
    item = session(5, 2, archived_at=5, helper="Ada", pinned=True, extra={"from_the_future": [1]})
    extra = RecordItem("f" * 32, UnknownRecord({"type": "drawing", "lines": 3}))
    item = replace(item, records=[*item.records, extra])
    book = Notebook("Book", NotebookKind.EVENT, 1, 2, "UTC", trashed_at=4)
    go(vault, job_of(lambda: [RootItem("a" * 32, book), RootItem("b" * 32, Settings(9)), item], tmp_path))
    kept = vault.receiver().headers()[bytes.fromhex(item.id)]
    assert replace(kept, count=0, digest=NO_DIGEST) == item.header
    assert kept.count == 3
    assert vault.receiver().root().get(bytes.fromhex("a" * 32)) == book
    assert vault.settings().continue_minutes == 9
    with vault.reading() as reading:
        (found,) = reading.sessions
    assert {each.record_id.hex(): each.payload for each in found.records} == {
        each.id: each.record.payload() for each in item.records
    }


def test_sessions_find_their_notebook_when_it_was_taken_in_anew(vault: Vault, tmp_path: Path) -> None:
    def items(title: str) -> list[Read]:
        book: RootRecord = Notebook(title, NotebookKind.PROJECT, 1, 2, "UTC")
        return [RootItem("a" * 32, book), session(1, 1, notebook=b"\xaa" * 16)]

    go(vault, job_of(lambda: items("First"), tmp_path))
    go(vault, job_of(lambda: items("Second"), tmp_path, duplicates=Duplicates.COPY))
    titles = {each.id: each.title for each in vault.notebooks()}
    assert sorted(titles.values()) == ["First", "Second"]
    assert sorted(titles[each.notebook or ""] for each in vault.sessions()) == ["First", "Second"]


def test_replacing_leaves_a_notebook_and_what_was_written_into_it_since(vault: Vault, tmp_path: Path) -> None:
    def items(title: str) -> list[Read]:
        book: RootRecord = Notebook(title, NotebookKind.PROJECT, 1, 2, "UTC")
        return [RootItem("a" * 32, book), session(1, 1, title, notebook=b"\xaa" * 16)]

    go(vault, job_of(lambda: items("First"), tmp_path))
    go(vault, job_of(lambda: [session(2, 1, "since", notebook=b"\xaa" * 16)], tmp_path))
    report = go(vault, job_of(lambda: items("Second"), tmp_path, duplicates=Duplicates.REPLACE))
    assert sums(report, "notebook") == (1, 0, 1, 0)
    assert sums(report) == (1, 1, 0, 0)
    (book,) = vault.notebooks()
    assert (book.id, book.title) == ("a" * 32, "First")
    assert sorted((*texts(vault, each.id), each.notebook) for each in vault.sessions()) == [
        ("Second 0", book.id),
        ("since 0", book.id),
    ]


def test_other_settings_are_replaced_only_when_the_writer_says_so(vault: Vault, tmp_path: Path) -> None:
    vault.save_settings(continue_minutes=7)
    job = job_of(lambda: [RootItem("b" * 32, Settings(9))], tmp_path)
    assert sums(go(vault, job), "settings") == (1, 0, 1, 0)
    assert vault.settings().continue_minutes == 7
    go(vault, replace(job, duplicates=Duplicates.REPLACE))
    assert vault.settings().continue_minutes == 9


def test_one_item_twice_in_a_source_is_taken_once(vault: Vault, tmp_path: Path) -> None:
    entries = [dayone_entry(1, "One."), dayone_entry(1, "One."), dayone_entry(2, "Two.")]
    report = take(vault, put_json(tmp_path / "Journal.json", dayone(entries)))
    assert sums(report) == (3, 2, 1, 0)


def test_what_no_vault_can_hold_is_skipped_and_all_else_taken(vault: Vault, tmp_path: Path) -> None:
    bad = replace(session(1, 1), header=header("Bad", extra={"Bad Name": 1}))
    large = session(2, 1, "x" * 3_000_000)
    report = go(vault, job_of(lambda: [bad, large, session(3, 1)], tmp_path))
    assert sums(report) == (3, 1, 0, 2)
    assert report.state is State.DONE
    assert [each.title for each in vault.sessions()] == ["Session 3"]


def test_a_session_cannot_take_the_place_of_the_vault_itself(vault: Vault, tmp_path: Path) -> None:
    item = SessionItem(vault.vault_id, header("Root"), [])
    report = go(vault, job_of(lambda: [item], tmp_path))
    assert sums(report) == (1, 0, 0, 1)
    assert vault.verify().ok


def test_a_source_that_changes_between_preview_and_import_fails_it(vault: Vault, tmp_path: Path) -> None:
    given = [[session(1, 1)], [session(1, 1), session(2, 1)]]
    job = job_of(lambda: list(given.pop(0)), tmp_path)
    with pytest.raises(TransferError, match="not what it was"):
        go(vault, job)
    assert [each["state"] for each in reports(vault)] == ["failed"]
    assert vault.verify().ok


def test_an_export_that_changes_between_preview_and_import_fails_it(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(as_json([session(1, 2, "before"), session(2, 2)]))
    with opened(path) as source:
        plan = preview(Job(source, choose_reader(source), options()), vault.receiver())
        path.write_bytes(as_json([session(1, 2, "after"), session(2, 2)]))
        with pytest.raises(TransferError, match="not what it was"):
            run(plan, vault.receiver())
    assert [each["state"] for each in reports(vault)] == ["failed"]
    assert vault.verify().ok


def test_a_source_that_breaks_in_the_second_reading_fails_the_import(vault: Vault, tmp_path: Path) -> None:
    times = 0

    def items() -> list[Read]:
        nonlocal times
        times += 1
        if times > 1:
            raise FormatError("It is damaged.")
        return [session(1, 1)]

    with pytest.raises(TransferError, match="It is damaged"):
        go(vault, job_of(items, tmp_path))
    assert vault.verify().ok


def test_sums_that_do_not_come_out_even_fail_the_import(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.transfer.importing.account", lambda *_given: None)
    with pytest.raises(TransferError, match="do not come out even"):
        go(vault, job_of(lambda: [session(1, 1)], tmp_path))


def test_messages_that_a_vault_lost_fail_the_import(vault: Vault, tmp_path: Path) -> None:
    class Forgetful(Receiver):
        def take(self, parcel: Parcel) -> None:
            super().take(
                replace(
                    parcel,
                    sessions=[replace(each, records=each.records[:-1]) for each in parcel.sessions],
                )
            )

    job = job_of(lambda: [session(1, 2)], tmp_path)
    with pytest.raises(TransferError, match="not there with all"):
        run(preview(job, vault.receiver()), Forgetful(vault._guarded, vault.now))


def test_branches_of_a_conversation_stay_together(vault: Vault, tmp_path: Path) -> None:
    conversation = chatgpt(
        chatgpt_node("a", None, text="Question"),
        chatgpt_node("b", "a", "assistant", "First answer"),
        chatgpt_node("c", "a", "assistant", "Second answer"),
    )
    take(vault, put_json(tmp_path / "conversations.json", [conversation]))
    assert {each.thread for each in vault.sessions()} == {"c-1"}
    assert sorted(map(tuple, everything(vault).values())) == [("First answer",), ("Question", "Second answer")]


def test_ten_thousand_entries(vault: Vault, tmp_path: Path) -> None:
    entries = [dayone_entry(number, f"Entry {number}.") for number in range(10_000)]
    report = take(vault, put_json(tmp_path / "Journal.json", dayone(entries)))
    assert sums(report) == (10_000, 10_000, 0, 0)
    assert len(vault.sessions()) == 10_000


def test_an_empty_export_is_an_empty_import(vault: Vault, tmp_path: Path) -> None:
    report = take(vault, put_json(tmp_path / "Journal.json", dayone([])))
    assert report.state is State.DONE
    assert not any(tally.read for tally in report.tallies.values())


def test_skipped_items_of_any_kind_are_counted(vault: Vault, tmp_path: Path) -> None:
    items: list[Read] = [Skipped("x", "it is odd", "message"), Skipped("y", "it is odd", "notebook")]
    report = go(vault, job_of(lambda: items, tmp_path))
    assert sums(report, "message") == sums(report, "notebook") == (1, 0, 0, 1)
