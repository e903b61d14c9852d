"""What is imported from: a file, a zip archive or a folder, read in place and within bounds.

Nothing is ever extracted and no name in an archive is ever used as a path: names are only looked at, to tell layouts
apart. Links, special files, and archives inside archives are left alone (docs/EXPORT.md, what an import refuses).
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, TypeAlias

from vault.errors import FormatError, UsageError

MAX_FILES = 100_000
"""Of a folder or an archive."""
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
"""Of an archive's table of contents, which is read as a whole."""
MAX_RATIO = 100
"""How often larger the files of an archive may be than itself, all together, once they are larger than this:"""
RATIO_FROM_BYTES = 256 * 1024 * 1024
MAX_FOLDERS_DEEP = 32

_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_END = b"PK\x05\x06"
_END_64_LOCATOR = b"PK\x06\x07"
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)
_DAMAGED_TABLE = (*_DAMAGED, ValueError, struct.error)


class Readable(Protocol):
    """A stream of bytes that raises FormatError where what it reads is damaged."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


_Opener: TypeAlias = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a source. `name` is for telling files apart and for messages, never a path to write to.

    `modified` is in milliseconds since 1970 UTC, or local time where that is all that an archive tells; None where it
    tells no time.
    """

    name: str
    size: int
    modified: int | datetime | None
    _open: _Opener = field(repr=False, compare=False)

    @property
    def path(self) -> PurePosixPath:
        """The name, part by part."""
        return PurePosixPath(self.name)

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Read it from its beginning. Raises FormatError when it cannot be read."""
        try:
            stream = self._open()
        except _DAMAGED:
            raise _damaged(self.name) from None
        with stream:
            yield _Checked(stream, self.name)

    def read(self, most: int) -> bytes:
        """All of it. Raises FormatError when that is more than `most` bytes."""
        parts, left = [], most + 1
        with self.open() as stream:
            while left and (part := stream.read(min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
        if not left:
            raise FormatError(f"{self.name} is larger than {most} bytes, which is more than Inkvault reads at once.")
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Source:
    """What an import reads. `entries` has one file, or those of an archive or folder in the order of their names.

    `left_out` names what is there but is never read: links, special files.
    """

    path: Path
    is_archive: bool
    entries: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()

    def named(self, fits: Callable[[PurePosixPath], bool]) -> list[Entry]:
        """The files whose name fits. Of several the hidden ones never do, nor what a Mac puts beside each file."""
        is_one = not self.is_archive and len(self.entries) == 1
        return [entry for entry in self.entries if fits(entry.path) and (is_one or not _is_hidden(entry.path))]


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


class _Checked:
    """Turns every way in which reading can fail into one error."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGED:
            raise _damaged(self._name) from None


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """What is at `path`. Raises UsageError when nothing can be read there, FormatError when it goes beyond the bounds.

    The entries can be read until the block ends.
    """
    try:
        source = _plain(path)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.") from None
    if source is not None:
        yield source
        return
    with _archive(path) as archive:
        yield _members(path, archive)


