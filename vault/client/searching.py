"""Searching a vault on this device: its headers first, then its texts as they stream by (docs/PROTOCOL.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vault.client.contents import Contents
from vault.client.moments import as_datetime
from vault.client.transferring import read_vault
from vault.client.unlocked import Unlocked
from vault.core.model import Message, SessionHeader
from vault.core.records import ProvedRecord
from vault.core.rootrecords import Notebook
from vault.writing.fold import fold
from vault.writing.query import (
    Flag,
    Query,
    SessionFacts,
    Span,
    day_fits,
    find,
    parse_query,
    role_fits,
    session_fits,
    snippet,
    text_fits,
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something was found. `where` is ``title``, ``tag``, ``text`` or ``notes``; `spans` are in the snippet.

    Where `notebook_id` is set it is the title or the notes of a notebook, and the other ids are None.
    """

    session_id: str | None
    notebook_id: str | None
    message_id: str | None
    title: str
    where: str
    snippet: str
    spans: tuple[Span, ...]


def search(unlocked: Unlocked, text: str) -> Iterator[Hit]:
    """Notes, titles and tags first, then texts in the order of the sessions' ids.

    Of each session all records are checked against its verified header before anything of it is given.
    """
    query = parse_query(text)
    contents = unlocked.contents
    if role_fits(query, None):
        yield from _in_notebooks(contents, query)
        yield from _in_headers(contents, query)
    if not query.terms and not query.filters.roles:
        return
    for session in read_vault(unlocked).sessions:
        if not session_fits(query, facts_of(unlocked.contents, session.header)):
            continue
        for record in session.records:
            message = record.record if _says(query, record) else None
            if (
                isinstance(message, Message)
                and message.trashed_at is None
                and role_fits(query, message.role)
                and day_fits(query, _day(message.created_at, message.zone))
            ):
                yield from _hit(
                    query,
                    message.text,
                    "text",
                    session.header,
                    session_id=session.session_id,
                    record_id=record.record_id,
                )


def _in_headers(contents: Contents, query: Query) -> Iterator[Hit]:
    for session_id, header in sorted(contents.sessions(), key=lambda item: (-item[1].last_active, item[0])):
        if session_fits(query, facts_of(contents, header)) and day_fits(query, _day(header.last_active, header.zone)):
            yield from _hit(query, _title(header), "title", header, session_id=session_id)
            if query.terms:
                for tag in header.tags:
                    yield from _hit(query, tag, "tag", header, session_id=session_id)


def _in_notebooks(contents: Contents, query: Query) -> Iterator[Hit]:
    for notebook_id, notebook in contents.root.notebooks().items():
        flags = _flags(archived=notebook.archived_at is not None, trashed=notebook.trashed_at is not None)
        if (
            query.terms
            and session_fits(query, SessionFacts((), fold(notebook.title), flags))
            and day_fits(query, _day(notebook.updated_at, notebook.zone))
        ):
            for where, text in (("title", notebook.title), ("notes", notebook.notes)):
                if text_fits(query, fold(text)):
                    shown, within = snippet(text, find(query, text))
                    yield Hit(None, notebook_id.hex(), None, notebook.title, where, shown, tuple(within))


def _says(query: Query, record: ProvedRecord) -> bool:
    """Whether a record is a message with all words and phrases."""
    return record.is_message and text_fits(query, fold(record.payload["text"]))


def _hit(
    query: Query, text: str, where: str, header: SessionHeader, *, session_id: bytes, record_id: bytes | None = None
) -> Iterator[Hit]:
    if text_fits(query, fold(text)):
        shown, within = snippet(text, find(query, text))
        message_id = None if record_id is None else record_id.hex()
        yield Hit(session_id.hex(), None, message_id, _title(header), where, shown, tuple(within))


def facts_of(contents: Contents, header: SessionHeader) -> SessionFacts:
    """What filters ask of a session."""
    notebook = None if header.notebook is None else contents.root.get(header.notebook)
    return SessionFacts(
        tags=tuple(map(fold, header.tags)),
        notebook=fold(notebook.title) if isinstance(notebook, Notebook) else None,
        flags=_flags(
            archived=header.archived_at is not None, trashed=header.trashed_at is not None, pinned=header.pinned
        ),
    )


def _flags(**held: bool) -> frozenset[Flag]:
    return frozenset(Flag(name) for name, holds in held.items() if holds)


def _title(header: SessionHeader) -> str:
    return header.opening if header.title is None else header.title


def _day(ms: int, zone: str) -> str:
    return as_datetime(ms, zone).date().isoformat()
