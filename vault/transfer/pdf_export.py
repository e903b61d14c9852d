"""A document as a book in PDF that has the document itself, as JSON, inside (docs/EXPORT.md)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final

from vault.client.moments import as_datetime
from vault.core.model import Role, SessionHeader
from vault.core.rootrecords import Notebook
from vault.transfer.document import (
    NO_NOTEBOOK,
    AnyRecord,
    Counts,
    Document,
    Head,
    Item,
    MissingItem,
    RootItem,
    SessionItem,
)
from vault.transfer.json_export import write_json
from vault.transfer.pdf import Book, Chapter, Entry, Packed, Paper, Part, print_book

_ROLES: Final = {"writer": "You", "helper": "Helper", "system": "Note", "tool": "Tool"}
_CLOSING: Final = "Inkvault can restore all of this from the file inkvault-export.json that is attached to this PDF."


@dataclass(frozen=True, slots=True)
class PdfOptions:
    """What is printed, and whether the document is inside: whole, whatever is printed."""

    paper: Paper = Paper.A4
    with_trash: bool = False
    with_helper: bool = True
    with_document: bool = True


def write_pdf(
    document: Document,
    name: str,
    output: IO[bytes],
    options: PdfOptions,
    on_session: Callable[[int], None] = lambda _done: None,
) -> Counts:
    """Write the document of the vault called `name`; what it holds. `on_session` is told how many are printed.

    The document is read once. Until it is printed, in another order, its text is in memory compressed: plaintext never
    goes to a temporary file.
    """
    shelf = _Shelf()
    attachment = _Packer()
    counts = write_json(Document(document.head, shelf.pass_on(document.items)), attachment)
    book = _book(document.head, name, counts, shelf, options)
    inside = attachment.end() if options.with_document else None
    print_book(book, output, paper=options.paper, attachment=inside, on_chapter=on_session)
    return counts


class _Packer:
    """A sink that compresses, in the way that PDF reads."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj()
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        self._size += len(data)
        self._parts.append(self._packer.compress(data))

    def end(self) -> Packed:
        return Packed(b"".join([*self._parts, self._packer.flush()]), self._size)


@dataclass(frozen=True, slots=True)
class _Kept:
    header: SessionHeader
    texts: bytes
    """Compressed JSON: role, time, zone and text of each message that is not in the trash."""


class _Shelf:
    """Keeps what a document is printed from while it passes by."""

    def __init__(self) -> None:
        self.notebooks: dict[bytes, Notebook] = {}
        self.sessions: dict[str, _Kept] = {}
        self.missing = 0

    def pass_on(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if isinstance(item, SessionItem):
                records = list(item.records)
                self.sessions[item.id] = _Kept(item.header, _pack(records))
                yield SessionItem(item.id, item.header, records)
                continue
            if isinstance(item, RootItem) and isinstance(item.record, Notebook):
                self.notebooks[bytes.fromhex(item.id)] = item.record
            self.missing += isinstance(item, MissingItem)
            yield item


def _pack(records: list[AnyRecord]) -> bytes:
    messages = [item.payload for item in records if item.is_message]
    shown = [message for message in messages if "trashed_at" not in message]
    texts = [[message["role"], message["created_at"], message["zone"], message["text"]] for message in shown]
    return zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 1)


def _book(head: Head, name: str, counts: Counts, shelf: _Shelf, options: PdfOptions) -> Book:
    at = as_datetime(head.exported_at, head.zone)
    facts = [
        f"Exported on {_day(at)}, {at:%H:%M} ({head.zone})",
        ", ".join(
            _counted(count, what)
            for count, what in (
                (counts.notebooks, "notebook"),
                (counts.sessions, "session"),
                (counts.messages, "message"),
            )
        ),
    ]
    if not head.selection.is_all:
        facts.append("This is a part of the vault.")
    if shelf.missing:
        facts.append(f"{_counted(shelf.missing, 'item')} could not be opened and is not in here.")
    closing = [_CLOSING] if options.with_document else []
    return Book(name, "Kept with Inkvault", [*facts, *closing], _parts(shelf, options))


def _parts(shelf: _Shelf, options: PdfOptions) -> list[Part]:
    """Notebooks by title, then what belongs to none; sessions in the order in which they were begun."""
    by_notebook: dict[bytes | None, list[_Kept]] = {}
    for kept in sorted(shelf.sessions.values(), key=lambda kept: kept.header.created_at):
        if kept.header.trashed_at is None or options.with_trash:
            home = kept.header.notebook if kept.header.notebook in shelf.notebooks else None
            by_notebook.setdefault(home, []).append(kept)
    titles = {key: notebook.title.casefold() for key, notebook in shelf.notebooks.items()}
    parts = [
        Part(shelf.notebooks[key].title, _about_notebook(shelf.notebooks[key]), _chapters(by_notebook[key], options))
        for key in sorted(titles, key=lambda key: (titles[key], key))
        if key in by_notebook
    ]
    if None in by_notebook:
        parts.append(Part(NO_NOTEBOOK, "", _chapters(by_notebook[None], options)))
    return parts


def _chapters(sessions: list[_Kept], options: PdfOptions) -> list[Chapter]:
    return [_chapter(kept, options) for kept in sessions]


def _chapter(kept: _Kept, options: PdfOptions) -> Chapter:
    header = kept.header

    def entries() -> Iterator[Entry]:
        for role, at, zone, text in json.loads(zlib.decompress(kept.texts)):
            if role != Role.HELPER.value or options.with_helper:
                named = header.helper if role == Role.HELPER.value else None
                yield Entry(named or _ROLES[role], role == Role.WRITER.value, as_datetime(at, zone), text)

    return Chapter(header.title or header.opening or "Untitled", _about_session(header), entries)


def _about_session(header: SessionHeader) -> str:
    facts = [
        _day(as_datetime(header.created_at, header.zone)),
        *([f"phase {header.phase}"] if header.phase is not None else []),
        *([f"tags: {', '.join(header.tags)}"] if header.tags else []),
        *(["in the trash"] if header.trashed_at is not None else []),
    ]
    return "  ·  ".join(facts)


def _about_notebook(notebook: Notebook) -> str:
    kind: Mapping[str, str] = {"event": "An event", "project": "A project", "journal": "A journal"}
    first = kind[notebook.kind.value] + (f" on {notebook.date}" if notebook.date else "")
    return f"{first}.\n{notebook.notes}" if notebook.notes else f"{first}."


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
