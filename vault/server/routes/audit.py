"""The log of a vault (docs/PROTOCOL.md §12)."""

from typing import Final

from flask import Blueprint
from pydantic import TypeAdapter

from vault.server.logins import Login
from vault.server.operations import Parameter, operation
from vault.server.ratelimits import REPORT_BY_VAULT
from vault.server.service import API, service
from vault.wire.codes import ErrorCode
from vault.wire.models import AuditCheckpoint, AuditPage, AuditReport, Count

blueprint = Blueprint("audit", __name__)

_COUNT: Final = TypeAdapter(Count)
_AFTER: Final = Parameter("after", _COUNT, "Continue behind this entry.")
_SINCE: Final = Parameter("since", _COUNT, "The size of the log when it was last seen: 0 for never.")
_ALSO: Final = Parameter("also", _COUNT, "Another size that is known.")


@operation(blueprint, "GET", f"{API}/audit", summary="The log", answer=AuditPage, parameters=(_AFTER,))
def list_audit(login: Login, after: int | None) -> AuditPage:
    """Entries of the log by rising index, with what opens them."""
    return service().store.audit_page(login, 0 if after is None else after + 1)


@operation(
    blueprint,
    "GET",
    f"{API}/audit/checkpoint",
    summary="The state of the log, signed",
    answer=AuditCheckpoint,
    parameters=(_SINCE, _ALSO),
)
def read_checkpoint(login: Login, since: int | None, also: int | None) -> AuditCheckpoint:
    """Return the current checkpoint, and the proofs that it goes on from the log as it was known."""
    return service().store.audit_checkpoint(login, since or 0, also or 0)


@operation(
    blueprint,
    "POST",
    f"{API}/audit/reports",
    summary="Report an export or an import",
    body=AuditReport,
    status=204,
    errors=(ErrorCode.RATE_LIMITED,),
    is_small=True,
)
def report(login: Login, body: AuditReport) -> None:
    """Log what the client says it has done."""
    vault_id = login.vault_id.hex()
    service().rates.check(REPORT_BY_VAULT, vault_id)
    service().rates.count(REPORT_BY_VAULT, vault_id)
    service().store.note_report(login, body.event)
