"""Certificates of erasures: made once, checked by anybody with the verifier key alone (docs/ERASURE.md §4)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vault.audit import merkle
from vault.audit.checkpoint import Checkpoint, VerifierKey
from vault.audit.leaves import SALT_BYTES, Event, Leaf, commitment
from vault.audit.statement import Statement, check_count, check_hex, check_object
from vault.wire import canonical
from vault.wire.limits import KEY_BYTES, LEAF_BYTES, MAX_CERTIFICATE_BYTES
from vault.wire.orders import order_message
from vault.wire.refuse import format_error, integrity_error

FORMAT: Final = "inkvault-certificate/1"
_FIELDS: Final = ("format", "statement", "salt", "leaf", "proof", "checkpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate field by field. `checkpoint` is the signed note."""

    statement: Statement
    salt: bytes
    index: int
    leaf: bytes
    proof: Sequence[bytes]
    checkpoint: str

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        fields = {
            "format": FORMAT,
            "statement": self.statement.payload(),
            "salt": self.salt.hex(),
            "leaf": {"index": self.index, "data": self.leaf.hex()},
            "proof": [hashed.hex() for hashed in self.proof],
            "checkpoint": self.checkpoint,
        }
        return canonical.encode(fields) + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Certificate:
        """Undo :meth:`encode`: step 1 of ERASURE §4.2. Raises FormatError. Nothing of it is proven by that."""
        if len(data) > MAX_CERTIFICATE_BYTES or not data.endswith(b"\n"):
            raise format_error()
        fields = check_object(canonical.decode(data[:-1]), _FIELDS)
        leaf = check_object(fields["leaf"], ("index", "data"))
        if fields["format"] != FORMAT or type(fields["proof"]) is not list or type(fields["checkpoint"]) is not str:
            raise format_error()
        return cls(
            statement=Statement.parse(fields["statement"]),
            salt=check_hex(fields["salt"], SALT_BYTES),
            index=check_count(leaf["index"]),
            leaf=check_hex(leaf["data"], LEAF_BYTES),
            proof=tuple(check_hex(hashed, KEY_BYTES) for hashed in fields["proof"]),
            checkpoint=fields["checkpoint"],
        )


def verify(data: bytes, key: VerifierKey) -> tuple[Certificate, Checkpoint]:
    """Return a certificate that holds, and the checkpoint in it. Raises FormatError or IntegrityError.

    The steps are those of ERASURE §4.2.
    """
    certificate = Certificate.parse(data)
    leaf = Leaf.parse(certificate.leaf)
    _check_leaf(leaf, certificate.statement)
    _check_commitment(leaf, certificate)
    checkpoint = key.open(certificate.checkpoint)
    found = merkle.leaf_hash(certificate.leaf)
    merkle.verify_inclusion(found, certificate.index, checkpoint.size, certificate.proof, checkpoint.root)
    _check_order(certificate.statement)
    _check_sense(certificate.statement)
    return certificate, checkpoint


def _check_leaf(leaf: Leaf, statement: Statement) -> None:
    """Step 2: the leaf is one of an erasure that finished then."""
    if leaf.event is not Event.FINISHED or leaf.time != statement.finished_at:
        raise format_error()


def _check_commitment(leaf: Leaf, certificate: Certificate) -> None:
    """Step 3: the leaf is of this very statement."""
    committed = commitment(certificate.salt, canonical.encode(certificate.statement.payload()))
    if not hmac.compare_digest(committed, leaf.commitment):
        raise integrity_error()


def _check_order(statement: Statement) -> None:
    """Step 6: the key that logs in has signed the order."""
    order = statement.order
    try:
        Ed25519PublicKey.from_public_bytes(order.key).verify(order.signature, order_message(order.hash))
    except InvalidSignature:
        raise integrity_error() from None


def _check_sense(statement: Statement) -> None:
    """Step 7: the statement does not contradict itself."""
    is_searched = statement.scan is not None
    has_found = statement.scan is not None and statement.scan.found > 0
    is_sound = (
        not has_found
        and (statement.verdict == "KEYS_ONLY") == (not is_searched)
        and (statement.verdict == "VERIFIED") == (statement.reason == "")
        and statement.requested_at <= statement.finished_at
    )
    if not is_sound:
        raise format_error()
