"""The key file of a vault: slots and wrapped container keys, overwritten in place (docs/PROTOCOL.md §8.1).

Why a file of its own: what is overwritten here is gone also from every backup of the database. So the file is never
truncated, renamed or rewritten, which would leave old blocks behind (Reardon et al., *SoK: Secure Data Deletion*,
2013): an entry is written once with ``O_DSYNC``, and destroyed by overwriting it where it lies.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from vault.errors import StorageError
from vault.storage.directory import check_private
from vault.wire.limits import KEY_BYTES, SLOT_BYTES, WRAPPED_KEY_BYTES

PAGE_BYTES: Final = 4096
ENTRY_BYTES: Final = 256
MAGIC: Final = b"inkvault-keys\x00"
VERSION: Final = 1
DESTROYED: Final = b"\xff" * ENTRY_BYTES
_HEAD: Final = struct.Struct(">B3x16sI")
_CRC_OFFSET: Final = ENTRY_BYTES - 4
_SCAN_BYTES: Final = 256 * PAGE_BYTES
_O_DIRECT: Final[int] = getattr(os, "O_DIRECT", 0)


class EntryType(IntEnum):
    """What an entry holds."""

    SLOT = 1
    CONTAINER_KEY = 2


_PAYLOAD_BYTES: Final = {EntryType.SLOT: SLOT_BYTES + KEY_BYTES, EntryType.CONTAINER_KEY: WRAPPED_KEY_BYTES}


class EntryDestroyedError(StorageError):
    """The entry has been destroyed: whoever looked it up read the database before that."""


class KeyFileMissingError(StorageError):
    """There is no key file: its vault was erased, or the database came without it."""


@dataclass(frozen=True)
class Entry:
    """One entry before it is written. ``payload`` is slot ‖ login key, or a wrapped container key."""

    type: EntryType
    id: bytes
    epoch: int
    payload: bytes

    def pack(self) -> bytes:
        """Return the 256 bytes of the entry."""
        body = (_HEAD.pack(self.type, self.id, self.epoch) + self.payload).ljust(_CRC_OFFSET, b"\x00")
        return body + zlib.crc32(body).to_bytes(4, "big")


@dataclass(frozen=True)
class EntryRef:
    """Where an entry is, and whose it must be."""

    index: int
    id: bytes


class KeyFile:
    """The key file at `path`. Opened for each use, so that every process and thread takes the lock of its own."""

    def __init__(self, path: Path, vault_id: bytes) -> None:
        self.path = path
        self._header = (MAGIC + struct.pack(">H", VERSION) + vault_id).ljust(PAGE_BYTES, b"\x00")

    def create(self) -> None:
        """Make the file with its header page; one that a killed attempt left behind is completed."""
        with self._opened(os.O_RDWR | os.O_DSYNC | os.O_CREAT, is_new=True) as descriptor:
            if os.fstat(descriptor).st_size < PAGE_BYTES:
                _write(descriptor, self._header, 0)
            self._check_header(descriptor)
        _sync_directory(self.path.parent)

    def append(self, entries: Sequence[Entry]) -> int:
        """Write entries one after the other, durably, with one sync; the index of the first.

        Raises StorageError when they cannot be written; some may have been (vault/storage/destructions.py).
        """
        with self._opened(os.O_RDWR | os.O_DSYNC) as descriptor:
            size = os.fstat(descriptor).st_size
            first = _first_unused(descriptor, size)
            start = _offset(first)
            data = b"".join(entry.pack() for entry in entries)
            end = start + len(data)
            if end > size:
                data += bytes(-end % PAGE_BYTES)
            _write(descriptor, data, start)
            return first

    def end(self) -> int:
        """Return the index that the next entry will have at least."""
        with self._opened(os.O_RDONLY) as descriptor:
            return _first_unused(descriptor, os.fstat(descriptor).st_size)

    def read(self, kind: EntryType, refs: Sequence[EntryRef]) -> list[bytes]:
        """Payloads of the entries at `refs`, in that order.

        Raises EntryDestroyedError for one that has been destroyed, StorageError for one that is damaged or not the
        one expected.
        """
        if not refs:
            return []
        with self._opened(os.O_RDONLY) as descriptor:
            return [_payload(raw, kind, ref.id) for raw, ref in _read_entries(descriptor, refs)]

    def find(self, kind: EntryType, ids: Collection[bytes], first: int) -> list[EntryRef]:
        """Return where entries of that kind with these ids are, damaged ones included, from index `first` on."""
        with self._opened(os.O_RDONLY) as descriptor:
            return list(_find(descriptor, kind, ids, first))

    def destroy(self, refs: Sequence[EntryRef]) -> None:
        """Overwrite entries in place, sync, and read them back from the disk. Doing it again is harmless.

        Raises StorageError when an entry is another one than expected, or when it can be read afterwards.
        """
        if not refs:
            return
        with self._opened(os.O_RDWR) as descriptor:
            for ref in refs:
                _check_destroyable(os.pread(descriptor, ENTRY_BYTES, _offset(ref.index)), ref)
            for ref in refs:
                _write(descriptor, DESTROYED, _offset(ref.index))
            os.fsync(descriptor)
            self._check_overwritten([_offset(ref.index) for ref in refs])

    def destroy_all(self) -> None:
        """Overwrite every byte in place, sync, and read it back from the disk. Doing it again is harmless.

        The header goes last: until then whoever reads finds entries that were destroyed. Raises StorageError.
        """
        with self._opened(os.O_RDWR, is_new=True) as descriptor:
            size = max(PAGE_BYTES, -(-os.fstat(descriptor).st_size // PAGE_BYTES) * PAGE_BYTES)
            for start in range(PAGE_BYTES, size, _SCAN_BYTES):
                _write(descriptor, b"\xff" * min(_SCAN_BYTES, size - start), start)
            _write(descriptor, b"\xff" * PAGE_BYTES, 0)
            os.fsync(descriptor)
            self._check_overwritten(range(0, size, ENTRY_BYTES))

    def remove(self) -> None:
        """Take the file away, after ``destroy_all``. Doing it again is harmless. Raises StorageError."""
        try:
            self.path.unlink(missing_ok=True)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise StorageError(f"A key file cannot be taken away: {error.strerror}.") from error

    def _check_overwritten(self, offsets: Collection[int]) -> None:
        """Raise StorageError unless the disk has these entries overwritten: read past the page cache if it can be."""
        try:
            are_overwritten = _read_back(self.path, offsets, _O_DIRECT)
        except OSError:
            are_overwritten = _read_back(self.path, offsets, 0)
        if not are_overwritten:
            raise StorageError("A destroyed key could still be read: the disk does not keep what is written.")

    def _check_header(self, descriptor: int) -> None:
        header = os.pread(descriptor, PAGE_BYTES, 0)
        if header == b"\xff" * PAGE_BYTES:
            raise EntryDestroyedError("All keys of a vault have been destroyed.")
        if header != self._header:
            raise StorageError("A key file is damaged or not this vault's: restore it.")

    @contextmanager
    def _opened(self, flags: int, *, is_new: bool = False) -> Iterator[int]:
        """Hold a locked descriptor: shared for reading, exclusive for writing, across threads and processes."""
        try:
            descriptor = os.open(self.path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                check_private(os.fstat(descriptor), self.path)
                fcntl.flock(descriptor, fcntl.LOCK_EX if flags & os.O_RDWR else fcntl.LOCK_SH)
                if not is_new:
                    self._check_header(descriptor)
                yield descriptor
            finally:
                os.close(descriptor)
        except FileNotFoundError as error:
            raise KeyFileMissingError("The key file of a vault is missing: restore it.") from error
        except OSError as error:
            raise StorageError(f"A key file cannot be used: {error.strerror}.") from error


def _write(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of `data`. Raises OSError."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view = view[written:]
        offset += written


def _offset(index: int) -> int:
    return PAGE_BYTES + index * ENTRY_BYTES


def _find(descriptor: int, kind: EntryType, ids: Collection[bytes], first: int) -> Iterator[EntryRef]:
    size = os.fstat(descriptor).st_size
    for start in range(_offset(first), size, _SCAN_BYTES):
        data = os.pread(descriptor, _SCAN_BYTES, start)
        for offset in range(0, len(data) - ENTRY_BYTES + 1, ENTRY_BYTES):
            found_id = data[offset + 4 : offset + 20]
            if data[offset] == kind and found_id in ids:
                yield EntryRef((start - PAGE_BYTES + offset) // ENTRY_BYTES, found_id)


def _check_destroyable(current: bytes, ref: EntryRef) -> None:
    """A damaged entry is overwritten too: it may hold half of what must go."""
    if len(current) < ENTRY_BYTES or (_is_intact(current) and _HEAD.unpack_from(current)[1] != ref.id):
        raise StorageError("A key file does not fit its database: restore both from the same moment.")


def _first_unused(descriptor: int, size: int) -> int:
    """Index behind the last entry that was ever written, be it used, destroyed or half-written."""
    for start in range((size - 1) // PAGE_BYTES * PAGE_BYTES, 0, -PAGE_BYTES):
        used = len(os.pread(descriptor, PAGE_BYTES, start).rstrip(b"\x00"))
        if used:
            return (start - PAGE_BYTES + used + ENTRY_BYTES - 1) // ENTRY_BYTES
    return 0


def _read_entries(descriptor: int, refs: Sequence[EntryRef]) -> Iterator[tuple[bytes, EntryRef]]:
    first = min(ref.index for ref in refs)
    count = max(ref.index for ref in refs) - first + 1
    if count > 8 * len(refs) + 8:
        for ref in refs:
            yield os.pread(descriptor, ENTRY_BYTES, _offset(ref.index)), ref
        return
    data = os.pread(descriptor, count * ENTRY_BYTES, _offset(first))
    for ref in refs:
        start = (ref.index - first) * ENTRY_BYTES
        yield data[start : start + ENTRY_BYTES], ref


def _is_intact(raw: bytes) -> bool:
    return len(raw) == ENTRY_BYTES and zlib.crc32(raw[:_CRC_OFFSET]) == int.from_bytes(raw[_CRC_OFFSET:], "big")


def _payload(raw: bytes, kind: EntryType, expected_id: bytes) -> bytes:
    if raw == DESTROYED:
        raise EntryDestroyedError("A key has been destroyed.")
    found_kind, found_id, _ = _HEAD.unpack_from(raw) if _is_intact(raw) else (0, b"", 0)
    if found_kind != kind or found_id != expected_id:
        raise StorageError("A key file is damaged, or older than its database: restore it.")
    return raw[_HEAD.size : _HEAD.size + _PAYLOAD_BYTES[kind]]


def _read_back(path: Path, offsets: Collection[int], direct: int) -> bool:
    """Whether all entries at `offsets` are overwritten. Each page is read once; with `direct` past the page cache."""
    by_page: dict[int, list[int]] = {}
    for offset in offsets:
        by_page.setdefault(offset // PAGE_BYTES, []).append(offset)
    buffer = mmap.mmap(-1, _SCAN_BYTES)  # aligned, as O_DIRECT demands
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | direct)
    try:
        for first, count in _runs(sorted(by_page), _SCAN_BYTES // PAGE_BYTES):
            start, size = first * PAGE_BYTES, count * PAGE_BYTES
            if not direct and hasattr(os, "posix_fadvise"):
                os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_DONTNEED)
            if os.preadv(descriptor, [memoryview(buffer)[:size]], start) != size:
                raise StorageError("A key file is shorter than it was: restore it.")
            wanted = (offset - start for page in range(first, first + count) for offset in by_page[page])
            if any(buffer[place : place + ENTRY_BYTES] != DESTROYED for place in wanted):
                return False
    finally:
        os.close(descriptor)
    return True


def _runs(pages: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield runs of neighbouring pages as first and count, of at most so many. `pages` rise."""
    first = count = 0
    for page in pages:
        if count and page == first + count and count < most:
            count += 1
            continue
        if count:
            yield first, count
        first, count = page, 1
    if count:
        yield first, count


def _sync_directory(path: Path) -> None:
    """Make what was made or removed in a directory durable. Raises OSError."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
