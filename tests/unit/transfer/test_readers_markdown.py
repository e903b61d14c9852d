"""Markdown files: front matter, headings, folders, times of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.transfer.makers import NOW, Found, found, put_zip
from vault.transfer.readers.markdown import MAX_FRONT_BYTES


def read(tmp_path: Path, files: dict[str, str | bytes]) -> Found:
    root = tmp_path / "notes"
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return found(root)


def test_front_matter_says_it_all(tmp_path: Path) -> None:
    front = (
        "---\ntitle: 'Rain: again'\ndate: 2024-07-01T09:05:00+02:00\nupdated: 2024-07-02\n"
        "tags: [b, a]\nnotebook: House\npinned: true\narchived: true\ntrashed: false\n---\n"
    )
    result = read(tmp_path, {"a.md": f"{front}\nAll *day*.\n"})
    assert result.reader == "markdown"
    header = result.sessions[0].header
    assert (header.title, header.tags, header.pinned) == ("Rain: again", ("a", "b"), True)
    assert (header.created_at, header.zone) == (1_719_817_500_000, "Etc/GMT-2")
    assert (header.archived_at, header.trashed_at) == (header.updated_at, None)
    assert [each.title for each in result.notebooks] == ["House"]
    assert result.texts() == ["All *day*."]
    assert result.messages()[0].extra["origin"]["item"].count("Rain: again") == 1


def test_without_front_matter_heading_name_folder_and_time_of_the_file(tmp_path: Path) -> None:
    result = read(tmp_path, {"a.md": "# A heading #\n\nText", "Trips/2024/b.markdown": "Plain", "c.txt": "More"})
    assert result.titles == ["b", "A heading", "c"]
    assert [each.title for each in result.notebooks] == ["Trips"]
    assert {each.header.created_at for each in result.sessions} == {1_700_000_000_000}
    assert result.doubts == {"time_missing"}


@pytest.mark.parametrize(
    "front",
    [
        "---\na: &x [1]\nb: *x\n---\n",
        "---\n- a list\n---\n",
        "---\n{{{\n---\n",
        "---\n" + "[" * 30_000 + "\n---\n",
        "---\n? [a]\n: b\n---\n",
        "---\n!!python/object:os.system {}\n---\n",
    ],
)
def test_front_matter_that_is_no_plain_yaml_stays_in_the_text(tmp_path: Path, front: str) -> None:
    result = read(tmp_path, {"a.md": f"{front}Text"})
    assert result.texts()[0].endswith("Text")
    assert len(result.sessions) == 1


def test_front_matter_goes_no_further_than_its_bound(tmp_path: Path) -> None:
    front = "title: Long\n" + "#" * (MAX_FRONT_BYTES - 13) + "\n"
    assert read(tmp_path, {"a.md": f"---\n{front}---\nText"}).titles == ["Long"]
    text = f"---\n{front}#\n---\nText"
    result = read(tmp_path, {"a.md": text})
    assert (result.titles, result.texts()) == (["a"], [text])


def test_a_rule_at_the_beginning_is_no_front_matter(tmp_path: Path) -> None:
    assert read(tmp_path, {"a.md": "---\nOnly a rule above"}).texts() == ["---\nOnly a rule above"]


@pytest.mark.parametrize("front", ["---\n---\n", "---\n...\n", "---\n# nothing\n---\n"])
def test_empty_front_matter(tmp_path: Path, front: str) -> None:
    assert read(tmp_path, {"a.md": f"{front}Text"}).texts() == ["Text"]


@pytest.mark.parametrize(
    ("tags", "read_as"), [("a, b c", ("a", "b c")), ("'#a b'", ("a", "b")), ("{x: y}", ()), ("", ())]
)
def test_tags_in_one_line(tmp_path: Path, tags: str, read_as: tuple[str, ...]) -> None:
    assert read(tmp_path, {"a.md": f"---\ntags: {tags}\n---\nText"}).sessions[0].header.tags == read_as


def test_empty_foreign_and_hidden_files(tmp_path: Path) -> None:
    result = read(
        tmp_path, {"a.md": "", "b.md": b"\xff\xfe", "c.png": b"x", ".obsidian/d.md": "x", "e.md": "\ufeffText"}
    )
    assert result.texts() == ["Text"]
    assert [each.reason for each in result.skipped] == ["it has no messages", "it is no text in UTF-8"]
    assert "file_left_out" in result.doubts


def test_a_zip_tells_local_times(tmp_path: Path) -> None:
    result = found(put_zip(tmp_path / "notes.zip", {"a.md": "Text", "__MACOSX/._a.md": "x"}))
    assert result.titles == ["a"]
    assert "zone_missing" in result.doubts
    assert abs(result.sessions[0].header.created_at) < 2 * NOW


def test_two_states_of_one_file_are_two_sessions(tmp_path: Path) -> None:
    first, second = read(tmp_path, {"a.md": "One"}), read(tmp_path, {"a.md": "Two"})
    assert first.sessions[0].id != second.sessions[0].id


def test_html_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, {"a.md": "<script>alert(1)</script>"}).texts() == ["<script>alert(1)</script>"]


def test_ten_thousand_files(tmp_path: Path) -> None:
    files = {f"{number % 10}/{number}.md": f"Text {number}" for number in range(10_000)}
    result = found(put_zip(tmp_path / "notes.zip", files))
    assert (len(result.sessions), len(result.notebooks)) == (10_000, 10)
