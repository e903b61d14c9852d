"""Standard Notes: a decrypted backup, as the text file inside its zip or by itself. A note is a session of one message.

Tags, also nested ones, become tags. An encrypted backup is refused with the advice to export a decrypted one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from vault.core.model import Role
from vault.errors import FormatError
from vault.transfer.elements import parse, sample
from vault.transfer.foreign import Facts, Spoken, fields_of, left_out, list_of, make_session, objects, text_of
from vault.transfer.reading import CERTAIN, LIKELY, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, read_time

_NAME = "standardnotes"
_FILE = "Standard Notes Backup and Import File.txt"
_OWN = "org.standardnotes.sn"
_MAX_NESTED_TAGS = 32
MAX_REFERENCES = 1_000_000
"""Of all tags to notes."""
_BLOCKS = frozenset({"paragraph", "heading", "quote", "code", "listitem", "tablerow"})


def _files(source: Source) -> list[Entry]:
    if not source.is_archive and len(source.entries) == 1:
        return list(source.entries)
    return source.named(lambda path: path.name == _FILE)


def _detect(source: Source) -> int:
    for entry in _files(source):
        found = sample(entry, 4)
        first = found.get("items")
        if isinstance(first, dict):
            return CERTAIN if {"content_type", "content"} <= first.keys() else 0
        if first == [] and "version" in found:
            return LIKELY
    return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    files = _files(source)
    yield from left_out(source, files)
    for entry in files:
        tags = _tags(entry)
        for item in objects(entry, "items"):
            if isinstance(item, Skipped):
                yield item
                continue
            note, raw = item
            kind = text_of(note.get("content_type"))
            if kind == "Note":
                yield from _note(note, raw, tags.get(text_of(note.get("uuid")), []), options)
            elif kind != "Tag":
                yield Skipped(text_of(note.get("uuid")), f"it is no note but a {kind or 'thing'} of the tool", "record")


def _tags(entry: Entry) -> dict[str, list[str]]:
    """The tags of each note, by its id. Raises FormatError for an encrypted backup."""
    titles: dict[str, str] = {}
    parents: dict[str, str] = {}
    notes: defaultdict[str, list[str]] = defaultdict(list)
    count = 0
    for item in objects(entry, "items"):
        if isinstance(item, Skipped):
            continue
        if isinstance(item[0].get("content"), str) and not item[0].get("deleted"):
            raise FormatError("This backup is encrypted; make a decrypted one in Standard Notes and import that.")
        if item[0].get("content_type") != "Tag":
            continue
        name, content = text_of(item[0].get("uuid")), fields_of(item[0].get("content"))
        titles[name] = text_of(content.get("title"))
        references = list_of(content.get("references"))
        count += len(references) + 1
        if count > MAX_REFERENCES:
            raise FormatError("This backup has more tags on notes than Inkvault reads; export it in parts.")
        for reference in map(fields_of, references):
            other = text_of(reference.get("uuid"))
            if reference.get("content_type") == "Tag":
                parents[name] = other
            else:
                notes[other].append(name)
    return {note: [_full(tag, titles, parents) for tag in tags] for note, tags in notes.items()}


def _full(tag: str, titles: dict[str, str], parents: dict[str, str]) -> str:
    """The name of a tag with those it is nested in, as ``trips/Iceland``; a circle is cut."""
    names: list[str] = []
    while tag in titles and len(names) < _MAX_NESTED_TAGS:
        names.append(titles[tag])
        tag = parents.get(tag, "")
    return "/".join(reversed(names))


def _note(note: dict[str, Any], raw: str, tags: list[str], options: ReadOptions) -> Iterator[Read]:
    content = fields_of(note.get("content"))
    own = fields_of(fields_of(content.get("appData")).get(_OWN))
    title, text = text_of(content.get("title")), text_of(content.get("text"))
    name = text_of(note.get("uuid")) or raw
    if note.get("deleted"):
        yield Skipped(title or name, "it was deleted there")
        return
    if content.get("noteType") == "super":
        shown = _lexical(text)
        if shown is None:
            yield Note(title or name, Doubt.UNKNOWN_PART, "a Super note that cannot be read as one")
        text = text if shown is None else shown

    def says(field: str) -> bool:
        return content.get(field) is True or own.get(field) is True

    created = _stamp(note, "created_at", options)
    facts = Facts(
        id=name,
        title=title,
        created=created,
        updated=read_time(own.get("client_updated_at"), "", options.zone) or _stamp(note, "updated_at", options),
        tags=tags,
        pinned=says("pinned") or says("starred"),
        archived=says("archived"),
        trashed=says("trashed"),
    )
    text = text if text.strip() else title  # a note may be its title alone
    yield from make_session(
        _NAME, facts, [Spoken(Role.WRITER, text, created, name, raw)] if text.strip() else (), options
    )


def _lexical(state: str) -> str | None:
    """The text of a Super note, one line for each block; None when it is none."""
    try:
        root = fields_of(fields_of(parse(state.encode("utf-8", "replace"))).get("root"))
    except ValueError:
        return None
    if not root:
        return None
    found: list[str] = []
    left: list[Any] = [root]
    while left:
        node = left.pop()
        if isinstance(node, str):
            found.append(node)
            continue
        kind = text_of(fields_of(node).get("type"))
        if kind == "linebreak":
            found.append("\n")
        found.append(text_of(fields_of(node).get("text")))
        if kind in _BLOCKS:
            left.append("\n")
        left += reversed(list_of(fields_of(node).get("children")))
    return "".join(found).strip("\n")


def _stamp(note: dict[str, Any], field: str, options: ReadOptions) -> Stamp | None:
    return read_time(note.get(field), "", options.zone) or read_time(note.get(f"{field}_timestamp"), "", options.zone)


READER = Reader(_NAME, "Standard Notes backup (decrypted)", _detect, _read)
