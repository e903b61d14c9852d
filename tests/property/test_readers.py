"""Fuzz targets, two for each reader of a foreign layout: any values in its structure, and any bytes after damage.

Whatever a file holds, a reader gives items that a vault can hold, the same each time, or ends with one FormatError.
A coverage-guided fuzzer can drive each through its ``hypothesis.fuzz_one_input``.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.transfer.makers import chatgpt, chatgpt_node, dayone, dayone_entry, options
from vault.core import canonical
from vault.core.model import Message, SessionHeader
from vault.core.rootrecords import parse_root_record
from vault.errors import FormatError
from vault.transfer.document import RootItem, SessionItem
from vault.transfer.packing import MAX_PAYLOAD_BYTES
from vault.transfer.reading import Note, Skipped, all_readers
from vault.transfer.sources import open_source
from vault.transfer.trees import branches

FOREIGN = ("chat", "chatgpt", "claude", "dayone", "jrnl", "markdown", "standardnotes")
TIME = "2024-03-31T02:30:00"

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([TIME, f"{TIME}Z", "user", "assistant", "human", "text", "Note", "a", "b", "\ud800", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["text", "id", "type", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)

_NODE = chatgpt_node("a", None, text="A", metadata={"citations": [{"metadata": {"url": "u", "title": "t"}}]})
_CLAUDE = {
    "uuid": "u", "name": "N", "created_at": TIME, "updated_at": TIME, "project": {"uuid": "p", "name": "P"},
    "chat_messages": [{"uuid": "m", "sender": "human", "text": "t", "created_at": TIME, "parent_message_uuid": "",
                       "attachments": [{"file_name": "f", "extracted_content": "e"}], "files": [{"file_name": "f"}],
                       "content": [{"type": "text", "text": "x", "citations": [{"url": "u"}]},
                                   {"type": "tool_use", "id": "t", "name": "n", "input": {}},
                                   {"type": "tool_result", "tool_use_id": "t", "content": [{"text": "o"}]}]}],
}  # fmt: skip
_NOTE = {
    "uuid": "n",
    "content_type": "Note",
    "created_at": TIME,
    "updated_at": TIME,
    "content": {
        "title": "T",
        "text": '{"root": {"children": [{"type": "text", "text": "x"}]}}',
        "noteType": "super",
        "appData": {"org.standardnotes.sn": {"pinned": True}},
    },
}
_REFERENCES = [{"uuid": "n", "content_type": "Note"}, {"uuid": "t", "content_type": "Tag"}]
_TAG = {"uuid": "t", "content_type": "Tag", "content": {"title": "T", "references": _REFERENCES}}
_ENTRY = {"title": "T", "body": "B", "date": "2024-03-31", "time": "02:30", "tags": ["@a"], "starred": True}
_MESSAGE = {"id": 1, "session_id": 1, "role": "user", "content": "c", "timestamp": TIME, "sources": [{"url": "u"}],
            "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}], "is_fortune": True}  # fmt: skip
_FRONT = "---\ntitle: T\ndate: 2024-03-31\ntags: [a, b]\nnotebook: N\nzone: Europe/Berlin\n---\n# Heading\nText\n"
SEEDS: dict[str, Any] = {
    "chat": {"session": {"id": 1, "event_id": 2, "phase": 1, "tags": ["t"]}, "messages": [_MESSAGE, _MESSAGE]},
    "chatgpt": [chatgpt(_NODE, chatgpt_node("b", "a", "assistant", "B"), chatgpt_node("c", "a", "tool", "C"))],
    "claude": [_CLAUDE],
    "dayone": dayone([dayone_entry(1, "# A\nB", tags=["t"], editingTime=2.5, richText="{}", photos=[{}])]),
    "jrnl": {"tags": {}, "entries": [_ENTRY]},
    "markdown": _FRONT,
    "standardnotes": {"version": "004", "items": [_NOTE, _TAG]},
}


def check(name: str, data: bytes) -> int:
    """Read a file as one layout; the number of its items."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("file.md" if name == "markdown" else "file.json")
        path.write_bytes(data)
        try:
            first, second = read(name, path), read(name, path)
        except FormatError:
            return 0
    assert first == second
    return len(first)


