"""Vectors of typed payloads: each field by its type, the unknown ones kept (FORMAT §5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.cases_optional import ROOT_RECORDS, all_optional, valid_optional, wrong_optional
from tests.vectors.group import FORMAT, VAULT_ID, Group, fixed

MOST = 2**53 - 1
CHECKPOINT: dict[str, Any] = {
    "key": fixed("key of the log", 32).hex(),
    "origin": f"inkvault/{fixed('log', 16).hex()}",
    "size": 12,
    "root": fixed("root of the log", 32).hex(),
}


def groups() -> Iterator[Group]:
    yield _payloads()


def _head() -> dict[str, Any]:
    entries = [
        {"kind": "passphrase", "label": "", "created_at": 1_800_000_000_000},
        {"kind": "recovery", "label": "in the safe", "created_at": 1_800_000_000_001},
        {"kind": "passkey", "label": "\U0001f511 phone", "created_at": 1_800_000_500_000, "unknown_too": {"a": [1]}},
    ]
    for number, entry in enumerate(entries):
        entry |= {"id": f"{number + 1:032x}", "hash": fixed(f"slot hash {number}", 32).hex()}
    return {
        "type": "head",
        "seq": 7,
        "containers": 3,
        "digest": fixed("digest", 32).hex(),
        "history": fixed("history", 32).hex(),
        "slot_epoch": 4,
        "slots": entries,
        "audit": None,
    }


def _payload_examples() -> dict[str, dict[str, Any]]:
    times = {"created_at": 1_800_000_000_000, "zone": "Europe/Vienna"}
    digest = {"count": 2, "digest": fixed("digest of records", 32).hex()}
    return {
        "head": _head(),
        "root": {"type": "root", **digest},
        "session": {
            "type": "session",
            **digest,
            **times,
            "title": None,
            "opening": "First words",
            "preview": "Last words",
            "updated_at": 1_800_000_060_000,
            "next_position": 2,
        },
        "message": {"type": "message", "role": "writer", "text": "First words\n\u65e5\u672c", "position": 0, **times},
        **ROOT_RECORDS,
    }


def _payloads() -> Group:
    group = Group("FORMAT §5.3", "payload")
    examples = _payload_examples()
    for kind, payload in examples.items():
        group.known(payload, kind, payload=payload)
        more = {**payload, "later": {"x": [1, None]}, "another": "field"}
        group.known(more, f"{kind} with unknown fields", payload=more)
        for name in payload:
            if name != "type":
                without = {key: value for key, value in payload.items() if key != name}
                group.bad(FORMAT, f"{kind} without {name}", payload=without)
    for kind, valid in _valid_changes():
        payload = {**examples[kind], **valid}
        group.known(payload, f"{kind} with {_summary(valid)}", payload=payload)
    for kind, name, wrong in _wrong_changes():
        group.bad(FORMAT, f"{kind}: {name}", payload={**examples[kind], **wrong})
    for name, slots in _wrong_slots(examples["head"]["slots"]):
        group.bad(FORMAT, f"head: {name}", payload={**examples["head"], "slots": slots})
    for name, payload in all_optional().items():
        group.known(payload, f"{name} with every field", payload=payload)
    for number, (kind, change) in enumerate(valid_optional(), 1):
        changed = {**examples[kind], **change}
        group.known(changed, f"{kind}, valid change {number}: {', '.join(change)}", payload=changed)
    for kind, name, wrong in wrong_optional():
        group.bad(FORMAT, f"{kind}: {name}", payload={**examples[kind], **wrong})
    return group


def _summary(change: dict[str, Any]) -> str:
    return ", ".join(f"{name} {str(value)[:12]}" for name, value in change.items())


def _valid_changes() -> list[tuple[str, dict[str, Any]]]:
    emoji = "\U0001f58b"
    return [
        ("session", {"title": ""}),
        ("session", {"title": "T" * 200}),
        ("session", {"opening": "o" * 50, "preview": "p" * 160}),
        ("session", {"created_at": -1_000_000_000_000}),
        ("session", {"count": 0, "digest": "0" * 64, "opening": "", "preview": "", "next_position": 0}),
        ("message", {"role": "helper"}),
        ("message", {"role": "system", "text": ""}),
        ("message", {"role": "tool", "zone": "UTC"}),
        ("head", {"seq": MOST, "slot_epoch": 2**32 - 1, "containers": 1}),
        ("session", {"opening": emoji * 50}),
        ("head", {"audit": CHECKPOINT}),
        ("head", {"seq": 8, "audit": {**CHECKPOINT, "size": MOST, "unknown_here": [None]}}),
    ]


def _wrong_changes() -> list[tuple[str, str, dict[str, Any]]]:
    emoji = "\U0001f58b"
    return [
        ("root", "count a bool", {"count": True}),
        ("root", "count negative", {"count": -1}),
        ("root", "count a string", {"count": "2"}),
        ("root", "count null", {"count": None}),
        ("root", "digest upper case", {"digest": "AB" * 32}),
        ("root", "digest 63 digits", {"digest": "a" * 63}),
        ("root", "digest 66 digits", {"digest": "a" * 66}),
        ("root", "digest a number", {"digest": 0}),
        ("session", "title of 201 code points", {"title": "T" * 201}),
        ("session", "title a number", {"title": 1}),
        ("session", "opening of 51 code points", {"opening": "o" * 51}),
        ("session", "opening of 51 code points beyond the basic plane", {"opening": emoji * 51}),
        ("session", "opening null", {"opening": None}),
        ("session", "preview of 161 code points", {"preview": "p" * 161}),
        ("session", "next_position negative", {"next_position": -1}),
        ("session", "created_at a string", {"created_at": "1800000000000"}),
        ("session", "updated_at a bool", {"updated_at": False}),
        ("session", "zone null", {"zone": None}),
        ("message", "role unknown", {"role": "assistant"}),
        ("message", "role upper case", {"role": "Writer"}),
        ("message", "role null", {"role": None}),
        ("message", "text null", {"text": None}),
        ("message", "text an array", {"text": ["x"]}),
        ("message", "position negative", {"position": -1}),
        ("head", "seq 0", {"seq": 0}),
        ("head", "seq a bool", {"seq": True}),
        ("head", "containers 0", {"containers": 0}),
        ("head", "history upper case", {"history": "AB" * 32}),
        ("head", "history short", {"history": "ab" * 31}),
        ("head", "slot_epoch 0", {"slot_epoch": 0}),
        ("head", "slot_epoch 2^32", {"slot_epoch": 2**32}),
        ("head", "slots an object", {"slots": {}}),
        ("head", "audit false", {"audit": False}),
        ("head", "audit a string", {"audit": ""}),
        *_wrong_checkpoints(),
    ]


def _wrong_checkpoints() -> list[tuple[str, str, dict[str, Any]]]:
    changes: list[tuple[str, dict[str, Any]]] = [
        ("size 0", {"size": 0}),
        ("size a string", {"size": "12"}),
        ("key short", {"key": "ab" * 31}),
        ("key upper case", {"key": "AB" * 32}),
        ("root null", {"root": None}),
        ("origin of a page", {"origin": "https://ink.example"}),
        ("origin with a line end", {"origin": CHECKPOINT["origin"] + "\n"}),
        ("origin upper case", {"origin": f"inkvault/{'AB' * 16}"}),
    ]
    found = [("head", f"audit with {name}", {"audit": {**CHECKPOINT, **change}}) for name, change in changes]
    for name in CHECKPOINT:
        left = {other: value for other, value in CHECKPOINT.items() if other != name}
        found.append(("head", f"audit without {name}", {"audit": left}))
    return found


def _wrong_slots(slots: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    first, second, *_ = slots
    many = [{**first, "id": f"{number:032x}"} for number in range(17)]
    return [
        ("no slots", []),
        ("17 slots", many),
        ("slots out of order", [second, first]),
        ("slot twice", [first, first]),
        ("slot null", [None]),
        ("slot without label", [{name: value for name, value in first.items() if name != "label"}]),
        ("slot kind unknown", [{**first, "kind": "password"}]),
        ("slot kind a number", [{**first, "kind": 1}]),
        ("slot id upper case", [{**first, "id": "AB" * 16}]),
        ("slot id short", [{**first, "id": VAULT_ID.hex()[:-2]}]),
        ("slot hash short", [{**first, "hash": "ab" * 31}]),
        ("slot label null", [{**first, "label": None}]),
    ]
