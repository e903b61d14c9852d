"""Commits (docs/PROTOCOL.md §6)."""

from flask import Blueprint

from vault.server.logins import Login
from vault.server.operations import operation
from vault.server.service import API, service
from vault.storage.slots import slot_id_of
from vault.wire.codes import ErrorCode
from vault.wire.models import Commit, CommitResult, SlotChanges

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
    changes = body.slots
    if changes is None or not changes.destroy:
        return service().store.commit(login, body)
    survivor = _prepare_survivor(login, changes)
    result = service().store.commit(login, body)
    service().logins.slots_destroyed(login.vault_id, changes.destroy, survivor)
    return result


def _prepare_survivor(login: Login, changes: SlotChanges) -> Login | None:
    """Return the login that asks if it goes on under the first slot added, because its own slot goes."""
    if not changes.add or login.slot_ids[0] not in changes.destroy:
        return None
    service().logins.replacing_slot(login, slot_id_of(changes.add[0]))
    return login
