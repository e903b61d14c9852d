"""Claude: ``conversations.json``, or its batches, and ``projects.json`` in the zip of a data export.

A project is a notebook, each of its documents a session in it. Branches are taken over as with ChatGPT. Pasted
attachments become sources; files are not in the export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vault.core.model import Role
from vault.core.rootrecords import NotebookKind
from vault.transfer.elements import sample
from vault.transfer.foreign import (
    Facts,
    Spoken,
    as_json,
    fields_of,
    left_out,
    list_of,
    make_branches,
    make_notebook,
    make_session,
    notebook_id,
    objects,
    text_of,
)
from vault.transfer.reading import CERTAIN, LIKELY, NO_OBJECT, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, read_time
from vault.transfer.trees import branches

_NAME = "claude"
_FILE = re.compile(r"conversations(-?batch)?(-?[0-9]{1,6})?\.json|conversations.*batch-[0-9]{1,6}(\.json)?")
_ROLES = {"human": Role.WRITER, "assistant": Role.HELPER}
_BLOCKS = frozenset({"text", "thinking", "tool_use", "tool_result"})


def _files(source: Source) -> list[Entry]:
    if not source.is_archive and len(source.entries) == 1:
        return list(source.entries)
    return source.named(lambda path: any(_FILE.fullmatch(part) for part in path.parts[-2:]))


def _projects(source: Source) -> list[Entry]:
    return source.named(lambda path: path.name == "projects.json")


def _detect(source: Source) -> int:
    files = _files(source)
    for entry in files:
        found = sample(entry, 1).get(None)
        if isinstance(found, dict):
            return CERTAIN if isinstance(found.get("chat_messages"), list) else 0
    return LIKELY if files and (_projects(source) or source.named(lambda path: path.name == "users.json")) else 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    known: set[str] = set()
    projects = _projects(source)
    conversations = [entry for entry in _files(source) if entry not in projects]
    yield from left_out(source, [*projects, *conversations])
    for entry in projects:
        for item in objects(entry, None, "notebook"):
            if isinstance(item, Skipped):
                yield item
            elif (name := text_of(item[0].get("uuid"))) not in known:
                known.add(name)
                yield from _project(name, item[0], options)
    for entry in conversations:
        for item in objects(entry, None):
            if isinstance(item, Skipped):
                yield item
                continue
            project = fields_of(item[0].get("project"))
            name = text_of(project.get("uuid"))
            if name and name not in known:
                known.add(name)
                yield from _project(name, project, options)
            yield from _conversation(*item, name, options)


def _project(name: str, project: dict[str, Any], options: ReadOptions) -> Iterator[Read]:
    created = _stamp(project.get("created_at")) or Stamp(options.now, "UTC")
    texts = [text_of(project.get(field)) for field in ("description", "prompt_template")]
    own = {field: value for field, value in project.items() if field != "docs"}
    title = text_of(project.get("name"))
    yield make_notebook(
        _NAME,
        name,
        title,
        NotebookKind.PROJECT,
        created,
        notes="\n\n".join(text for text in texts if text),
        item=as_json(own),
    )
    for place, value in enumerate(list_of(project.get("docs"))):
        doc = fields_of(value)
        text = text_of(doc.get("content"))
        at = _stamp(doc.get("created_at")) or created
        facts = Facts(
            id=f"{name} {text_of(doc.get('uuid')) or place}",
            title=text_of(doc.get("filename")),
            created=at,
            notebook=notebook_id(_NAME, name),
        )
        spoken = [Spoken(Role.SYSTEM, text, at, item=as_json({**doc, "content": None}))] if text else []
        yield from make_session(_NAME, facts, spoken, options)


def _conversation(conversation: dict[str, Any], raw: str, project: str, options: ReadOptions) -> Iterator[Read]:
    messages: dict[str, dict[str, Any]] = {}
    odd: dict[int, Any] = {}
    for place, value in enumerate(list_of(conversation.get("chat_messages"))):
        if not isinstance(value, dict):
            odd[place] = value
            continue
        given = text_of(value.get("uuid"))
        messages[given if given and given not in messages else f"{given} {place}"] = value
    doubts: dict[Doubt, str] = {}
    spoken = [
        said
        for path in _paths(messages)
        if (said := [each for name in path for each in _spoken(name, messages[name], doubts)])
    ]
    made = {each.id for said in spoken for each in said}
    rest = [*(message for name, message in messages.items() if name not in made), *odd.values()]
    title = text_of(conversation.get("name"))
    name = text_of(conversation.get("uuid")) or raw
    facts = Facts(
        id=name,
        title=title,
        created=_stamp(conversation.get("created_at")),
        updated=_stamp(conversation.get("updated_at")),
        item=as_json({**conversation, "chat_messages": rest}),
        notebook=notebook_id(_NAME, project) if project else None,
        pinned=conversation.get("is_starred") is True,
    )
    yield from make_branches(_NAME, facts, spoken, options)
    for place in odd:
        yield Skipped(f"{title or name}, message {place + 1}", NO_OBJECT, "message")
    yield from (Note(title or name, doubt, detail) for doubt, detail in doubts.items())


def _paths(messages: dict[str, dict[str, Any]]) -> list[list[str]]:
    """The branches; one path in the order of the file where no message names the one before it."""
    parents = {name: text_of(message.get("parent_message_uuid")) or None for name, message in messages.items()}
    if not any(parent in messages for parent in parents.values()):
        return [list(messages)]
    return branches(parents, None)


def _spoken(name: str, message: dict[str, Any], doubts: dict[Doubt, str]) -> Iterator[Spoken]:
    """What a message says, its thinking before it as a message of its own; nothing when there is nothing in it."""
    blocks = [fields_of(block) for block in list_of(message.get("content"))]
    texts = [text for block in blocks if block.get("type") == "text" and (text := text_of(block.get("text")))]
    thought = [text_of(block.get("thinking")) for block in blocks if block.get("type") == "thinking"]
    thoughts = [text for text in thought if text]
    calls = list(_calls(blocks))
    sources = [*_attachments(message), *_citations(blocks)]
    sender = text_of(message.get("sender"))
    role, at = _ROLES.get(sender, Role.SYSTEM), _stamp(message.get("created_at"))
    for kind in (text_of(block.get("type")) for block in blocks):
        if kind not in _BLOCKS:
            doubts.setdefault(Doubt.UNKNOWN_PART, kind or "a part of no type")
    if sender not in _ROLES:
        doubts.setdefault(Doubt.UNKNOWN_PART, f"a message of {sender or 'nobody'}")
    if list_of(message.get("files")):
        doubts.setdefault(Doubt.FILE_LEFT_OUT, "files of a message")
    text = "\n\n".join(texts) or text_of(message.get("text"))
    says_more = bool(text or calls or sources)
    if thoughts:
        item = "" if says_more else as_json(message)
        yield Spoken(role, "\n\n".join(thoughts), at, name, item, flags=("thinking",))
    if says_more:
        yield Spoken(role, text, at, name, as_json(message), sources, calls)


def _calls(blocks: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Each use of a tool with its result; a result without its use stands by itself."""
    results = {text_of(block.get("tool_use_id")): block for block in blocks if block.get("type") == "tool_result"}
    for block in blocks:
        if block.get("type") == "tool_use":
            result = results.pop(text_of(block.get("id")), {})
            yield _call(text_of(block.get("name")), block.get("input"), result)
    for block in results.values():
        yield _call(text_of(block.get("name")), None, block)


def _call(name: str, given: Any, result: dict[str, Any]) -> dict[str, str]:
    content = result.get("content")
    output = [text_of(fields_of(part).get("text")) for part in list_of(content)]
    told = "\n\n".join(text for text in output if text) or text_of(content)
    return {"name": name or "tool", "input": "" if given is None else as_json(given), "output": told}


def _attachments(message: dict[str, Any]) -> Iterator[dict[str, str]]:
    for value in list_of(message.get("attachments")):
        attachment = fields_of(value)
        yield {
            "title": text_of(attachment.get("file_name")) or "attachment",
            "text": text_of(attachment.get("extracted_content")),
        }


def _citations(blocks: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for block in blocks:
        for value in list_of(block.get("citations")):
            cited = fields_of(value)
            if text_of(cited.get("url")) or text_of(cited.get("title")):
                yield {field: text for field in ("title", "url") if (text := text_of(cited.get(field)))}


def _stamp(value: Any) -> Stamp | None:
    return read_time(value, "", "UTC")


READER = Reader(_NAME, "Claude export", _detect, _read)
