"""Many records opened at once: as one by one, whatever is wrong with some of them."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_export_lines import near_misses
from vault.core import canonical, envelope, padding
from vault.core.envelope import Context, EnvelopeClass
from vault.core.keyring import Keyring
from vault.core.model import Message
from vault.core.records import OpenedRecords, RecordCipher
from vault.errors import FormatError, HostileDataError
from vault.wire.limits import MAX_SAFE_INTEGER

VAULT, CONTAINER, KEY = os.urandom(16), os.urandom(16), os.urandom(32)
KEYRING = Keyring(VAULT, os.urandom(32))

Sealed: TypeAlias = tuple[bytes, int, bytes]
"""A record's id and version, and its envelope."""

MESSAGE = {"type": "message", "role": "writer", "text": "ink", "position": 0, "created_at": 0, "zone": "UTC"}
payloads = st.fixed_dictionaries({"type": st.just("later"), "x": st.integers(0, 9)}) | st.builds(
    lambda position, change: {**MESSAGE, "position": position, **change},
    st.integers(0, 3),
    st.sampled_from([{}, {"text": "more"}, {"seconds": 4}, {"role": "judge"}, {"text": None}, {"flags": []}]),
)
harms = st.sampled_from(["none", "none", "none", "bit", "version", "other id", "zero id", "short"])


def sealed(payload: dict[str, Any], harm: str) -> Sealed:
    record_id = os.urandom(16)
    data = envelope.seal(KEY, Context(EnvelopeClass.RECORD, VAULT, CONTAINER, record_id, 3), payload)
    if harm == "bit":
        data = data[:-1] + bytes([data[-1] ^ 1])
    if harm == "short":
        data = data[:500]
    shown_id = {"other id": os.urandom(16), "zero id": bytes(16)}.get(harm, record_id)
    return shown_id, 4 if harm == "version" else 3, data


def one_by_one(record: Sealed) -> dict[str, Any] | None:
    record_id, version, data = record
    try:
        return envelope.open(KEY, Context(EnvelopeClass.RECORD, VAULT, CONTAINER, record_id, version), data)
    except HostileDataError:
        return None


def order_of(payload: dict[str, Any]) -> tuple[int, bool]:
    is_message = payload["type"] == "message"
    return (payload["position"] if is_message else 0), is_message


def is_formed(payload: dict[str, Any]) -> bool:
    try:
        Message.parse(payload)
    except FormatError:
        return bool(payload["type"] != "message")
    return True


def opened(records: list[Sealed]) -> OpenedRecords:
    found = OpenedRecords(RecordCipher(KEYRING, CONTAINER, KEY))
    found.take((record_id, record_id + version.to_bytes(8), data) for record_id, version, data in records)
    return found


@given(st.lists(st.tuples(payloads, harms), max_size=6))
def test_as_one_by_one(drawn: list[tuple[dict[str, Any], str]]) -> None:
    records = [sealed(payload, harm) for payload, harm in drawn]
    found = opened(records)

    expected = {record[0]: payload for record in records if (payload := one_by_one(record)) is not None}
    assert found.refused == [record[0] for record in records if record[0] not in expected]
    assert found.malformed == [each for each, payload in expected.items() if not is_formed(payload)]
    assert (found.opened, found.shown) == (len(expected), len(records))
    contexts = [
        (Context(EnvelopeClass.RECORD, VAULT, CONTAINER, record_id, version), data)
        for record_id, version, data in records
        if record_id in expected
    ]
    assert found.digest == sum(KEYRING.element(context, data) for context, data in contexts)
    formed = {each: payload for each, payload in expected.items() if is_formed(payload)}
    assert {record.record_id: record.payload for record in found.good} == formed
    assert all((record.position, record.is_message) == order_of(record.payload) for record in found.good)
    assert all(record.data == canonical.encode(record.payload) for record in found.good)
    assert [record.record_id for record in sorted(found.good)] == sorted(
        formed, key=lambda each: (formed[each]["type"] != "message", formed[each].get("position", 0), each)
    )


@given(near_misses())
def test_the_quick_way_takes_what_the_way_for_all_takes(line: bytes) -> None:
    """Whatever a writer with the key sealed, canonical or not."""
    record_id = os.urandom(16)
    cipher = RecordCipher(KEYRING, CONTAINER, KEY)
    shown, _ = cipher.seal(record_id, 1, line[66:-1])
    found = opened([(record_id, 1, shown)])
    try:
        element, payload, data = cipher.open(record_id, 1, shown)
    except HostileDataError:
        assert found.refused == [record_id]
        return
    assert found.digest == element
    if not is_formed(payload):
        assert found.malformed == [record_id]
        return
    assert [(each[:2], each.payload, each.data) for each in found.good] == [
        ((payload["type"] != "message", order_of(payload)[0]), payload, data)
    ]


SOUND = padding.pad(canonical.encode(MESSAGE))
LONG = canonical.encode({**MESSAGE, "text": "a" * 2**21})


@pytest.mark.parametrize(
    ("record_id", "version", "padded", "suite"),
    [
        (bytes(16), 1, SOUND, 1),
        (b"r" * 16, 0, SOUND, 1),
        (b"r" * 16, MAX_SAFE_INTEGER + 1, SOUND, 1),
        (b"r" * 16, 1, SOUND, 2),
        (b"r" * 16, 1, SOUND + b"\0", 1),
        (b"r" * 16, 1, SOUND[:-1], 1),
        (b"r" * 16, 1, SOUND[:-1] + b"\1", 1),
        (b"r" * 16, 1, padding.pad(LONG), 1),
        (b"r" * 16, 1, SOUND.replace(b"ink", b"\xc0\xa2x"), 1),
        (b"r" * 16, 1, SOUND.replace(b"ink", b"\xed\xa0\x80"), 1),
    ],
    ids=["zero id", "version 0", "version 2^53", "suite", "long", "short", "padding", "2 MiB", "overlong", "surrogate"],
)
def test_a_plain_message_that_a_writer_with_the_key_sealed_as_no_record_is(
    record_id: bytes, version: int, padded: bytes, suite: int
) -> None:
    own = record_id + version.to_bytes(8)
    aad = envelope.container_aad(EnvelopeClass.RECORD, VAULT, CONTAINER) + own
    data = bytes([suite]) + bytes(12) + AESGCM(KEY).encrypt(bytes(12), padded, aad)
    found = OpenedRecords(RecordCipher(KEYRING, CONTAINER, KEY))
    found.take([(record_id, own, data)])
    assert (found.refused, found.digest) == ([record_id], 0)
