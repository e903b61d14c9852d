"""Day One's export: journals, escapes, zones, what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transfer.makers import Found, dayone, dayone_entry, found, put_json, put_zip
from vault.core.model import Role
from vault.core.rootrecords import NotebookKind


def read(tmp_path: Path, *entries: Any) -> Found:
    return found(put_json(tmp_path / "Journal.json", dayone(list(entries))))


def test_an_entry_keeps_its_zone_tags_star_and_source(tmp_path: Path) -> None:
    entry = dayone_entry(1, "# Rain\nAll day\\.", tags=["b", "a", "a"], starred=True, editingTime=61.9,
                         location={"latitude": 38.7, "placeName": "Lisbon"})  # fmt: skip
    result = read(tmp_path, entry)
    assert result.reader == "dayone"
    (session,) = result.sessions
    (message,) = result.messages()
    assert (message.role, message.text, message.seconds) == (Role.WRITER, "# Rain\nAll day.", 61)
    assert (message.created_at, message.zone) == (1_714_557_600_000, "Europe/Lisbon")
    assert (session.header.title, session.header.tags, session.header.pinned) == ("Rain", ("a", "b"), True)
    assert session.header.updated_at == 1_714_561_200_000
    assert json.loads(message.extra["origin"]["item"]) == entry
    assert [(each.title, each.kind) for each in result.notebooks] == [("Journal", NotebookKind.JOURNAL)]
    assert not result.notes


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2024-03-31T00:59:59Z", "2024-03-31"),
        ("2024-03-31T22:30:00Z", "2024-04-01"),
        ("2024-10-27T22:59:00Z", "2024-10-27"),
    ],
)
def test_days_are_those_of_the_zone_also_where_the_clock_changes(tmp_path: Path, instant: str, day: str) -> None:
    result = read(tmp_path, dayone_entry(1, creationDate=instant, timeZone="Europe/Berlin"))
    assert [each.day for each in result.sessions[0].header.days] == [day]


def test_several_journals_in_one_archive(tmp_path: Path) -> None:
    files = {
        "Work.json": dayone([dayone_entry(1)]),
        "Home.json": dayone([dayone_entry(2)]),
        "photos/x.jpeg": b"\xff\xd8",
    }
    result = found(put_zip(tmp_path / "export.zip", files))
    assert [each.title for each in result.notebooks] == ["Home", "Work"]
    assert [(each.header.notebook or b"").hex() for each in result.sessions] == result.ids


def test_escapes_are_undone_and_all_else_stays(tmp_path: Path) -> None:
    text = "1\\. \\(a\\) wow\\! \\- \\* ![](dayone-moment://ABC) <script>alert(1)</script>"
    assert read(tmp_path, dayone_entry(1, text)).texts() == [
        "1. (a) wow! - \\* ![](dayone-moment://ABC) <script>alert(1)</script>"
    ]


def test_an_entry_with_rich_text_alone_and_one_with_nothing(tmp_path: Path) -> None:
    rich = json.dumps({"contents": [{"text": "Rich "}, {"embeddedObjects": []}, {"text": "words"}]})
    result = read(
        tmp_path,
        dayone_entry(1, "", richText=rich),
        dayone_entry(2, "", photos=[{"md5": "x"}]),
        dayone_entry(3, "", richText="{"),
    )
    assert [result.texts(0)] == [["Rich words"]]
    assert len(result.skipped) == 2
    assert result.doubts == {"file_left_out"}


@pytest.mark.parametrize("value", [None, "yesterday", 1e99, {}, True])
def test_a_time_that_is_none_is_told_of(tmp_path: Path, value: Any) -> None:
    result = read(tmp_path, dayone_entry(1, creationDate=value))
    assert "time_missing" in result.doubts
    assert len(result.sessions) == 1


def test_an_unknown_zone_is_read_as_utc(tmp_path: Path) -> None:
    assert read(tmp_path, dayone_entry(1, timeZone="Mars/Crater")).messages()[0].zone == "UTC"


def test_no_entries(tmp_path: Path) -> None:
    assert not read(tmp_path).sessions


def test_ten_thousand_entries(tmp_path: Path) -> None:
    assert len(read(tmp_path, *(dayone_entry(number) for number in range(10_000))).sessions) == 10_000


def test_a_zip_made_on_a_mac(tmp_path: Path) -> None:
    fork = b"\0\5\x16\7\0\2\0\0Mac OS X"
    files = {"Journal.json": dayone([dayone_entry(1, "One.")]), "__MACOSX/._Journal.json": fork, ".DS_Store": fork}
    result = found(put_zip(tmp_path / "export.zip", files))
    assert (result.reader, result.texts(), result.skipped) == ("dayone", ["One."], [])
