"""Generated documents: every kind of item, every field, also unknown ones."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.property.test_core_codecs import ids, integers, texts
from tests.property.test_core_model import (
    days,
    extras,
    labels,
    maybe,
    objects,
    phases,
    retentions,
    template_names,
    times,
    versions,
    written,
    written_days,
)
from vault.core.model import Message, Role, SessionHeader
from vault.core.rootrecords import Colour, Notebook, NotebookKind, Settings, Template, UnknownRecord
from vault.transfer.document import NO_DIGEST, Document, Head, Item, RecordItem, RootItem, SessionItem, order
from vault.transfer.json_export import write_json
from vault.transfer.json_import import JsonReader
from vault.transfer.sources import Entry

MAX_SAFE = 2**53 - 1
HEAD = Head("ab" * 16, 1_700_000_000_000, "Europe/Berlin", "inkvault/0")

record_ids = ids.filter(any).map(bytes.hex)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo", "Mars/Olympus"])
unknown = st.builds(
    lambda extra, kind: UnknownRecord({**extra, "type": kind}), extras, st.sampled_from(["source", "dream", "x"])
)
root_records = st.one_of(
    st.builds(
        Notebook,
        title=written(200),
        kind=st.sampled_from(NotebookKind),
        created_at=integers,
        updated_at=integers,
        zone=zones,
        notes=st.just("") | written(2_000),
        colour=maybe(st.sampled_from(Colour)),
        date=maybe(days),
        programme=maybe(template_names),
        archived_at=times,
        trashed_at=times,
        retention=maybe(retentions),
        extra=extras,
    ),
    st.builds(
        Template,
        title=written(200),
        phases=st.lists(phases, min_size=1, max_size=3).map(tuple),
        created_at=integers,
        updated_at=integers,
        zone=zones,
        about=st.just("") | written(2_000),
        tags=labels,
        trashed_at=times,
        extra=extras,
    ),
    st.builds(Settings, continue_minutes=maybe(st.integers(1, 60)), retention=maybe(retentions), extra=extras),
    unknown,
)
messages = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=texts,
    position=st.integers(0, MAX_SAFE),
    created_at=integers,
    zone=zones,
    seconds=st.integers(0, MAX_SAFE),
    trashed_at=times,
    sources=objects,
    tool_calls=objects,
    flags=labels,
    extra=extras,
) | st.builds(
    Message,
    role=st.sampled_from(Role),
    text=texts,
    position=st.integers(0, 3),
    created_at=integers,
    zone=zones,
    edited_at=integers,
    versions=versions,
    extra=extras,
)
headers = st.builds(
    SessionHeader,
    count=st.just(0),
    digest=st.just(NO_DIGEST),
    title=st.none() | written(200),
    opening=texts.map(lambda text: text[:50]),
    preview=texts.map(lambda text: text[:160]),
    created_at=integers,
    updated_at=integers,
    zone=zones,
    next_position=st.integers(0, MAX_SAFE),
    active_at=times,
    ended_at=times,
    notebook=maybe(ids),
    phase=maybe(st.integers(1, 99)),
    template=maybe(template_names),
    helper=maybe(written(100)),
    tags=labels,
    pinned=st.booleans(),
    archived_at=times,
    trashed_at=times,
    thread=maybe(written(500)),
    days=written_days,
    extra=extras,
)
records = st.dictionaries(record_ids, st.one_of(messages, messages, unknown), max_size=4).map(
    lambda found: sorted((RecordItem(each, record) for each, record in found.items()), key=order)
)
sessions = st.dictionaries(record_ids, st.tuples(headers, records), max_size=4).map(
    lambda found: [SessionItem(each, header, kept) for each, (header, kept) in sorted(found.items())]
)
roots = st.dictionaries(record_ids, root_records, max_size=5).map(
    lambda found: [RootItem(each, record) for each, record in sorted(found.items())]
)
documents: st.SearchStrategy[list[Item]] = st.builds(lambda first, then: [*first, *then], roots, sessions)


def as_json(items: Iterable[Item], head: Head = HEAD) -> bytes:
    """The file that a document makes."""
    stream = io.BytesIO()
    write_json(Document(head, iter(items)), stream)
    return stream.getvalue()


def entry_of(data: bytes, name: str = "export.json") -> Entry:
    """A file of these bytes."""
    return Entry(name, len(data), None, lambda: io.BytesIO(data))


def from_json(data: bytes) -> list[Item]:
    """The items of a file, records in lists."""
    return [held(item) for item in JsonReader(entry_of(data)).items()]


def held(item: Item) -> Item:
    """An item that can be read twice."""
    return replace(item, records=list(item.records)) if isinstance(item, SessionItem) else item


def content(data: bytes) -> dict[str, Any]:
    """What two exports of one vault have in common: all but the head and the hash over it."""
    import json

    parsed: dict[str, Any] = json.loads(data)
    del parsed["head"], parsed["end"]["sha256"]
    return parsed
