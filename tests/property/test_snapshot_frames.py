"""The frames of a snapshot: read as they were made, however they come, and judged as PROTOCOL §7.1 has it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.frames import frame
from vault.client.snapshot_frames import (
    SnapshotEnd,
    SnapshotFrame,
    SnapshotHead,
    StoredContainer,
    StoredRecords,
    read_frames,
)
from vault.errors import FormatError

MOST = 2**53 - 1
ENVELOPE = range(541, 2 * 2**20 + 1)
LONGEST = {1: 2_097_161, 2: 2_097_241, 3: 2_097_177, 4: 17}

ids = st.binary(min_size=16, max_size=16).filter(any)
counters = st.integers(1, MOST)
envelopes = st.builds(lambda seed, size: (seed * size)[:size], st.binary(min_size=1, max_size=9), st.integers(541, 900))


def stored(record_id: bytes, version: int, envelope: bytes) -> StoredRecords:
    return StoredRecords([(record_id, record_id + version.to_bytes(8), envelope)])


snapshots = st.lists(
    st.builds(stored, ids, counters, envelopes)
    | st.builds(SnapshotHead, counters, envelopes)
    | st.builds(
        StoredContainer, ids, counters, st.integers(1, 2**32 - 1), st.binary(min_size=60, max_size=60), envelopes
    )
    | st.builds(SnapshotEnd, st.integers(0, MOST), st.integers(0, MOST)),
    max_size=6,
)


def encoded(value: SnapshotFrame) -> bytes:
    match value:
        case SnapshotHead(seq, head):
            return frame(1, struct.pack(">Q", seq) + head)
        case StoredContainer(container_id, version, epoch, wrapped_key, header):
            return frame(2, struct.pack(">16sQI", container_id, version, epoch) + wrapped_key + header)
        case StoredRecords(run):
            return b"".join(frame(3, own + envelope) for _, own, envelope in run)
        case SnapshotEnd(containers, records):
            return frame(4, struct.pack(">QQ", containers, records))


def chunked(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def singly(values: Iterable[object]) -> Iterator[object]:
    """Each record by itself: how many come together depends on the pieces."""
    for value in values:
        yield from ([StoredRecords([each]) for each in value.run] if isinstance(value, StoredRecords) else [value])


def typed(values: Iterable[object]) -> list[tuple[type, object]]:
    """A tuple of another name is another thing."""
    return [(type(value), value) for value in values]


@given(snapshots, st.lists(st.integers(0, 700), max_size=30))
def test_frames_are_read_as_they_were_made_however_they_come(made: list[SnapshotFrame], sizes: list[int]) -> None:
    data = b"".join(map(encoded, made))
    assert typed(singly(read_frames(chunked(data, sizes)))) == typed(made)


@given(snapshots)
def test_frames_come_byte_by_byte(made: list[SnapshotFrame]) -> None:
    data = b"".join(map(encoded, made))
    assert list(read_frames(bytes([byte]) for byte in data)) == made


# --- near misses -----------------------------------------------------------------------------------------------------


def judged(data: bytes) -> tuple[list[object], bool]:
    """What is to be read of these bytes, one plain rule after the other; and whether they are refused after that."""
    found: list[object] = []
    while data:
        length, kind = int.from_bytes(data[:4]), data[4] if len(data) > 4 else 0
        if len(data) < 5 or not 1 <= length <= LONGEST.get(kind, max(LONGEST.values())) or len(data) < 4 + length:
            return found, True
        found.append(sound(kind, data[5 : 4 + length]))
        data = data[4 + length :]
    return found, False


def sound(kind: int, body: bytes) -> object:
    fixed = {1: 8, 2: 88, 3: 24, 4: 16}.get(kind)
    if fixed is None or len(body) < fixed or (len(body) - fixed not in ENVELOPE if kind != 4 else len(body) != fixed):
        return None
    number, rest = int.from_bytes(body[-8:] if kind == 4 else body[:8] if kind == 1 else body[16:24]), body[fixed:]
    if not (kind != 4) <= number <= MOST:
        return None
    if kind == 1:
        return SnapshotHead(number, rest)
    if kind == 2:
        epoch = int.from_bytes(body[24:28])
        return StoredContainer(body[:16], number, epoch, body[28:88], rest) if epoch else None
    if kind == 3:
        return stored(body[:16], number, rest) if any(body[:16]) else None
    containers = int.from_bytes(body[:8])
    return SnapshotEnd(containers, number) if containers <= MOST else None


def outcome(data: bytes, sizes: Iterable[int]) -> tuple[list[object], bool]:
    found: list[object] = []
    try:
        found.extend(singly(read_frames(chunked(data, sizes))))
    except FormatError:
        return found, True
    return found, False


def record(record_id: bytes = b"r" * 16, version: int = 1, envelope: bytes = bytes(541)) -> bytes:
    return frame(3, struct.pack(">16sQ", record_id, version) + envelope)


END = frame(4, struct.pack(">QQ", 0, 1))


@given(snapshots.filter(bool), st.data())
def test_near_misses_are_judged_by_the_rules(made: list[SnapshotFrame], data: st.DataObject) -> None:
    parts = list(map(encoded, made))
    place = data.draw(st.integers(0, len(parts) - 1))
    part = parts[place]
    # Where the form is, not the long value: there a change is the same everywhere.
    at = data.draw(st.integers(0, min(len(part), 110)) | st.integers(len(part) - 3, len(part)))
    new = data.draw(st.binary(max_size=3) | st.sampled_from([bytes(16), bytes(8), b"\xff" * 4, b"\x00\x20\x00"]))
    parts[place] = part[:at] + new + part[at + data.draw(st.integers(0, len(new))) :]
    sizes = data.draw(st.lists(st.integers(0, 700), max_size=9))
    whole = b"".join(parts)
    assert outcome(whole, sizes) == judged(whole)


@given(st.binary(max_size=300), st.lists(st.integers(0, 40), max_size=9))
@example(bytes(4), [])
@example(frame(0, b""), [])
@example(frame(5, bytes(565)), [])
@example(b"\x00\x00\x00\x01\x03" + END, [])
def test_other_bytes_are_judged_by_the_rules(data: bytes, sizes: list[int]) -> None:
    assert outcome(data, sizes) == judged(data)


@pytest.mark.parametrize(
    "wrong",
    [
        record(record_id=bytes(16)),
        record(version=0),
        record(version=2**53),
        record(version=2**64 - 1),
        record(envelope=bytes(540)),
        frame(3, bytes(23)),
        frame(3, b""),
        frame(1, bytes(8 + 541)),
        frame(1, b"\x00" * 7 + b"\x01" + bytes(540)),
        frame(2, struct.pack(">16sQI", b"c" * 16, 1, 0) + bytes(60 + 541)),
        frame(2, struct.pack(">16sQI", b"c" * 16, 0, 1) + bytes(60 + 541)),
        frame(2, struct.pack(">16sQI", b"c" * 16, 1, 1) + bytes(60 + 540)),
        frame(4, struct.pack(">QQ", 2**53, 0)),
        frame(4, struct.pack(">QQ", 0, 2**53)),
        frame(4, bytes(15)),
        frame(0, bytes(16)),
        frame(5, bytes(600)),
        frame(255, b""),
    ],
    ids=lambda wrong: wrong[:8].hex(),
)
def test_a_frame_of_the_wrong_shape_is_gone_over(wrong: bytes) -> None:
    good = stored(b"r" * 16, 1, bytes(541))
    assert list(read_frames([record() + wrong + record()])) == [good, None, good]


@pytest.mark.parametrize("size", [541, 2 * 2**20])
def test_the_smallest_and_the_largest_envelope(size: int) -> None:
    assert list(read_frames([record(envelope=bytes(size))])) == [stored(b"r" * 16, 1, bytes(size))]


# --- the bound -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "longest"), [*LONGEST.items(), (0, 2_097_241), (77, 2_097_241)])
def test_a_frame_that_is_too_long_is_refused_before_more_of_it_is_asked_for(kind: int, longest: int) -> None:
    asked = 0

    def chunks(length: int) -> Iterator[bytes]:
        nonlocal asked
        yield record() + struct.pack(">IB", length, kind)
        asked += 1
        yield bytes(100)

    for length, more in ((longest, 1), (longest + 1, 0), (2**32 - 1, 0), (0, 0)):
        asked = 0
        with pytest.raises(FormatError):
            list(read_frames(chunks(length)))
        assert asked == more


@pytest.mark.parametrize(("kind", "longest"), LONGEST.items())
def test_a_frame_that_is_too_long_is_refused_though_it_is_there(kind: int, longest: int) -> None:
    sound = (b"\x00" * 7 + b"\x01") * 30 + bytes(longest)
    assert outcome(frame(kind, sound[:longest]), []) == ([], True)


@pytest.mark.parametrize("missing", [1, 4, 5, 400])
def test_bytes_that_end_within_a_frame_are_refused(missing: int) -> None:
    assert outcome(record() + record()[:-missing], []) == ([stored(b"r" * 16, 1, bytes(541))], True)
