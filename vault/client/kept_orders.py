"""What a device keeps of an order before it is sent, so that its certificate can be held to it whenever it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.audit import certificate as certificates
from vault.audit.certificate import Certificate
from vault.audit.checkpoint import Checkpoint, VerifierKey
from vault.audit.statement import Statement
from vault.core.fields import Fields
from vault.core.head import KeptCheckpoint
from vault.core.refuse import format_error, integrity_error
from vault.wire import models as wire
from vault.wire.limits import ID_BYTES, KEY_BYTES

Counts = tuple[int, int, int, int, int]
"""Containers, records, rekeyed, resealed, bytes: as the writer was shown them."""


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as it was signed; no secret. `log` is the checkpoint of the log that was accepted before it."""

    vault_id: bytes
    erasure_id: bytes
    hash: bytes
    login_key: bytes
    whole: bool
    counts: Counts
    log: KeptCheckpoint

    def check(self, data: bytes) -> tuple[Certificate, Checkpoint]:
        """Open the bytes of a certificate. Raises HostileDataError when it does not hold or is not of this order.

        That the log goes on from :attr:`log` is not shown by it: only that the entry came after that, under the same
        key and name (docs/ERASURE.md §4.2).
        """
        found, checkpoint = certificates.verify(data, VerifierKey(self.log.origin, self.log.key))
        stated = found.statement
        if (
            (stated.order.hash, stated.order.key) != (self.hash, self.login_key)
            or stated.scope != ("vault" if self.whole else "part")
            or counts_of(stated) != self.counts
            or found.index < self.log.size
        ):
            raise integrity_error()
        return found, checkpoint

    def payload(self) -> dict[str, Any]:
        """Return what is kept on the device."""
        return {
            "vault_id": self.vault_id.hex(),
            "erasure_id": self.erasure_id.hex(),
            "hash": self.hash.hex(),
            "login_key": self.login_key.hex(),
            "whole": self.whole,
            "counts": list(self.counts),
            "audit": self.log.payload(),
        }

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> KeptOrder:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(dict(payload))
        whole, counts = payload.get("whole"), payload.get("counts")
        if type(whole) is not bool or type(counts) is not list or [type(each) for each in counts] != [int] * 5:
            raise format_error()
        containers, records, rekeyed, resealed, size = counts
        return cls(
            vault_id=fields.binary("vault_id", ID_BYTES),
            erasure_id=fields.binary("erasure_id", ID_BYTES),
            hash=fields.binary("hash", KEY_BYTES),
            login_key=fields.binary("login_key", KEY_BYTES),
            whole=whole,
            counts=(containers, records, rekeyed, resealed, size),
            log=KeptCheckpoint.parse(payload.get("audit")),
        )


def counts_of(of: wire.Erasure | Statement) -> Counts:
    """How much an erasure takes, as the service or a certificate says."""
    return of.containers, of.records, of.rekeyed, of.resealed, of.bytes
