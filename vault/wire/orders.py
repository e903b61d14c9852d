"""The bytes of an order to erase, which the client signs and the service checks (docs/ERASURE.md §3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from vault.errors import FormatError
from vault.wire.limits import ID_BYTES, MAX_SAFE_INTEGER, MAX_SCOPE_ITEMS

NO_HEAD = bytes(32)
"""In the place of the hash of a head, when the whole vault goes."""


def scope_bytes(
    containers: Sequence[bytes], records: Sequence[tuple[bytes, Sequence[bytes]]], *, whole: bool = False
) -> bytes:
    """What an erasure takes away: `containers` altogether, and `records` of others. `whole`: the vault, and no lists.

    Raises FormatError for ids that do not rise strictly, a container in both lists, or more than a scope may name.
    """
    in_part = [container_id for container_id, _ in records]
    if whole and (containers or records):
        raise _refused()
    for ids in (containers, in_part, *(found for _, found in records)):
        _check(ids)
    if not set(containers).isdisjoint(in_part) or sum(len(found) for _, found in records) > MAX_SCOPE_ITEMS:
        raise _refused()
    parts = [bytes([whole]), len(containers).to_bytes(4), *containers, len(records).to_bytes(4)]
    for container_id, found in records:
        parts += [container_id, len(found).to_bytes(4), *found]
    return b"".join(parts)


def order_hash(  # noqa: PLR0917 - the fields of ERASURE §3 in their order
    origin: str, vault_id: bytes, slot_id: bytes, erasure_id: bytes, expected_seq: int, scope: bytes, head_hash: bytes
) -> bytes:
    """SHA-256 of an order, 32 bytes. `scope` is that of :func:`scope_bytes`, `origin` ASCII of at most 65,535 bytes.

    Raises FormatError for values that no order can have.
    """
    if (
        not origin.isascii()
        or len(origin) > 0xFFFF
        or not len(vault_id) == len(slot_id) == len(erasure_id) == ID_BYTES
        or not 0 <= expected_seq <= MAX_SAFE_INTEGER
        or len(head_hash) != len(NO_HEAD)
    ):
        raise _refused()
    name = origin.encode("ascii")
    message = [b"inkvault/v1/erasure", len(name).to_bytes(2), name, vault_id, slot_id, erasure_id]
    message += [expected_seq.to_bytes(8), hashlib.sha256(scope).digest(), head_hash]
    return hashlib.sha256(b"".join(message)).digest()


def order_message(order_hash: bytes) -> bytes:
    """What the login key signs."""
    return b"inkvault/v1/erasure-order" + order_hash


def _check(ids: Sequence[bytes]) -> None:
    if len(ids) > MAX_SCOPE_ITEMS or any(len(each) != ID_BYTES for each in ids):
        raise _refused()
    if any(first >= second for first, second in pairwise(ids)):
        raise _refused()


def _refused() -> FormatError:
    return FormatError("This is no order to erase; nothing was erased.")
