"""The quick way through a snapshot takes and refuses exactly what the models of the wire do, with the same values."""

from __future__ import annotations

import json
from typing import Annotated, Any

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from vault.client.snapshot_lines import StoredRecord, read_line
from vault.wire import models as wire
from vault.wire.encodings import b64encode
from vault.wire.limits import MAX_SAFE_INTEGER, MIN_ENVELOPE_BYTES

_Line = wire.SnapshotHead | wire.SnapshotContainer | wire.SnapshotRecord | wire.SnapshotEnd
LINE: TypeAdapter[_Line] = TypeAdapter(Annotated[_Line, Field(discriminator="kind")])
MARKS = [b"+", b"/", b"=", b"-", b"_", b"\\u002b", b"\\u0041", b"\\", b'"', b" ", b"\n", b"", b"A", b"0", b"f", b"-1"]
MORE = [b',"kind":"record"', b',"kind":"end"', b',"x":1', b',"version":2', b',"record_id":"' + b"1" * 32 + b'"']

ids = st.binary(min_size=16, max_size=16).map(bytes.hex) | st.sampled_from(["0" * 32, "F" * 32, "", "1" * 33, "1" * 31])
versions = st.integers(1, MAX_SAFE_INTEGER) | st.sampled_from(
    [0, -1, MAX_SAFE_INTEGER + 1, 1.0, True, None, "1", 10**30]
)
envelopes = st.binary(min_size=MIN_ENVELOPE_BYTES - 1, max_size=MIN_ENVELOPE_BYTES + 4).map(b64encode)


def by_model(line: bytes) -> Any:
    try:
        model = LINE.validate_json(line, strict=True)
    except ValidationError:
        return None
    if isinstance(model, wire.SnapshotRecord):
        return StoredRecord(model.record.record_id, model.record.version, model.record.envelope)
    return model


def same(line: bytes) -> None:
    found, expected = read_line(line), by_model(line)
    assert found == expected
    assert type(found) is type(expected)


@given(ids, versions, envelopes, st.booleans())
@example("1" * 32, 1, "", False)
@example("1" * 32, 1, "A" * 722 + "B", False)
@example("1" * 32, 1, "A" * 722 + "B=", False)
def test_records_are_judged_alike(record_id: str, version: object, envelope: str, spaced: bool) -> None:
    record = {"record_id": record_id, "version": version, "envelope": envelope}
    text = json.dumps({"kind": "record", "record": record}, separators=(", ", ": ") if spaced else (",", ":"))
    same(text.encode())


@given(st.data())
def test_near_misses_are_judged_alike(data: st.DataObject) -> None:
    envelope = b64encode(data.draw(st.binary(min_size=MIN_ENVELOPE_BYTES, max_size=MIN_ENVELOPE_BYTES + 2)))
    line = b'{"kind":"record","record":{"record_id":"%s","version":1,"envelope":"%s"}}' % (
        b"5e" * 16,
        envelope.encode(),
    )
    for _ in range(data.draw(st.integers(1, 2))):
        # Where the form is, not the long value: there a change is the same everywhere.
        at = data.draw(st.integers(0, 110) | st.integers(len(line) - 6, len(line)))
        end = min(len(line), at + data.draw(st.integers(0, 2)))
        line = line[:at] + data.draw(st.sampled_from(MARKS + MORE) | st.binary(max_size=2)) + line[end:]
    same(line)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b'{"kind":"end","containers":1,"records":2}')
@example(b'{"kind":"record","record":{"record_id":"' + b"[" * 10_000)
def test_other_lines_are_judged_alike(line: bytes) -> None:
    same(line)
