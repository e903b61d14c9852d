"""A log kept in memory, by RFC 9162 word for word, and certificates from it: what the product's must agree with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault.audit.certificate import Certificate
from vault.audit.checkpoint import Checkpoint, VerifierKey, log_origin
from vault.audit.leaves import Event, make_leaf
from vault.audit.statement import Scan, SignedOrder, Statement
from vault.core.head import KeptCheckpoint
from vault.wire.orders import order_message

LOG_ID = bytes(range(16))
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
LOGIN_KEY = Ed25519PrivateKey.from_private_bytes(b"\x22" * 32)
SALT = b"\x33" * 32
ORDER = b"\x44" * 32
STATEMENT = Statement(
    scope="part",
    containers=2,
    records=9,
    rekeyed=1,
    resealed=4,
    bytes=12_345,
    requested_at=1_800_000_000,
    finished_at=1_800_000_007,
    keys=3,
    file_system="ext4",
    options="data=ordered",
    scan=Scan(samples=40, found=0, files=12, bytes=9_876_543),
    verdict="VERIFIED",
    reason="",
    order=SignedOrder(ORDER, LOGIN_KEY.public_key().public_bytes_raw(), LOGIN_KEY.sign(order_message(ORDER))),
    service="inkvault 0.1.0",
)


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, is_whole: bool = True) -> list[bytes]:
    """RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if is_whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], is_whole=is_whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], is_whole=False), mth(leaves[:k])]


def largest_power_below(n: int) -> int:
    """The k of RFC 9162: a power of two with k < n ≤ 2k."""
    return 1 << ((n - 1).bit_length() - 1)


class TreeLog:
    """Leaves and the key that signs for them."""

    def __init__(
        self, leaves: Iterable[bytes] = (), key: Ed25519PrivateKey = LOG_KEY, origin: str = log_origin(LOG_ID)
    ) -> None:
        self.leaves = list(leaves)
        self.key = key
        self.origin = origin

    @property
    def public(self) -> VerifierKey:
        return VerifierKey(self.origin, self.key.public_key().public_bytes_raw())

    def state(self, size: int | None = None) -> Checkpoint:
        leaves = self.leaves[:size]
        return Checkpoint(self.origin, len(leaves), mth(leaves))

    def note(self, size: int | None = None) -> str:
        return self.state(size).sign(self.key)

    def kept(self, size: int | None = None) -> KeptCheckpoint:
        state = self.state(size)
        return KeptCheckpoint(self.public.key, self.origin, state.size, state.root)

    def inclusion(self, index: int) -> list[bytes]:
        return path(index, self.leaves)

    def consistency(self, old: int) -> list[bytes]:
        return subproof(old, self.leaves) if old else []

    def certify(self, statement: Statement = STATEMENT, *, event: Event = Event.FINISHED) -> Certificate:
        """Append the leaf of a statement, with what else it takes to prove it."""
        leaf, _ = make_leaf(event, statement.finished_at, SALT, statement.payload())
        self.leaves.append(leaf.encode())
        return self.proven(
            Certificate(
                statement=statement, salt=SALT, index=len(self.leaves) - 1, leaf=leaf.encode(), proof=(), checkpoint=""
            )
        )

    def proven(self, certificate: Certificate) -> Certificate:
        """The same with a proof and a checkpoint of the log as it is now."""
        return replace(certificate, proof=tuple(self.inclusion(certificate.index)), checkpoint=self.note())


def some_leaves(count: int, mark: bytes = b"") -> list[bytes]:
    """Different leaves that say nothing."""
    return [(b"\x01\x02" + number.to_bytes(8) + mark).ljust(42, b"\xaa") for number in range(count)]