def read(name: str, path: Path) -> list[Any]:
    found: list[Any] = []
    known: set[str] = set()
    with open_source(path) as source:
        reader = all_readers()[name]
        assert 0 <= reader.detect(source) <= 100
        for item in reader.read(source, options()):
            if isinstance(item, SessionItem):
                assert item.header.notebook is None or item.header.notebook.hex() in known
                found.append((item.id, check_session(item)))
            elif isinstance(item, RootItem):
                known.add(item.id)
                found.append((item.id, round_trip(item.record.payload(), parse_root_record)))
            else:
                assert isinstance(item, (Skipped, Note))
                found.append(item)
    return found


def check_session(item: SessionItem) -> list[dict[str, Any]]:
    records = list(item.records)
    messages = [each.record for each in records if isinstance(each.record, Message)]
    assert messages
    assert [each.position for each in messages] == list(range(item.header.next_position))
    assert len({each.id for each in records}) == len(records)
    payloads = [round_trip(each.payload(), Message.parse) for each in messages]
    payloads += [round_trip(each.record.payload(), lambda payload: None) for each in records[len(messages) :]]
    return [round_trip(item.header.payload(), SessionHeader.parse), *payloads]


def round_trip(payload: dict[str, Any], parse: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The payload as a vault gives it back."""
    data = canonical.encode(payload)
    assert len(data) <= MAX_PAYLOAD_BYTES
    back = canonical.decode(data)
    parsed = parse(back)
    assert parsed is None or parsed.payload() == back
    return back


@st.composite
def changed(draw: st.DrawFn, seed: Any) -> Any:
    """`seed` with values anywhere in it taken away, doubled, or replaced by any others."""
    if isinstance(seed, dict):
        found = {}
        for key, value in seed.items():
            how = draw(st.sampled_from("kkkkkkdr"))
            if how != "d":
                found[key] = draw(_JSON) if how == "r" else draw(changed(value))
        return found
    if isinstance(seed, list):
        return [draw(_JSON) if draw(st.booleans()) and draw(st.booleans()) else draw(changed(each))
                for each in seed for _ in range(draw(st.integers(0, 2)))]  # fmt: skip
    return seed if draw(st.integers(0, 9)) else draw(_JSON)


@pytest.mark.parametrize("name", [name for name in FOREIGN if name != "markdown"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_values_in_the_structure_of_a_layout(name: str, data: st.DataObject) -> None:
    check(name, json.dumps(data.draw(changed(SEEDS[name]))).encode())


@settings(max_examples=200)
@given(
    front=st.text(alphabet=st.sampled_from("abc:-[]{}&*!|>#'\"\n ,%@`?2024T\t\0\ud800é"), max_size=200),
    body=st.text(max_size=50),
)
def test_any_front_matter(front: str, body: str) -> None:
    check("markdown", f"---\n{front}\n---\n{body}".encode(errors="replace"))


@pytest.mark.parametrize("name", FOREIGN)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_damage_to_the_bytes_of_a_file(name: str, data: st.DataObject) -> None:
    seed = SEEDS[name]
    whole = bytearray(seed.encode() if isinstance(seed, str) else json.dumps(seed).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole)))
        length = data.draw(st.integers(0, 8))
        whole[place : place + length] = data.draw(st.binary(max_size=8))
    check(name, bytes(whole))


@pytest.mark.parametrize("name", FOREIGN)
def test_the_seeds_are_read(name: str) -> None:
    seed = SEEDS[name]
    assert check(name, seed.encode() if isinstance(seed, str) else json.dumps(seed).encode()) > 0


@settings(max_examples=100)
@given(data=st.data())
def test_any_damage_to_an_archive(data: st.DataObject) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(SEEDS["chatgpt"]))
        archive.writestr("chat.html", "<script>")
    whole = bytearray(packed.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + 1] = data.draw(st.binary(max_size=4))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.zip"
        path.write_bytes(whole)
        with suppress(FormatError):
            read("chatgpt", path)


@given(
    parents=st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghz")),
    current=st.none() | st.sampled_from("abcdefghz"),
)
def test_branches_have_each_node_once_and_follow_the_parents(
    parents: dict[str, str | None], current: str | None
) -> None:
    paths = branches(parents, current)
    assert sorted(node for path in paths for node in path) == sorted(parents)
    for path in paths:
        assert all(parents[after] == before for before, after in pairwise(path))
    if current in parents:
        assert paths[0][-1] == current
