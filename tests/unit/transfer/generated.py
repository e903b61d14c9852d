"""Generated documents: every kind of item, every field, also unknown ones."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.property.test_core_model import (
    extras,
    messages,
    notebooks,
    session_headers,
    templates,
    vault_settings,
)
from vault.core.model import Message
from vault.core.rootrecords import UnknownRecord
from vault.transfer.document import NO_DIGEST, Document, Head, Item, RecordItem, RootItem, SessionItem
from vault.transfer.json_export import write_json
from vault.transfer.json_import import JsonReader
from vault.transfer.sources import Entry


def order(item: RecordItem) -> tuple[bool, int, str]:
    """What the records of a session are sorted by."""
    return (False, item.record.position, item.id) if isinstance(item.record, Message) else (True, 0, item.id)


HEAD = Head("ab" * 16, 1_700_000_000_000, "Europe/Berlin", "inkvault/0")

record_ids = st.integers(1, 2**128 - 1).map("{:032x}".format)
unknown = st.builds(
    lambda extra, kind: UnknownRecord({**extra, "type": kind}), extras, st.sampled_from(["source", "dream", "x"])
)
short_notebooks = notebooks.map(lambda notebook: replace(notebook, notes=notebook.notes[:2_000]))
root_records = st.one_of(short_notebooks, templates, vault_settings, unknown)
headers = session_headers.map(lambda header: replace(header, count=0, digest=NO_DIGEST))
records = st.dictionaries(record_ids, st.one_of(messages, messages, unknown), max_size=4).map(
    lambda found: sorted((RecordItem(each, record) for each, record in found.items()), key=order)
)


def some_sessions(least: int, most: int) -> st.SearchStrategy[list[SessionItem]]:
    return st.dictionaries(record_ids, st.tuples(headers, records), min_size=least, max_size=most).map(
        lambda found: [SessionItem(each, header, kept) for each, (header, kept) in sorted(found.items())]
    )


roots = st.dictionaries(record_ids, root_records, max_size=5).map(
    lambda found: [RootItem(each, record) for each, record in sorted(found.items())]
)
documents: st.SearchStrategy[list[Item]] = st.builds(lambda first, then: [*first, *then], roots, some_sessions(0, 4))


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
    """An item that can be read twice, its records as they are before they are in a vault or a file."""
    if not isinstance(item, SessionItem):
        return item
    return replace(item, records=[RecordItem(each.id, each.record) for each in item.records])


def content(data: bytes) -> dict[str, Any]:
    """What two exports of one vault have in common: all but the head and the hash over it."""
    import json

    parsed: dict[str, Any] = json.loads(data)
    del parsed["head"], parsed["end"]["sha256"]
    return parsed
