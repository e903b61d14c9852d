"""Items of a document out of what another tool wrote: the parts that all its readers share (docs/FORMAT.md §5.3).

A source item is kept verbatim, as a string of JSON, in the field ``origin`` of what was made of it; one that is too
large for that goes into records of type ``source`` beside the messages.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from vault.client.counting import with_changed
from vault.core.model import (
    MAX_HELPER,
    MAX_LABEL,
    MAX_PHASE,
    MAX_TAGS,
    MAX_THREAD,
    MAX_TITLE,
    Message,
    Role,
    SessionHeader,
)
from vault.core.rootrecords import MAX_NOTES, Notebook, NotebookKind, UnknownRecord
from vault.transfer.document import NO_DIGEST, RecordItem, RootItem, SessionItem
from vault.transfer.elements import elements
from vault.transfer.reading import NO_OBJECT, Doubt, Note, Read, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp
from vault.wire.limits import ID_BYTES

MAX_ID = 100
_TEXTS = (".json", ".txt", ".md", ".markdown")
_TEXT_BYTES = 1_000_000
_PART = 160_000
"""Code points of a part of a text that is longer than that; escaped they take six bytes at most."""
_DETAIL_BYTES = 300_000
"""Of sources and tool calls; more of them stands in the source item alone."""
_ITEM_BYTES = 400_000
"""Of a source item kept in its message."""
_ITEM_PART = 400_000
"""Code points of a part of a source item; without control characters, escaped they take four bytes at most."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as another tool has it; `item` is its JSON, `seconds` how long it took to write."""

    role: Role
    text: str
    at: Stamp | None = None
    id: str = ""
    item: str = field(default="", repr=False)
    sources: Sequence[Mapping[str, str]] = ()
    tool_calls: Sequence[Mapping[str, str]] = ()
    flags: Iterable[str] = ()
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What another tool says of a session as a whole; `item` is the JSON of what no message has.

    `id` must be the same each time the tool exports it. `notebook` is the id of its item.
    """

    id: str
    title: str | None = None
    created: Stamp | None = None
    updated: Stamp | None = None
    item: str = field(default="", repr=False)
    notebook: str | None = None
    tags: Iterable[str] = ()
    pinned: bool = False
    archived: bool = False
    trashed: bool = False
    thread: str | None = None
    phase: int | None = None
    helper: str | None = None


def make_session(tool: str, facts: Facts, spoken: Sequence[Spoken], options: ReadOptions) -> Iterator[Read]:
    """The session and what is doubtful about it; or that it is skipped, because there is nothing in it."""
    maker = _Maker(tool, facts, options)
    if not spoken:
        yield Skipped(maker.name, "it has no messages")
        return
    yield maker.session(spoken)
    yield from (Note(maker.name, doubt, detail) for doubt, detail in maker.doubts.items())


def make_branches(
    tool: str, facts: Facts, branches: Sequence[Sequence[Spoken]], options: ReadOptions
) -> Iterator[Read]:
    """A session for each branch of a conversation: `facts` for the first, the others tagged ``branch``.

    What connects them is that they have one `thread`.
    """
    if len(branches) <= 1:
        yield from make_session(tool, facts, branches[0] if branches else (), options)
        return
    facts = replace(facts, thread=facts.id)
    yield from make_session(tool, facts, branches[0], options)
    for number, spoken in enumerate(branches[1:], 2):
        branch = replace(
            facts,
            id=f"{facts.id} {spoken[-1].id}",
            title=f"{facts.title or 'Untitled'} (branch {number})",
            created=spoken[0].at or facts.created,
            updated=spoken[-1].at or facts.updated,
            item="",
            tags=("branch",),
        )
        yield from make_session(tool, branch, spoken, options)


def make_notebook(
    tool: str, name: str, title: str, kind: NotebookKind, created: Stamp, *, notes: str = "", item: str = ""
) -> RootItem:
    """A notebook; `name` is what the tool tells it apart by."""
    origin = {"tool": tool, "id": _identity(name)}
    if item and len(item.encode()) <= _ITEM_BYTES:
        origin["item"] = item
    shown = clean(title).strip()[:MAX_TITLE] or "Untitled"
    record = Notebook(
        shown, kind, created.ms, created.ms, created.zone, clean(notes)[:MAX_NOTES], extra={"origin": origin}
    )
    return RootItem(notebook_id(tool, name), record)


def notebook_id(tool: str, name: str) -> str:
    """The id that a notebook's item has, for the sessions in it."""
    return sha256(f"{tool}\0{_identity(name)}".encode()).digest()[:ID_BYTES].hex()


