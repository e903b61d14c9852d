"""``inkvault import``: what it says, what it takes in, and what it refuses."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli
from tests.unit.transfer.makers import chatgpt, chatgpt_node, dayone, dayone_entry, put_json, put_zip
from vault.cli import imports


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return put_json(tmp_path / "Journal.json", dayone([dayone_entry(1, "One."), dayone_entry(2, "Two.")]))


def test_a_dry_run_says_what_it_is_and_writes_nothing(diary: Cli, journal: Path) -> None:
    result = diary("import", str(journal), "--dry-run")
    assert "Journal.json is read as: Day One export (dayone)." in result.stderr
    assert "session: 2 read, 2 would be created, 0 there already, 0 skipped" in result.stdout
    assert diary.json("sessions") == []


def test_an_import_and_the_same_again(diary: Cli, journal: Path) -> None:
    assert "session: 2 read, 2 created, 0 there already, 0 skipped" in diary("import", str(journal)).stdout
    again = diary.json("import", str(journal))
    assert again["counts"]["session"] == {"read": 2, "created": 0, "duplicate": 2, "skipped": 0}
    assert len(diary.json("sessions")) == 2
    diary("verify")


def test_the_report_is_written_once_and_never_over_another(diary: Cli, journal: Path) -> None:
    path = diary.root / "report.json"
    diary("import", str(journal), "--report", str(path))
    assert json.loads(path.read_text())["state"] == "done"
    before = path.read_bytes()
    assert "there already" in diary("import", str(journal), "--report", str(path), code=2).stderr
    assert path.read_bytes() == before


def test_the_report_of_an_import_that_failed_is_written_and_printed(
    diary: Cli, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.transfer.importing.account", lambda *_given: None)
    path = diary.root / "report.json"
    result = diary("import", str(journal), "--report", str(path), "--json", code=1)
    assert "do not come out even" in result.stderr
    assert json.loads(path.read_text())["state"] == "failed"
    assert json.loads(result.stdout) == json.loads(path.read_text())
    assert "session: 2 read" in diary("import", str(journal), code=1).stdout


def test_duplicates_are_copied_or_replaced_when_the_writer_says_so(diary: Cli, journal: Path) -> None:
    diary("import", str(journal))
    diary("import", str(journal), "--duplicates", "copy")
    assert len(diary.json("sessions")) == 4
    diary("import", str(journal), "--duplicates", "replace")
    assert len(diary.json("sessions")) == 4


def test_a_layout_can_be_named_and_must_be_one(diary: Cli, journal: Path) -> None:
    diary("import", str(journal), "--from", "dayone")
    assert "has nothing of Claude export in it" in diary("import", str(journal), "--from", "claude", code=4).stderr
    assert "no reader 'myspace'" in diary("import", str(journal), "--from", "myspace", code=2).stderr


def test_what_is_in_no_known_layout_is_refused(diary: Cli, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n")
    assert "in no layout that Inkvault knows" in diary("import", str(path), code=2).stderr


def test_a_damaged_file_ends_with_one_line_and_nothing_taken(diary: Cli, journal: Path) -> None:
    journal.write_text(journal.read_text()[:-20])
    result = diary("import", str(journal), code=4)
    assert "ends in the middle" in result.stderr
    assert diary.json("sessions") == []
    diary("write", stdin="The vault still works.")


def test_what_the_reader_of_pdf_finds_wrong_is_not_said_beside_it(tmp_path: Path) -> None:
    """In a process of its own: here pytest takes all that is logged."""
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n")
    command = [sys.executable, "-m", "vault.cli", "import", str(tmp_path / "cut.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert len(said.splitlines()) == 1, said


def test_a_zone_must_be_one_and_is_taken_for_times_without(diary: Cli, tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_text("[2024-07-01 09:00] A day\nIn the sun.\n")
    assert "is no time zone" in diary("import", str(path), "--zone", "Mars/Crater", code=2).stderr
    result = diary("import", str(path), "--zone", "Asia/Tokyo")
    assert "Uncertain: 1 time without a time zone" in result.stdout
    assert diary.json("sessions")[0]["created_at"] == "2024-07-01T09:00:00+09:00"


def test_a_pipe_is_no_source(diary: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "neither a file nor a folder" in diary("import", str(pipe), code=2).stderr


@pytest.mark.parametrize(("asked", "taken"), [(0, 0), (5, 0), (6, 1)])
def test_an_import_that_was_interrupted_says_so_and_goes_on(
    diary: Cli, journal: Path, monkeypatch: pytest.MonkeyPatch, asked: int, taken: int
) -> None:
    times = itertools.count()

    @contextmanager
    def interrupted() -> Iterator[Callable[[], bool]]:
        yield lambda: next(times) >= asked

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_interruptible", interrupted)
        stopped = diary("import", str(journal), code=130).stderr
    assert ("nothing was changed" in stopped) is (asked == 0)
    assert ("goes on from there" in stopped) is (asked > 0)
    assert len(diary.json("sessions")) == taken
    diary("import", str(journal))
    assert len(diary.json("sessions")) == 2


def test_the_first_interrupt_asks_the_import_to_end_and_the_second_ends_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    with imports._interruptible() as is_cancelled:
        assert not is_cancelled()
        signal.raise_signal(signal.SIGINT)
        assert is_cancelled()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_titles_and_reasons_cannot_command_the_terminal(diary: Cli, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\u202e"
    conversation = chatgpt(title=f"Empty {evil}")
    path = put_zip(tmp_path / "export.zip", {"conversations.json": [conversation]})
    result = diary("import", str(path), "--from", "chatgpt")
    assert "it has no messages" in result.stdout
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output


def test_a_real_archive_with_folders_around_it(diary: Cli, tmp_path: Path) -> None:
    conversation = chatgpt(chatgpt_node("a", None, text="Hello"), chatgpt_node("b", "a", "assistant", "Hi"))
    path = put_zip(tmp_path / "export.zip", {"data/conversations-000.json": [conversation], "data/chat.html": "<p>"})
    diary("import", str(path))
    (session,) = diary.json("sessions")
    shown = diary.json("show", session["id"])
    assert [(each["role"], each["text"]) for each in shown["messages"]] == [("writer", "Hello"), ("helper", "Hi")]
