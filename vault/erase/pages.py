"""Unused bytes in the pages of a SQLite database that are not zero.

``secure_delete`` overwrites what is deleted, but not all that is moved: when SQLite spreads the cells of b-tree pages
anew, the places where they were stay as they are, between the list of cells and the cells. What is deleted later is
then overwritten where it lies, and not where it once lay. So somebody has to look at every page of every table.
(Layout of the file: https://www.sqlite.org/fileformat2.html.)
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = b"SQLite format 3\x00"
_HEAD: Final = struct.Struct(">BHHHB")
_HEAD_BYTES: Final = {2: 12, 5: 12, 10: 8, 13: 8}
"""Types of b-tree pages with the bytes before their list of cells; interior pages have 12."""
_INTERIOR: Final = (2, 5)
_SCHEMA_PAGE: Final = 1


class PageError(Exception):
    """Not a page of an intact database: it is damaged, or being written just now."""


@dataclass(frozen=True)
class Span:
    """Bytes of a file."""

    offset: int
    size: int


class Pages:
    """The pages of the database behind an open file, whose log is empty.

    Raises PageError, as all methods do, when they are not as they should be.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        header = os.pread(descriptor, 100, 0)
        if len(header) != 100 or not header.startswith(_MAGIC):
            raise PageError("no SQLite database")
        stored: int = struct.unpack_from(">H", header, 16)[0]
        self.page_bytes = 65_536 if stored == 1 else stored
        self._usable = self.page_bytes - header[20]
        self._count, self._trunk, self._free = struct.unpack_from(">III", header, 28)
        if struct.unpack_from(">I", header, 52) != (0,):
            raise PageError("auto_vacuum is on")
        self._seen = bytearray(self._count + 1)

    def dirty(self, roots: Iterable[int]) -> Iterator[Span]:
        """Unused bytes that are not zero: of free pages, and of the trees that begin at the pages `roots`.

        The schema's own tree is left out: nothing of a writer was ever in it.
        """
        yield from self._dirty_free_pages()
        for root in roots:
            if root != _SCHEMA_PAGE:
                yield from self._dirty_tree(root)

    def _read(self, number: int, count: int = 1) -> bytes:
        """Read a page, or some in a row; each may be met once."""
        if not 1 < number <= self._count - count + 1 or any(self._seen[number : number + count]):
            raise PageError("a page is missing, or in two places")
        self._seen[number : number + count] = b"\x01" * count
        data = os.pread(self._descriptor, self.page_bytes * count, (number - 1) * self.page_bytes)
        if len(data) != self.page_bytes * count:
            raise PageError("the file is too short")
        return data

    def _span(self, number: int, page: bytes, start: int, end: int) -> Iterator[Span]:
        if not is_zero(page[start:end]):
            yield Span((number - 1) * self.page_bytes + start, end - start)

    def _dirty_free_pages(self) -> Iterator[Span]:
        trunk, found = self._trunk, 0
        while trunk:
            page = self._read(trunk)
            following, count = struct.unpack_from(">II", page)
            if count > self._usable // 4 - 2:
                raise PageError("a list of free pages is damaged")
            yield from self._span(trunk, page, 8 + 4 * count, self.page_bytes)
            for first, length in _runs(struct.unpack_from(f">{count}I", page, 8)):
                yield from self._dirty_run(first, self._read(first, length))
            found += count + 1
            trunk = following
        if found != self._free:
            raise PageError("the list of free pages is damaged")

    def _dirty_run(self, first: int, data: bytes) -> Iterator[Span]:
        if not is_zero(data):
            for start in range(0, len(data), self.page_bytes):
                page = data[start : start + self.page_bytes]
                yield from self._span(first + start // self.page_bytes, page, 0, self.page_bytes)

    def _dirty_tree(self, root: int) -> Iterator[Span]:
        waiting = [root]
        while waiting:
            number = waiting.pop()
            page = self._read(number)
            kind, first_block, cells, content, _ = _HEAD.unpack_from(page)
            list_start = _HEAD_BYTES.get(kind, 0)
            list_end, content = list_start + 2 * cells, content or 65_536
            if not list_start or not list_end <= content <= self._usable:
                raise PageError("no page of a tree")
            if kind in _INTERIOR or first_block or not is_zero(page[list_end:content]):
                pointers = struct.unpack_from(f">{cells}H", page, list_start)
                blocks = list(_free_blocks(page, first_block, content, self._usable))
                _check_cells(pointers, blocks, content, self._usable)
                yield from self._span(number, page, list_end, content)
                for start, end in blocks:
                    yield from self._span(number, page, start + 4, end)
                if kind in _INTERIOR:
                    waiting += [*(struct.unpack_from(">I", page, at)[0] for at in (8, *pointers))]


def is_zero(data: bytes) -> bool:
    """Whether there is nothing but zeros; many times as quick as looking at each byte."""
    return data == bytes(len(data))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow one another, put together: the first, and how many."""
    first = length = 0
    for number in sorted(numbers):
        if number != first + length:
            if length:
                yield first, length
            first, length = number, 0
        length += 1
    if length:
        yield first, length


def _free_blocks(page: bytes, first: int, content: int, usable: int) -> Iterator[tuple[int, int]]:
    """Where blocks of bytes between the cells are free: start and end of each."""
    at, least = first, content
    while at:
        if not least <= at <= usable - 4:
            raise PageError("a free block is out of place")
        following, size = struct.unpack_from(">HH", page, at)
        if size < 4 or at + size > usable:
            raise PageError("a free block is too large")
        yield at, at + size
        at, least = following, at + size


def _check_cells(pointers: Iterable[int], blocks: list[tuple[int, int]], content: int, usable: int) -> None:
    """Raise PageError when a cell begins where there can be none. Then nothing of this page is to be believed."""
    rising = iter([*blocks, (usable, usable)])
    start, end = next(rising)
    for pointer in sorted(pointers):
        if not content <= pointer < usable:
            raise PageError("a cell is out of place")
        while pointer >= end:
            start, end = next(rising)
        if start <= pointer:
            raise PageError("a cell is where nothing should be")
