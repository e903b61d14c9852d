"""Samples are of what goes and of nothing else, and are not kept as they are."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.erasing import store_of
from tests.support.service import SlotKey, hosted, new_container, new_record
from vault.erase.samples import ANCHORS, MOST, SAMPLE_BYTES, Samples, unmask
from vault.storage.keyfile import Entry, EntryRef, EntryType, KeyFile
from vault.storage.sampling import sample_containers, sample_keys


class Seen:
    is_full = False

    def __init__(self) -> None:
        self.data: list[bytes] = []

    def add(self, data: bytes) -> None:
        self.data.append(data)


def test_samples_are_pieces_of_what_was_shown() -> None:
    shown = [os.urandom(size) for size in (541, 600, 2**20)]
    samples = Samples()
    for data in shown:
        samples.add(data)
    masked, pad = samples.masked()
    found = unmask(masked, pad)
    assert 16 <= len(found) <= 18
    for sample in found:
        assert len(sample) == SAMPLE_BYTES
        assert sample[0] in ANCHORS
        assert any(sample in data for data in shown)
        assert sample not in masked
        assert sample not in pad


def test_samples_lie_anywhere() -> None:
    data = os.urandom(60_000)
    places = set()
    for _ in range(50):
        samples = Samples()
        samples.add(data)
        places.add(data.find(unmask(*samples.masked())[0]) // 10_000)
    assert len(places) > 3


def test_there_is_a_sample_even_without_an_anchor() -> None:
    samples = Samples()
    samples.add(bytes(541))
    samples.add(b"x")
    assert unmask(*samples.masked()) == [bytes(SAMPLE_BYTES)]


def test_there_are_not_too_many() -> None:
    samples = Samples()
    data = ANCHORS * 300
    for _ in range(MOST):
        assert not samples.is_full
        samples.add(data)
    assert samples.is_full
    samples.add(data)
    assert len(unmask(*samples.masked())) == MOST


def test_of_slots_only_what_is_sealed_is_shown(tmp_path: Path) -> None:
    """What an order names is kept, so a search would find it."""
    file, key = KeyFile(tmp_path / "a.keys", os.urandom(16)), SlotKey(os.urandom(16))
    file.create()
    public = key.private.public_key().public_bytes_raw()
    wrapped = os.urandom(60)
    file.append([Entry(EntryType.SLOT, key.slot_id, 1, key.slot + public)])
    file.append([Entry(EntryType.CONTAINER_KEY, key.vault_id, 1, wrapped)])
    seen = Seen()
    sample_keys(file, EntryType.SLOT, [EntryRef(0, key.slot_id)], seen)
    sample_keys(file, EntryType.CONTAINER_KEY, [EntryRef(1, key.vault_id)], seen)
    assert seen.data == [key.rest, wrapped]


def test_keys_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "a.keys", os.urandom(16))
    file.create()
    seen = Seen()
    sample_keys(file, EntryType.CONTAINER_KEY, [EntryRef(0, os.urandom(16))], seen)
    assert seen.data == []


def test_a_large_container_does_not_hide_a_small_one(tmp_path: Path) -> None:
    with hosted(tmp_path / "data") as host:
        writer = host.writer()
        large, small = os.urandom(16), os.urandom(16)
        records = [new_record(large) for _ in range(4_500)] + [new_record(small) for _ in range(3)]
        writer.commit(writer.next_commit([new_container(large), new_container(small)], records))
        seen = Seen()
        with store_of(host)._database.reading(writer.vault_id) as connection:
            sample_containers(connection, writer.vault_id, [large, small], seen)
    assert {record.envelope for record in records[-3:]} <= set(seen.data)
    assert 2_000 < len(seen.data) < 2_100
