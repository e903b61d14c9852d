"""Commits (docs/PROTOCOL.md §6)."""

from flask import Blueprint

from vault.server.logins import Login
from vault.server.operations import operation
from vault.server.service import API, service
from vault.wire.codes import ErrorCode
from vault.wire.models import Commit, CommitResult

blueprint = Blueprint("commits", __name__)


@operation(
    blueprint,
    "POST",
    f"{API}/commits",
    summary="Write a batch",
    body=Commit,
    answer=CommitResult,
    errors=(ErrorCode.STALE, ErrorCode.QUOTA_RECORDS, ErrorCode.QUOTA_BYTES),
)
def commit(login: Login, body: Commit) -> CommitResult:
    """All or nothing, and durable when answered. The same request again gives the same answer."""
    store = service().store
    if body.slots is None or not body.slots.destroy:
        return store.commit(login, body).result
    with login.replacing:
        outcome = store.commit(login, body)
        login.slot_id = outcome.slot_id
    if outcome.is_applied:
        service().logins.slots_destroyed(login.vault_id, body.slots.destroy)
    store.finish_destructions(login.vault_id)
    return outcome.result