def _plain(path: Path) -> Source | None:
    """A folder, or a file that is no archive; None for an archive whose table of contents may be read."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return _folder(path)
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is neither a file nor a folder.")
    with path.open("rb") as stream:
        if stream.read(4) not in (b"PK\x03\x04", _END):
            file = _file(path, path.name)
            if file.size == 0:
                raise FormatError(f"{path.name} is empty; choose another file.")
            return Source(path, is_archive=False, entries=(file,))
        _check_table(stream)
    return None


def _file(path: Path, name: str) -> Entry:
    facts = path.lstat()
    return Entry(name, facts.st_size, facts.st_mtime_ns // 1_000_000, lambda: _open_regular(path))


def _open_regular(path: Path) -> BinaryIO:
    """Open a file that may have been swapped for a link or a pipe since it was listed."""
    stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError
    return stream


def _folder(root: Path) -> Source:
    entries: list[Entry] = []
    left_out: list[str] = []
    for directory, folders, names in os.walk(root, followlinks=False):
        here = Path(directory)
        if len(here.relative_to(root).parts) > MAX_FOLDERS_DEEP or len(entries) + len(names) > MAX_FILES:
            raise FormatError(f"{root} has too many files or folders; import it in parts.")
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links)
        left_out += [(here / name).relative_to(root).as_posix() for name in links]
        for name in names:
            path = here / name
            shown = path.relative_to(root).as_posix()
            if stat.S_ISREG(path.lstat().st_mode):
                entries.append(_file(path, shown))
            else:
                left_out.append(shown)
    return Source(
        root,
        is_archive=False,
        entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        left_out=tuple(sorted(left_out)),
    )


# --- zip archives ----------------------------------------------------------------------------------------------------


def _check_table(stream: BinaryIO) -> None:
    """Refuse an archive whose table of contents is too large, before the library reads all of it.

    Where the end record is found is where the library finds it. An archive without one is the library's to refuse.
    """
    end = stream.seek(0, os.SEEK_END)
    start = max(0, end - 22 - 0xFFFF)
    stream.seek(start)
    tail = stream.read()
    at = len(tail) - 22 if tail[-22:-18] == _END and tail[-2:] == b"\0\0" else tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return
    size = struct.unpack_from("<I", tail, at + 12)[0]
    if at >= 20 and tail[at - 20 : at - 16] == _END_64_LOCATOR:
        stream.seek(max(0, start + at - 20 - 56))
        record = stream.read(56)
        size = max(size if size != 0xFFFFFFFF else 0, struct.unpack_from("<Q", record, 40)[0])
    if size > MAX_DIRECTORY_BYTES:
        raise FormatError("This archive lists too many files; unpack it and import its parts.")


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED_TABLE:
        raise FormatError(f"{path.name} is a damaged zip archive.") from None
    with archive:
        yield archive


def _members(path: Path, archive: zipfile.ZipFile) -> Source:
    infos = archive.infolist()
    size = path.stat().st_size
    if len(infos) > MAX_FILES:
        raise FormatError("This archive lists too many files; unpack it and import its parts.")
    if sum(info.file_size for info in infos) > max(RATIO_FROM_BYTES, MAX_RATIO * size):
        raise FormatError("This archive is packed too tightly to be unpacked safely; unpack it and import its parts.")
    places = sorted((info.header_offset, info.header_offset + 30 + info.compress_size) for info in infos)
    if any(end > start for (_, end), (start, _) in pairwise(places)):
        raise FormatError("The files of this archive overlap, as no packing program writes them.")
    entries: list[Entry] = []
    left_out: list[str] = []
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.filename.endswith("/"):  # is_dir() fails on an empty name
            continue
        if kind not in (0, stat.S_IFREG):
            left_out.append(info.filename)
        else:
            _check_packing(info)
            entries.append(_member(archive, info))
    return Source(
        path,
        is_archive=True,
        entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        left_out=tuple(sorted(left_out)),
    )


def _check_packing(info: zipfile.ZipInfo) -> None:
    """Before readers look at it: what they cannot open they take for another layout."""
    if info.flag_bits & 1:
        raise FormatError("This archive is protected by a password; unpack it first and import what it holds.")
    if info.compress_type not in _PACKINGS:
        raise FormatError(
            "This archive is packed in a way that Inkvault cannot unpack; unpack it and import what it holds, or pack "
            "that again as usual."
        )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    def opener() -> BinaryIO:
        stream: BinaryIO = archive.open(info)  # type: ignore[assignment]  # it reads bytes, which is all we use
        return stream

    try:
        modified = datetime(*info.date_time)  # noqa: DTZ001 - an archive tells no zone
    except ValueError:
        modified = None
    return Entry(info.filename, info.file_size, modified, opener)


def _damaged(name: str) -> FormatError:
    name = name or "A file without a name"
    return FormatError(f"{name} cannot be read: it is damaged or packed in a way that Inkvault does not know.")
