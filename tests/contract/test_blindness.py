"""What the service keeps of vaults that differ in notebooks, tags, phases and titles alone: nothing tells them apart.

SECURITY.md says what the service learns: sizes after padding, counts and times. All of these are the same here.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.clock import Time
from vault.client import (
    Beginning,
    Clock,
    NewMessage,
    NotebookFields,
    Phase,
    Retention,
    SessionChange,
    TemplateFields,
    Vault,
)

PASSPHRASE = "quiet lantern measures the northern harbour twice"


@dataclass(frozen=True)
class Life:
    """What a writer says; all lives have texts of the same lengths."""

    notebook: NotebookFields
    beginning: Beginning
    text: str
    change: SessionChange
    template: TemplateFields
    minutes: int


PLAIN = Life(
    NotebookFields("aaaaaaaa", "event", notes="aaaa", colour="red", date="2023-12-01", programme="gratitude"),
    Beginning("aaaa", phase=1, template="blank", helper="aaa", tags=("aa", "ab"), thread="aaaa", prompt="aaaaaa"),
    "aaaa aaab",
    SessionChange(title="aaaaa", add_tags=("zz",), pinned=True),
    TemplateFields("aaaa", (Phase("aa", "aaaa", 15),), "aaaa", ("aa",)),
    7,
)
SECRET = Life(
    NotebookFields("My trial", "event", notes="ruin", colour="red", date="2024-01-09", programme="gratitude"),
    Beginning("Fear", phase=4, template="blank", helper="Ada", tags=("me", "no"), thread="t-77", prompt="Begin!"),
    "I am sick",
    SessionChange(title="Shame", add_tags=("ex",), pinned=True),
    TemplateFields("Rage", (Phase("no", "howl", 60),), "pain", ("ex",)),
    9,
)


def live(life: Life, root: Path) -> Path:
    """Live this life in a vault of its own; the database."""
    time = Time()
    vault, _ = Vault.create("diary", PASSPHRASE, data_dir=root / "data", state_dir=root / "state", clock=Clock(time))
    with vault:
        notebook = vault.save_notebook(life.notebook)
        session = vault.write(life.text, new=replace(life.beginning, notebook=notebook), seconds=30)
        time.pass_(minutes=1)
        message = vault.session(session).messages[-1].id
        vault.edit_message(session, message, life.text[::-1])
        other = vault.append_all(None, [NewMessage(life.text, flags=(life.text[:3],))])
        vault.change_sessions([session, other], life.change)
        vault.save_template(life.template)
        vault.save_settings(continue_minutes=life.minutes, retention=Retention(archive_days=10 + life.minutes))
        vault.merge_sessions(session, other)
        vault.change_notebook(notebook, archived=True)
    return root / "data" / "inkvault.db"


def seen(database: Path) -> Counter[tuple[object, ...]]:
    """Every row of every table: numbers as they are (but for times), texts as they are, of bytes the length."""
    connection = sqlite3.connect(database)
    rows: Counter[tuple[object, ...]] = Counter()
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        cursor = connection.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        for row in cursor:
            values = [
                len(value) if isinstance(value, bytes) else value
                for name, value in zip(names, row, strict=True)
                if not name.endswith("_at")
            ]
            rows[table, *values] += 1
    connection.close()
    return rows


@pytest.mark.usefixtures("cheap_kdf")
def test_two_lives_look_the_same(tmp_path: Path) -> None:
    plain, secret = seen(live(PLAIN, tmp_path / "plain")), seen(live(SECRET, tmp_path / "secret"))
    assert plain == secret
    assert sum(plain.values()) > 20


@pytest.mark.usefixtures("cheap_kdf")
def test_a_longer_text_would_be_seen(tmp_path: Path) -> None:
    """The comparison can fail."""
    longer = replace(SECRET, text="x" * 600)
    assert seen(live(PLAIN, tmp_path / "plain")) != seen(live(longer, tmp_path / "longer"))


@pytest.mark.usefixtures("cheap_kdf")
def test_nothing_of_it_is_in_the_files(tmp_path: Path) -> None:
    database = live(SECRET, tmp_path)
    for path in database.parent.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for needle in (b"My trial", b"I am sick", b"Shame", b"ruin", b"howl", b"gratitude", b"2024-01-09"):
            assert needle not in data, path
