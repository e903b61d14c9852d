"""The key file: layout, durability, destruction, and what happens when the disk does not play along."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.faults import no_file_larger_than
from vault.errors import StorageError
from vault.storage.keyfile import DESTROYED, Entry, EntryDestroyedError, EntryRef, EntryType, KeyFile

VAULT_ID = bytes(range(16))


def key_entry(number: int) -> Entry:
    return Entry(EntryType.CONTAINER_KEY, number.to_bytes(16, "big"), 1, bytes([number % 251]) * 60)


def slot_entry(number: int) -> Entry:
    return Entry(EntryType.SLOT, number.to_bytes(16, "big"), 7, bytes([number % 251]) * 168)


def place(index: int, entry: Entry) -> EntryRef:
    return EntryRef(index, entry.id)


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "a.keys", VAULT_ID)
    made.create()
    return made


# --- layout ----------------------------------------------------------------------------------------------------------


def test_layout_is_the_one_of_the_protocol(file: KeyFile) -> None:
    slot, key = slot_entry(1), key_entry(2)
    assert file.append([slot, key]) == 0
    data = file.path.read_bytes()
    assert len(data) == 2 * 4096
    assert data[:4096] == (b"inkvault-keys\x00" + struct.pack(">H", 1) + VAULT_ID).ljust(4096, b"\x00")
    body = (b"\x01\0\0\0" + slot.id + struct.pack(">I", 7) + slot.payload).ljust(252, b"\x00")
    assert data[4096:4352] == body + struct.pack(">I", zlib.crc32(body))
    body = (b"\x02\0\0\0" + key.id + struct.pack(">I", 1) + key.payload).ljust(252, b"\x00")
    assert data[4352:4608] == body + struct.pack(">I", zlib.crc32(body))
    assert not any(data[4608:])
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_the_file_grows_by_whole_pages(file: KeyFile) -> None:
    sizes = set()
    for number in range(40):
        assert file.append([key_entry(number)]) == number
        sizes.add(file.path.stat().st_size)
    assert sizes == {4096 * pages for pages in (2, 3, 4)}


@given(st.lists(st.one_of(st.integers(1, 40), st.just("destroy")), max_size=12))
def test_entries_stay_where_they_are(tmp_path_factory: pytest.TempPathFactory, steps: list[int | str]) -> None:
    file = KeyFile(tmp_path_factory.mktemp("keys") / "a.keys", VAULT_ID)
    file.create()
    inode, written, destroyed = file.path.stat().st_ino, dict[int, Entry](), set[int]()
    for step in steps:
        before = file.path.read_bytes()
        if isinstance(step, int):
            entries = [key_entry(len(written) + number) for number in range(step)]
            first = file.append(entries)
            assert first == len(written)
            written.update(enumerate(entries, first))
            touched = set(range(first, first + step))
        else:
            touched = {index for index in list(written)[:1] if index not in destroyed}
            for index in touched:
                file.destroy([place(index, written[index])])
            destroyed |= touched
        after = file.path.read_bytes()
        assert len(after) >= len(before)
        for index in written.keys() - touched:
            start = 4096 + 256 * index
            assert after[start : start + 256] == before[start : start + 256]
    assert file.path.stat().st_ino == inode
    alive = [index for index in written if index not in destroyed]
    payloads = file.read(EntryType.CONTAINER_KEY, [place(index, written[index]) for index in alive])
    assert payloads == [written[index].payload for index in alive]


def test_reading_a_few_of_many(file: KeyFile) -> None:
    entries = [key_entry(number) for number in range(1000)]
    file.append(entries)
    wanted = [999, 3, 500]
    assert file.read(EntryType.CONTAINER_KEY, [place(index, entries[index]) for index in wanted]) == [
        entries[index].payload for index in wanted
    ]
    assert file.read(EntryType.CONTAINER_KEY, []) == []


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 5, 20, 24, 83, 84, 251, 252, 255])
def test_a_damaged_entry_is_refused(file: KeyFile, offset: int) -> None:
    entry = key_entry(1)
    file.append([entry])
    flip(file.path, 4096 + offset)
    with pytest.raises(StorageError) as caught:
        file.read(EntryType.CONTAINER_KEY, [place(0, entry)])
    assert not isinstance(caught.value, EntryDestroyedError)


def test_another_entry_than_the_one_expected_is_refused(file: KeyFile) -> None:
    file.append([key_entry(1), slot_entry(2)])
    for kind, wrong in (
        (EntryType.CONTAINER_KEY, EntryRef(0, key_entry(9).id)),
        (EntryType.CONTAINER_KEY, EntryRef(1, slot_entry(2).id)),
        (EntryType.CONTAINER_KEY, EntryRef(2, key_entry(3).id)),
        (EntryType.CONTAINER_KEY, EntryRef(500, key_entry(3).id)),
    ):
        with pytest.raises(StorageError):
            file.read(kind, [wrong])


def test_the_header_names_the_vault(file: KeyFile) -> None:
    with pytest.raises(StorageError):
        KeyFile(file.path, bytes(16)).append([key_entry(1)])
    flip(file.path, 14)
    with pytest.raises(StorageError):
        file.append([key_entry(1)])


def test_a_half_made_file_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "a.keys"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    file = KeyFile(path, VAULT_ID)
    file.create()
    file.create()
    assert file.append([key_entry(1)]) == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_can_read_is_refused(file: KeyFile, mode: int) -> None:
    file.path.chmod(mode)
    with pytest.raises(StorageError, match="chmod 600"):
        file.append([key_entry(1)])


def test_a_link_is_refused(file: KeyFile) -> None:
    moved = file.path.with_name("b.keys")
    file.path.rename(moved)
    file.path.symlink_to(moved)
    with pytest.raises(StorageError):
        file.append([key_entry(1)])


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "a.keys", VAULT_ID)
    with pytest.raises(StorageError):
        file.append([key_entry(1)])
    with pytest.raises(StorageError):
        file.read(EntryType.SLOT, [EntryRef(0, bytes(16))])
    assert not file.path.exists()


# --- durability ------------------------------------------------------------------------------------------------------


class Calls:
    """Records what is done to files, in order, and can make the n-th call of a kind fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self._monkeypatch = monkeypatch
        self.watch("pwrite", lambda descriptor, *_: "synced write" if is_dsync(descriptor) else "write")
        self.watch("fsync", lambda *_: "fsync")
        self.watch("preadv", lambda descriptor, *_: "read back direct" if is_direct(descriptor) else "read back")

    def watch(self, name: str, describe: Callable[..., str]) -> None:
        real: Callable[..., Any] = getattr(os, name)

        def watched(*arguments: Any) -> Any:
            self.log.append(describe(*arguments))
            return real(*arguments)

        self._monkeypatch.setattr(os, name, watched)


