"""Typed payloads: what is read is written again byte for byte, and a known field of another type is refused."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_core_codecs import ids, integers, keys, payloads, texts, values
from vault.core import canonical
from vault.core.digest import SetDigest
from vault.core.head import Head, KeptCheckpoint, SlotEntry
from vault.core.model import Day, Message, Role, RootHeader, SessionHeader, Version
from vault.core.params import SlotKind
from vault.core.rootrecords import (
    Colour,
    Notebook,
    NotebookKind,
    Phase,
    Retention,
    Settings,
    Template,
    parse_root_record,
)
from vault.errors import FormatError
from vault.wire.limits import MAX_SAFE_INTEGER

REQUIRED = {
    "type",
    *("seq", "containers", "digest", "history", "slot_epoch", "slots", "audit"),
    *("count", "title", "opening", "preview", "created_at", "updated_at", "zone", "next_position"),
    *("role", "text", "position"),
    *("id", "kind", "hash", "label"),
    *("phases",),
    *("key", "origin", "size", "root"),
}
KNOWN = REQUIRED | {
    each.name
    for cls in (SessionHeader, Message, Day, Version, Notebook, Template, Phase, Settings, Retention)
    for each in dataclasses.fields(cls)
}
counts = st.integers(0, MAX_SAFE_INTEGER)
counters = st.integers(1, MAX_SAFE_INTEGER)
hashes = st.binary(min_size=32, max_size=32)
digests = st.builds(SetDigest, st.integers(0, 2**256 - 1))
# Often none: there is one for each part of a record, and drawing them takes most of the time of these tests.
extras: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.dictionaries(
    keys.filter(lambda key: key not in KNOWN), values, max_size=3
)

entries = st.builds(
    SlotEntry, id=ids, kind=st.sampled_from(SlotKind), hash=hashes, label=texts, created_at=integers, extra=extras
)


checkpoints = st.builds(
    KeptCheckpoint,
    key=hashes,
    origin=ids.map(lambda log_id: f"inkvault/{log_id.hex()}"),
    size=counters,
    root=hashes,
    extra=extras,
)


def written(most: int) -> st.SearchStrategy[str]:
    """A text of 1 to `most` code points."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=min(most, 8)) | st.just("x" * most)


