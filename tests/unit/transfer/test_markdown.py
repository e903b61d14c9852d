"""Markdown: one file a session, names that every system takes, nothing that gets out of its place."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.transfer.generated import HEAD, documents
from tests.unit.transfer.test_json import session
from vault.core.model import Message, Role
from vault.core.rootrecords import Notebook, NotebookKind
from vault.errors import UsageError
from vault.transfer.document import NO_NOTEBOOK, Counts, Document, Item, RecordItem, RootItem, SessionItem
from vault.transfer.markdown import front_matter, write_folder, write_zip
from vault.transfer.names import Names, safe

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def zipped(items: list[Item]) -> dict[str, str]:
    stream = io.BytesIO()
    write_zip(Document(HEAD, iter(items)), stream)
    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def titled(number: int, title: str | None, notebook: str | None = None, *texts: str) -> SessionItem:
    item = session(number, texts or ("Dear diary",))
    within = None if notebook is None else bytes.fromhex(notebook)
    return replace(item, header=replace(item.header, title=title, notebook=within))


def test_a_session_is_a_file_in_the_folder_of_its_notebook() -> None:
    notebook = RootItem("0a" * 16, Notebook("Home/Work", NotebookKind.PROJECT, 0, 0, "UTC", notes="Plans"))
    found = zipped([notebook, titled(1, "On rain", "0a" * 16, "It rained.", "And how."), titled(2, None)])
    assert sorted(found) == [
        "Home Work/1970-01-01 On rain.md",
        "Home Work/Notes.md",
        f"{NO_NOTEBOOK}/1970-01-01 Dear diary.md",
    ]
    text = found["Home Work/1970-01-01 On rain.md"]
    assert yaml.safe_load(text.split("---\n")[1]) == {
        "title": "On rain",
        "date": "1970-01-01T00:00:00+00:00",
        "updated": "1970-01-01T00:00:00+00:00",
        "zone": "UTC",
        "notebook": "Home/Work",
        "id": f"{1:032x}",
    }
    assert text.split("---\n")[2] == (
        "\n### Writer, 1970-01-01 00:00\n\nIt rained.\n\n### Writer, 1970-01-01 00:00\n\nAnd how.\n"
    )


def test_roles_trash_sources_and_tools_are_said() -> None:
    message = Message(
        Role.HELPER,
        "see",
        0,
        0,
        "UTC",
        trashed_at=1,
        sources=({"title": "A\n# page", "url": "https://example.org"},),
        tool_calls=({"name": "count"},),
    )
    text = next(iter(zipped([replace(session(1), records=[RecordItem("01" * 16, message)])]).values()))
    assert "### Helper, 1970-01-01 00:00, in the trash\n\nsee\n" in text
    assert "> Source: A # page, https://example.org\n" in text
    assert "> Tool: count\n" in text


@given(documents)
@settings(max_examples=40)  # each writes a folder
def test_the_folder_and_the_zip_hold_the_same(tmp_path_factory: pytest.TempPathFactory, items: list[Item]) -> None:
    folder = tmp_path_factory.mktemp("markdown") / "out"
    counts = write_folder(Document(HEAD, iter(items)), folder)
    files = {str(path.relative_to(folder)): path.read_bytes().decode() for path in folder.rglob("*.md")}
    assert files == zipped(items)
    assert counts.sessions == sum(isinstance(item, SessionItem) for item in items)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_folder(Document(HEAD, iter([])), tmp_path)
    assert write_folder(Document(HEAD, iter([])), tmp_path / "empty") == Counts()


# --- hostile titles and texts ----------------------------------------------------------------------------------------

EVIL = ["", ".", "..", "../../etc/passwd", "C:\\con", "CON", "nul.txt", "a/b", "a\0b", "~x", "x" * 500, "\u202egpj.exe"]


@given(anything)
@example("COM¹")
def test_every_name_is_one_that_every_system_takes(title: str) -> None:
    check_name(safe(title))


@pytest.mark.parametrize("title", EVIL)
def test_names_that_mean_something_mean_nothing(title: str) -> None:
    check_name(safe(title))
    (name,) = zipped([titled(1, title[:200] or None)])
    assert name.count("/") == 1


def check_name(name: str) -> None:
    assert 0 < len((name + " (99).md").encode()) <= 200
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]', name)
    assert name.strip(" .") == name
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)


def test_no_name_is_given_twice_whatever_the_system_ignores() -> None:
    names = Names()
    given_out = [names.take(title, ".md") for title in ("Straße", "STRASSE", "straße", "e\u0301", "\u00e9", "É")]
    assert given_out == ["Straße.md", "STRASSE (2).md", "straße (3).md", "\u00e9.md", "\u00e9 (2).md", "É (3).md"]


@given(anything, st.lists(anything.filter(bool), max_size=3))
@example("x\n---\nadmin: true", ["]", ": "])
@example("\x85\u2028\ufeff\x7f\U0001f642", [])
def test_front_matter_says_the_very_text_and_nothing_else(title: str, tags: list[str]) -> None:
    text = front_matter({"title": title, "tags": tags})
    start, inner, end = re.split(r"^---\n", text, flags=re.MULTILINE)
    expected = {name: value for name, value in (("title", title), ("tags", tags)) if value}
    assert (start, end) == ("", "")
    assert (yaml.safe_load(inner) or {}) == expected


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "<img src=x onerror=y>", "<!-- x", "</p>", "<?php"])
def test_html_is_shown_and_not_obeyed(evil: str) -> None:
    """Also not after backslashes, which Markdown takes in pairs."""
    text = next(iter(zipped([titled(1, "x", None, f"before {evil} \\{evil} \\\\{evil} after, 1 < 2")]).values()))
    assert not re.search("<[A-Za-z/!?]", text)
    assert "1 < 2" in text


def test_a_text_cannot_begin_front_matter_of_its_own() -> None:
    text = next(iter(zipped([titled(1, "x", None, "---\ntrashed: true\n---\n")]).values()))
    assert text.startswith('---\ntitle: "x"\n')
