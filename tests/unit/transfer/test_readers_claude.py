"""Claude's export: projects, batches, blocks, branches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.unit.transfer.makers import Found, found, put_json, put_zip
from vault.core.model import Role
from vault.core.rootrecords import NotebookKind

TIME = "2025-03-01T10:00:00.123456Z"


def said(name: str, sender: str = "human", text: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "uuid": name,
        "sender": sender,
        "text": text,
        "created_at": TIME,
        "content": [],
        "attachments": [],
        "files": [],
        **fields,
    }


def conversation(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {
        "uuid": "u-1",
        "name": "Talk",
        "created_at": TIME,
        "updated_at": TIME,
        "chat_messages": list(messages),
        **fields,
    }


def read(tmp_path: Path, *conversations: Any, **files: Any) -> Found:
    given = {"conversations.json": list(conversations), "users.json": [], **files}
    return found(put_zip(tmp_path / "data.zip", given))


def test_blocks_come_before_the_plain_text(tmp_path: Path) -> None:
    blocks = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    result = read(tmp_path, conversation(said("a", text="old form"), said("b", "assistant", "flat", content=blocks)))
    assert result.reader == "claude"
    assert [(each.role, each.text) for each in result.messages()] == [
        (Role.WRITER, "old form"),
        (Role.HELPER, "one\n\ntwo"),
    ]
    assert result.messages()[0].created_at == 1_740_823_200_123
    assert [each.detail for each in result.notes] == ["1 other file of text or JSON"]


def test_thinking_tools_citations_and_attachments_survive(tmp_path: Path) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "tool_use", "id": "t1", "name": "search", "input": {"Q": 1}},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "found"}]},
        {"type": "tool_result", "tool_use_id": "t0", "name": "late", "content": "alone"},
        {"type": "text", "text": "Done", "citations": [{"url": "https://x", "title": "X"}]},
    ]
    pasted = [{"file_name": "notes.txt", "extracted_content": "inside"}]
    result = read(tmp_path, conversation(said("a", attachments=pasted), said("b", "assistant", content=blocks)))
    first, thought, answer = result.messages()
    assert first.sources == ({"title": "notes.txt", "text": "inside"},)
    assert (thought.text, thought.flags) == ("hm", ("thinking",))
    assert answer.tool_calls == (
        {"name": "search", "input": '{"Q": 1}', "output": "found"},
        {"name": "late", "input": "", "output": "alone"},
    )
    assert answer.sources == ({"title": "X", "url": "https://x"},)


def test_unknown_blocks_and_files_are_told_of_and_kept_verbatim(tmp_path: Path) -> None:
    message = said("a", text="see", content=[{"type": "hologram", "rays": 2.5}], files=[{"file_name": "p.png"}])
    result = read(tmp_path, conversation(message))
    assert result.doubts == {"unknown_part", "file_left_out"}
    assert json.loads(result.messages()[0].extra["origin"]["item"]) == message


def test_projects_become_notebooks_and_their_documents_sessions(tmp_path: Path) -> None:
    project = {"uuid": "p", "name": "House", "description": "About", "prompt_template": "Be kind", "created_at": TIME,
               "docs": [{"uuid": "d", "filename": "plan.md", "content": "The plan", "created_at": TIME}]}  # fmt: skip
    other = {"uuid": "q", "name": "Garden"}
    result = read(
        tmp_path,
        conversation(said("a", text="x"), project={"uuid": "p", "name": "House"}),
        conversation(said("a", text="y"), uuid="u-2", project=other),
        **{"projects.json": [project, project]},
    )
    assert [(each.title, each.kind, each.notes) for each in result.notebooks] == [
        ("House", NotebookKind.PROJECT, "About\n\nBe kind"),
        ("Garden", NotebookKind.PROJECT, ""),
    ]
    assert [each.header.notebook.hex() for each in result.sessions if each.header.notebook] == [
        result.ids[0], result.ids[0], result.ids[1]]  # fmt: skip
    assert result.titles == ["plan.md", "Talk", "Talk"]


def test_edited_messages_make_branches(tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    result = read(
        tmp_path,
        conversation(
            said("a", text="A", parent_message_uuid=root),
            said("b", "assistant", "B", parent_message_uuid="a"),
            said("a2", text="A again", parent_message_uuid=root),
            said("b2", "assistant", "B again", parent_message_uuid="a2"),
        ),
    )
    assert [result.texts(place) for place in range(2)] == [["A again", "B again"], ["A", "B"]]


def test_messages_of_one_id_are_both_kept(tmp_path: Path) -> None:
    assert read(tmp_path, conversation(said("a", text="1"), said("a", text="2"), said("", text="3"))).texts() == [
        "1", "2", "3"]  # fmt: skip


def test_batches(tmp_path: Path) -> None:
    files = {
        f"conversations-batch-{number:04}": [conversation(said("a", text="x"), uuid=str(number))] for number in range(2)
    }
    assert len(found(put_zip(tmp_path / "data.zip", {**files, "users.json": []})).sessions) == 2
    nested = {
        f"data-batch/conversations-{number:03}.json": files[f"conversations-batch-{number:04}"] for number in range(2)
    }
    assert len(found(put_zip(tmp_path / "other.zip", nested)).sessions) == 2


def test_missing_names_times_and_messages(tmp_path: Path) -> None:
    result = found(
        put_json(tmp_path / "c.json", [conversation(said("a", text="x", created_at=None), name="", created_at=None,
                                                    updated_at=None), conversation(uuid="empty")])
    )  # fmt: skip
    assert result.titles == [None]
    assert result.doubts == {"time_missing"}
    assert [each.reason for each in result.skipped] == ["it has no messages"]


def test_an_export_of_nothing(tmp_path: Path) -> None:
    result = read(tmp_path)
    assert result.reader == "claude"
    assert not result.sessions


def test_ten_thousand_messages(tmp_path: Path) -> None:
    messages = [said(str(number), text=f"{number}") for number in range(10_000)]
    assert read(tmp_path, conversation(*messages)).texts() == [f"{number}" for number in range(10_000)]
