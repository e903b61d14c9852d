"""The frames of a snapshot (docs/PROTOCOL.md §7.1). Nearly all are records, so these have a quick way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from vault.client.failures import foreign_answer
from vault.wire import frames
from vault.wire.limits import (
    ID_BYTES,
    MAX_ENVELOPE_BYTES,
    MAX_SAFE_INTEGER,
    MIN_ENVELOPE_BYTES,
)


class SnapshotHead(NamedTuple):
    """The head as stored, with its sequence number."""

    seq: int
    head: bytes


class StoredContainer(NamedTuple):
    """A container as stored; its records follow."""

    container_id: bytes
    version: int
    epoch: int
    wrapped_key: bytes
    header: bytes


class StoredRecord(NamedTuple):
    """A record as stored, of the container before it."""

    record_id: bytes
    version: int
    envelope: bytes


class SnapshotEnd(NamedTuple):
    """How many containers and records there were."""

    containers: int
    records: int


SnapshotFrame: TypeAlias = SnapshotHead | StoredContainer | StoredRecord | SnapshotEnd

_ZERO = bytes(ID_BYTES)
_SHORTEST = frames.RECORD_LENGTH + MIN_ENVELOPE_BYTES
_LONGEST = frames.LONGEST[frames.RECORD]


def read_frames(chunks: Iterable[bytes]) -> Iterator[SnapshotFrame | None]:
    """The frames in bytes that come in whatever pieces; None stands for one of the wrong shape.

    Raises FormatError for a frame longer than its kind can be, before any more of it is kept, and when the bytes end
    within a frame. Nothing is called for a record: a vault has them by the hundred thousand.
    """
    record_kind, read_record, record_bytes = frames.RECORD, frames.RECORD_FRAME.unpack_from, frames.RECORD_FRAME.size
    start_bytes, length_bytes = frames.START.size, frames.LENGTH_BYTES
    most, zero, make = MAX_SAFE_INTEGER, _ZERO, tuple.__new__
    kept: list[bytes] = []
    size, needed = 0, start_bytes
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size < needed:
            continue
        data = b"".join(kept)
        at = 0
        while True:
            body = at + record_bytes
            if body <= size:
                length, kind, record_id, version = read_record(data, at)
                end = at + length_bytes + length
                if (
                    kind == record_kind
                    and end <= size
                    and _SHORTEST <= length <= _LONGEST
                    and 0 < version <= most
                    and record_id != zero
                ):
                    yield make(StoredRecord, (record_id, version, data[body:end]))
                    at = end
                    continue
            if at + start_bytes > size:
                needed = start_bytes
                break
            length, kind = frames.START.unpack_from(data, at)
            if not 0 < length <= frames.LONGEST.get(kind, frames.MAX_LENGTH):
                raise foreign_answer()
            end = at + length_bytes + length
            if end > size:
                needed = end - at
                break
            yield _frame(kind, data[at:end])
            at = end
        kept = [data[at:]]
        size -= at
    if size:
        raise foreign_answer()


def _frame(kind: int, frame: bytes) -> SnapshotFrame | None:
    """One whole frame as what it is, or None for one of the wrong shape."""
    if kind == frames.RECORD and len(frame) >= frames.RECORD_FRAME.size:
        _, _, record_id, version = frames.RECORD_FRAME.unpack_from(frame)
        sealed = frame[frames.RECORD_FRAME.size :]
        if record_id != _ZERO and _is_counter(version) and _is_envelope(sealed):
            return StoredRecord(record_id, version, sealed)
    elif kind == frames.CONTAINER and len(frame) >= frames.CONTAINER_FRAME.size:
        _, _, container_id, version, epoch, wrapped_key = frames.CONTAINER_FRAME.unpack_from(frame)
        sealed = frame[frames.CONTAINER_FRAME.size :]
        if _is_counter(version) and epoch and _is_envelope(sealed):
            return StoredContainer(container_id, version, epoch, wrapped_key, sealed)
    elif kind == frames.HEAD and len(frame) >= frames.HEAD_FRAME.size:
        _, _, seq = frames.HEAD_FRAME.unpack_from(frame)
        sealed = frame[frames.HEAD_FRAME.size :]
        if _is_counter(seq) and _is_envelope(sealed):
            return SnapshotHead(seq, sealed)
    elif kind == frames.END and len(frame) == frames.END_FRAME.size:
        _, _, containers, records = frames.END_FRAME.unpack(frame)
        if containers <= MAX_SAFE_INTEGER and records <= MAX_SAFE_INTEGER:
            return SnapshotEnd(containers, records)
    return None


def _is_counter(value: int) -> bool:
    return 0 < value <= MAX_SAFE_INTEGER


def _is_envelope(data: bytes) -> bool:
    return MIN_ENVELOPE_BYTES <= len(data) <= MAX_ENVELOPE_BYTES
