"""The frames of a snapshot (docs/PROTOCOL.md §7.1). Nearly all are records, so these are read in runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from vault.client.failures import foreign_answer
from vault.core.records import SealedRecord
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


class StoredRecords(NamedTuple):
    """Records as stored, at least one, of the container before them."""

    run: list[SealedRecord]


class SnapshotEnd(NamedTuple):
    """How many containers and records there were."""

    containers: int
    records: int


SnapshotFrame: TypeAlias = SnapshotHead | StoredContainer | StoredRecords | SnapshotEnd

_ZERO = bytes(ID_BYTES)
_SHORTEST = frames.RECORD_LENGTH + MIN_ENVELOPE_BYTES
_LONGEST = frames.LONGEST[frames.RECORD]


def read_frames(chunks: Iterable[bytes]) -> Iterator[SnapshotFrame | None]:
    """The frames in bytes that come in whatever pieces; None stands for one of the wrong shape.

    Records that come together are given together. Raises FormatError for a frame longer than its kind can be, before
    any more of it is kept, and when the bytes end within a frame.
    """
    kept: list[bytes] = []
    size, needed = 0, frames.START.size
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size < needed:
            continue
        data = b"".join(kept)
        at = 0
        while True:
            run, at = _records(data, at)
            if run:
                yield StoredRecords(run)
            if at + frames.START.size > size:
                needed = frames.START.size
                break
            length, kind = frames.START.unpack_from(data, at)
            if not 0 < length <= frames.LONGEST.get(kind, frames.MAX_LENGTH):
                raise foreign_answer()
            end = at + frames.LENGTH_BYTES + length
            if end > size:
                needed = end - at
                break
            yield _frame(kind, data[at:end])
            at = end
        kept = [data[at:]]
        size -= at
    if size:
        raise foreign_answer()


def _records(data: bytes, at: int) -> tuple[list[SealedRecord], int]:
    """All the well-formed records from a place in the bytes on, and the place after them."""
    run: list[SealedRecord] = []
    read, fixed, record_kind = frames.RECORD_FRAME.unpack_from, frames.RECORD_FRAME.size, frames.RECORD
    size = len(data)
    while (body := at + fixed) <= size:
        length, kind, record_id, version = read(data, at)
        end = at + frames.LENGTH_BYTES + length
        if kind != record_kind or end > size or not _SHORTEST <= length <= _LONGEST:
            break
        if not 0 < version <= MAX_SAFE_INTEGER or record_id == _ZERO:
            break
        run.append((record_id, data[at + frames.START.size : body], data[body:end]))
        at = end
    return run, at


def _frame(kind: int, frame: bytes) -> SnapshotFrame | None:
    """One whole frame that is no well-formed record as what it is, or None for one of the wrong shape."""
    if kind == frames.CONTAINER and len(frame) >= frames.CONTAINER_FRAME.size:
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
