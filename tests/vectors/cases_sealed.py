"""Vectors of envelopes and of what holds them together: digests, heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.group import (
    CONTAINER_ID,
    CONTAINER_KEY,
    FORMAT,
    INTEGRITY,
    OTHER_CONTAINER_ID,
    OTHER_RECORD_ID,
    OTHER_VAULT_ID,
    RECORD_ID,
    VAULT_ID,
    VAULT_KEY,
    ZERO_ID,
    Group,
    fixed,
    flipped,
)
from tests.vectors.operations import context_from
from vault.core import _aead, envelope
from vault.core.padding import pad

NONCE = fixed("envelope nonce", 12)
ROOT_KEY = fixed("root container key", 32)
MOST = 2**53 - 1


def _context(cls: int, container_id: bytes, record_id: bytes, version: int) -> dict[str, Any]:
    return {
        "class": cls,
        "vault_id": VAULT_ID.hex(),
        "container_id": container_id.hex(),
        "record_id": record_id.hex(),
        "version": version,
    }


HEAD = _context(1, VAULT_ID, ZERO_ID, 7)
HEADER = _context(2, CONTAINER_ID, ZERO_ID, 3)
RECORD = _context(3, CONTAINER_ID, RECORD_ID, 2)
DRAFT = _context(4, CONTAINER_ID, RECORD_ID, 1)
CONTEXTS = {"head": HEAD, "header": HEADER, "record": RECORD, "draft": DRAFT}

MESSAGE = {
    "type": "message",
    "role": "writer",
    "text": "It was a dark and stormy night; \u65e5\u672c\u8a9e \U0001f58b",
    "position": 1,
    "created_at": 1_800_000_000_000,
    "zone": "Europe/Vienna",
}


def groups() -> Iterator[Group]:
    yield _aad()
    yield _seal()
    yield _open()
    yield _element()
    yield _digest()
    yield _history()
    yield _comparison_code()


def _sealed(context: dict[str, Any], payload: dict[str, Any]) -> bytes:
    return envelope._seal_with_nonce(CONTAINER_KEY, context_from(context), payload, NONCE)


def _sealed_raw(padded: bytes) -> bytes:
    """An envelope around bytes no correct writer would seal; its authentication is right."""
    return _aead.SUITE + _aead.seal_with_nonce(AESGCM(CONTAINER_KEY), NONCE, padded, context_from(RECORD).aad)


def _aad() -> Group:
    group = Group("FORMAT §5", "aad")
    for name, context in CONTEXTS.items():
        group.good(name, context=context)
    group.good("header of the root container", context=_context(2, VAULT_ID, ZERO_ID, 1))
    group.good("draft of a session that has not begun", context=_context(4, ZERO_ID, RECORD_ID, 1))
    group.good("last version", context={**RECORD, "version": MOST})
    for name, context in (
        ("head with a record id", {**HEAD, "record_id": RECORD_ID.hex()}),
        ("head of another container", {**HEAD, "container_id": CONTAINER_ID.hex()}),
        ("header with a record id", {**HEADER, "record_id": RECORD_ID.hex()}),
        ("record with the zero id", {**RECORD, "record_id": ZERO_ID.hex()}),
        ("version 0", {**RECORD, "version": 0}),
        ("version 2^53", {**RECORD, "version": MOST + 1}),
        ("vault id of 15 bytes", {**RECORD, "vault_id": VAULT_ID[:-1].hex()}),
        ("container id of 17 bytes", {**RECORD, "container_id": CONTAINER_ID.hex() + "00"}),
        ("empty record id", {**RECORD, "record_id": ""}),
    ):
        group.bad(FORMAT, name, context=context)
    return group


def _seal() -> Group:
    group = Group("FORMAT §5", "envelope_seal")
    base = {"key": CONTAINER_KEY, "nonce": NONCE}
    for name, context in CONTEXTS.items():
        group.good(f"class {name}", **base, context=context, payload=MESSAGE)
    group.good("unknown fields", **base, context=RECORD, payload={**MESSAGE, "later": [1, {"x": None}]})
    group.good("more than 512 bytes", **base, context=RECORD, payload={**MESSAGE, "text": "words and " * 60})
    group.good("smallest payload", **base, context=RECORD, payload={"type": ""})
    for name, payload in (
        ("no type", {"text": "x"}),
        ("type null", {"type": None}),
        ("lone surrogate", {**MESSAGE, "text": "\ud800"}),
        ("fraction", {**MESSAGE, "position": 0.5}),
    ):
        group.bad(FORMAT, name, **base, context=RECORD, payload=payload)
    group.bad(FORMAT, "record with the zero id", **base, context={**RECORD, "record_id": "00" * 16}, payload=MESSAGE)
    return group


def _open() -> Group:
    group = Group("FORMAT §5", "envelope_open")
    base = {"key": CONTAINER_KEY, "context": RECORD}
    for name, context in CONTEXTS.items():
        group.known(MESSAGE, name, key=CONTAINER_KEY, context=context, envelope=_sealed(context, MESSAGE))
    long = {**MESSAGE, "text": "words and " * 60}
    group.known(long, "more than 512 bytes", **base, envelope=_sealed(RECORD, long))
    more = {**MESSAGE, "later": [1, {"x": None}]}
    group.known(more, "unknown fields", **base, envelope=_sealed(RECORD, more))
    sealed = _sealed(RECORD, MESSAGE)
    _add_swaps(group, sealed)
    _add_damage(group, base, sealed)
    for name, padded in (
        ("padding byte not zero", pad(b'{"type":""}')[:-1] + b"\1"),
        ("padded one step too far", pad(b'{"type":""}') + bytes(32)),
        ("length beyond the end", (600).to_bytes(4) + b'{"type":""}'.ljust(508, b"\0")),
        ("payload with white space", pad(b'{"type": ""}')),
        ("payload with duplicate keys", pad(b'{"type":"","type":""}')),
        ("payload with a fraction", pad(b'{"a":1.0,"type":""}')),
        ("payload is an array", pad(b"[]")),
        ("payload without type", pad(b"{}")),
        ("payload with type null", pad(b'{"type":null}')),
        ("empty payload", pad(b"")),
    ):
        group.bad(FORMAT, f"authentic, but {name}", **base, envelope=_sealed_raw(padded))
    return group


def _add_swaps(group: Group, sealed: bytes) -> None:
    """A right envelope in a place that is not its own."""
    for name, place in (
        ("another record", {**RECORD, "record_id": OTHER_RECORD_ID.hex()}),
        ("another container", {**RECORD, "container_id": OTHER_CONTAINER_ID.hex()}),
        ("another vault", {**RECORD, "vault_id": OTHER_VAULT_ID.hex()}),
        ("an earlier version", {**RECORD, "version": 1}),
        ("a later version", {**RECORD, "version": 3}),
        ("a record as header", {**HEADER, "version": 2}),
        ("a record as draft", {**DRAFT, "version": 2}),
        ("a record as head", {**HEAD, "version": 2}),
    ):
        group.bad(INTEGRITY, f"swapped: {name}", key=CONTAINER_KEY, context=place, envelope=sealed)
    header = _sealed(HEADER, MESSAGE)
    group.bad(
        INTEGRITY, "swapped: a header as record", key=CONTAINER_KEY, context={**RECORD, "version": 3}, envelope=header
    )
    group.bad(INTEGRITY, "key of another container", key=ROOT_KEY, context=RECORD, envelope=sealed)


def _add_damage(group: Group, base: dict[str, Any], sealed: bytes) -> None:
    for name, index in (
        ("nonce", 1),
        ("length field", 13),
        ("payload", 20),
        ("padding", 500),
        ("tag", len(sealed) - 1),
    ):
        group.bad(INTEGRITY, f"one bit of the {name} changed", **base, envelope=flipped(sealed, index))
    group.bad(INTEGRITY, "one byte long", **base, envelope=sealed + b"\0")
    group.bad(INTEGRITY, "last two bytes swapped", **base, envelope=sealed[:-2] + sealed[:-3:-1])
    larger = _sealed(RECORD, {**MESSAGE, "text": "words and " * 60})
    group.bad(INTEGRITY, "larger envelope, one byte short", **base, envelope=larger[:-1])
    for name, changed in (
        ("empty", b""),
        ("suite byte alone", sealed[:1]),
        ("540 bytes", sealed[:-1]),
        ("suite 0", b"\x00" + sealed[1:]),
        ("suite 2", b"\x02" + sealed[1:]),
        ("suite 255", b"\xff" + sealed[1:]),
        ("without suite byte", sealed[1:] + b"\0"),
    ):
        group.bad(FORMAT, name, **base, envelope=changed)


def _element() -> Group:
    group = Group("FORMAT §6", "element")
    vault = {"vault_id": VAULT_ID, "vault_key": VAULT_KEY}
    for name, context in CONTEXTS.items():
        if name != "draft":
            group.good(name, **vault, context=context, envelope=_sealed(context, MESSAGE))
    group.good("another version", **vault, context={**RECORD, "version": 9}, envelope=_sealed(RECORD, MESSAGE))
    group.good("another envelope", **vault, context=RECORD, envelope=_sealed(RECORD, {"type": "other"}))
    return group


def _digest() -> Group:
    group = Group("FORMAT §6", "digest")
    first, second, third = (fixed(f"element {number}", 32).hex() for number in range(3))
    zero, one, most = "0" * 64, "0" * 63 + "1", "f" * 64
    group.known(zero, "empty", start=zero, add=[], remove=[])
    group.known(first, "one element", start=zero, add=[first], remove=[])
    group.good("three elements", start=zero, add=[first, second, third], remove=[])
    group.good("the same in another order", start=zero, add=[third, first, second], remove=[])
    group.known(second, "added and removed", start=zero, add=[first, second, third], remove=[third, first])
    group.known(zero, "sum wraps to zero", start=most, add=[one], remove=[])
    group.known(most, "difference wraps below zero", start=zero, add=[], remove=[one])
    group.good("an element twice does not cancel", start=zero, add=[first, first], remove=[])
    group.bad(FORMAT, "upper case", start="AB" * 32, add=[], remove=[])
    group.bad(FORMAT, "63 digits", start="0" * 63, add=[], remove=[])
    group.bad(FORMAT, "65 digits", start="0" * 65, add=[], remove=[])
    group.bad(FORMAT, "sign", start="-" + "0" * 63, add=[], remove=[])
    group.bad(FORMAT, "prefix", start="0x" + "0" * 62, add=[], remove=[])
    group.bad(FORMAT, "underscore", start="0_" + "0" * 62, add=[], remove=[])
    group.bad(FORMAT, "line break at the end", start="0" * 64 + "\n", add=[], remove=[])
    return group


def _history() -> Group:
    group = Group("FORMAT §7", "history")
    heads = [fixed(f"head {number}", 60).hex() for number in range(3)]
    group.good("first head", vault_id=VAULT_ID, heads=[])
    group.good("second head", vault_id=VAULT_ID, heads=heads[:1])
    group.good("fourth head", vault_id=VAULT_ID, heads=heads)
    group.good("fourth head, two earlier ones swapped", vault_id=VAULT_ID, heads=[heads[1], heads[0], heads[2]])
    group.good("second head of another vault", vault_id=OTHER_VAULT_ID, heads=heads[:1])
    return group


def _comparison_code() -> Group:
    group = Group("FORMAT §7.2", "comparison_code")
    head_hash = fixed("head hash", 32)
    group.good("seq 1", vault_id=VAULT_ID, seq=1, head_hash=head_hash)
    group.good("seq 2", vault_id=VAULT_ID, seq=2, head_hash=head_hash)
    group.good("last seq", vault_id=VAULT_ID, seq=MOST, head_hash=head_hash)
    group.good("another head", vault_id=VAULT_ID, seq=1, head_hash=fixed("other head hash", 32))
    group.bad(FORMAT, "seq 0", vault_id=VAULT_ID, seq=0, head_hash=head_hash)
    group.bad(FORMAT, "hash of 31 bytes", vault_id=VAULT_ID, seq=1, head_hash=head_hash[:-1])
    return group
