"""jrnl's exports: JSON and text, local times without a zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.transfer.makers import BERLIN, Found, found, put_json, put_zip


def entry(**fields: Any) -> dict[str, Any]:
    return {
        "title": "A title.",
        "body": "The body.",
        "date": "2024-07-01",
        "time": "09:05",
        "tags": [],
        "starred": False,
        **fields,
    }


def read(tmp_path: Path, *entries: Any, zone: str = BERLIN) -> Found:
    return found(put_json(tmp_path / "diary.json", {"tags": {"@x": 2}, "entries": list(entries)}), zone=zone)


def text(tmp_path: Path, content: str) -> Found:
    path = tmp_path / "diary.txt"
    path.write_text(content, encoding="utf-8")
    return found(path)


def test_json_entries(tmp_path: Path) -> None:
    result = read(tmp_path, entry(tags=["@work", "#home"], starred=True, uuid="u-1"))
    assert result.reader == "jrnl"
    header = result.sessions[0].header
    assert (header.title, header.tags, header.pinned) == ("A title.", ("home", "work"), True)
    assert header.extra["origin"]["id"] == "u-1"
    assert result.texts() == ["A title.\nThe body."]
    assert (header.created_at, header.zone) == (1_719_817_500_000, BERLIN)
    assert result.doubts == {"zone_missing"}
    assert [each.title for each in result.notebooks] == ["diary"]


@pytest.mark.parametrize(
    ("day", "time", "ms"),
    [
        ("2024-03-31", "02:30", 1_711_848_600_000),  # skipped: read as an hour later by the clock
        ("2024-10-27", "02:30", 1_729_989_000_000),  # twice: the first
    ],
)
def test_hours_that_the_clock_skips_or_has_twice(tmp_path: Path, day: str, time: str, ms: int) -> None:
    result = read(tmp_path, entry(date=day, time=time))
    assert result.messages()[0].created_at == ms
    assert result.doubts == {"time_ambiguous"}


def test_titles_and_times_that_are_missing(tmp_path: Path) -> None:
    result = read(tmp_path, entry(title="", time=None), entry(body=""), entry(title="", body=""), entry(date="x"))
    assert [result.texts(place) for place in range(3)] == [["The body."], ["A title."], ["A title.\nThe body."]]
    assert result.doubts == {"zone_missing", "time_missing"}
    assert len(result.skipped) == 1


def test_text_entries(tmp_path: Path) -> None:
    result = text(
        tmp_path,
        "\ufeff[2024-07-01 09:05] First. *\nBody with @work.\n\nand [brackets]\n\n"
        "[2024-07-02 9:05:10 PM] Second\r\n[2024-07-03 00:00]\nNo title\n",
    )
    assert result.reader == "jrnl"
    assert result.titles == ["First.", "Second", None]
    assert result.texts(0) == ["First.\nBody with @work.\n\nand [brackets]"]
    assert result.sessions[0].header.pinned
    assert result.sessions[0].header.tags == ("work",)
    assert result.messages(1)[0].created_at == 1_719_947_110_000
    assert result.texts(2) == ["No title"]


def test_text_before_the_first_entry_is_no_silent_loss(tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_text("Lost?\n[2024-07-01 09:05] First\n")
    result = found(path, "jrnl")
    assert result.titles == ["First"]
    assert [each.reason for each in result.skipped] == ["it does not begin with the date of an entry"]


def test_a_folder_of_days(tmp_path: Path) -> None:
    for day in ("01", "02"):
        folder = tmp_path / "diary" / "2024" / "07"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{day}.txt").write_text(f"[2024-07-{day} 08:00] Day {day}\n")
    result = found(tmp_path / "diary")
    assert result.reader == "jrnl"
    assert result.titles == ["Day 01", "Day 02"]


def test_text_that_is_not_utf8_is_skipped_by_name(tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(b"[2024-07-01 09:05] \xff\xfe\n")
    assert [each.reason for each in found(path, "jrnl").skipped] == ["it is no text in UTF-8"]


def test_no_entries_and_ten_thousand(tmp_path: Path) -> None:
    assert not found(put_json(tmp_path / "e.json", {"tags": {}, "entries": []}), "jrnl").sessions
    many = "".join(f"[2024-07-01 09:05] Entry {number}\n" for number in range(10_000))
    assert len({each.id for each in text(tmp_path, many).sessions}) == 10_000


def test_a_zip_made_on_a_mac(tmp_path: Path) -> None:
    fork = b"\0\5\x16\7\0\2\0\0Mac OS X"
    entry = {"title": "Day", "body": "", "date": "2024-07-01", "time": "09:05"}
    files = {"diary.json": {"entries": [entry]}, "__MACOSX/._diary.json": fork}
    assert found(put_zip(tmp_path / "json.zip", files)).titles == ["Day"]
    files = {"diary.txt": "[2024-07-01 09:05] Day\n", "__MACOSX/._diary.txt": fork, ".DS_Store": fork}
    result = found(put_zip(tmp_path / "text.zip", files), "jrnl")
    assert (result.titles, result.skipped) == (["Day"], [])


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".diary.txt"
    path.write_text("[2024-07-01 09:05] Day\n")
    assert found(path).titles == ["Day"]
