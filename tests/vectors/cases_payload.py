"""Vectors of payloads: padding, canonical JSON, what the fields may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.vectors.group import FORMAT, Group, fixed
from vault.core.padding import pad

MOST = 2**53 - 1


def groups() -> Iterator[Group]:
    yield from _padding()
    yield _encode()
    yield _decode()


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
