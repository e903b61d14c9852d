"""Vectors of orders to erase: scope, hash, signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.group import (
    CONTAINER_ID,
    FORMAT,
    OTHER_CONTAINER_ID,
    OTHER_RECORD_ID,
    RECORD_ID,
    SLOT_ID,
    VAULT_ID,
    Group,
    fixed,
)

FIRST, SECOND = sorted((CONTAINER_ID, OTHER_CONTAINER_ID))
RECORDS = sorted((RECORD_ID, OTHER_RECORD_ID))
HEAD_HASH = fixed("head hash", 32)


def groups() -> Iterator[Group]:
    group = Group("ERASURE §3", "order")
    order: dict[str, Any] = {
        "secret": fixed("slot secret", 32),
        "origin": "https://ink.example",
        "vault_id": VAULT_ID,
        "slot_id": SLOT_ID,
        "erasure_id": fixed("erasure id", 16),
        "expected_seq": 41,
    }
    session = {**order, "scope": _scope([FIRST]), "head_hash": HEAD_HASH}
    whole = {**order, "scope": {"whole": True, "containers": [], "records": []}, "head_hash": None}
    group.good("one session", **session)
    group.good("the whole vault", **whole)
    group.good("two sessions, highest sequence number", **{**session, "expected_seq": 2**53 - 1})
    group.good("messages of one session", **{**session, "scope": _scope([], (FIRST, RECORDS))})
    group.good("earlier texts: no record goes", **{**session, "scope": _scope([], (FIRST, []))})
    group.good("all kinds at once", **{**session, "scope": _scope([FIRST], (SECOND, RECORDS))})
    for name, scope in (
        ("containers that do not rise", _scope([SECOND, FIRST])),
        ("a container twice", _scope([FIRST, FIRST])),
        ("records that do not rise", _scope([], (FIRST, RECORDS[::-1]))),
        ("a record twice", _scope([], (FIRST, RECORDS[:1] * 2))),
        ("parts that do not rise", _scope([], (SECOND, []), (FIRST, []))),
        ("a container in both lists", _scope([FIRST], (FIRST, []))),
        ("an id of 15 bytes", _scope([FIRST[:-1]])),
        ("the whole vault, and a session", {**_scope([FIRST]), "whole": True}),
    ):
        group.bad(FORMAT, name, **{**session, "scope": scope})
    group.bad(FORMAT, "sequence number 2^53", **{**session, "expected_seq": 2**53})
    group.bad(FORMAT, "origin outside ASCII", **{**session, "origin": "https://t\u00efnte.example"})
    group.bad(FORMAT, "head hash of 31 bytes", **{**session, "head_hash": HEAD_HASH[:-1]})
    yield group


def _scope(containers: list[bytes], *records: tuple[bytes, list[bytes]]) -> dict[str, Any]:
    parts = [{"container_id": container_id, "record_ids": found} for container_id, found in records]
    return {"whole": False, "containers": containers, "records": parts}
