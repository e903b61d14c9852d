"""Standard Notes' decrypted backup: notes, nested tags, Super notes, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transfer.makers import Found, found, put_json, put_zip
from vault.errors import FormatError

TIME = "2025-03-01T10:00:00.000Z"
FILE = "Standard Notes Backup and Import File.txt"


def note(name: str = "n", title: str = "Title", text: str = "Text", **content: Any) -> dict[str, Any]:
    inner = {"title": title, "text": text, "references": [], **content}
    return {"uuid": name, "content_type": "Note", "content": inner, "created_at": TIME, "updated_at": TIME}


def tag(name: str, title: str, *notes: str, parent: str | None = None) -> dict[str, Any]:
    references = [{"uuid": each, "content_type": "Note"} for each in notes]
    if parent:
        references.append({"uuid": parent, "content_type": "Tag"})
    return {"uuid": name, "content_type": "Tag", "content": {"title": title, "references": references}}


def read(tmp_path: Path, *items: Any) -> Found:
    return found(
        put_zip(tmp_path / "backup.zip", {FILE: {"version": "004", "items": list(items)}, "Items/Note/x.txt": "x"})
    )


def test_notes_with_their_tags_pins_and_times(tmp_path: Path) -> None:
    app = {"org.standardnotes.sn": {"pinned": True, "client_updated_at": "2025-03-02T10:00:00.000Z"}}
    result = read(tmp_path, tag("t", "Trips", "n", parent="p"), note(appData=app), tag("p", "Places"))
    assert result.reader == "standardnotes"
    header = result.sessions[0].header
    assert (header.title, header.tags, header.pinned) == ("Title", ("Places/Trips",), True)
    assert (header.created_at, header.updated_at) == (1_740_823_200_000, 1_740_909_600_000)
    assert result.texts() == ["Text"]
    assert [each.detail for each in result.notes] == ["1 other file of text or JSON"]


@pytest.mark.parametrize("field", ["archived", "trashed"])
def test_what_was_put_away_stays_so(tmp_path: Path, field: str) -> None:
    item = note()
    item["content"][field] = True
    header = read(tmp_path, item).sessions[0].header
    assert getattr(header, f"{field}_at") == header.updated_at


def test_a_super_note_is_read_as_text(tmp_path: Path) -> None:
    def block(kind: str, *children: Any) -> dict[str, Any]:
        return {"type": kind, "children": list(children)}

    head, one, two, item = ({"type": "text", "text": text} for text in ("Head", "one", "two", "item"))
    blocks = [block("heading", head), block("paragraph", one, {"type": "linebreak"}, two)]
    state = {"root": block("root", *blocks, block("list", block("listitem", item)))}
    assert read(tmp_path, note(text=json.dumps(state), noteType="super")).texts() == ["Head\none\ntwo\nitem"]


@pytest.mark.parametrize("text", ["{", "[]", "words", '{"root": 1}'])
def test_a_super_note_that_is_none_is_kept_as_it_is_and_told_of(tmp_path: Path, text: str) -> None:
    result = read(tmp_path, note(text=text, noteType="super"))
    assert result.texts() == [text]
    assert result.doubts == {"file_left_out", "unknown_part"}


def test_an_encrypted_backup_is_refused_with_advice(tmp_path: Path) -> None:
    item = {"uuid": "n", "content_type": "Note", "content": "004:abc", "created_at": TIME, "updated_at": TIME}
    with pytest.raises(FormatError, match="make a decrypted one"):
        read(tmp_path, item)


def test_other_things_deleted_and_empty_notes_are_skipped_with_reasons(tmp_path: Path) -> None:
    result = read(tmp_path, {"uuid": "c", "content_type": "SN|Component", "content": {}}, note(text="", title=""),
                  {**note(), "deleted": True})  # fmt: skip
    assert [(each.kind, each.reason) for each in result.skipped] == [
        ("record", "it is no note but a SN|Component of the tool"),
        ("session", "it has no messages"),
        ("session", "it was deleted there"),
    ]


def test_tags_nested_in_a_circle_end(tmp_path: Path) -> None:
    result = read(tmp_path, tag("a", "A", "n", parent="b"), tag("b", "B", parent="a"), note())
    assert len(result.sessions[0].header.tags) == 1
    assert "cut" in result.doubts


def test_a_title_alone_a_file_alone_and_times_in_microseconds(tmp_path: Path) -> None:
    item = {**note(text=""), "created_at": None, "created_at_timestamp": 1_740_823_200_000_000}
    result = found(put_json(tmp_path / FILE, {"version": "004", "items": [item]}))
    assert result.texts() == ["Title"]
    assert result.sessions[0].header.created_at == 1_740_823_200_000


def test_no_items_and_ten_thousand(tmp_path: Path) -> None:
    assert not read(tmp_path).sessions
    many = [note(f"n{number}") for number in range(10_000)]
    everything = tag("t", "All", *(each["uuid"] for each in many))
    assert all(each.header.tags == ("All",) for each in read(tmp_path, everything, *many).sessions)
