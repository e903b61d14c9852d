"""What an erasure takes away, and the order for it, as the writer's client signs it (docs/ERASURE.md §3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vault.wire import orders


@dataclass(frozen=True, slots=True)
class Scope:
    """What goes: the `whole` vault, or `containers` altogether and `records` of others. All ids rise strictly.

    Making one raises FormatError for what no scope can be. Of a container in `records` without ids nothing goes but
    what its records say less of afterwards.
    """

    containers: tuple[bytes, ...] = ()
    records: tuple[tuple[bytes, tuple[bytes, ...]], ...] = ()
    whole: bool = False

    def __post_init__(self) -> None:
        self.encode()

    @classmethod
    def of(cls, containers: Iterable[bytes], records: Mapping[bytes, Iterable[bytes]]) -> Scope:
        """The scope of these containers and records, in whatever order they come; records of `containers` are dropped.

        Raises FormatError when there are more than a scope may name.
        """
        whole = set(containers)
        in_part = {each: tuple(sorted(set(found))) for each, found in records.items() if each not in whole}
        return cls(tuple(sorted(whole)), tuple(sorted(in_part.items())))

    def encode(self) -> bytes:
        """The bytes that the order hashes."""
        return orders.scope_bytes(self.containers, self.records, whole=self.whole)

    def hash(self) -> bytes:
        """SHA-256 of :meth:`encode`."""
        return hashlib.sha256(self.encode()).digest()


@dataclass(frozen=True, slots=True)
class Order:
    """An order to erase. `head_hash` is that of the head which comes with it, None when the whole vault goes."""

    origin: str
    vault_id: bytes
    slot_id: bytes
    erasure_id: bytes
    expected_seq: int
    scope: Scope
    head_hash: bytes | None

    def hash(self) -> bytes:
        """What :meth:`vault.core.keyslot.SlotKeys.sign_order` signs. Raises FormatError."""
        head_hash = orders.NO_HEAD if self.head_hash is None else self.head_hash
        return orders.order_hash(
            self.origin,
            self.vault_id,
            self.slot_id,
            self.erasure_id,
            self.expected_seq,
            self.scope.encode(),
            head_hash,
        )