def objects(entry: Entry, key: str | None, kind: str = "session") -> Iterator[tuple[dict[str, Any], str] | Skipped]:
    """The objects of one array of a JSON file, each with its JSON; what is none is skipped. Raises FormatError."""
    for element in elements(entry):
        if element.key != key or element.index is None:
            continue
        name = f"{entry.name}, item {element.index + 1}"
        try:
            value = element.value()
        except ValueError:
            yield Skipped(name, "it is no well-formed JSON", kind)
            continue
        if isinstance(value, dict):
            yield value, element.raw.decode()
        else:
            yield Skipped(name, NO_OBJECT, kind)


def left_out(source: Source, read: Collection[Entry]) -> Iterator[Note]:
    """That a source has other files of text or JSON than were read, if so."""
    others = [each for each in source.named(lambda path: path.suffix.lower() in _TEXTS) if each not in read]
    if others:
        files = "1 other file" if len(others) == 1 else f"{len(others)} other files"
        yield Note(source.path.name, Doubt.FILE_LEFT_OUT, f"{files} of text or JSON")


def fields_of(value: Any) -> dict[str, Any]:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """`value` when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """`value` when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def as_json(value: Any) -> str:
    """A source item as JSON; halves of characters stay escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if clean(text) == text else json.dumps(value)


def clean(text: str) -> str:
    """`text` with each half of a character (a lone surrogate) replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class _Maker:
    """Makes one session. `doubts` has each kind of doubt once, with the first detail."""

    def __init__(self, tool: str, facts: Facts, options: ReadOptions) -> None:
        self.tool = tool
        self.facts = facts
        self.options = options
        self.doubts: dict[Doubt, str] = {}
        self.title = self._short("title", facts.title, MAX_TITLE)
        self.name = self.title or clean(facts.id) or "untitled"

    def session(self, spoken: Sequence[Spoken]) -> SessionItem:
        facts = self.facts
        messages, kept = self._messages(spoken)
        first, last = messages[0], messages[-1]
        created = self._sure(facts.created) or Stamp(first.created_at, first.zone)
        updated = self._sure(facts.updated) or Stamp(max(last.created_at, created.ms), last.zone)
        tags = self._tags(facts.tags)
        header = SessionHeader(
            count=0,
            digest=NO_DIGEST,
            title=self.title,
            opening="",
            preview="",
            created_at=created.ms,
            updated_at=updated.ms,
            zone=created.zone,
            next_position=len(messages),
            notebook=None if facts.notebook is None else bytes.fromhex(facts.notebook),
            phase=facts.phase if facts.phase is not None and 1 <= facts.phase <= MAX_PHASE else None,
            helper=self._short("helper", facts.helper, MAX_HELPER),
            tags=tags,
            pinned=facts.pinned,
            archived_at=updated.ms if facts.archived else None,
            trashed_at=updated.ms if facts.trashed else None,
            thread=self._short("thread", facts.thread, MAX_THREAD),
            extra={"origin": {"tool": self.tool, "id": _identity(facts.id), "hash": self._hash(messages, tags)}},
        )
        records = [RecordItem(f"{place:032x}", message) for place, message in enumerate(messages)]
        records += [RecordItem(f"{len(messages) + place:032x}", record) for place, record in enumerate(kept)]
        header = with_changed(header, (), messages, messages)
        return SessionItem(notebook_id(self.tool, f"session {facts.id}"), header, records)

    def _messages(self, spoken: Sequence[Spoken]) -> tuple[list[Message], list[UnknownRecord]]:
        """The messages, and the source items that are too large to be kept in them."""
        messages: list[Message] = []
        kept: list[UnknownRecord] = []
        last: Stamp | None = None
        for each in spoken:
            last = self._time(each.at, last)
            for place, text in enumerate(self._parts(each.text)):
                message = self._message(each, text, last, len(messages), is_first=place == 0)
                messages.append(message)
                if place == 0:
                    kept += self._oversized(each.item, {"position": message.position})
        kept += self._oversized(self.facts.item, {})
        return messages, kept

    def _message(self, each: Spoken, text: str, at: Stamp, position: int, *, is_first: bool) -> Message:
        origin = {"tool": self.tool}
        if each.id:
            origin["id"] = _identity(each.id)
        if is_first and each.item and _fits(each.item):
            origin["item"] = each.item
        if position == 0 and self.facts.item and _fits(self.facts.item):
            origin["session"] = self.facts.item
        message = Message(
            each.role,
            text,
            position,
            at.ms,
            at.zone,
            flags=tuple(sorted({clean(flag)[:MAX_LABEL] for flag in each.flags if flag})),
            extra={"origin": origin},
        )
        if not is_first:
            return message
        sources, calls = _plain(each.sources), _plain(each.tool_calls)
        if len(json.dumps([sources, calls])) > _DETAIL_BYTES:
            self._doubt(Doubt.CUT, "sources and tool calls")
            sources = calls = ()
        return replace(message, sources=sources, tool_calls=calls, seconds=each.seconds)

    def _parts(self, text: str) -> Iterator[str]:
        whole = clean(text)
        if whole != text:
            self._doubt(Doubt.REPAIRED, "half a character")
        if _escaped(whole) <= _TEXT_BYTES:
            yield whole
            return
        self._doubt(Doubt.SPLIT, "a very long message")
        yield from (whole[start : start + _PART] for start in range(0, len(whole), _PART))

    def _oversized(self, item: str, place: dict[str, int]) -> Iterator[UnknownRecord]:
        if not item or _fits(item):
            return
        parts = [item[start : start + _ITEM_PART] for start in range(0, len(item), _ITEM_PART)]
        for number, part in enumerate(parts):
            yield UnknownRecord({"type": "source", **place, "part": number, "parts": len(parts), "item": part})

    def _time(self, at: Stamp | None, last: Stamp | None) -> Stamp:
        """The time of a message; where it has none, that of the one before or of the session."""
        if at is not None:
            return self._sure(at) or at
        self._doubt(Doubt.TIME_MISSING)
        return last or self.facts.created or self.facts.updated or Stamp(self.options.now, "UTC")

    def _sure(self, at: Stamp | None) -> Stamp | None:
        if at is not None and at.doubt is not None:
            self._doubt(at.doubt, at.zone)
        return at

    def _tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        found = {short for tag in tags if (short := self._short("tag", tag, MAX_LABEL))}
        if len(found) > MAX_TAGS:
            self._doubt(Doubt.CUT, "tags")
        return tuple(sorted(sorted(found)[:MAX_TAGS]))

    def _short(self, what: str, text: str | None, most: int) -> str | None:
        """`text` in one line without its ends, at most so many code points; None for nothing."""
        if text is None:
            return None
        whole = " ".join(clean(text[: most * 64]).split())
        if len(whole) > most:
            self._doubt(Doubt.CUT, what)
        return whole[:most].rstrip() or None

    def _doubt(self, doubt: Doubt, detail: str = "") -> None:
        self.doubts.setdefault(doubt, detail)

    def _hash(self, messages: Iterable[Message], tags: tuple[str, ...]) -> str:
        """What tells two exports of one session apart when it changed in between."""
        digest = sha256(as_json([self.title, tags]).encode())
        for message in messages:
            digest.update(as_json([message.role.value, message.text, message.created_at]).encode())
        return digest.hexdigest()


def _identity(text: str) -> str:
    whole = clean(text)
    return whole if len(whole) <= MAX_ID else sha256(whole.encode()).hexdigest()


def _plain(items: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    return tuple({name: clean(text) for name, text in item.items()} for item in items)


def _fits(item: str) -> bool:
    return _escaped(item) <= _ITEM_BYTES


def _escaped(text: str) -> int:
    """The bytes that a string takes in a payload."""
    if 6 * len(text) < _ITEM_BYTES:
        return 0
    return len(json.dumps(text, ensure_ascii=False).encode())
