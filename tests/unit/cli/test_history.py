"""Sessions as a history: the five-minute rule, filters, changes to one and to many, search, retention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Cli, FakeClock


def write(cli: Cli, text: str, *words: str) -> str:
    return cli("write", *words, stdin=text).stdout.strip()


def texts(cli: Cli, session: str) -> list[str]:
    return [message["text"] for message in cli.json("show", session)["messages"]]


def listed(cli: Cli, *words: str) -> list[str]:
    """The titles of the sessions that are listed."""
    return [session["title"] for session in cli.json("sessions", *words)]


def summary(cli: Cli, session: str) -> dict[str, Any]:
    found: dict[str, Any] = cli.json("show", session)
    return found


# --- which session goes on -------------------------------------------------------------------------------------------


def test_text_goes_on_with_the_active_session(diary: Cli, clock: FakeClock) -> None:
    first = write(diary, "one")
    clock.forward(minutes=4, seconds=59)
    assert write(diary, "two") == first
    clock.forward(minutes=4, seconds=59)
    assert write(diary, "three") == first
    clock.forward(minutes=5)
    second = write(diary, "four")
    assert second != first
    assert texts(diary, first) == ["one", "two", "three"]
    assert write(diary, "five", "--new") not in (first, second)


def test_the_state_is_shown_with_the_time_left(diary: Cli, clock: FakeClock) -> None:
    session = write(diary, "one", "--new", "Rain")
    assert "Rain  [active, ends in 5 min]" in diary("sessions").stdout
    clock.forward(minutes=2)
    assert "Rain  [idle, ends in 3 min]" in diary("sessions").stdout
    clock.forward(minutes=3)
    assert diary("sessions").stdout.splitlines()[0].endswith("Rain")
    diary("session", "resume", session)
    assert "Rain  [resumed, ends in 5 min]" in diary("sessions").stdout
    assert write(diary, "two") == session


def test_clocks_that_jump(diary: Cli, clock: FakeClock) -> None:
    session = write(diary, "one")
    clock.forward(minutes=-3)
    assert write(diary, "two") == session
    clock.forward(days=-2)
    other = write(diary, "three")
    assert other != session
    clock.forward(days=30)
    assert write(diary, "four") not in (session, other)


def test_ending_and_resuming(diary: Cli, clock: FakeClock) -> None:
    first = write(diary, "one")
    diary("session", "end")
    second = write(diary, "two")
    assert second != first
    diary("session", "end", second)
    diary("session", "resume", first)
    assert write(diary, "three") == first
    clock.forward(days=1)
    assert "nothing to end" in diary("session", "end", code=2).stderr


def test_a_new_session_stays_in_the_notebook(diary: Cli, clock: FakeClock) -> None:
    notebook = diary("notebooks", "new", "House").stdout.strip()
    first = write(diary, "one", "--notebook", "house")
    clock.forward(minutes=6)
    second = write(diary, "two")
    assert second != first
    assert summary(diary, second)["notebook"] == notebook


def test_the_setting_counts(diary: Cli, clock: FakeClock) -> None:
    diary("settings", "--continue-minutes", "20")
    session = write(diary, "one")
    clock.forward(minutes=19)
    assert write(diary, "two") == session
    diary("settings", "--continue-minutes", "1")
    clock.forward(minutes=1)
    assert write(diary, "three") != session
    diary("settings", "--continue-minutes", "61", code=2)


def test_long_work_in_the_editor_goes_where_it_began(
    diary: Cli, clock: FakeClock, terminal: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = write(diary, "one")

    def edit(filename: str) -> None:
        clock.forward(minutes=50)
        Path(filename).write_text("two")

    monkeypatch.setattr("click.edit", edit)
    terminal()
    assert write(diary, "") == session
    clock.forward(minutes=50)
    assert write(diary, "") != session


def test_what_begins_a_session_and_what_goes_on_exclude_each_other(diary: Cli) -> None:
    for words in (
        ["--new"],
        ["--notebook", "x"],
        ["--phase", "1"],
        ["--template", "x"],
        ["--tag", "x"],
        ["--helper", "x"],
    ):
        assert "not both" in diary("write", "--session", "aa", *words, stdin="x", code=2).stderr


# --- filters and changes ---------------------------------------------------------------------------------------------


def test_filters(diary: Cli, clock: FakeClock) -> None:
    notebook = diary("notebooks", "new", "House").stdout.strip()
    write(diary, "x", "--new", "Rome", "--tag", "travel", "--tag", "a")
    clock.forward(days=1)
    write(diary, "x", "--new", "Roof", "--notebook", notebook[:8], "--phase", "2", "--helper", "Ada")
    clock.forward(days=1)
    write(diary, "x", "--new", "Cellar", "--notebook", "HOUSE")
    assert listed(diary) == ["Cellar", "Roof", "Rome"]
    assert listed(diary, "--notebook", "house") == ["Cellar", "Roof"]
    assert listed(diary, "--notebook", "house", "--limit", "1") == ["Cellar"]
    assert listed(diary, "--phase", "2") == ["Roof"]
    assert listed(diary, "--tag", "travel") == ["Rome"]
    assert listed(diary, "--tag", "trave") == []
    assert listed(diary, "--helper", "Ada") == ["Roof"]
    assert listed(diary, "--since", "2027-01-16") == ["Cellar", "Roof"]
    assert listed(diary, "--status", "active") == ["Cellar"]
    assert listed(diary, "--status", "ended") == ["Roof", "Rome"]
    assert "[House, phase 2, with Ada]" in diary("sessions").stdout
    assert "[#a, #travel]" in diary("sessions").stdout
    diary("sessions", "--status", "lost", code=2)
    diary("sessions", "--since", "yesterday", code=2)
    diary("sessions", "--notebook", "garden", code=5)


def test_rename(diary: Cli) -> None:
    session = write(diary, "Opening", "--new", "Old")
    diary("session", "rename", session[:10], "New")
    assert listed(diary) == ["New"]
    diary("session", "rename", session)
    assert listed(diary) == ["Opening"]
    diary("session", "rename", session, "x" * 201, code=2)


def test_move_and_phase_and_helper(diary: Cli) -> None:
    notebook = diary.json("notebooks", "new", "House")["notebook"]
    session = write(diary, "x", "--new")
    diary("session", "move", session, "--notebook", "house")
    diary("session", "phase", session, "--number", "3")
    diary("session", "helper", session, "--name", "Ada")
    found = summary(diary, session)
    assert (found["notebook"], found["phase"], found["helper"]) == (notebook, 3, "Ada")
    for words in (["move"], ["phase"], ["helper"]):
        diary("session", *words, session, code=2)
        diary("session", *words, session, "--none")
    found = summary(diary, session)
    assert (found["notebook"], found["phase"], found["helper"]) == (None, None, None)


def test_many_at_once(diary: Cli) -> None:
    ids = [write(diary, str(number), "--new", str(number)) for number in range(3)]
    diary("session", "tag", *ids, "--add", "rain", "--add", "roof")
    diary("session", "tag", *ids[:2], "--remove", "roof")
    assert sorted(listed(diary, "--tag", "rain")) == ["0", "1", "2"]
    assert listed(diary, "--tag", "roof") == ["2"]
    diary("session", "pin", *ids)
    diary("session", "pin", ids[0], "--off")
    assert [summary(diary, each)["pinned"] for each in ids] == [False, True, True]
    diary("session", "archive", *ids[1:])
    assert sorted(listed(diary, "--status", "archived")) == ["1", "2"]
    assert "archived" in diary("sessions", "--all").stdout
    diary("session", "archive", ids[1], "--off")
    assert listed(diary, "--status", "archived") == ["2"]
    diary("session", "tag", ids[0], code=2)
    diary("session", "pin", ids[0], "zz", code=5)


def test_trash_is_no_erasure(diary: Cli) -> None:
    session = write(diary, "rain", "--new", "Rain")
    diary("session", "trash", session[:9])
    assert listed(diary) == []
    assert listed(diary, "--status", "trashed") == ["Rain"]
    assert diary("search", "rain").stdout == ""
    assert [hit["where"] for hit in diary.json("search", "rain", "is:trashed")] == ["title", "text"]
    assert "erases nothing" in diary("session", "trash", "--help").stdout
    diary("session", "restore", session[:9])
    assert texts(diary, session) == ["rain"]
    assert listed(diary) == ["Rain"]


def test_merge(diary: Cli) -> None:
    into, other = write(diary, "one", "--new", "Into"), write(diary, "two", "--new", "Other")
    diary("session", "merge", into, other)
    assert texts(diary, into) == ["one", "two"]
    assert listed(diary) == ["Into"]
    diary("session", "merge", into, into, code=2)


def test_pinned_first_and_archived_apart(diary: Cli, clock: FakeClock) -> None:
    first, second, third = (write(diary, title, "--new", title) for title in ("first", "second", "third"))
    clock.forward(minutes=1)
    write(diary, "more", "--session", second)
    diary("session", "pin", first)
    diary("session", "archive", third)
    assert listed(diary) == ["first", "second"]
    assert listed(diary, "--limit", "1") == ["first"]
    assert listed(diary, "--status", "archived") == ["third"]
    diary("session", "trash", second)
    assert sorted(listed(diary, "--all")) == ["first", "second", "third"]


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_edited_and_its_earlier_texts_are_kept(diary: Cli, clock: FakeClock) -> None:
    session = write(diary, "one", "--new", "Rain")
    (message,) = summary(diary, session)["messages"]
    clock.forward(minutes=1)
    diary("message", "edit", session[:9], message["id"][:9], stdin="two words\n")
    (edited,) = summary(diary, session)["messages"]
    assert (edited["id"], edited["text"]) == (message["id"], "two words")
    assert [version["text"] for version in edited["versions"]] == ["one"]
    assert summary(diary, session)["words"] == 2
    plain = diary("show", session).stdout
    assert "edited 2027-01-15 08:01" in plain
    assert "before: one" not in plain
    assert "before: one" in diary("show", session, "--all").stdout
    assert "inkvault show" in diary("message", "edit", session, "zz", stdin="x", code=5).stderr


def test_a_message_is_edited_in_the_editor(
    diary: Cli, terminal: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = write(diary, "one", "--new", "Rain")
    (message,) = summary(diary, session)["messages"]

    def edit(filename: str) -> None:
        path = Path(filename)
        path.write_text(path.read_text() + " more")

    monkeypatch.setattr("click.edit", edit)
    terminal()
    diary("message", "edit", session, message["id"])
    assert texts(diary, session) == ["one more"]
    assert list((diary.root / "run").iterdir()) == []


@pytest.mark.parametrize(("made", "kept"), [("needle of one and mine", "and mine\n"), ("needle", None)])
def test_of_an_edit_of_what_is_erased_meanwhile_the_words_that_were_added_stay(
    diary: Cli, terminal: Callable[[], None], monkeypatch: pytest.MonkeyPatch, made: str, kept: str | None
) -> None:
    session = write(diary, "needle of one", "--new", "Rain")
    (message,) = summary(diary, session)["messages"]

    def edit(filename: str) -> None:
        Path(filename).write_text(made)
        diary("nuke", "--message", message["id"], "--confirm", "erase 1 message")

    monkeypatch.chdir(diary.root)  # where certificates go
    monkeypatch.setattr("click.edit", edit)
    terminal()
    said = diary("message", "edit", session, message["id"], code=5).stderr
    left = list((diary.root / "run").glob("**/*.md"))
    assert [path.read_text() for path in left] == ([] if kept is None else [kept])
    assert all(f"inkvault write < {path}" in said and path.stat().st_mode & 0o077 == 0 for path in left)
    assert "erased meanwhile" in said


def test_an_edit_that_fails_keeps_the_text_and_says_what_saves_it(diary: Cli) -> None:
    session = write(diary, "one")
    result = diary("message", "edit", session, "zz", stdin="precious", code=5)
    assert f"inkvault message edit {session} zz < " in result.stderr
    (kept,) = (diary.root / "run").glob("inkvault-*/*")
    assert kept.read_text() == "precious"


def test_a_message_in_the_trash(diary: Cli) -> None:
    session = write(diary, "one", "--new", "Rain")
    write(diary, "two", "--session", session)
    first = summary(diary, session)["messages"][0]["id"]
    diary("message", "trash", session, first)
    assert texts(diary, session) == ["two"]
    assert "in the trash" in diary("show", session, "--all").stdout
    assert len(diary.json("show", session, "--all")["messages"]) == 2
    diary("message", "restore", session, first)
    assert texts(diary, session) == ["one", "two"]


# --- search ----------------------------------------------------------------------------------------------------------


def test_search(diary: Cli, clock: FakeClock) -> None:
    diary("notebooks", "new", "The House", "--notes", "Needs a new roof")
    rome = write(diary, "It rained in Rôme.\nAll day.", "--new", "Journey", "--tag", "rain")
    clock.forward(days=1)
    roof = write(diary, "rain on the roof", "--notebook", "The House")
    hits = diary.json("search", "RAIN")
    assert [(hit["session_id"], hit["where"]) for hit in hits] == [
        (roof, "title"),
        (roof, "text"),
        (rome, "tag"),
        (rome, "text"),
    ]
    assert hits[1]["spans"] == [[0, 4]]
    assert [hit["where"] for hit in diary.json("search", "roof", "new")] == ["notes"]
    assert [hit["session_id"] for hit in diary.json("search", '"rome. all day"')] == [rome]
    assert {hit["session_id"] for hit in diary.json("search", "rain", "in:house")} == {roof}
    assert {hit["session_id"] for hit in diary.json("search", "rain before:2027-01-16")} == {rome}
    text = diary("search", "rome").stdout
    assert text == f"{rome[:8]}  Journey\n          It rained in Rôme. All day.\n"
    assert diary("search", "snow").stdout == ""


def test_search_shows_so_many_and_says_that_there_are_more(diary: Cli) -> None:
    session = write(diary, "rain", "--new", "Title")
    for _ in range(4):
        write(diary, "rain", "--session", session)
    result = diary("search", "rain", "--limit", "2")
    assert result.stdout.count("rain") == 2
    assert "3 more hits" in result.stderr
    assert len(diary.json("search", "rain")) == 5


def test_search_says_what_it_leaves_out(diary: Cli) -> None:
    result = diary("search", "x before:soon role:me is:lost")
    assert result.stderr.count("left out") == 3
    diary("search", code=2)


# --- retention -------------------------------------------------------------------------------------------------------


def test_cleanup_previews_and_asks(diary: Cli, clock: FakeClock) -> None:
    write(diary, "x", "--new", "Old")
    kept = write(diary, "x", "--new", "Pinned")
    diary("session", "pin", kept)
    clock.forward(days=10)
    write(diary, "x", "--new", "Middling")
    assert diary("cleanup").stdout == "Nothing is due.\n"
    diary("settings", "--archive-after", "5", "--trash-after", "20", "--remind-after", "2")
    clock.forward(days=2)
    preview = diary("cleanup", "--dry-run").stdout
    assert "To archive:" in preview
    assert "Old  (12 days without activity; the rule says 5)" in preview
    assert "To remember:" in preview
    assert "Pinned" not in preview
    assert listed(diary, "--status", "archived") == []
    diary("cleanup", stdin="n\n", code=1)
    assert listed(diary, "--status", "archived") == []
    assert "Archive 1 session and put 0 into the trash?" in diary("cleanup", stdin="y\n").stderr
    assert listed(diary, "--status", "archived") == ["Old"]
    clock.forward(days=17)
    planned = diary.json("cleanup", "--yes")
    assert [due["session"]["title"] for due in planned["trash"]] == ["Old"]
    assert sorted(listed(diary, "--status", "trashed")) == ["Old"]
    assert sorted(listed(diary, "--status", "archived")) == ["Middling"]
    assert listed(diary) == ["Pinned"]


def test_a_notebook_has_its_own_retention(diary: Cli, clock: FakeClock) -> None:
    diary("settings", "--archive-after", "5")
    diary("notebooks", "new", "House", "--trash-after", "3")
    write(diary, "x", "--new", "In", "--notebook", "House")
    write(diary, "x", "--new", "Out")
    clock.forward(days=5)
    planned = diary.json("cleanup", "--dry-run")
    assert [due["session"]["title"] for due in planned["trash"]] == ["In"]
    assert [due["session"]["title"] for due in planned["archive"]] == ["Out"]
    diary("notebooks", "edit", "House", "--trash-after", "0")
    assert len(diary.json("cleanup", "--dry-run")["archive"]) == 2
    diary("settings", "--archive-after", "0")
    assert diary("cleanup").stdout == "Nothing is due.\n"
