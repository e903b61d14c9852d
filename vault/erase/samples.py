"""Samples of what is erased: short pieces of its ciphertext, by which a search tells afterwards that it is gone.

Nearly all begin with one of two bytes, so that a search has few places to look at (vault/erase/scan.py). Until it is
made they are kept masked: else the search would find them where they are kept.
"""

from __future__ import annotations

import os
import random
import re
from typing import Final

SAMPLE_BYTES: Final = 16
ANCHORS: Final = b"\x5a\xa7"
MOST: Final = 4_096
_ONE_IN: Final = 64 * 1024
_ANCHORED: Final = re.compile(b"[" + re.escape(ANCHORS) + b"]")
_CHANCE: Final = random.SystemRandom()


class Samples:
    """Samples of what it is shown."""

    def __init__(self) -> None:
        self._samples: list[bytes] = []
        self._first = b""

    @property
    def is_full(self) -> bool:
        """Whether there are enough."""
        return len(self._samples) >= MOST

    def add(self, data: bytes) -> None:
        """Take a sample of each 64 KiB of `data`, at places that nobody can foresee."""
        self._first = self._first or data
        for start in range(0, len(data), _ONE_IN):
            sample = _pick(data, start, min(start + _ONE_IN, len(data)))
            if sample and not self.is_full:
                self._samples.append(sample)

    def masked(self) -> tuple[bytes, bytes]:
        """Return the samples XOR random bytes, and those bytes."""
        found = b"".join(self._samples) or self._first[:SAMPLE_BYTES]
        pad = os.urandom(len(found))
        return _xor(found, pad), pad


def unmask(masked: bytes, pad: bytes) -> list[bytes]:
    """Return the samples."""
    found = _xor(masked, pad)
    return [found[start : start + SAMPLE_BYTES] for start in range(0, len(found), SAMPLE_BYTES)]


def _pick(data: bytes, start: int, end: int) -> bytes:
    """Return a sample of these bytes that begins with an anchor: the first from a random place on, or one before."""
    last = end - SAMPLE_BYTES
    if last < start:
        return b""
    middle = _CHANCE.randint(start, last)
    found = _ANCHORED.search(data, middle, last + 1) or _ANCHORED.search(data, start, middle)
    return data[found.start() : found.start() + SAMPLE_BYTES] if found else b""


def _xor(data: bytes, pad: bytes) -> bytes:
    return (int.from_bytes(data) ^ int.from_bytes(pad)).to_bytes(len(data))
