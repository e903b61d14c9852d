"""The lines of a snapshot (docs/PROTOCOL.md §7). Nearly all are records, so these have a quick way."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaValidator, core_schema

from vault.wire import limits
from vault.wire import models as wire


class StoredRecord(NamedTuple):
    """A record as stored, of the container before it."""

    record_id: bytes
    version: int
    envelope: bytes


SnapshotLine: TypeAlias = wire.SnapshotHead | wire.SnapshotContainer | StoredRecord | wire.SnapshotEnd
_Model: TypeAlias = wire.SnapshotHead | wire.SnapshotContainer | wire.SnapshotRecord | wire.SnapshotEnd

_MODEL: TypeAdapter[_Model] = TypeAdapter(Annotated[_Model, Field(discriminator="kind")])

_ZERO = bytes(limits.ID_BYTES)
_RECORD = re.compile(
    rb'\{"kind":"record","record":\{"record_id":"([0-9a-f]{32})","version":([1-9][0-9]{0,15}),"envelope":'
)
"""As the service spells it; the envelope follows, in quotes, and two brackets."""
_BASE64 = SchemaValidator(
    core_schema.bytes_schema(min_length=limits.MIN_ENVELOPE_BYTES, max_length=limits.MAX_ENVELOPE_BYTES),
    CoreConfig(val_json_bytes="base64"),
)


def read_line(line: bytes) -> SnapshotLine | None:
    """One line as what it is, or None for one of the wrong shape. Strict as the models of the wire are."""
    found = _RECORD.match(line)
    # Without these there is no other spelling of base64 than ours, nor any hidden behind an escape.
    if (
        found is not None
        and line.endswith(b'"}}')
        and not (b"+" in line or b"/" in line or b"=" in line or b"\\" in line)
    ):
        record_id, version = bytes.fromhex(found[1].decode()), int(found[2])
        if record_id != _ZERO and version <= limits.MAX_SAFE_INTEGER:
            try:
                return StoredRecord(record_id, version, _BASE64.validate_json(line[found.end() : -2]))
            except ValidationError:
                pass
    return _by_model(line)


def _by_model(line: bytes) -> SnapshotLine | None:
    try:
        model = _MODEL.validate_json(line, strict=True)
    except ValidationError:
        return None
    if not isinstance(model, wire.SnapshotRecord):
        return model
    return StoredRecord(model.record.record_id, model.record.version, model.record.envelope)
