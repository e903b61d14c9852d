"""Vectors of a snapshot's frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from tests.support.frames import frame
from tests.vectors.group import CONTAINER_ID, FORMAT, RECORD_ID, Group, fixed

ENVELOPE = fixed("envelope of a frame", 541)
WRAPPED = fixed("wrapped key of a frame", 60)
MOST = 2**53 - 1


def groups() -> Iterator[Group]:
    group = Group("PROTOCOL §7.1", "snapshot_frames")
    _good(group)
    _too_long(group)
    _of_another_shape(group)
    yield group


def _head(seq: int = 7, envelope: bytes = ENVELOPE) -> bytes:
    return frame(1, struct.pack(">Q", seq) + envelope)


def _container(version: int = 3, epoch: int = 1, header: bytes = ENVELOPE) -> bytes:
    return frame(2, struct.pack(">16sQI", CONTAINER_ID, version, epoch) + WRAPPED + header)


def _record(version: int = 1, record_id: bytes = RECORD_ID, envelope: bytes = ENVELOPE) -> bytes:
    return frame(3, struct.pack(">16sQ", record_id, version) + envelope)


def _end(containers: int = 1, records: int = 1) -> bytes:
    return frame(4, struct.pack(">QQ", containers, records))


def _good(group: Group) -> None:
    head: dict[str, Any] = {"kind": "head", "seq": 7, "head": ENVELOPE}
    container: dict[str, Any] = {
        "kind": "container",
        "container_id": CONTAINER_ID,
        "version": 3,
        "epoch": 1,
        "wrapped_key": WRAPPED,
        "header": ENVELOPE,
    }
    record: dict[str, Any] = {"kind": "record", "record_id": RECORD_ID, "version": 1, "envelope": ENVELOPE}
    end: dict[str, Any] = {"kind": "end", "containers": 1, "records": 1}
    whole = _head() + _container() + _record() + _end()
    group.known([head, container, record, end], "a small snapshot", data=whole)
    group.known([], "nothing", data=b"")
    group.known([record | {"version": MOST}], "the highest version", data=_record(MOST))
    group.known(
        [container | {"version": MOST, "epoch": 2**32 - 1}], "the highest epoch", data=_container(MOST, 2**32 - 1)
    )
    group.known([end | {"containers": 0, "records": MOST}], "an end of nothing and of most", data=_end(0, MOST))
    group.known(
        [head | {"head": ENVELOPE + b"x"}], "an envelope of one byte more", data=_head(envelope=ENVELOPE + b"x")
    )


def _too_long(group: Group) -> None:
    """Only the first 5 bytes are there: that they are refused must not depend on more."""
    for kind, longest in ((1, 2_097_161), (2, 2_097_241), (3, 2_097_177), (4, 17), (0, 2_097_241), (5, 2_097_241)):
        start = struct.pack(">IB", longest + 1, kind)
        group.bad(FORMAT, f"kind {kind}, one byte longer than there is", data=start)
    group.bad(FORMAT, "the longest length", data=b"\xff\xff\xff\xff\x03")
    group.bad(FORMAT, "a length of 0", data=bytes(4) + _end())
    group.bad(FORMAT, "little endian", data=struct.pack("<IB", 566, 3) + _record()[5:])


def _of_another_shape(group: Group) -> None:
    for name, data in (
        ("kind 0", frame(0, bytes(16))),
        ("kind 5", frame(5, RECORD_ID + ENVELOPE)),
        ("kind 255, nothing else", frame(255, b"")),
        ("head with sequence number 0", _head(0)),
        ("head with a sequence number of 2^53", _head(2**53)),
        ("head with an envelope of 540 bytes", _head(envelope=ENVELOPE[:-1])),
        ("head of 7 bytes", frame(1, bytes(7))),
        ("container of version 0", _container(0)),
        ("container of version 2^53", _container(2**53)),
        ("container of epoch 0", _container(1, 0)),
        ("container with a header of 540 bytes", _container(header=ENVELOPE[:-1])),
        ("container of 87 bytes", frame(2, CONTAINER_ID + bytes(71))),
        ("record of version 0", _record(0)),
        ("record of version 2^53", _record(2**53)),
        ("record of version 2^64 - 1", _record(2**64 - 1)),
        ("record with an id of zeros", _record(record_id=bytes(16))),
        ("record with an envelope of 540 bytes", _record(envelope=ENVELOPE[:-1])),
        ("record of nothing", frame(3, b"")),
        ("end with 2^53 containers", _end(2**53, 0)),
        ("end with 2^53 records", _end(0, 2**53)),
        ("end of 15 bytes", frame(4, bytes(15))),
    ):
        group.bad(FORMAT, name, data=data + _end())
