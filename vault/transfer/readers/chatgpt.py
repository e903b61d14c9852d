"""ChatGPT: ``conversations.json``, or its numbered parts, in the zip of a data export; checked against exports of 2026.

The thread that was shown last is the session; every other branch is a session of its own, tagged ``branch``, that
begins where it parts. Files (pictures, sound) are not taken over; the text says where one stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vault.core.model import Role
from vault.transfer.elements import sample
from vault.transfer.foreign import (
    Facts,
    Spoken,
    as_json,
    fields_of,
    left_out,
    list_of,
    make_branches,
    objects,
    text_of,
)
from vault.transfer.reading import CERTAIN, LIKELY, NO_OBJECT, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, read_time
from vault.transfer.trees import branches

_NAME = "chatgpt"
_FILE = re.compile(r"conversations(-[0-9]{1,6})?\.json")
_ROLES = {"user": Role.WRITER, "assistant": Role.HELPER, "system": Role.SYSTEM, "tool": Role.TOOL}
_FIELDS = ("text", "result", "content", "summary", "user_profile", "user_instructions", "model_set_context")
_KNOWN = frozenset(
    {
        "text",
        "multimodal_text",
        "code",
        "execution_output",
        "thoughts",
        "reasoning_recap",
        "tether_quote",
        "tether_browsing_display",
        "system_error",
        "user_editable_context",
        "model_editable_context",
    }
)
_EVERYBODY = ("", "all")


def _files(source: Source) -> list[Entry]:
    if not source.is_archive and len(source.entries) == 1:
        return list(source.entries)
    return source.named(lambda path: _FILE.fullmatch(path.name) is not None)


def _detect(source: Source) -> int:
    files = _files(source)
    for entry in files:
        found = sample(entry, 1).get(None)
        if isinstance(found, dict):
            return CERTAIN if isinstance(found.get("mapping"), dict) else 0
    if files and source.named(lambda path: path.name in ("chat.html", "user.json")):
        return LIKELY  # no conversations
    return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    files = _files(source)
    yield from left_out(source, files)
    for entry in files:
        for item in objects(entry, None):
            if isinstance(item, Skipped):
                yield item
            else:
                yield from _conversation(*item, options)


def _conversation(conversation: dict[str, Any], raw: str, options: ReadOptions) -> Iterator[Read]:
    mapping = fields_of(conversation.get("mapping"))
    nodes = {name: node for name, node in mapping.items() if isinstance(node, dict)}
    doubts: dict[Doubt, str] = {}
    paths = branches(_parents(nodes), text_of(conversation.get("current_node")))
    told = ([_spoken(name, nodes[name], doubts) for name in path] for path in paths)
    spoken = [said for path in told if (said := [each for each in path if each is not None])]
    made = {each.id for said in spoken for each in said}
    rest = {name: node for name, node in mapping.items() if name not in made}
    title = text_of(conversation.get("title"))
    name = text_of(conversation.get("conversation_id")) or text_of(conversation.get("id")) or raw
    facts = Facts(
        id=name,
        title=title,
        created=_stamp(conversation.get("create_time")),
        updated=_stamp(conversation.get("update_time")),
        item=as_json({**conversation, "mapping": rest}),
        pinned=conversation.get("is_starred") is True,
        archived=conversation.get("is_archived") is True,
        helper=text_of(conversation.get("default_model_slug")) or None,
    )
    yield from make_branches(_NAME, facts, spoken, options)
    for node in (each for each in mapping if each not in nodes):
        yield Skipped(f"{title or name}, {node}", NO_OBJECT, "message")
    yield from (Note(title or name, doubt, detail) for doubt, detail in doubts.items())


def _parents(nodes: Mapping[str, dict[str, Any]]) -> dict[str, str | None]:
    """The node before each node: the one that it names, or else the one that names it."""
    named = {text_of(child): name for name, node in nodes.items() for child in list_of(node.get("children"))}
    return {name: text_of(node.get("parent")) or named.get(name) for name, node in nodes.items()}


def _spoken(name: str, node: dict[str, Any], doubts: dict[Doubt, str]) -> Spoken | None:
    """The message of a node; None when there is nothing to read in it."""
    message = fields_of(node.get("message"))
    content, metadata = fields_of(message.get("content")), fields_of(message.get("metadata"))
    author = text_of(fields_of(message.get("author")).get("role"))
    kind = text_of(content.get("content_type"))
    text = _text(content, kind, doubts)
    if not text.strip():
        return None
    role = _ROLES.get(author, Role.SYSTEM)
    if author not in _ROLES:
        doubts.setdefault(Doubt.UNKNOWN_PART, f"a message of {author or 'nobody'}")
    flags = set()
    if kind in ("thoughts", "reasoning_recap"):
        flags.add("thinking")
    if kind.endswith("_editable_context"):
        role = Role.SYSTEM  # the settings of the tool, not what the writer said here
    if metadata.get("is_visually_hidden_from_conversation") is True:
        flags.add("hidden")
    recipient = text_of(message.get("recipient"))
    return Spoken(
        role=role,
        text=text,
        at=_stamp(message.get("create_time")),
        id=name,
        item=as_json(node),
        sources=_sources(content, metadata),
        tool_calls=() if recipient in _EVERYBODY else ({"name": recipient},),
        flags=flags,
    )


def _text(content: dict[str, Any], kind: str, doubts: dict[Doubt, str]) -> str:
    if content and kind not in _KNOWN:
        doubts.setdefault(Doubt.UNKNOWN_PART, kind or "a message of no type")
    found = [_part(part, doubts) for part in list_of(content.get("parts"))]
    for thought in list_of(content.get("thoughts")):
        found += [text_of(fields_of(thought).get(field)) for field in ("summary", "content")]
    found += [text_of(content.get(field)) for field in _FIELDS]
    return "\n\n".join(text for text in found if text)


def _part(part: Any, doubts: dict[Doubt, str]) -> str:
    if isinstance(part, str):
        return part
    kind = text_of(fields_of(part).get("content_type"))
    text = text_of(fields_of(part).get("text"))
    if text:  # what was said in a spoken message
        return text
    if "asset_pointer" in fields_of(part) or kind.endswith("asset_pointer"):
        doubts.setdefault(Doubt.FILE_LEFT_OUT, kind)
        return f"[{kind or 'file'}]"
    doubts.setdefault(Doubt.UNKNOWN_PART, kind or "a part of no type")
    return f"[{kind}]" if kind else ""


def _sources(content: dict[str, Any], metadata: dict[str, Any]) -> list[dict[str, str]]:
    cited = [fields_of(fields_of(each).get("metadata")) for each in list_of(metadata.get("citations"))]
    cited += [fields_of(each) for each in list_of(metadata.get("content_references"))]
    found = [each for each in (*cited, content) if text_of(each.get("url"))]
    return [{field: text for field in ("title", "url") if (text := text_of(each.get(field)))} for each in found]


def _stamp(value: Any) -> Stamp | None:
    return read_time(value, "", "UTC")


READER = Reader(_NAME, "ChatGPT export", _detect, _read)
