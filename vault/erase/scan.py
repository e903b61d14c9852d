"""Searching all files of a data directory for samples of what was erased.

``scan`` runs this module as a program (vault/erase/children.py). All samples are looked for in one pass: at each byte
with which one of them begins, the bytes that follow are looked up in a set. So it is quick as long as the samples begin
with few different bytes (vault/erase/samples.py sees to that), however many they are.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vault.erase.children import ChildError, answer, ask_child, read_question

REPAIRS: Final = "lost+found"
_CHUNK: Final = 1 << 20


class ScanError(ChildError):
    """The search could not be made: nobody knows whether something is left."""


@dataclass(frozen=True)
class Found:
    """What a search has found, as a certificate has it (docs/ERASURE.md §4.1)."""

    samples: int
    found: int
    files: int
    bytes: int


def scan(directory: Path, samples: Sequence[bytes]) -> Found:
    """Search every file in `directory` and below it for `samples`, which are all of one length. Raises ScanError."""
    question = {"directory": str(directory), "samples": [sample.hex() for sample in samples]}
    try:
        said = ask_child(__name__, question)
        if "problem" not in said:
            return Found(len(samples), said["found"], said["files"], said["bytes"])
    except (ChildError, KeyError) as error:
        raise ScanError("The files could not be searched for what was erased.") from error
    raise ScanError(f"The files could not be searched for what was erased: {said['problem']}.")


class Search:
    """A search for samples, all of one length of at least 2 bytes."""

    def __init__(self, samples: Sequence[bytes]) -> None:
        sizes = {len(sample) for sample in samples}
        if len(sizes) > 1 or min(sizes, default=2) < 2:
            raise ValueError("samples of different lengths")
        self._overlap = max(sizes, default=1) - 1
        self._rests: dict[bytes, set[bytes]] = {}
        for sample in samples:
            self._rests.setdefault(sample[:1], set()).add(sample[1:])
        # The look-ahead lets what follows be looked at without being used up: a sample may begin within another.
        self._patterns = {
            first: re.compile(re.escape(first) + rb"(?=(.{%d}))" % self._overlap, re.DOTALL) for first in self._rests
        }
        self.found = self.files = self.bytes = 0

    def finds_all(self) -> bool:
        """Whether it finds each of its samples where they certainly are; to be asked first."""
        whole = [first + rest for first, rests in self._rests.items() for rest in rests]
        self._count(b"".join(whole))
        found, self.found = self.found, 0
        return found >= len(whole)

    def file(self, path: Path) -> None:
        """Search one file, a part at a time. Raises OSError; a link, or a file that is gone by now, holds nothing."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                return
            raise
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return
            self.files += 1
            tail = b""
            while part := stream.read(_CHUNK):
                self.bytes += len(part)
                data = tail + part
                self._count(data)
                tail = data[max(len(data) - self._overlap, 0) :]

    def _count(self, data: bytes) -> None:
        for first, pattern in self._patterns.items():
            rests = self._rests[first]
            candidates = pattern.findall(data)
            if not rests.isdisjoint(candidates):
                self.found += sum(candidate in rests for candidate in candidates)


def files_below(directory: Path) -> Iterator[Path]:
    """All files in a directory and below it. Links are not followed. Raises OSError.

    The folder that ext4 keeps for its own repairs may be closed to us, at the root of a disk of its own.
    """

    def fail(error: OSError) -> None:
        is_repairs = isinstance(error, PermissionError) and Path(str(error.filename)).name == REPAIRS
        if not is_repairs and not isinstance(error, FileNotFoundError):
            raise error

    for folder, _, names in os.walk(directory, onerror=fail):
        yield from (Path(folder, name) for name in names)


def main() -> None:
    """Answer a question of ``scan``."""
    question = read_question()
    try:
        search = Search([bytes.fromhex(sample) for sample in question["samples"]])
        if not search.finds_all():
            raise OSError(errno.EINVAL, "it finds nothing")
        for path in files_below(Path(question["directory"])):
            search.file(path)
        if not search.bytes:
            raise OSError(errno.ENOENT, "there are no files")
    except OSError as error:
        answer({"problem": error.strerror})
    else:
        answer({"found": search.found, "files": search.files, "bytes": search.bytes})


if __name__ == "__main__":
    main()