def is_dsync(descriptor: int) -> bool:
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DSYNC == os.O_DSYNC


def is_direct(descriptor: int) -> bool:
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT)


def test_every_write_is_synced_and_in_place(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rename", "replace", "unlink", "truncate", "ftruncate"):
        monkeypatch.setattr(os, name, forbidden(name))
    calls = Calls(monkeypatch)
    file.append([key_entry(number) for number in range(100)])
    assert calls.log == ["synced write"]


def test_destroying_writes_syncs_and_reads_back_in_that_order(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = slot_entry(1)
    file.append([entry])
    calls = Calls(monkeypatch)
    file.destroy([place(0, entry)])
    assert calls.log[:2] == ["write", "fsync"]
    assert calls.log[2].startswith("read back")
    assert file.path.read_bytes()[4096:4352] == DESTROYED


def test_a_file_system_without_direct_reads_is_read_another_way(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = slot_entry(1)
    file.append([entry])
    real = os.open

    def without_direct(path: Any, flags: int, *mode: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(path, flags, *mode)

    monkeypatch.setattr(os, "open", without_direct)
    calls = Calls(monkeypatch)
    file.destroy([place(0, entry)])
    assert calls.log == ["write", "fsync", "read back"]


def test_a_new_file_is_in_its_directory_after_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(os.fstat(descriptor))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    KeyFile(tmp_path / "a.keys", VAULT_ID).create()
    assert tmp_path.stat().st_ino in {status.st_ino for status in synced}


# --- faults ----------------------------------------------------------------------------------------------------------


def test_full_disk_loses_nothing_and_later_appends_work(file: KeyFile) -> None:
    first = key_entry(1)
    file.append([first])
    with no_file_larger_than(4096 * 2 + 1000), pytest.raises(StorageError):
        file.append([key_entry(number) for number in range(100)])
    assert file.read(EntryType.CONTAINER_KEY, [place(0, first)]) == [first.payload]
    later = key_entry(2)
    index = file.append([later])
    assert file.read(EntryType.CONTAINER_KEY, [place(0, first), place(index, later)]) == [first.payload, later.payload]


@pytest.mark.parametrize("cut", [0, 1, 100, 256, 300, 4095, 4096, 5000])
def test_an_append_that_was_cut_off_leaves_nothing_in_the_way(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    first = key_entry(1)
    file.append([first])
    real = os.pwrite

    def cut_off(descriptor: int, data: Any, offset: int) -> int:
        real(descriptor, data[:cut], offset)
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", cut_off)
        with pytest.raises(StorageError):
            file.append([key_entry(number) for number in range(2, 40)])
    entries = [key_entry(number) for number in range(50, 90)]
    index = file.append(entries)
    assert file.read(EntryType.CONTAINER_KEY, [place(0, first)]) == [first.payload]
    places = [place(index + number, entry) for number, entry in enumerate(entries)]
    assert file.read(EntryType.CONTAINER_KEY, places) == [entry.payload for entry in entries]
    assert file.path.stat().st_size % 4096 == 0


def test_writes_that_the_system_splits_are_completed(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, offset: real(descriptor, bytes(data)[:1000], offset))
    entries = [key_entry(number) for number in range(40)]
    file.append(entries)
    places = [place(number, entry) for number, entry in enumerate(entries)]
    assert file.read(EntryType.CONTAINER_KEY, places) == [entry.payload for entry in entries]


@pytest.mark.parametrize("step", ["pwrite", "fsync", "preadv"])
def test_a_destruction_that_failed_can_be_done_again(file: KeyFile, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    entry = slot_entry(1)
    file.append([entry])

    def fail(*_: Any) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(StorageError):
            file.destroy([place(0, entry)])
    file.destroy([place(0, entry)])
    file.destroy([place(0, entry)])
    with pytest.raises(EntryDestroyedError):
        file.read(EntryType.SLOT, [place(0, entry)])


def test_a_disk_that_keeps_the_old_bytes_is_found_out(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = slot_entry(1)
    file.append([entry])
    monkeypatch.setattr(os, "pwrite", lambda _descriptor, data, _offset: len(data))
    with pytest.raises(StorageError, match="could still be read"):
        file.destroy([place(0, entry)])


def test_only_the_expected_entry_is_destroyed(file: KeyFile) -> None:
    entry = slot_entry(1)
    file.append([entry])
    before = file.path.read_bytes()
    for wrong in (EntryRef(0, slot_entry(2).id), EntryRef(99, entry.id)):
        with pytest.raises(StorageError):
            file.destroy([wrong])
    assert file.path.read_bytes() == before


def test_every_copy_of_an_entry_is_found_and_destroyed(file: KeyFile) -> None:
    """An attempt that was killed and repeated has written its entries twice."""
    entry, key = slot_entry(1), Entry(EntryType.CONTAINER_KEY, slot_entry(1).id, 1, b"k" * 60)
    for index in range(40):
        assert file.append([entry if index % 3 == 0 else key_entry(100 + index)]) == index
    flip(file.path, 4096 + 256 * 6 + 200)
    last = file.append([key])
    assert file.end() == last + 1 == 41
    found = file.find(EntryType.SLOT, {entry.id}, 3)
    assert found == [place(index, entry) for index in range(3, 40, 3)]
    file.destroy(found)
    data = file.path.read_bytes()
    assert data.count(DESTROYED) == 13
    assert file.read(EntryType.SLOT, [place(0, entry)]) == [entry.payload]
    assert file.read(EntryType.CONTAINER_KEY, [place(last, key)]) == [key.payload]
    file.read(EntryType.CONTAINER_KEY, [place(index, key_entry(100 + index)) for index in range(40) if index % 3])
    assert file.find(EntryType.SLOT, {entry.id}, 1) == file.find(EntryType.SLOT, {entry.id}, 100) == []


def test_a_damaged_entry_is_destroyed_too(file: KeyFile) -> None:
    entry = slot_entry(1)
    file.append([entry])
    flip(file.path, 4096 + 100)
    file.destroy([place(0, entry)])
    assert file.path.read_bytes()[4096:4352] == DESTROYED


# --- several at once -------------------------------------------------------------------------------------------------


def append_many(path: Path, start: int, found: list[int]) -> None:
    file = KeyFile(path, VAULT_ID)
    found += [file.append([key_entry(start + number)]) for number in range(50)]


def append_in_process(path: Path, start: int, queue: Any) -> None:
    found: list[int] = []
    append_many(path, start, found)
    queue.put((start, found))


def test_threads_and_processes_never_share_an_entry(file: KeyFile) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    results: dict[int, list[int]] = {0: [], 100: []}
    workers: list[Any] = [threading.Thread(target=append_many, args=(file.path, key, results[key])) for key in results]
    workers.append(context.Process(target=append_in_process, args=(file.path, 200, queue)))
    for worker in workers:
        worker.start()
    start, found = queue.get(timeout=60)
    for worker in workers:
        worker.join()
    results[start] = found
    places = [
        place(index, key_entry(start + number)) for start in results for number, index in enumerate(results[start])
    ]
    assert sorted(entry.index for entry in places) == list(range(150))
    file.read(EntryType.CONTAINER_KEY, places)


# --- helpers ---------------------------------------------------------------------------------------------------------


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(offset)
        stream.write(bytes([byte ^ 1]))


def forbidden(name: str) -> Callable[..., None]:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError(f"{name} leaves the old bytes on the disk")

    return refuse
