"""Typed payloads: what is read is written again byte for byte, and a known field of another type is refused."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_core_codecs import ids, integers, keys, texts, values
from vault.core import canonical
from vault.core.digest import SetDigest
from vault.core.head import Head, SlotEntry
from vault.core.model import Message, Role, RootHeader, SessionHeader
from vault.core.params import SlotKind
from vault.errors import FormatError
from vault.wire.limits import MAX_SAFE_INTEGER

KNOWN = {
    "type",
    *("seq", "containers", "digest", "history", "slot_epoch", "slots", "audit"),
    *("count", "title", "opening", "preview", "created_at", "updated_at", "zone", "next_position"),
    *("role", "text", "position"),
    *("id", "kind", "hash", "label"),
}
counts = st.integers(0, MAX_SAFE_INTEGER)
counters = st.integers(1, MAX_SAFE_INTEGER)
hashes = st.binary(min_size=32, max_size=32)
digests = st.builds(SetDigest, st.integers(0, 2**256 - 1))
extras = st.dictionaries(keys.filter(lambda key: key not in KNOWN), values, max_size=3)

entries = st.builds(
    SlotEntry, id=ids, kind=st.sampled_from(SlotKind), hash=hashes, label=texts, created_at=integers, extra=extras
)
slots = st.lists(entries, min_size=1, max_size=16, unique_by=lambda entry: entry.id).map(
    lambda items: tuple(sorted(items, key=lambda entry: entry.id))
)


class Item(Protocol):
    def payload(self) -> dict[str, Any]: ...


items: st.SearchStrategy[Item] = st.one_of(
    st.builds(RootHeader, count=counts, digest=digests, extra=extras),
    st.builds(
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
        extra=extras,
    ),
    st.builds(
        Message,
        role=st.sampled_from(Role),
        text=texts,
        position=counts,
        created_at=integers,
        zone=texts,
        extra=extras,
    ),
    st.builds(
        Head,
        seq=counters,
        containers=counters,
        digest=digests,
        history=hashes,
        slot_epoch=st.integers(1, 2**32 - 1),
        slots=slots,
        extra=extras,
    ),
)


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
    del payload[data.draw(st.sampled_from(sorted(payload.keys() & KNOWN)))]
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
