"""The Merkle tree of RFC 9162 §2.1 with SHA-256: which hashes a proof takes, and whether one holds.

A hash of leaves `start` to `end` (not included) is made from complete subtrees, each named by ``(level, index)``: it
covers the leaves ``index * 2**level`` up to ``(index + 1) * 2**level``. Whoever keeps the hashes of those that are
complete can append and prove with as many of them as the tree has levels.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeAlias

from vault.wire.refuse import integrity_error

Range: TypeAlias = tuple[int, int]
Subtree: TypeAlias = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over the leaves with these hashes."""
    peaks: list[bytes] = []
    for place, found in enumerate(hashes, start=1):
        joined = found
        while place % 2 == 0:
            joined, place = node_hash(peaks.pop(), joined), place // 2  # noqa: PLW2901 - counts the levels up
        peaks.append(joined)
    return join(peaks) if peaks else EMPTY_ROOT


# --- making proofs ---------------------------------------------------------------------------------------------------


def subtrees(covered: Range) -> list[Subtree]:
    """Return the complete subtrees that `covered` consists of, left to right, as few as there can be."""
    start, end = covered
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def join(hashes: Sequence[bytes]) -> bytes:
    """Hash of leaves from the hashes of their :func:`subtrees`."""
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def siblings(size: int) -> list[Subtree]:
    """Return the subtrees that a leaf appended to `size` others completes greater ones with, lowest first."""
    found: list[Subtree] = []
    while size % 2:
        found.append((len(found), size - 1))
        size //= 2
    return found


def inclusion(index: int, size: int) -> list[Range]:
    """Return whose hashes make the proof that leaf `index` is in a tree of `size` (RFC 9162 §2.1.3.1)."""
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """Return whose hashes make the proof that a tree of `size` goes on from its first `old` leaves, 1 ≤ `old` ≤ `size`.

    RFC 9162 §2.1.4.1. Empty when both are the same tree.
    """
    start, end, found = 0, size, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


# --- checking proofs -------------------------------------------------------------------------------------------------


def verify_inclusion(found: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf of hash `found` is at `index` (RFC 9162 §2.1.3.2). Raises IntegrityError."""
    if not 0 <= index < size:
        raise integrity_error()
    place, last = index, size - 1
    for hashed in proof:
        if last == 0:
            raise integrity_error()
        if place % 2 or place == last:
            found = node_hash(hashed, found)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        place, last = place >> 1, last >> 1
    if last or not hmac.compare_digest(found, root):
        raise integrity_error()


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that a tree of `size` goes on from one of `old` ≥ 1 leaves (RFC 9162 §2.1.4.2). Raises IntegrityError."""
    if old == size:
        if proof or not hmac.compare_digest(old_root, root):
            raise integrity_error()
        return
    if not 1 <= old < size or not proof:
        raise integrity_error()
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    place, last = old - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    found_old = found = hashes[0]
    for hashed in hashes[1:]:
        if last == 0:
            raise integrity_error()
        if place % 2 or place == last:
            found_old, found = node_hash(hashed, found_old), node_hash(hashed, found)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        place, last = place >> 1, last >> 1
    if last or not hmac.compare_digest(found_old, old_root) or not hmac.compare_digest(found, root):
        raise integrity_error()