def maybe(present: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | present


times = maybe(integers)
days = st.dates().map(str)
labels = st.lists(written(50), unique=True, max_size=5).map(lambda found: tuple(sorted(found)))
template_names = st.from_regex(r"[a-z0-9-]{1,31}|[0-9a-f]{32}", fullmatch=True)
objects = st.lists(st.dictionaries(keys, values, max_size=2), max_size=2).map(tuple)
written_days = st.lists(
    st.builds(Day, day=days, words=counts, seconds=counters, extra=extras), unique_by=lambda day: day.day, max_size=4
).map(lambda found: tuple(sorted(found, key=lambda day: day.day)))
versions = st.lists(st.builds(Version, text=texts, at=integers, extra=extras), min_size=1, max_size=3).map(tuple)
some_days = maybe(st.integers(1, 36_500))
retentions = st.builds(
    Retention, archive_days=some_days, trash_days=some_days, remind_days=st.integers(1, 36_500), extra=extras
)
phases = st.builds(
    Phase, title=texts.map(lambda text: text[:200]), prompt=texts, minutes=st.integers(0, 600), extra=extras
)
slots = st.lists(entries, min_size=1, max_size=16, unique_by=lambda entry: entry.id).map(
    lambda items: tuple(sorted(items, key=lambda entry: entry.id))
)


session_headers = st.builds(
    SessionHeader,
    count=counts,
    digest=digests,
    title=st.none() | texts.map(lambda text: text[:200]),
    opening=texts.map(lambda text: text[:50]),
    preview=texts.map(lambda text: text[:160]),
    created_at=integers,
    updated_at=integers,
    zone=texts,
    next_position=counts,
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
messages = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=texts,
    position=counts,
    created_at=integers,
    zone=texts,
    seconds=counts,
    trashed_at=times,
    sources=objects,
    tool_calls=objects,
    flags=labels,
    extra=extras,
) | st.builds(
    Message,
    role=st.sampled_from(Role),
    text=texts,
    position=counts,
    created_at=integers,
    zone=texts,
    edited_at=integers,
    versions=versions,
    extra=extras,
)
notebooks = st.builds(
    Notebook,
    title=written(200),
    kind=st.sampled_from(NotebookKind),
    created_at=integers,
    updated_at=integers,
    zone=texts,
    notes=st.just("") | written(100_000),
    colour=maybe(st.sampled_from(Colour)),
    date=maybe(days),
    programme=maybe(template_names),
    archived_at=times,
    trashed_at=times,
    retention=maybe(retentions),
    extra=extras,
)
templates = st.builds(
    Template,
    title=written(200),
    phases=st.lists(phases, min_size=1, max_size=20).map(tuple),
    created_at=integers,
    updated_at=integers,
    zone=texts,
    about=st.just("") | written(2_000),
    tags=labels,
    trashed_at=times,
    extra=extras,
)
vault_settings = st.builds(
    Settings, continue_minutes=maybe(st.integers(1, 60)), retention=maybe(retentions), extra=extras
)


class Item(Protocol):
    def payload(self) -> dict[str, Any]: ...


items: st.SearchStrategy[Item] = st.one_of(
    st.builds(RootHeader, count=counts, digest=digests, extra=extras),
    session_headers,
    messages,
    notebooks,
    templates,
    vault_settings,
    st.builds(
        Head,
        seq=counters,
        containers=counters,
        digest=digests,
        history=hashes,
        slot_epoch=st.integers(1, 2**32 - 1),
        slots=slots,
        audit=maybe(checkpoints),
        extra=extras,
    ),
)


def required(item: Item) -> set[str]:
    """The fields that have no default, and the type."""
    found = {each.name for each in dataclasses.fields(item) if each.default is dataclasses.MISSING}  # type: ignore[arg-type]
    return REQUIRED & (found | {"type", "audit"})


def parse(like: Item, payload: dict[str, Any]) -> Item:
    return type(like).parse(payload)  # type: ignore[attr-defined,no-any-return]


@given(items)
def test_round_trip(item: Item) -> None:
    data = canonical.encode(item.payload())
    again = parse(item, canonical.decode(data))
    assert again == item
    assert canonical.encode(again.payload()) == data


@given(items, st.data())
def test_reading_does_not_change_what_was_read(item: Item, data: st.DataObject) -> None:
    payload = item.payload()
    before = canonical.encode(payload)
    parse(item, payload)
    assert canonical.encode(payload) == before


@given(items, st.data())
def test_a_field_missing_is_refused(item: Item, data: st.DataObject) -> None:
    payload = item.payload()
    del payload[data.draw(st.sampled_from(sorted(payload.keys() & required(item))))]
    with pytest.raises(FormatError):
        parse(item, payload)


@given(items, st.data())
def test_a_field_of_any_value_is_kept_or_refused(item: Item, data: st.DataObject) -> None:
    payload = item.payload()
    payload[data.draw(st.sampled_from(sorted(payload)))] = data.draw(values)
    before = canonical.encode(payload)
    try:
        again = parse(item, payload)
    except FormatError:
        return
    assert canonical.encode(again.payload()) == before


@given(payloads)
def test_root_records_of_unknown_types_are_kept(payload: dict[str, Any]) -> None:
    payload["type"] = "poem"
    assert parse_root_record(payload).payload() == payload


@given(st.one_of(notebooks, templates, vault_settings))
def test_root_records_are_told_by_their_type(item: Item) -> None:
    assert parse_root_record(item.payload()) == item


@given(items, st.data())
def test_what_is_left_out_is_never_null(item: Item, data: st.DataObject) -> None:
    payload = item.payload()
    if type(item) is Head or type(item) is RootHeader:
        return
    optional = sorted({each.name for each in dataclasses.fields(item)} - required(item) - {"extra"})  # type: ignore[arg-type]
    payload[data.draw(st.sampled_from(optional))] = None
    with pytest.raises(FormatError):
        parse(item, payload)


odd_values: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "", "writer", "nobody", -1, 0, 2**53 - 1, 2**53, -(2**53), 1.0, [], ["writer"], {}, "message"]
)
fields_of_messages = st.sampled_from([*Message(Role.WRITER, "", 0, 0, "UTC").payload(), "seconds", "flags", "x"])


@given(messages, st.dictionaries(fields_of_messages, odd_values, max_size=2), st.sets(fields_of_messages, max_size=1))
def test_a_check_refuses_what_reading_a_message_does(message: Message, odd: dict[str, Any], without: set[str]) -> None:
    payload = {name: value for name, value in {**message.payload(), **odd}.items() if name not in without}
    outcomes = []
    for judge in (Message.parse, Message.check):
        try:
            judge(payload)
            outcomes.append(True)
        except FormatError:
            outcomes.append(False)
    assert outcomes[0] == outcomes[1]
