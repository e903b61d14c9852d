"""Notebooks, templates, settings and insights on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.world import PASSPHRASE
from tests.unit.cli.conftest import Cli, FakeClock
from vault.cli.choose import find_notebook
from vault.client import Notebook, Vault
from vault.writing.templates import built_in_templates

BUILT_IN = [template.name for template in built_in_templates()]


def write(cli: Cli, text: str, *words: str) -> str:
    return cli("write", *words, stdin=text).stdout.strip()


# --- notebooks -------------------------------------------------------------------------------------------------------


def test_notebooks(diary: Cli) -> None:
    words = ["--kind", "event", "--date", "2027-02-01", "--notes", "Bring\nsoup", "--colour", "teal"]
    made = diary(
        "notebooks", "new", "Moving", *words, "--programme", "Expressive writing", "--remind-after", "3"
    ).stdout.strip()
    write(diary, "x", "--notebook", "moving")
    (found,) = diary.json("notebooks")
    assert found["id"] == made
    assert (found["kind"], found["date"], found["notes"], found["colour"]) == (
        "event",
        "2027-02-01",
        "Bring\nsoup",
        "teal",
    )
    assert found["programme"] == "expressive-writing"
    assert found["retention"] == {"archive_days": None, "trash_days": None, "remind_days": 3}
    assert diary("notebooks").stdout == (
        f"{made[:8]}  Moving  [event, 2027-02-01, 1 session, expressive-writing, remind after 3 days]\n"
        "          Bring soup\n"
    )


def test_editing_keeps_what_is_left_out(diary: Cli) -> None:
    diary(
        "notebooks", "new", "House", "--notes", "old", "--colour", "red", "--programme", "blank", "--date", "2027-02-01"
    )
    diary("notebooks", "edit", "house", "--title", "Garden", "--kind", "project")
    (found,) = diary.json("notebooks")
    assert (found["title"], found["kind"], found["notes"], found["colour"]) == ("Garden", "project", "old", "red")
    diary("notebooks", "edit", found["id"], "--notes", "", "--colour", "", "--programme", "", "--date", "")
    (found,) = diary.json("notebooks")
    assert (found["notes"], found["colour"], found["programme"], found["date"]) == ("", None, None, None)


def test_editing_keeps_what_another_device_changes_meanwhile(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    diary("notebooks", "new", "House", "--notes", "Mine")

    def meanwhile(vault: Vault, text: str) -> Notebook:
        found = find_notebook(vault, text)
        with Vault.unlock("diary", PASSPHRASE, data_dir=diary.data_dir, state_dir=diary.root / "phone") as phone:
            phone.save_notebook(replace(found.fields, notes="Theirs"), found.id)
        return found

    with monkeypatch.context() as patch:
        patch.setattr("vault.cli.notebooks.find_notebook", meanwhile)
        diary("notebooks", "edit", "House", "--title", "Home")
    (found,) = diary.json("notebooks")
    assert (found["title"], found["notes"]) == ("Home", "Theirs")


def test_archive_trash_and_restore(diary: Cli) -> None:
    diary("notebooks", "new", "House")
    session = write(diary, "x", "--notebook", "House")
    diary("notebooks", "archive", "House")
    assert "archived" in diary("notebooks").stdout
    diary("notebooks", "archive", "House", "--off")
    assert "archived" not in diary("notebooks").stdout
    diary("notebooks", "trash", "House")
    assert diary("notebooks").stdout == ""
    assert "trashed" in diary("notebooks", "--all").stdout
    assert diary.json("show", session)["messages"]
    diary("notebooks", "restore", "House")
    assert "House" in diary("notebooks").stdout


def test_what_no_notebook_is(diary: Cli) -> None:
    for words in (["", "--kind", "project"], ["x", "--date", "2027-02-30"], ["x" * 201], ["x", "--colour", "grey"]):
        diary("notebooks", "new", *words, code=2)
    diary("notebooks", "new", "x", "--programme", "none", code=5)
    diary("notebooks", "edit", "x", "--title", "y", code=5)
    assert diary.json("notebooks") == []


def test_titles_may_be_shared_but_then_want_the_id(diary: Cli) -> None:
    first = diary("notebooks", "new", "House").stdout.strip()
    diary("notebooks", "new", "HOUSE")
    assert "give the id" in diary("notebooks", "trash", "house", code=2).stderr
    diary("notebooks", "trash", first)
    assert len(diary.json("notebooks")) == 1


# --- templates -------------------------------------------------------------------------------------------------------


def test_templates_are_listed_and_shown(diary: Cli) -> None:
    assert [each["name"] for each in diary.json("templates")] == BUILT_IN
    assert all(each["built_in"] for each in diary.json("templates"))
    for name in BUILT_IN:
        assert name in diary("templates").stdout
    shown = diary("templates", "show", "expressive writing").stdout
    assert "Pennebaker" in shown
    assert "not therapy" in shown
    assert "\n4. " in shown
    assert "20 minutes" in shown
    assert diary.json("templates", "show", "gratitude")["tags"] == ["gratitude"]
    diary("templates", "show", "nothing", code=5)


def test_own_templates(diary: Cli) -> None:
    session = write(diary, "What moved today?", "--new", "Evening", "--tag", "night")
    name = diary.json("templates", "make", session)["template"]
    (own,) = [each for each in diary.json("templates") if not each["built_in"]]
    assert (own["name"], own["title"], own["tags"]) == (name, "Evening", ["night"])
    assert own["phases"][0]["prompt"] == "What moved today?"
    begun = write(diary, "The sea.", "--template", "evening")
    shown = diary.json("show", begun)
    assert [(each["role"], each["text"]) for each in shown["messages"]] == [
        ("system", "What moved today?"),
        ("writer", "The sea."),
    ]
    assert (shown["template"], shown["tags"]) == (name, ["night"])
    assert diary("templates", "make", session, "--title", "Dusk").stdout.strip() != name
    diary("templates", "trash", "Evening")
    assert "Evening" not in diary("templates").stdout
    assert "comes with Inkvault" in diary("templates", "trash", "blank", code=2).stderr


def test_a_programme_gives_its_prompts_by_phase(
    diary: Cli, terminal: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    diary("notebooks", "new", "Moving", "--kind", "event", "--programme", "expressive-writing")
    template = next(each for each in built_in_templates() if each.name == "expressive-writing")
    second = write(diary, "x", "--notebook", "Moving", "--phase", "2")
    shown = diary.json("show", second)
    assert (shown["phase"], shown["template"]) == (2, template.name)
    assert shown["messages"][0]["text"] == template.phases[1].prompt
    assert "4 phases" in diary("write", "--notebook", "Moving", "--phase", "5", stdin="x", code=2).stderr

    def edit(filename: str) -> None:
        Path(filename).write_text("text")

    monkeypatch.setattr("click.edit", edit)
    terminal()
    result = diary("write", "--notebook", "Moving", "--phase", "3")
    assert template.phases[2].prompt in result.stderr
    assert template.care in result.stderr


# --- settings and insights -------------------------------------------------------------------------------------------


def test_settings(diary: Cli) -> None:
    assert diary.json("settings") == {
        "continue_minutes": 5,
        "retention": None,
        "backup_days": 30,
        "backup_at": None,
    }
    changed = diary.json("settings", "--continue-minutes", "10", "--archive-after", "30", "--trash-after", "90")
    assert changed["continue_minutes"] == 10
    assert changed["retention"] == {"archive_days": 30, "trash_days": 90, "remind_days": None}
    diary("settings", "--trash-after", "0")
    assert diary("settings").stdout == (
        "A session goes on for 10 minutes without activity.\nRetention: archive after 30 days.\n"
        "Backups: none of everything was made yet; a reminder after 30 days.\n"
    )
    assert diary.json("settings", "--backup-days", "0")["backup_days"] == 0
    assert "no reminder" in diary("settings").stdout
    assert diary.json("settings", "--archive-after", "0")["retention"] is None
    assert "nothing is ever due" in diary("settings").stdout


def test_insights(diary: Cli, clock: FakeClock) -> None:
    assert diary("insights").stdout.startswith("0 words, 0 min, 0 sessions\n0 days in a row; at most 0\n")
    diary("notebooks", "new", "House")
    write(diary, "one two three", "--new", "--notebook", "House", "--phase", "1")
    clock.forward(days=1)
    write(diary, "four", "--new")
    found = diary.json("insights")
    assert [(each["day"], each["words"]) for each in found["days"]] == [("2027-01-15", 3), ("2027-01-16", 1)]
    assert found["total"] == {"words": 4, "seconds": 0, "sessions": 2}
    assert found["streak"] == {"current": 2, "longest": 2}
    text = diary("insights").stdout
    assert "2 days in a row; at most 2" in text
    assert "House: 3 words, 0 min\n  phase 1: 3 words, 0 min" in text
    assert "no notebook: 1 word" in text
    assert "2027-01-15" not in diary("insights", "--days", "1").stdout
