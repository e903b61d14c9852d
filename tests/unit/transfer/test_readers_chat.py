"""Chat back ends: single sessions, dumps, lists; zones, roles, sources, tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transfer.makers import BERLIN, Found, found, put_json, put_zip
from vault.core.model import Role
from vault.core.rootrecords import NotebookKind


def message(number: int, session: Any = "s", role: str = "user", **fields: Any) -> dict[str, Any]:
    return {"id": number, "session_id": session, "role": role, "content": f"Text {number}",
            "timestamp": f"2024-07-01T09:{number % 60:02}:00Z", **fields}  # fmt: skip


def read(tmp_path: Path, value: Any, zone: str = BERLIN) -> Found:
    return found(put_json(tmp_path / "dump.json", value), zone=zone)


def test_one_session_with_all_that_an_end_point_tells(tmp_path: Path) -> None:
    session = {"id": 5, "title": "Talk", "helper": "Ada", "phase": 2, "thread_id": "th", "project_id": 7, "user_id": 1,
               "created_at": "2024-07-01T08:00:00Z", "session_data": {"X": 1.5}}  # fmt: skip
    sources = ["https://x", {"name": "N", "snippet": "S", "score": 0.5}]
    calls = [
        {"function": {"name": "f", "arguments": '{"a": 1}'}},
        {"name": "g", "input": {"b": 2}, "output": [1]},
    ]
    answer = message(2, 5, "assistant", is_fortune=True, sources=sources, tool_calls=calls)
    result = read(tmp_path, {"session": session, "messages": [answer, message(1, 5)]})
    assert result.reader == "chat"
    header = result.sessions[0].header
    assert (header.title, header.helper, header.phase, header.thread) == ("Talk", "Ada", 2, "th")
    assert [(each.title, each.kind) for each in result.notebooks] == [("Project 7", NotebookKind.PROJECT)]
    first, second = result.messages()
    assert [(each.role, each.text) for each in (first, second)] == [(Role.WRITER, "Text 1"), (Role.HELPER, "Text 2")]
    assert second.flags == ("fortune",)
    assert second.sources == ({"url": "https://x"}, {"title": "N", "text": "S"})
    assert second.tool_calls == (
        {"name": "f", "input": '{"a": 1}'},
        {"name": "g", "input": '{"b": 2}', "output": "[1]"},
    )
    assert json.loads(first.extra["origin"]["session"]) == session
    assert not result.notes


def test_a_dump_of_tables_in_any_order(tmp_path: Path) -> None:
    dump = {
        "messages": [message(3, "b"), message(2, "a"), message(1, "a"), message(4, "gone"), message(5, None)],
        "sessions": [{"id": "a", "event_id": "e"}, {"id": "b"}, {"id": "empty"}],
        "events": [{"id": "e", "title": "The wedding"}],
    }
    result = read(tmp_path, dump)
    assert [result.texts(place) for place in range(3)] == [["Text 1", "Text 2"], ["Text 3"], ["Text 4"]]
    assert [(each.title, each.kind) for each in result.notebooks] == [("The wedding", NotebookKind.EVENT)]
    assert [(each.kind, each.reason) for each in result.skipped] == [
        ("session", "it has no messages"),
        ("message", "it names no session"),
    ]


@pytest.mark.parametrize("key", ["sessions", "chat_sessions", None])
def test_sessions_with_their_messages_inside(tmp_path: Path, key: str | None) -> None:
    sessions = [{"id": number, "messages": [message(1, number)], "user_id": 1} for number in range(2)]
    result = read(tmp_path, sessions if key is None else {key: sessions})
    assert len(result.sessions) == 2


def test_a_list_without_messages_is_skipped_with_the_reason(tmp_path: Path) -> None:
    result = read(tmp_path, {"success": True, "sessions": [{"id": 1, "title": "T"}], "count": 1})
    assert result.reader == "chat"
    assert [each.reason for each in result.skipped] == ["it has no messages"]


@pytest.mark.parametrize(
    ("role", "read_as"),
    [
        ("user", Role.WRITER),
        ("Assistant", Role.HELPER),
        ("system", Role.SYSTEM),
        ("tool", Role.TOOL),
        ("alien", Role.SYSTEM),
    ],
)
def test_roles(tmp_path: Path, role: str, read_as: Role) -> None:
    result = read(tmp_path, {"session": {"id": 1}, "messages": [message(1, 1, role)]})
    assert result.messages()[0].role is read_as
    assert (result.doubts == {"unknown_part"}) is (role == "alien")


@pytest.mark.parametrize(("zone", "ms"), [("UTC", 1_719_824_700_000), (BERLIN, 1_719_817_500_000)])
def test_times_without_a_zone_are_read_in_the_one_that_was_given(tmp_path: Path, zone: str, ms: int) -> None:
    given = message(1, 1, timestamp="2024-07-01 09:05:00")
    result = read(tmp_path, {"session": {"id": 1}, "messages": [given]}, zone)
    assert result.messages()[0].created_at == ms
    assert result.doubts == (set() if zone == "none" else {"zone_missing"})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "a"}, "b"], "a\n\nb"),
        ({"text": "c"}, "c"),
        (None, ""),
        (5, ""),
        ([{"type": "image"}], ""),
    ],
)
def test_contents_that_are_no_string(tmp_path: Path, content: Any, text: str) -> None:
    result = read(tmp_path, {"session": {"id": 1}, "messages": [message(1, 1, content=content)]})
    assert result.texts() == [text]


def test_seconds_milliseconds_and_nothing_as_times(tmp_path: Path) -> None:
    times = [1_700_000_000, 1_700_000_000_000, "1e400", None]
    given = [message(number, 1, timestamp=value) for number, value in enumerate(times)]
    result = read(tmp_path, {"session": {"id": 1}, "messages": given})
    assert {each.created_at for each in result.messages()} == {1_700_000_000_000}
    assert result.doubts == {"time_missing"}


def test_ten_thousand_messages_and_none(tmp_path: Path) -> None:
    many = [message(number, number % 100) for number in range(10_000)]
    result = read(tmp_path, {"sessions": [{"id": number} for number in range(100)], "messages": many})
    assert sum(len(result.texts(place)) for place in range(100)) == 10_000
    assert not read(tmp_path, {"sessions": [], "messages": []}).sessions


def test_a_zip_made_on_a_mac_with_files_without_a_suffix(tmp_path: Path) -> None:
    dump = {"session": {"id": "s"}, "messages": [message(1)]}
    files = {"dump.json": dump, "LICENSE": "{Free", "__MACOSX/._dump.json": "{", ".DS_Store": b"\0\0"}
    result = found(put_zip(tmp_path / "export.zip", files))
    assert (result.reader, result.texts()) == ("chat", ["Text 1"])


def test_an_answer_that_was_saved_without_a_suffix(tmp_path: Path) -> None:
    assert found(put_json(tmp_path / "history", {"session": {"id": "s"}, "messages": [message(1)]})).reader == "chat"
