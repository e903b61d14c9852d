"""What a commit is made of is judged as an ordinary model would, and nesting as a parser sees it."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from vault.errors import FormatError
from vault.wire.encodings import b64encode, id_from_text, is_nested_deeper
from vault.wire.limits import MAX_ENVELOPE_BYTES, MAX_SAFE_INTEGER, MIN_ENVELOPE_BYTES
from vault.wire.models import Counter, StagedRecords


def _plain_bytes(text: object) -> bytes:
    assert isinstance(text, str)
    data = base64.urlsafe_b64decode(text.encode("ascii", "replace") + b"=" * (-len(text) % 4))
    assert base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text
    assert MIN_ENVELOPE_BYTES <= len(data) <= MAX_ENVELOPE_BYTES
    return data


def _plain_id(text: object) -> bytes:
    assert isinstance(text, str)
    assert len(text) == 32
    assert set(text) <= set("0123456789abcdef")
    return bytes.fromhex(text)


def _not_zero(value: bytes) -> bytes:
    assert any(value)
    return value


PlainId = Annotated[Any, AfterValidator(_plain_id)]


class PlainRecord(BaseModel):
    """A record as PROTOCOL §10 has it, by other means."""

    model_config = ConfigDict(extra="forbid")
    container_id: PlainId
    record_id: Annotated[PlainId, AfterValidator(_not_zero)]
    version: Counter
    envelope: Annotated[Any, AfterValidator(_plain_bytes)]


def judged(record: bytes) -> dict[str, Any] | None:
    try:
        (found,) = StagedRecords.model_validate_json(b'{"records":[' + record + b"]}").records
    except ValidationError:
        return None
    return {name: getattr(found, name) for name in PlainRecord.model_fields}


def same(record: bytes) -> None:
    try:
        expected = PlainRecord.model_validate_json(record).model_dump()
    except ValidationError:
        expected = None
    assert judged(record) == expected


MARKS = [b"+", b"/", b"=", b"-", b"_", b"\\u002b", b"\\u0041", b"\\", b'"', b" ", b"\n", b"", b"A", b"0", b"f", b"\xff"]
MORE = [b',"x":1', b',"version":2', b',"record_id":"' + b"1" * 32 + b'"', b',"args":[]']
ids = st.binary(min_size=16, max_size=16).map(bytes.hex) | st.sampled_from(["0" * 32, "F" * 32, "", " " + "1" * 32])
versions = st.integers(1, MAX_SAFE_INTEGER) | st.sampled_from([0, -1, MAX_SAFE_INTEGER + 1, 1.0, True, None, "1"])
envelopes = st.binary(min_size=MIN_ENVELOPE_BYTES - 1, max_size=MIN_ENVELOPE_BYTES + 4).map(b64encode)


@given(ids, ids, versions, envelopes)
@example("1" * 32, "1" * 32, 1, "A" * 721 + "B")
@example("1" * 32, "1" * 32, 1, "A" * 723 + "=")
@example("1" * 32, "1" * 32, 1, "A" * 723 + "/")
@example("1" * 32, "1" * 32, 1, "A" * 723 + "+")
@example("1" * 32, "1" * 32, 1, "\\u0041" + "A" * 722)
@example("1" * 32, "1" * 32, 1, "A" * 723 + "\u00e9")
def test_records_are_judged_alike(container_id: str, record_id: str, version: object, envelope: str) -> None:
    record = {"container_id": container_id, "record_id": record_id, "version": version, "envelope": envelope}
    same(json.dumps(record).encode())
    same(json.dumps(list(record.values())).encode())


@given(st.data())
def test_near_misses_are_judged_alike(data: st.DataObject) -> None:
    envelope = b64encode(data.draw(st.binary(min_size=MIN_ENVELOPE_BYTES, max_size=MIN_ENVELOPE_BYTES + 2)))
    form = b'{"container_id":"%s","record_id":"%s","version":1,"envelope":"%s"}'
    record = form % (b"5e" * 16, b"e5" * 16, envelope.encode())
    same(record)
    for more in MORE:
        same(record[:-1] + more + b"}")
    for _ in range(data.draw(st.integers(1, 2))):
        # Where the form is, not the long value: there a change is the same everywhere.
        at = data.draw(st.integers(0, 140) | st.integers(len(record) - 6, len(record)))
        end = min(len(record), at + data.draw(st.integers(0, 2)))
        record = record[:at] + data.draw(st.sampled_from(MARKS + MORE)) + record[end:]
    same(record)


@given(st.text(st.sampled_from("0123456789abcdefAF \n\u0661"), min_size=30, max_size=34))
@example("ab" * 15 + " ab ")
def test_ids_have_one_spelling(text: str) -> None:
    try:
        value = id_from_text(text)
    except FormatError:
        with pytest.raises(AssertionError):
            _plain_id(text)
    else:
        assert value == _plain_id(text)


values = st.recursive(
    st.integers() | st.text(st.sampled_from('[]{}"\\ax\u00e9')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.sampled_from('[}"\\a')), inner, max_size=3),
    max_leaves=12,
)


def depth_of(value: object) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


@given(values, st.integers(0, 4), st.booleans())
@example([[], [], {}], 2, False)
@example([[[]], "[", "]"], 2, False)
@example([["\\", {"a": "]"}, "]]"]] * 9, 3, False)
def test_nesting_is_counted_as_a_parser_sees_it(value: object, depth: int, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped, separators=(",", ":"))
    assert is_nested_deeper(text.encode(), depth) == (depth_of(value) > depth)
