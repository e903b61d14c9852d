"""Chat back ends: sessions and messages as JSON, as their history end points or table dumps have them.

``{"session": {…}, "messages": […]}``, ``{"sessions": […], "messages": […]}``, ``{"sessions": [{…, "messages": […]}]}``,
or an array of such sessions. Messages of a dump may come in any order, so all of them are held while it is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vault.core.model import Role
from vault.core.rootrecords import NotebookKind
from vault.errors import FormatError
from vault.transfer.document import RootItem
from vault.transfer.elements import Element, elements, parse, sample
from vault.transfer.foreign import (
    Facts,
    Spoken,
    as_json,
    fields_of,
    list_of,
    make_notebook,
    make_session,
    text_of,
)
from vault.transfer.reading import NO_OBJECT, POSSIBLE, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, read_time

_NAME = "chat"
MAX_HELD_BYTES = 256 * 1024 * 1024
_HELD_OVERHEAD = 320
"""Bytes that holding one takes beside its own."""
_ROLES = {
    **dict.fromkeys(("user", "writer", "human"), Role.WRITER),
    **dict.fromkeys(("assistant", "helper", "ai", "bot", "model"), Role.HELPER),
    **dict.fromkeys(("system", "developer"), Role.SYSTEM),
    **dict.fromkeys(("tool", "function"), Role.TOOL),
}
_NOTEBOOKS = {"event": NotebookKind.EVENT, "project": NotebookKind.PROJECT}
_SESSION_KEYS = ("session", "sessions", "chat_sessions", None)
_MESSAGE_KEYS = ("messages", "chat_messages")
_SURE = 80


@dataclass(slots=True)
class _State:
    """What is known while a source is read: its notebooks so far, by id, and titles of others."""

    options: ReadOptions
    notebooks: set[str] = field(default_factory=set)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class _Dump:
    """What one file holds: sessions and messages as JSON, so that they take little room; titles of notebooks."""

    sessions: list[bytes] = field(default_factory=list)
    messages: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    broken: list[Skipped | Note] = field(default_factory=list)
    unknown: set[str | None] = field(default_factory=set)
    held: int = 0

    def hold(self, raw: bytes) -> bytes:
        self.held += len(raw) + _HELD_OVERHEAD
        if self.held > MAX_HELD_BYTES:
            raise FormatError("This dump is too large to be put in order; export it in parts.")
        return raw


def _files(source: Source) -> list[Entry]:
    """Its JSON files. What an end point answers may have been saved without a suffix, but then by itself."""
    suffixes = (".json", "") if not source.is_archive and len(source.entries) == 1 else (".json",)
    return source.named(lambda path: path.suffix.lower() in suffixes)


def _detect(source: Source) -> int:
    for entry in _files(source)[:50]:
        found = sample(entry)
        sessions = [found.get(key) for key in _SESSION_KEYS if key in found]
        messages = [found.get(key) for key in _MESSAGE_KEYS if key in found]
        if any(isinstance(each, dict) and "role" in each and "content" in each for each in messages):
            return _SURE
        if any(isinstance(each, dict) and ("messages" in each or "user_id" in each) for each in sessions):
            return _SURE - 10
        if sessions and (messages or "success" in found) and None not in found:
            return POSSIBLE
    return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    state = _State(options)
    for entry in _files(source):
        dump = _load(entry)
        state.titles = dump.titles
        yield from dump.broken
        for raw in dump.sessions:
            session = parse(raw)
            name = _first_id(session, "id", "uuid", "session_id")
            messages = [parse(each) for each in dump.messages.pop(name, ())]
            messages += [each for key in _MESSAGE_KEYS for each in list_of(session.pop(key, None))]
            yield from _session(name or raw.decode(), session, messages, state)
        for name, held in dump.messages.items():
            if name:
                yield from _session(name, {}, [parse(each) for each in held], state)
            else:
                yield from (Skipped(entry.name, "it names no session", "message") for _ in held)


def _load(entry: Entry) -> _Dump:
    dump = _Dump()
    for element in elements(entry):
        kind = element.key.removesuffix("s") if element.key else ""
        try:
            value = element.value()
        except ValueError:
            dump.broken.append(Skipped(f"{entry.name}, {element.key or 'item'}", "it is no well-formed JSON"))
            continue
        if not isinstance(value, dict):
            _odd(entry, element, value, dump)
        elif element.key in _MESSAGE_KEYS:
            dump.messages[_first_id(value, "session_id", "chat_session_id")].append(dump.hold(element.raw))
        elif element.key in _SESSION_KEYS:
            dump.sessions.append(dump.hold(element.raw))
        elif kind in _NOTEBOOKS:
            title = text_of(value.get("title")) or text_of(value.get("name"))
            dump.titles[kind, _first_id(value, "id", "uuid")] = title
        else:
            _unknown(entry, element, value, dump)
    if len(dump.sessions) == 1 and "" in dump.messages:  # an end point for one session need not repeat its id
        name = _first_id(parse(dump.sessions[0]), "id", "uuid", "session_id")
        dump.messages[name] += dump.messages.pop("") if name else []
    return dump


def _odd(entry: Entry, element: Element, value: Any, dump: _Dump) -> None:
    """What is no object: no session and no message, but where there is none at all."""
    if element.key not in (*_MESSAGE_KEYS, *_SESSION_KEYS):
        _unknown(entry, element, value, dump)
    elif element.index is not None or value not in ([], None):
        kind = "message" if element.key in _MESSAGE_KEYS else "session"
        dump.broken.append(Skipped(f"{entry.name}, {element.key or 'item'}", NO_OBJECT, kind))


def _unknown(entry: Entry, element: Element, value: Any, dump: _Dump) -> None:
    """Notes each part of a file that may say something and is not read."""
    if isinstance(value, (str, list, dict)) and value and element.key not in dump.unknown:
        dump.unknown.add(element.key)
        dump.broken.append(Note(entry.name, Doubt.UNKNOWN_PART, element.key or ""))


def _session(name: str, session: dict[str, Any], messages: list[Any], state: _State) -> Iterator[Read]:
    options = state.options
    created = _stamp(session, options, "created_at", "createdAt", "started_at")
    notebook = _notebook(session, created or Stamp(options.now, "UTC"), state)
    if notebook is not None and notebook.id not in state.notebooks:
        state.notebooks.add(notebook.id)
        yield notebook
    doubts: dict[Doubt, str] = {}
    said = [message for message in messages if isinstance(message, (dict, str))]
    spoken = [_spoken(message, options, doubts) for message in said]
    if all(each.at is not None for each in spoken):
        spoken.sort(key=lambda each: each.at.ms if each.at else 0)
    phase = session.get("phase")
    facts = Facts(
        id=name,
        title=text_of(session.get("title")) or text_of(session.get("name")) or None,
        created=created,
        updated=_stamp(session, options, "updated_at", "updatedAt"),
        item=as_json(session),
        notebook=None if notebook is None else notebook.id,
        tags=[*map(text_of, list_of(session.get("tags"))), phase if isinstance(phase, str) else ""],
        phase=phase if isinstance(phase, int) and not isinstance(phase, bool) else None,
        helper=text_of(session.get("helper")) or text_of(fields_of(session.get("helper")).get("name")) or None,
        thread=_first_id(session, "thread_id") or None,
    )
    yield from make_session(_NAME, facts, spoken, options)
    for _ in range(len(messages) - len(said)):
        yield Skipped(facts.title or name, NO_OBJECT, "message")
    yield from (Note(facts.title or name, doubt, detail) for doubt, detail in doubts.items())


def _notebook(session: dict[str, Any], created: Stamp, state: _State) -> RootItem | None:
    for kind, notebook_kind in _NOTEBOOKS.items():
        about = fields_of(session.get(kind))
        own = _first_id(session, f"{kind}_id") or _first_id(about, "id")
        if own:
            title = text_of(about.get("title")) or state.titles.get((kind, own)) or f"{kind.capitalize()} {own}"
            return make_notebook(_NAME, f"{kind} {own}", title, notebook_kind, created, item=as_json(about))
    return None


def _spoken(given: dict[str, Any] | str, options: ReadOptions, doubts: dict[Doubt, str]) -> Spoken:
    message = {"content": given} if isinstance(given, str) else given
    speaker = text_of(message.get("role")) or text_of(message.get("sender"))
    role = _ROLES.get(speaker.lower())
    if role is None:
        doubts.setdefault(Doubt.UNKNOWN_PART, f"a message of {speaker or 'nobody'}")
    flags = [field.removeprefix("is_") for field, value in message.items() if field.startswith("is_") and value is True]
    return Spoken(
        role=role or Role.SYSTEM,
        text=_text(message.get("content", message.get("text")), doubts),
        at=_stamp(message, options, "timestamp", "created_at", "createdAt"),
        id=_first_id(message, "id", "uuid"),
        item=as_json(given),
        sources=[_source(each) for each in list_of(message.get("sources"))],
        tool_calls=[_call(fields_of(each)) for each in list_of(message.get("tool_calls"))],
        flags=flags,
    )


def _text(content: Any, doubts: dict[Doubt, str]) -> str:
    if isinstance(content, str):
        return content
    found = []
    for part in list_of(content) or ([content] if isinstance(content, dict) else []):
        text = part if isinstance(part, str) else text_of(fields_of(part).get("text"))
        if not text:
            doubts.setdefault(Doubt.UNKNOWN_PART, text_of(fields_of(part).get("type")) or "a part of no type")
        found.append(text)
    return "\n\n".join(text for text in found if text)


def _source(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"url" if value.startswith(("http://", "https://")) else "title": value}
    given = fields_of(value)
    shown = {
        "title": text_of(given.get("title")) or text_of(given.get("name")),
        "url": text_of(given.get("url")) or text_of(given.get("link")),
        "text": text_of(given.get("text")) or text_of(given.get("snippet")) or text_of(given.get("content")),
    }
    return {name: text for name, text in shown.items() if text}


def _call(call: dict[str, Any]) -> dict[str, str]:
    function = fields_of(call.get("function")) or call
    shown = {"name": text_of(function.get("name")) or "tool"}
    for name, fields in (("input", ("arguments", "input", "args")), ("output", ("output", "result"))):
        given = next((function[field] for field in fields if function.get(field) is not None), None)
        if given is not None:
            shown[name] = given if isinstance(given, str) else as_json(given)
    return shown


def _first_id(given: dict[str, Any], *fields: str) -> str:
    """The first id among the fields, as text; a number is one too."""
    for each in fields:
        value = given.get(each)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def _stamp(given: dict[str, Any], options: ReadOptions, *fields: str) -> Stamp | None:
    found = (read_time(given.get(each), text_of(given.get("zone")), options.zone) for each in fields)
    return next((stamp for stamp in found if stamp is not None), None)


READER = Reader(_NAME, "chat back end (sessions and messages as JSON)", _detect, _read)
