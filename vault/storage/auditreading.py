"""The log of a vault as its writer is shown it (docs/PROTOCOL.md §12)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from vault.storage.auditlog import checkpoint, consistency_proof, find_log, read_entries
from vault.storage.refusal import bad_request
from vault.wire.limits import MAX_PAGE_ITEMS
from vault.wire.models import AuditCheckpoint, AuditEntry, AuditPage


def audit_page(connection: Connection, vault_id: bytes, first: int) -> AuditPage:
    """Return entries from index `first` on, as many as fit a page."""
    log = find_log(connection, vault_id)
    found = read_entries(connection, vault_id, log, first, MAX_PAGE_ITEMS)
    entries = [
        AuditEntry(index=entry.index, leaf=entry.leaf, salt=entry.salt, detail=entry.detail.decode()) for entry in found
    ]
    is_last = not entries or entries[-1].index + 1 == log.size
    return AuditPage(origin=log.origin, size=log.size, entries=entries, next=None if is_last else entries[-1].index)


def audit_checkpoint(
    connection: Connection, vault_id: bytes, known: tuple[int, int], key: Ed25519PrivateKey
) -> AuditCheckpoint:
    """Return the state of the log, signed by `key`, with the proofs that it goes on from its first so many leaves.

    Raises the 400 when it has fewer.
    """
    log = find_log(connection, vault_id)
    if max(known) > log.size:
        raise bad_request("The log is shorter than that.")
    proof, also_proof = (consistency_proof(connection, log, size) for size in known)
    return AuditCheckpoint(
        key=key.public_key().public_bytes_raw(),
        checkpoint=checkpoint(connection, log).sign(key),
        proof=proof,
        also_proof=also_proof,
    )
