"""ChatGPT's export: parts, branches, content types, times, what is kept verbatim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transfer.makers import Found, chatgpt, chatgpt_node, found, put_json, put_zip
from vault.core.model import Role
from vault.core.rootrecords import UnknownRecord
from vault.transfer.document import AnyRecord


def read(tmp_path: Path, *conversations: Any) -> Found:
    return found(put_zip(tmp_path / "export.zip", {"conversations.json": list(conversations), "chat.html": "<html>"}))


def of_content(tmp_path: Path, content: Any, **message: Any) -> Found:
    return read(tmp_path, chatgpt(chatgpt_node("a", None, content=content, **message)))


def test_a_conversation_keeps_roles_order_title_and_times(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        chatgpt(
            chatgpt_node("r", None, "system", ""),
            chatgpt_node("a", "r", text="Hello"),
            chatgpt_node("b", "a", "assistant", "Hi", create_time=1_700_000_002.75),
            is_starred=True,
            is_archived=True,
            default_model_slug="gpt-9",
        ),
    )
    assert result.reader == "chatgpt"
    assert [(each.role, each.text) for each in result.messages()] == [(Role.WRITER, "Hello"), (Role.HELPER, "Hi")]
    header = result.sessions[0].header
    assert (header.title, header.created_at, header.updated_at) == ("Talk", 1_700_000_000_250, 1_700_000_100_000)
    assert (header.pinned, header.archived_at, header.helper) == (True, 1_700_000_100_000, "gpt-9")
    assert (header.opening, header.preview, header.next_position) == ("Hello", "Hi", 2)
    assert [each.created_at for each in result.messages()] == [1_700_000_000_500, 1_700_000_002_750]
    assert not result.notes


def test_an_export_in_parts_is_read_in_order(tmp_path: Path) -> None:
    parts = {
        f"conversations-{number:03}.json": [
            chatgpt(chatgpt_node("a", None, text="x"), id=str(number), title=str(number), conversation_id=str(number))
        ]
        for number in range(3)
    }
    assert found(put_zip(tmp_path / "export.zip", {**parts, "user.json": {}})).titles == ["0", "1", "2"]


def test_a_missing_title_is_left_to_the_first_message(tmp_path: Path) -> None:
    result = read(tmp_path, chatgpt(chatgpt_node("a", None, text="A first line that goes on"), title=None))
    assert result.titles == [None]
    assert result.sessions[0].header.opening == "A first line that goes on"


def test_all_branches_are_kept_each_message_once(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        chatgpt(
            chatgpt_node("q", None, text="Q"),
            chatgpt_node("a1", "q", "assistant", "A1"),
            chatgpt_node("f1", "a1", text="F1"),
            chatgpt_node("q2", None, text="Another beginning"),
            chatgpt_node("a2", "q", "assistant", "A2"),
        ),
    )
    assert [result.texts(place) for place in range(3)] == [["Q", "A2"], ["A1", "F1"], ["Another beginning"]]
    assert result.titles == ["Talk", "Talk (branch 2)", "Talk (branch 3)"]
    assert [each.header.tags for each in result.sessions] == [(), ("branch",), ("branch",)]
    assert {each.header.thread for each in result.sessions} == {"c-1"}
    assert len({each.id for each in result.sessions}) == 3


@pytest.mark.parametrize("current", [None, "nowhere", 7])
def test_without_a_current_message_the_last_one_ends_the_thread(tmp_path: Path, current: Any) -> None:
    nodes = chatgpt_node("a", None, text="A"), chatgpt_node("b", "a", "assistant", "B")
    assert read(tmp_path, chatgpt(*nodes, current_node=current)).texts() == ["A", "B"]


def test_circles_and_orphans_end_and_lose_nothing(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        chatgpt(
            chatgpt_node("a", "b", text="A"),
            chatgpt_node("b", "a", text="B"),
            chatgpt_node("c", "gone", text="C"),
            chatgpt_node("d", "d", text="D"),
        ),
    )
    assert sorted(text for place in range(len(result.sessions)) for text in result.texts(place)) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "text", "parts": ["one", "two"]}, "one\n\ntwo"),
        ({"content_type": "multimodal_text", "parts": ["see", {"content_type": "audio_transcription", "text": "said"}]},
         "see\n\nsaid"),
        ({"content_type": "code", "language": "python", "text": "print(1)"}, "print(1)"),
        ({"content_type": "execution_output", "text": "1"}, "1"),
        ({"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "C"}]}, "S\n\nC"),
        ({"content_type": "reasoning_recap", "content": "Thought for 3s"}, "Thought for 3s"),
        ({"content_type": "tether_quote", "url": "https://x", "title": "T", "text": "quoted"}, "quoted"),
        ({"content_type": "tether_browsing_display", "result": "R", "summary": "S"}, "R\n\nS"),
        ({"content_type": "system_error", "name": "E", "text": "went wrong"}, "went wrong"),
        ({"content_type": "user_editable_context", "user_profile": "P", "user_instructions": "I"}, "P\n\nI"),
        ({"content_type": "model_editable_context", "model_set_context": "M"}, "M"),
    ],
)  # fmt: skip
def test_each_known_content_type(tmp_path: Path, content: Any, text: str) -> None:
    result = of_content(tmp_path, content)
    assert result.texts() == [text]
    assert "unknown_part" not in result.doubts


def test_unknown_content_is_read_as_far_as_it_goes_and_told_of(tmp_path: Path) -> None:
    result = of_content(tmp_path, {"content_type": "hologram", "parts": [{"content_type": "ray"}], "text": "words"})
    assert result.texts() == ["[ray]\n\nwords"]
    assert result.doubts == {"unknown_part"}


def test_a_picture_leaves_its_place_and_is_told_of(tmp_path: Path) -> None:
    part = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}
    result = of_content(tmp_path, {"content_type": "multimodal_text", "parts": [part, "What is it?"]})
    assert result.texts() == ["[image_asset_pointer]\n\nWhat is it?"]
    assert result.doubts == {"file_left_out"}
    assert "file-service://x" in result.messages()[0].extra["origin"]["item"]


def test_thinking_hidden_messages_tools_and_sources_are_marked(tmp_path: Path) -> None:
    hidden = {"is_visually_hidden_from_conversation": True,
              "citations": [{"metadata": {"title": "T", "url": "https://x"}}]}  # fmt: skip
    result = read(
        tmp_path,
        chatgpt(
            chatgpt_node("a", None, "assistant", "search", recipient="browser", metadata=hidden),
            chatgpt_node("b", "a", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]}),
        ),
    )
    first, second = result.messages()
    assert (first.flags, first.tool_calls) == (("hidden",), ({"name": "browser"},))
    assert first.sources == ({"title": "T", "url": "https://x"},)
    assert second.flags == ("thinking",)


def test_messages_without_a_time_take_that_of_their_neighbour(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        chatgpt(chatgpt_node("a", None, text="A"), chatgpt_node("b", "a", "assistant", "B", create_time=None)),
    )
    assert [each.created_at for each in result.messages()] == [1_700_000_000_500] * 2
    assert result.doubts == {"time_missing"}


def test_source_items_and_what_was_left_empty_are_kept_verbatim(tmp_path: Path) -> None:
    conversation = chatgpt(
        chatgpt_node("r", None, "system", ""), chatgpt_node("a", "r", text="A", metadata={"x": 1.5}), gizmo_id="g-1"
    )
    (message,) = read(tmp_path, conversation).messages()
    origin = message.extra["origin"]
    assert json.loads(origin["item"]) == conversation["mapping"]["a"]
    assert json.loads(origin["session"]) == {**conversation, "mapping": {"r": conversation["mapping"]["r"]}}


def test_a_very_long_message_is_split_and_its_source_kept_beside_it(tmp_path: Path) -> None:
    text = "\u0000\U0001f600\n" * 400_000
    result = read(tmp_path, chatgpt(chatgpt_node("a", None, text=text)))
    assert "".join(result.texts()) == text
    assert result.doubts == {"split"}
    kept = [item.record for item in records(result) if isinstance(item.record, UnknownRecord)]
    assert kept[0].fields["parts"] == len(kept)
    assert json.loads("".join(each.fields["item"] for each in kept))["message"]["content"]["parts"] == [text]


def records(result: Found) -> list[AnyRecord]:
    return list(result.sessions[0].records)


@pytest.mark.parametrize("value", [None, 3, [], "x"])
def test_what_is_no_conversation_is_skipped_by_its_place(tmp_path: Path, value: Any) -> None:
    result = found(put_json(tmp_path / "c.json", [chatgpt(chatgpt_node("a", None, text="A")), value]))
    assert result.titles == ["Talk"]
    assert [each.name for each in result.skipped] == ["c.json, item 2"]


def test_a_conversation_without_messages_is_skipped_with_the_reason(tmp_path: Path) -> None:
    result = read(tmp_path, chatgpt(), chatgpt(chatgpt_node("r", None, "system", "")))
    assert [each.reason for each in result.skipped] == ["it has no messages"] * 2


def test_no_conversations_at_all(tmp_path: Path) -> None:
    result = read(tmp_path)
    assert result.reader == "chatgpt"
    assert not result.sessions


def test_ten_thousand_conversations(tmp_path: Path) -> None:
    many = [
        chatgpt(chatgpt_node("a", None, text="x"), id=f"c{number}", conversation_id=f"c{number}")
        for number in range(10_000)
    ]
    assert len({each.id for each in read(tmp_path, *many).sessions}) == 10_000
