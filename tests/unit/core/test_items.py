"""Payloads and envelopes: what types, sizes and unknown fields do."""

from __future__ import annotations

import dataclasses
import os
from enum import IntEnum
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.operations import OPERATIONS
from tests.vectors.test_vectors import VECTORS
from vault.core import canonical, envelope, padding
from vault.core.digest import SetDigest
from vault.core.envelope import Context, EnvelopeClass
from vault.core.head import Head, SlotEntry
from vault.core.model import Message, Role
from vault.core.params import SlotKind
from vault.errors import FormatError, HostileDataError, UsageError
from vault.wire import canonical as wire_canonical
from vault.wire.limits import MAX_ENVELOPE_BYTES

KEY = os.urandom(32)
CONTEXT = Context(EnvelopeClass.RECORD, os.urandom(16), os.urandom(16), os.urandom(16), 1)


class Number(IntEnum):
    ONE = 1


class Text(str):
    __slots__ = ()


endless: list[Any] = []
endless.append(endless)


@pytest.mark.parametrize(
    "value",
    [(1,), b"x", {1}, 1.0, Number.ONE, Text("x"), float("nan"), {1: 2}, {None: 1}, {True: 1}, endless, object()],
    ids=lambda value: type(value).__name__,
)
def test_only_json_values_have_a_canonical_form(value: object) -> None:
    with pytest.raises(FormatError):
        canonical.encode({"a": value})


def test_the_largest_text_has_an_envelope_and_one_more_has_none() -> None:
    room = MAX_ENVELOPE_BYTES - 2**15
    # The largest padded size that leaves room for suite, nonce and tag: Padmé steps by 2^15 bytes up here.
    payload = {"type": "", "text": "x" * (room - 4 - len(canonical.encode({"type": "", "text": ""})))}
    sealed = envelope.seal(KEY, CONTEXT, payload)
    assert len(sealed) == room + 29
    assert envelope.open(KEY, CONTEXT, sealed) == payload
    with pytest.raises(UsageError, match="save it in parts"):
        envelope.seal(KEY, CONTEXT, {**payload, "more": 1})


def test_an_envelope_over_the_limit_is_refused_even_when_authentic() -> None:
    padded = padding.pad(canonical.encode({"type": "", "text": "x" * MAX_ENVELOPE_BYTES}))
    from vault.core import _aead

    sealed = _aead.SUITE + _aead.seal_with_nonce(AESGCM(KEY), bytes(12), padded, CONTEXT.aad)
    with pytest.raises(FormatError):
        envelope.open(KEY, CONTEXT, sealed)


def test_unknown_fields_never_replace_known_ones() -> None:
    message = Message(Role.WRITER, "text", 0, 1, "UTC", extra={"text": "other", "type": "root", "mood": "calm"})
    assert message.payload() == {
        "type": "message",
        "role": "writer",
        "text": "text",
        "position": 0,
        "created_at": 1,
        "zone": "UTC",
        "mood": "calm",
    }


def test_unknown_fields_survive_a_change() -> None:
    old = Message.parse({**Message(Role.WRITER, "a", 0, 1, "UTC").payload(), "mood": "calm"})
    assert dataclasses.replace(old, text="b").payload()["mood"] == "calm"


def test_a_head_writes_its_slots_sorted() -> None:
    slots = tuple(SlotEntry(bytes([n] * 16), SlotKind.RECOVERY, bytes(32), "", 1) for n in (3, 1, 2))
    head = Head(1, 1, SetDigest.empty(), bytes(32), 1, slots)
    assert [entry["id"][:2] for entry in head.payload()["slots"]] == ["01", "02", "03"]
    assert [entry.id[0] for entry in Head.parse(head.payload()).slots] == [1, 2, 3]


@pytest.mark.parametrize("operation", ["slot_open", "slot_header", "envelope_open", "unwrap", "resume_open", "payload"])
def test_refusals_of_a_family_read_the_same(operation: str) -> None:
    messages: dict[str, set[str]] = {}
    for name, vector in (param.values for param in VECTORS):
        if name == operation and isinstance(vector, dict) and "error" in vector:
            with pytest.raises(HostileDataError) as refusal:
                OPERATIONS[operation](vector["input"])
            family = "policy" if vector["error"] == "PolicyError" else "damage"
            messages.setdefault(family, set()).add(str(refusal.value))
    assert messages
    assert all(len(words) == 1 for words in messages.values())


def test_names_of_large_objects_are_not_remembered() -> None:
    remembered = wire_canonical._known_shape.cache_info
    before = remembered().currsize + remembered().misses
    payload = {f"n{number:04}": number for number in range(1_000)}
    assert canonical.decode(canonical.encode(payload)) == payload
    assert remembered().currsize + remembered().misses == before
