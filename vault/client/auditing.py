"""The log of a vault as its writer's client sees it: checked at each unlock, read, reported to (docs/ERASURE.md §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vault.audit import merkle
from vault.audit.checkpoint import Checkpoint, VerifierKey
from vault.audit.leaves import Event, open_leaf
from vault.client.failures import foreign_answer
from vault.client.service import Service
from vault.client.trusted_state import advance_log, older_log
from vault.core.head import KeptCheckpoint
from vault.errors import IntegrityError, ServiceError
from vault.wire import models as wire
from vault.wire.codes import ErrorCode
from vault.wire.refuse import integrity_error


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log: what happened when (Unix seconds), with what is said of it."""

    index: int
    event: Event
    time: int
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """All entries of a log, oldest first: those that `checkpoint` is over. `key` checks certificates of it."""

    entries: Sequence[LogEntry]
    checkpoint: Checkpoint
    key: VerifierKey

    @property
    def kept(self) -> KeptCheckpoint:
        """What a device keeps of it."""
        return KeptCheckpoint(self.key.key, self.checkpoint.origin, self.checkpoint.size, self.checkpoint.root)


def check_log(service: Service, pinned: KeptCheckpoint | None, sealed: KeptCheckpoint | None) -> KeptCheckpoint | None:
    """Return the checkpoint to keep from now on, None while the log is empty; `sealed` is the one in the head.

    One request. Raises HostileDataError (docs/ERASURE.md §2.4).
    """
    since, also = (0 if kept is None else kept.size for kept in (pinned, sealed))
    answer = _checkpoint(service, since, also)
    accepted = advance_log(pinned, answer.key, answer.checkpoint, answer.proof)
    again = advance_log(sealed, answer.key, answer.checkpoint, answer.also_proof)
    return accepted if again is None else again


def read_log(service: Service, kept: KeptCheckpoint | None) -> VerifiedLog:
    """Read the whole log, and check that it is the one kept, entry by entry. Raises HostileDataError."""
    since = 0 if kept is None else kept.size
    answer = _checkpoint(service, since)
    accepted = advance_log(kept, answer.key, answer.checkpoint, answer.proof)
    if accepted is None:
        raise integrity_error()  # the login that asks is in it
    key = VerifierKey(accepted.origin, accepted.key)
    found = _entries(service, accepted)
    root = merkle.root_of([merkle.leaf_hash(entry.leaf) for entry in found])
    if root != accepted.root:
        raise integrity_error()
    return VerifiedLog([_opened(entry) for entry in found], Checkpoint(accepted.origin, accepted.size, root), key)


def report(service: Service, event: Literal["export", "import"]) -> None:
    """Have the log say that this client has made an export or an import."""
    body = wire.AuditReport(event=event).model_dump_json().encode()
    service.transport.post("/audit/reports", body, None, status=204)


def _checkpoint(service: Service, since: int, also: int = 0) -> wire.AuditCheckpoint:
    """The current checkpoint. An honest log that is smaller than what was seen has no proof to give (PROTOCOL §12)."""
    try:
        return service.transport.get(f"/audit/checkpoint?since={since}&also={also}", wire.AuditCheckpoint)
    except ServiceError as error:
        if error.code == ErrorCode.BAD_REQUEST and (since or also):
            raise older_log() from None
        raise


def _entries(service: Service, until: KeptCheckpoint) -> list[wire.AuditEntry]:
    """The entries that a checkpoint is over; there may be more by now."""
    found: list[wire.AuditEntry] = []
    path = "/audit"
    while len(found) < until.size:
        page = service.transport.get(path, wire.AuditPage)
        indices = [entry.index for entry in page.entries]
        is_whole = page.next is None or (bool(indices) and page.next == indices[-1])
        if page.origin != until.origin or indices != list(range(len(found), len(found) + len(indices))) or not is_whole:
            raise foreign_answer()
        found += page.entries
        if page.next is None:
            break
        path = f"/audit?after={page.next}"
    if len(found) < until.size:
        raise IntegrityError("The service shows fewer entries of the log than it has; ask whoever runs it why.")
    return found[: until.size]


def _opened(entry: wire.AuditEntry) -> LogEntry:
    leaf, detail = open_leaf(entry.leaf, entry.salt, entry.detail.encode())
    return LogEntry(entry.index, leaf.event, leaf.time, detail)
