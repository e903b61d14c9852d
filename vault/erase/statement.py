"""What is stated of an erasure that is done (docs/ERASURE.md §4.1)."""

from __future__ import annotations

from dataclasses import asdict

import vault
from vault.audit.statement import Scan, SignedOrder, Statement
from vault.erase.filesystem import FileSystem
from vault.erase.scan import Found
from vault.storage.plans import ErasureRow


def make_statement(row: ErasureRow, file_system: FileSystem, found: Found | None, now: int) -> Statement:
    """Return the statement of an erasure whose search found nothing; `found` is None where nothing was searched."""
    if row.requested_at is None or row.order_hash is None or row.order_key is None or row.signature is None:
        raise ValueError("an erasure that was not ordered")
    verdict, reason = _verdict(file_system, found)
    return Statement(
        scope="vault" if row.is_whole else "part",
        **asdict(row.counts),
        requested_at=row.requested_at,
        finished_at=now,
        keys=row.keys,
        file_system=file_system.type,
        options=file_system.options,
        scan=None if found is None else Scan(**asdict(found)),
        verdict=verdict,
        reason=reason,
        order=SignedOrder(row.order_hash, row.order_key, row.signature),
        service=f"inkvault {vault.__version__}",
    )


def _verdict(file_system: FileSystem, found: Found | None) -> tuple[str, str]:
    if found is None:
        return "KEYS_ONLY", "database_server"
    return ("LIMITED", file_system.reason) if file_system.reason else ("VERIFIED", "")
