"""Vectors of payloads: padding, canonical JSON, what the fields may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.vectors.group import FORMAT, VAULT_ID, Group, fixed
from vault.core.padding import pad

MOST = 2**53 - 1


def groups() -> Iterator[Group]:
    yield from _padding()
    yield _encode()
    yield _decode()
    yield _payloads()


def _padding() -> Iterator[Group]:
    padme = Group("FORMAT §5.1", "padme")
    for length, size in (
        (2, 2),
        (8, 8),
        (9, 10),
        (127, 128),
        (512, 512),
        (513, 544),
        (544, 544),
        (545, 576),
        (1_000, 1_024),
        (1_025, 1_088),
        (65_536, 65_536),
        (65_537, 67_584),
        (1_000_000, 1_015_808),
        (2_097_123, 2_097_152),
    ):
        padme.known(size, str(length), length=length)
    yield padme
    grow = Group("FORMAT §5.1", "pad")
    shrink = Group("FORMAT §5.1", "unpad")
    for count in (0, 1, 508, 509, 600):
        data = fixed(f"pad {count}", count)
        grow.good(f"{count} bytes", data=data)
        shrink.known(data, f"{count} bytes", padded=pad(data))
    shrink.known(bytes(10), "zeros as data", padded=pad(bytes(10)))
    padded = pad(b"x" * 100)
    for damage, changed in (
        ("empty", b""),
        ("three bytes", bytes(3)),
        ("without padding", padded[:104]),
        ("padding a byte short", padded[:-1]),
        ("padding a byte long", padded + b"\0"),
        ("padded one step too far", padded + bytes(32)),
        ("longer data padded one step too far", pad(b"x" * 600) + bytes(32)),
        ("first padding byte not zero", padded[:104] + b"\1" + padded[105:]),
        ("last padding byte not zero", padded[:-1] + b"\x80"),
        ("length larger than the data", (509).to_bytes(4) + bytes(508)),
        ("length 2^32 - 1", b"\xff\xff\xff\xff" + bytes(508)),
        ("length one less", (99).to_bytes(4) + padded[4:]),
    ):
        shrink.bad(FORMAT, damage, padded=changed)
    yield grow
    yield shrink


def nested(levels: int) -> dict[str, Any]:
    """An object with `levels` levels of nesting, arrays and objects in turn."""
    value: Any = 0
    for level in range(levels, 1, -1):
        value = {"a": value} if level % 2 else [value]
    return {"a": value}


def _encode() -> Group:
    group = Group("FORMAT §5.2", "canonical_encode")
    for name, payload, expected in (
        ("empty object", {}, "{}"),
        ("keys sorted by byte", {"b": 1, "a_": 2, "a1": 3, "a": 4}, '{"a":4,"a1":3,"a_":2,"b":1}'),
        ("every type", {"a": [None, True, False, "x", 0, {}]}, '{"a":[null,true,false,"x",0,{}]}'),
        ("largest and smallest integer", {"a": [MOST, -MOST]}, '{"a":[9007199254740991,-9007199254740991]}'),
        ("quote and backslash", {"a": '"\\/'}, '{"a":"\\"\\\\/"}'),
        ("short escapes", {"a": "\b\t\n\f\r"}, '{"a":"\\b\\t\\n\\f\\r"}'),
        ("other controls", {"a": "\0\x0b\x1f\x7f"}, '{"a":"\\u0000\\u000b\\u001f\x7f"}'),
        ("separators stay", {"a": "\u2028\u2029\ufeff"}, '{"a":"\u2028\u2029\ufeff"}'),
        ("beyond the basic plane", {"a": "\U0001f58b"}, '{"a":"\U0001f58b"}'),
        ("nothing is normalised", {"a": "e\u0301"}, '{"a":"e\u0301"}'),
        ("names of JavaScript", {"constructor": 1, "prototype": 2}, '{"constructor":1,"prototype":2}'),
        ("key of 64 characters", {"k" * 64: 1}, '{"' + "k" * 64 + '":1}'),
        ("32 levels", nested(32), json.dumps(nested(32), separators=(",", ":"))),
    ):
        group.known(expected.encode(), name, payload=payload)
    for name, bad in (
        ("33 levels", nested(33)),
        ("fraction", {"a": 1.5}),
        ("integer 2^53", {"a": MOST + 1}),
        ("integer -2^53", {"a": -MOST - 1}),
        ("lone high surrogate", {"a": "x\ud83d"}),
        ("lone low surrogate", {"a": "\ude00x"}),
        ("surrogates in the wrong order", {"a": "\ude00\ud83d"}),
        ("empty key", {"": 1}),
        ("upper-case key", {"aB": 1}),
        ("key that starts with a digit", {"1a": 1}),
        ("key that starts with an underscore", {"__proto__": 1}),
        ("key with a dash", {"a-b": 1}),
        ("key with a line break at the end", {"a\n": 1}),
        ("key of 65 characters", {"k" * 65: 1}),
        ("bad key inside an array", {"a": [{"B": 1}]}),
    ):
        group.bad(FORMAT, name, payload=bad)
    return group


def _decode() -> Group:
    group = Group("FORMAT §5.2", "canonical_decode")
    for name, text in (
        ("empty object", "{}"),
        ("every type", '{"a":[null,true,false,"x",0,-1,{}],"b":{"c":[]}}'),
        ("text in many scripts", '{"a":"\u65e5\u672c\u8a9e \u0639\u0631\u0628\u064a \U0001f58b\ufe0f"}'),
        ("escapes", '{"a":"\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f"}'),
        ("brackets in text are no nesting", '{"a":"' + "[{" * 40 + '\\"]"}'),
        ("brackets after an escaped quote are no nesting", '{"a":"\\"' + "[{" * 40 + '"}'),
        ("brackets after an escaped backslash are no nesting", '{"a":"\\\\' + "[{" * 40 + '"}'),
        ("32 levels", json.dumps(nested(32), separators=(",", ":"))),
    ):
        group.good(name, data=text.encode())
    for name, data in _malformed().items():
        group.bad(FORMAT, name, data=data.encode() if isinstance(data, str) else data)
    return group


def _malformed() -> dict[str, str | bytes]:
    return {
        "empty": "",
        "no object: array": "[]",
        "no object: string": '"a"',
        "no object: number": "1",
        "no object: null": "null",
        "space after colon": '{"a": 1}',
        "space before": ' {"a":1}',
        "line break after": '{"a":1}\n',
        "two objects": "{}{}",
        "NUL after": "{}\0",
        "unfinished object": '{"a":1',
        "unfinished string": '{"a":"x',
        "trailing comma": '{"a":1,}',
        "comment": '{"a":1/**/}',
        "single quotes": "{'a':1}",
        "keys out of order": '{"b":1,"a":2}',
        "inner keys out of order": '{"a":{"c":1,"b":2}}',
        "duplicate key": '{"a":1,"a":1}',
        "duplicate key of another value": '{"a":1,"a":2}',
        "upper-case key": '{"A":1}',
        "key __proto__": '{"__proto__":{"a":1}}',
        "empty key": '{"":1}',
        "escaped key": '{"\\u0061":1}',
        "key of 65 characters": '{"' + "k" * 65 + '":1}',
        "fraction": '{"a":1.5}',
        "integer with fraction": '{"a":1.0}',
        "exponent": '{"a":1e2}',
        "huge exponent": '{"a":1e999}',
        "minus zero": '{"a":-0}',
        "leading zero": '{"a":01}',
        "plus sign": '{"a":+1}',
        "integer 2^53": '{"a":9007199254740992}',
        "integer -2^53": '{"a":-9007199254740992}',
        "integer of 5,000 digits": '{"a":' + "1" * 5_000 + "}",
        "NaN": '{"a":NaN}',
        "Infinity": '{"a":-Infinity}',
        "needless escape of a letter": '{"a":"\\u0078"}',
        "needless escape of a slash": '{"a":"\\/"}',
        "long escape of a line break": '{"a":"\\u000a"}',
        "upper-case hex in an escape": '{"a":"\\u001F"}',
        "escaped surrogate pair": '{"a":"\\ud83d\\ude00"}',
        "escaped lone surrogate": '{"a":"\\ud800"}',
        "raw line break in a string": '{"a":"\n"}',
        "raw NUL in a string": '{"a":"\0"}',
        "byte order mark": "\ufeff{}",
        "UTF-16": '{"a":1}'.encode("utf-16-le"),
        "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
        "overlong UTF-8": b'{"a":"\xc0\xaf"}',
        "cut UTF-8": b'{"a":"\xf0\x9f\x96"}',
        "beyond U+10FFFF": b'{"a":"\xf4\x90\x80\x80"}',
        "33 levels": json.dumps(nested(33), separators=(",", ":")),
        "10,000 open brackets": '{"a":' + "[" * 10_000,
        "10,000 open brackets after an escaped backslash": '{"a":["\\\\",' + "[" * 10_000,
        "10,000 open objects": '{"a":' * 10_000,
    }


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
    ]


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
