"""Whatever a container holds and whatever goes of it: what stays says the same, and opens under the new key alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.client.commits import seal_container
from vault.client.contents import Contents, OpenContainer, OpenRecord
from vault.client.reading import check_records, open_records
from vault.client.rekeying import Part, Rekeying, in_batches
from vault.core import canonical, envelope
from vault.core.digest import SetDigest
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head
from vault.core.keyring import Keyring
from vault.core.model import SessionHeader
from vault.core.records import RecordCipher
from vault.errors import IntegrityError
from vault.wire.models import StagedRecords

VAULT, SESSION, KEY = b"v" * 16, b"s" * 16, b"k" * 32
KEYRING = Keyring(VAULT, b"m" * 32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MESSAGES = st.fixed_dictionaries(
    {
        "type": st.just("message"),
        "role": st.sampled_from(["writer", "helper", "system"]),
        "text": TEXTS,
        "position": st.integers(0, 9),
        "created_at": st.integers(0, 10**12),
        "zone": st.just("UTC"),
    },
    optional={"trashed_at": st.integers(0, 10**12), "seconds": st.integers(1, 99), "unknown": TEXTS},
)
OTHERS = st.fixed_dictionaries({"type": st.just("strange"), "says": TEXTS})
RECORDS = st.lists(st.tuples(st.one_of(MESSAGES, OTHERS), st.integers(1, 5), st.booleans()), max_size=8)


def contents_of(records: dict[bytes, OpenRecord]) -> Contents:
    """A vault with one session."""
    digest = SetDigest.empty().add(sum(record.element for record in records.values()))
    header = SessionHeader(len(records), digest, "T", "", "", 0, 0, "UTC", 10)
    context = Context(EnvelopeClass.HEADER, VAULT, SESSION, ZERO_ID, 3)
    container, _ = seal_container(KEYRING, context, KEY, header, epoch=4, is_new_key=False)
    head = Head(1, 2, SetDigest.empty(), bytes(32), 1, ())
    return Contents(VAULT, KEYRING, head, bytes(32), {SESSION: container})


def opened(number: int, payload: dict[str, Any], version: int) -> OpenRecord:
    record_id = bytes([number + 1]) * 16
    context = Context(EnvelopeClass.RECORD, VAULT, SESSION, record_id, version)
    sealed, element = RecordCipher(KEYRING, SESSION, KEY).seal(record_id, version, envelope.encoded(payload))
    assert element == KEYRING.element(context, sealed)
    assert envelope.open(KEY, context, sealed) == payload
    return OpenRecord(record_id, version, element, payload)


@settings(max_examples=60)
@given(RECORDS, st.integers(1, 3))
def test_survivors_say_the_same_under_a_new_key(drawn: list[tuple[dict[str, Any], int, bool]], most: int) -> None:
    records = {each.record_id: each for each in (opened(n, payload, v) for n, (payload, v, _) in enumerate(drawn))}
    gone = frozenset(record_id for record_id, (_, _, goes) in zip(records, drawn, strict=True) if goes)
    contents = contents_of(records)
    rekeying = Rekeying(contents, SESSION, Part(gone).survivors(records))
    bodies = list(in_batches(rekeying.sealed(), 4_000, most))
    container, write = rekeying.finish()
    writes = [each for body in bodies for each in StagedRecords.model_validate_json(body, strict=True).records]

    assert all(len(StagedRecords.model_validate_json(body).records) <= most for body in bodies)
    assert {each.record_id for each in writes} == records.keys() - gone
    assert (container.epoch, container.version, write.epoch, write.version) == (5, 4, 5, 4)
    assert write.wrapped_key is not None
    assert KEYRING.unwrap(SESSION, 5, write.wrapped_key) == container.key != KEY
    again = list(open_records(KEYRING, container, writes))  # type: ignore[arg-type]
    check_records(container, len(again), sum(each.element for each in again))
    for each in again:
        assert each.version == records[each.record_id].version + 1
        assert canonical.encode(each.payload) == canonical.encode(records[each.record_id].payload)
    assert_only_new_key(contents.containers[SESSION], writes)
    assert_counted(container.header, [record.payload for record_id, record in records.items() if record_id not in gone])


def assert_only_new_key(before: OpenContainer, writes: list[Any]) -> None:
    if writes:
        with pytest.raises(IntegrityError):
            next(open_records(KEYRING, before, writes))


def assert_counted(header: object, left: list[dict[str, Any]]) -> None:
    """The header says nothing of what is gone."""
    assert isinstance(header, SessionHeader)
    shown = [each for each in left if each["type"] == "message" and "trashed_at" not in each]
    spoken = [" ".join(each["text"].split()) for each in shown if each["role"] != "system"]
    assert header.title == "T"
    assert header.count == len(left)
    assert bool(header.opening) <= bool(spoken)
    assert sum(day.seconds for day in header.days) == sum(each.get("seconds", 0) for each in shown)
