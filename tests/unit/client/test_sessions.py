"""Sessions over the real service: the five-minute rule, changes in bulk and their undo, merging, editing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from tests.support.clock import MINUTE, START, Time, without_date
from tests.support.proxy import Answer, Forward, Request
from tests.support.world import Device, World
from vault.client import (
    KEEP,
    Beginning,
    Moment,
    NewMessage,
    NotebookFields,
    Role,
    SessionChange,
    SessionSummary,
    State,
    Vault,
    changes,
    merge,
    undo,
)
from vault.core.model import Day
from vault.errors import NotFoundError, UnavailableError, UsageError


def device(world: World, name: str, time: Time) -> Device:
    other = world.device(name)
    other.wall_ms = time
    return other


def texts(vault: Vault, session_id: str) -> list[str]:
    return [message.text for message in vault.session(session_id).messages]


def summary(vault: Vault, session_id: str) -> SessionSummary:
    return next(each for each in vault.sessions(include_trashed=True) if each.id == session_id)


def state(vault: Vault, session_id: str) -> State:
    return summary(vault, session_id).state


# --- the five-minute rule --------------------------------------------------------------------------------------------


def test_writing_goes_on_within_five_minutes_and_begins_anew_after_them(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        first = vault.write("one")
        time.pass_(minutes=4.9)
        assert vault.active_session() == first
    with laptop.unlock() as vault:  # another run of the program
        assert vault.write("two") == first
        time.pass_(minutes=5)
        assert vault.active_session() is None
        second = vault.write("three")
        assert second != first
        assert (texts(vault, first), texts(vault, second)) == (["one", "two"], ["three"])


def test_states_as_time_passes(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("one")
        assert (state(vault, session), summary(vault, session).left_ms) == (State.ACTIVE, 5 * MINUTE)
        time.pass_(minutes=2)
        assert (state(vault, session), summary(vault, session).left_ms) == (State.IDLE, 3 * MINUTE)
        time.pass_(minutes=3)
        assert (state(vault, session), summary(vault, session).left_ms) == (State.ENDED, 0)
        vault.resume_session(session)
        assert state(vault, session) is State.RESUMED
        assert vault.write("two") == session
        vault.end_session(session)
        assert state(vault, session) is State.ENDED
        assert vault.write("three") != session
        vault.change_sessions([session], SessionChange(archived=True))
        assert state(vault, session) is State.ARCHIVED
        vault.change_sessions([session], SessionChange(trashed=True))
        assert state(vault, session) is State.TRASHED
        assert state(vault, vault.append_all(None, [])) is State.NEW


def test_the_limit_is_the_writers(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        vault.save_settings(continue_minutes=30)
        first = vault.write("one")
        time.pass_(minutes=29)
        assert vault.write("two") == first
        vault.save_settings(continue_minutes=None)
        assert vault.settings().continue_minutes == 5
        time.pass_(minutes=6)
        assert vault.write("three") != first


def test_a_new_session_belongs_to_the_notebook_of_the_last_one(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(NotebookFields("Move"))
        vault.write("one", new=Beginning(notebook=notebook))
        time.pass_(minutes=6)
        second = vault.write("two")
        assert summary(vault, second).notebook == notebook
        vault.change_notebook(notebook, trashed=True)
        time.pass_(minutes=6)
        assert summary(vault, vault.write("three")).notebook is None


def test_writing_into_an_ended_session_takes_it_up(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("one")
        time.pass_(minutes=60)
        vault.write("two", session=session)
        assert state(vault, session) is State.RESUMED
        vault.end_session(session)
        vault.write("three", session=session)
        assert state(vault, session) is State.RESUMED
        vault.change_sessions([session], SessionChange(trashed=True))
        with pytest.raises(UsageError, match="trash"):
            vault.write("four", session=session)


def test_two_devices_write_at_once_into_one_session(laptop: Device, world: World, time: Time) -> None:
    """The one that comes second is asked again over what the first did: it goes on there, and nothing is lost."""
    with laptop.unlock() as one, device(world, "phone", time).unlock() as two:
        first = one.write("from one")
        assert two.write("from two") == first
        time.pass_(minutes=6)
        second = two.write("two again")
        assert one.write("one again") == second
        assert texts(one, second) == ["two again", "one again"]
        two.end_session(second)
        assert one.refresh() == [second]
        assert one.active_session() is None


def test_a_clock_that_jumps_is_put_right_by_the_service(laptop: Device, world: World, time: Time) -> None:
    service = Time()

    def dated(request: Request, forward: Forward) -> Answer:
        answer = without_date(request, forward)
        shown = datetime.fromtimestamp(service.ms / 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Answer(answer.status, [*answer.headers, ("Date", shown)], answer.chunks)

    world.proxy.lie = dated
    time.ms += 3_600_000  # the device is an hour ahead
    with laptop.unlock() as vault:
        first = vault.write("one")
        assert abs(vault.now() - service.ms) <= 1_000
        time.ms -= 7_200_000  # set back by hand, now an hour behind
        service.pass_(minutes=1)
        assert vault.write("two") == first
        time.ms += 100 * 3_600_000
        service.pass_(minutes=6)
        assert vault.write("three") != first
        written = next(vault.messages(first)).created_at
        assert written.timestamp() * 1000 == START + 3_600_000  # what the writer's own clock said


# --- what a session is -----------------------------------------------------------------------------------------------


def test_a_beginning_says_what_the_session_is(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(NotebookFields("Move", "event"))
        beginning = Beginning(
            title="Day two",
            notebook=notebook,
            phase=2,
            template="expressive-writing",
            helper="Ada",
            tags=("b", "a", "b"),
            thread="t-1",
            prompt="Write about what happened.",
        )
        session = vault.write("It rained.", new=beginning, seconds=61)
    with laptop.unlock() as vault:
        found = summary(vault, session)
        assert (found.title, found.renamed, found.preview, found.count) == ("Day two", True, "It rained.", 2)
        assert (found.notebook, found.phase, found.template, found.helper) == (notebook, 2, "expressive-writing", "Ada")
        assert (found.tags, found.thread, found.words) == (("a", "b"), "t-1", 2)
        assert found.days == (Day("2023-11-14", 2, 61),)
        roles = [(message.role, message.text, message.seconds) for message in vault.session(session).messages]
        assert roles == [(Role.SYSTEM, "Write about what happened.", 0), (Role.WRITER, "It rained.", 61)]
        vault.rename(session, None)
        assert summary(vault, session).title == "It rained."


@pytest.mark.parametrize(
    "beginning",
    [
        Beginning(phase=0),
        Beginning(phase=100),
        Beginning(template="No Such"),
        Beginning(helper=""),
        Beginning(helper="x" * 101),
        Beginning(thread="x" * 501),
        Beginning(tags=("",)),
        Beginning(tags=("x" * 51,)),
        Beginning(tags=tuple(f"{n:02}" for n in range(51))),
        Beginning(tags=("\ud800",)),
        Beginning(prompt="\ud800"),
    ],
)
def test_what_no_session_can_be_is_told_and_sends_nothing(laptop: Device, world: World, beginning: Beginning) -> None:
    with laptop.unlock() as vault:
        sent = len(world.proxy.traffic)
        with pytest.raises(UsageError):
            vault.write("text", new=beginning)
        with pytest.raises(NotFoundError):
            vault.write("text", new=Beginning(notebook="0" * 32))
        with pytest.raises(UsageError):
            vault.write("text", new=Beginning(notebook="zz"))
        session = "0" * 32
        for use in (
            lambda: vault.change_sessions([session], SessionChange(notebook="zz")),
            lambda: vault.change_sessions(["zz"], SessionChange(pinned=True)),
            lambda: vault.merge_sessions("zz", session),
            lambda: vault.edit_message(session, "zz", "x"),
            lambda: vault.save_notebook(NotebookFields("x"), "zz"),
        ):
            with pytest.raises((UsageError, NotFoundError)):
                use()
        for message in (
            NewMessage("x", seconds=1.5),  # type: ignore[arg-type]  # what a caller without types may do
            NewMessage("x", seconds=-1),
            NewMessage("x", sources=({"A": 1},)),
            NewMessage("x", flags=("",)),
        ):
            with pytest.raises(UsageError):
                vault.append_all(None, [message])
        assert len(world.proxy.traffic) == sent
        vault.write("it goes on")


def test_everything_about_a_message_comes_back(laptop: Device, time: Time) -> None:
    source, call = {"title": "A book", "page": 3}, {"name": "look", "input": "{}"}
    with laptop.unlock() as vault:
        message = NewMessage("text", Role.HELPER, 5, (source,), (call,), ("heavy", "gentle"))
        session = vault.append_all(None, [message])
        (shown,) = vault.messages(session)
        assert (shown.sources, shown.tool_calls, shown.flags) == ((source,), (call,), ("gentle", "heavy"))
        assert summary(vault, session).days == (Day("2023-11-14", 0, 5),)


def test_what_was_written_elsewhere_keeps_its_time_and_does_not_go_on(laptop: Device, time: Time) -> None:
    then = Moment(START - 90 * 24 * 60 * MINUTE, "Asia/Tokyo", START - 90 * 24 * 60 * MINUTE)
    with laptop.unlock() as vault:
        session = vault.append_all(None, [NewMessage("old", moment=then)])
        vault.append_all(session, [NewMessage("older words", moment=then)])
        found = summary(vault, session)
        assert found.created_at == found.updated_at == datetime.fromtimestamp(then.ms / 1000, UTC)
        assert (found.state, found.days) == (State.ENDED, (Day("2023-08-17", 3, 0),))
        assert vault.active_session() is None


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_are_filtered(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(NotebookFields("Move"))
        one = vault.write("1", new=Beginning(notebook=notebook, phase=1, tags=("a",)))
        time.pass_(minutes=10)
        two = vault.write("2", new=Beginning(helper="Ada", tags=("a", "b")))
        time.pass_(minutes=1)
        three = vault.write("3", new=Beginning())
        vault.change_sessions([three], SessionChange(trashed=True))

        def ids(**wanted: object) -> list[str]:
            return [each.id for each in vault.sessions(**wanted)]  # type: ignore[arg-type]

        assert ids() == [two, one]
        assert ids(include_trashed=True) == [three, two, one]
        assert ids(limit=1) == [two]
        assert ids(notebook=notebook) == ids(phase=1) == [one]
        assert ids(tag="a") == [two, one]
        assert ids(tag="b") == ids(helper="Ada") == [two]
        assert ids(status="trashed") == [three]
        assert ids(status=State.ENDED) == [one]
        assert ids(status="idle") == [two]
        assert ids(since=datetime.fromtimestamp(START / 1000, UTC) + timedelta(minutes=5)) == [two]
        with pytest.raises(UsageError):
            ids(status="sleeping")


# --- changes and undo ------------------------------------------------------------------------------------------------


def test_many_sessions_are_changed_in_one_commit_and_back(laptop: Device, world: World, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(NotebookFields("Move"))
        ids = [vault.write("text", new=Beginning(tags=(f"t{number}",))) for number in range(5)]
        before = [summary(vault, each) for each in ids]
        commits = world.proxy.routes().count("POST /commits")
        change = SessionChange(
            title="T",
            notebook=notebook,
            phase=3,
            helper="Ada",
            thread="x",
            add_tags=("new",),
            remove_tags=("t1",),
            pinned=True,
            archived=True,
            ended=True,
        )
        back = vault.change_sessions(ids, change)
        assert world.proxy.routes().count("POST /commits") == commits + 1
        changed = summary(vault, ids[1])
        assert (changed.title, changed.notebook, changed.phase, changed.tags) == ("T", notebook, 3, ("new",))
        assert (changed.pinned, changed.state, changed.helper, changed.thread) == (True, State.ARCHIVED, "Ada", "x")
        assert changed.updated_at == before[1].updated_at
        vault.change_sessions(ids, SessionChange(helper=None, add_tags=("new",)))
        back.undo()
        back.undo()  # nothing more to take back
        assert [summary(vault, each) for each in ids] == before
        assert vault.verify().ok


def test_undo_leaves_what_was_changed_again(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("text")
        back = vault.change_sessions([session], SessionChange(title="A", pinned=True, trashed=True))
        vault.rename(session, "B")
        time.pass_(minutes=1)
        back.undo()
        found = summary(vault, session)
        assert (found.title, found.pinned, found.trashed_at) == ("B", False, None)
        ended = vault.end_session(session)
        vault.write("it went on", session=session)
        ended.undo()
        assert state(vault, session) is State.RESUMED


def test_changes_that_change_nothing_send_nothing(laptop: Device, world: World, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("text", new="A")
        commits = world.proxy.routes().count("POST /commits")
        vault.rename(session, "A")
        vault.change_sessions([session], SessionChange(title=KEEP, pinned=False, trashed=False)).undo()
        vault.change_sessions([], SessionChange(title="x"))
        vault.append_all(session, [])
        assert world.proxy.routes().count("POST /commits") == commits


def test_a_change_of_a_session_that_is_not_there_changes_none(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("text")
        with pytest.raises(NotFoundError):
            vault.change_sessions([session, "0" * 32], SessionChange(pinned=True))
        with pytest.raises(NotFoundError):
            vault.change_sessions([session], SessionChange(pinned=True, notebook="0" * 32))
        assert not summary(vault, session).pinned


def test_more_than_a_commit_carries_goes_in_several(
    laptop: Device, world: World, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MAX_COMMIT_ITEMS", 3)
    with laptop.unlock() as vault:
        ids = [vault.write("text", new=f"{number}") for number in range(7)]
        commits = world.proxy.routes().count("POST /commits")
        back = vault.change_sessions(ids, SessionChange(pinned=True))
        assert world.proxy.routes().count("POST /commits") == commits + 3
        assert all(each.pinned for each in vault.sessions())
        back.undo()
        assert not any(each.pinned for each in vault.sessions())


def test_what_was_done_before_a_failure_can_be_taken_back(
    laptop: Device, world: World, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MAX_COMMIT_ITEMS", 3)
    with laptop.unlock() as vault:
        ids = [vault.write("text", new=f"{number}") for number in range(7)]
        commits = 0

        def fails_after_two(request: Request, forward: Forward) -> Answer:
            nonlocal commits
            commits += request.route == "POST /commits"
            if request.route == "POST /commits" and commits > 2:
                raise httpx.ConnectError("refused")
            return forward(request)

        world.proxy.lie = fails_after_two
        with pytest.raises(UnavailableError) as caught:
            vault.change_sessions(ids, SessionChange(pinned=True))
        world.proxy.lie = None
        assert sum(each.pinned for each in vault.sessions()) == 6
        back = undo.undo_of(caught.value)
        assert back is not None
        back.undo()
        assert not any(each.pinned for each in vault.sessions())
        with pytest.raises(UsageError) as refused:
            vault.change_sessions(ids, SessionChange(title=" "))
        assert undo.undo_of(refused.value) is None


# --- editing messages ------------------------------------------------------------------------------------------------


def test_editing_keeps_the_earlier_texts(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.append_all(None, [NewMessage("one two three", seconds=9), NewMessage("last")])
        first, _ = (message.id for message in vault.session(session).messages)
        time.pass_(minutes=24 * 60)
        vault.edit_message(session, first, "four")
        time.pass_(minutes=1)
        vault.edit_message(session, first, "five six")
        vault.edit_message(session, first, "five six")
    with laptop.unlock() as vault:
        message = vault.session(session).messages[0]
        assert [version.text for version in message.versions] == ["one two three", "four"]
        assert [version.at for version in message.versions] == [START, START + 24 * 60 * MINUTE]
        assert message.edited_at is not None
        found = summary(vault, session)
        assert (found.title, found.preview, found.days) == ("five six", "last", (Day("2023-11-14", 3, 9),))
        assert vault.verify().ok
        with pytest.raises(NotFoundError):
            vault.edit_message(session, "0" * 32, "x")
        with pytest.raises(NotFoundError):
            vault.edit_message("0" * 32, first, "x")
        with pytest.raises(UsageError):
            vault.edit_message(session, first, "\ud800")


def test_a_message_in_the_trash_is_not_counted_and_comes_back(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.append_all(None, [NewMessage("one two"), NewMessage("three")])
        before, shown = summary(vault, session), vault.session(session).messages
        back = vault.trash_message(session, shown[1].id)
        found = summary(vault, session)
        assert (texts(vault, session), found.preview, found.words) == (["one two"], "one two", 2)
        assert [message.trashed_at is None for message in vault.messages(session)] == [True, False]
        back.undo()
        assert (summary(vault, session), vault.session(session).messages) == (before, shown)
        vault.trash_message(session, shown[1].id, trashed=False).undo()  # it was not there: nothing to take back
        assert texts(vault, session) == ["one two", "three"]
        vault.trash_message(session, shown[1].id)
        again = vault.trash_message(session, shown[1].id)
        again.undo()
        assert texts(vault, session) == ["one two"]
        vault.trash_message(session, shown[1].id, trashed=False).undo()
        assert texts(vault, session) == ["one two"]


def test_editing_goes_over_what_another_device_wrote(laptop: Device, world: World, time: Time) -> None:
    with laptop.unlock() as one, device(world, "phone", time).unlock() as two:
        session = one.write("first")
        two.refresh()
        (message,) = two.messages(session)
        one.write("second", session=session)
        one.edit_message(session, message.id, "first, better")
        two.edit_message(session, message.id, "first, best")
        assert texts(two, session) == ["first, best", "second"]
        assert [version.text for version in next(two.messages(session)).versions] == ["first", "first, better"]


# --- merging ---------------------------------------------------------------------------------------------------------


def test_merging_copies_in_order_and_trashes_the_other(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        into = vault.append_all(None, [NewMessage("a b"), NewMessage("c")], new=Beginning("Into", tags=("x",)))
        given = vault.append_all(None, [NewMessage("d e f", seconds=5), NewMessage("g")], new=Beginning(tags=("y",)))
        before = {each.id: each for each in vault.sessions()}
        back = vault.merge_sessions(into, given)
        found = summary(vault, into)
        assert texts(vault, into) == ["a b", "c", "d e f", "g"]
        assert (found.title, found.preview, found.tags, found.count) == ("Into", "g", ("x", "y"), 4)
        assert found.days == (Day("2023-11-14", 7, 5),)
        assert [each.id for each in vault.sessions()] == [into]
        vault.merge_sessions(into, given)
        assert texts(vault, into) == ["a b", "c", "d e f", "g"]
        assert vault.verify().ok
        back.undo()
        assert texts(vault, into) == ["a b", "c"]
        assert [each for each in vault.sessions() if each.id == given] == [before[given]]
        assert summary(vault, into).tags == ("x",)
        vault.merge_sessions(into, given)
        assert texts(vault, into) == ["a b", "c", "d e f", "g"]
        assert summary(vault, into).count == 4
        for wrong in ((into, into), (given, into)):
            with pytest.raises(UsageError):
                vault.merge_sessions(*wrong)
        with pytest.raises(NotFoundError):
            vault.merge_sessions(into, vault.vault_id)


def test_taking_a_merge_back_leaves_the_copies_edited_since(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        into = vault.append_all(None, [NewMessage("a")])
        given = vault.append_all(None, [NewMessage("b"), NewMessage("c")])
        vault.edit_message(given, vault.session(given).messages[0].id, "b, better")
        time.pass_(minutes=1)
        back = vault.merge_sessions(into, given)
        vault.edit_message(into, vault.session(into).messages[2].id, "c, better")
        back.undo()
        assert texts(vault, into) == ["a", "c, better"]
        assert texts(vault, given) == ["b, better", "c"]
        assert summary(vault, given).trashed_at is None
        assert vault.verify().ok


def test_a_merge_in_several_commits_can_stop_anywhere(
    laptop: Device, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MAX_COMMIT_ITEMS", 2)
    with laptop.unlock() as vault:
        into = vault.write("0")
        given = vault.append_all(None, [NewMessage(f"{number}") for number in range(1, 6)])
        assert vault._unlocked is not None
        vault._unlocked.commit(merge.Merge(bytes.fromhex(into), bytes.fromhex(given), vault._moment()))
        assert texts(vault, into) == ["0", "1", "2"]
        assert summary(vault, given).trashed_at is None
        back = vault.merge_sessions(into, given)
        assert texts(vault, into) == [f"{number}" for number in range(6)]
        positions = [message.position for message in vault.messages(into)]
        assert all(first < second for first, second in pairwise(positions))
        back.undo()
        assert texts(vault, into) == ["0", "1", "2"]
        assert summary(vault, given).trashed_at is None
        assert vault.verify().ok


def test_keep_is_told_apart_from_nothing() -> None:
    assert SessionChange().title is changes.KEEP
    assert SessionChange(title=None) != SessionChange()
