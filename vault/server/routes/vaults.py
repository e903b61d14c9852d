"""Making vaults (docs/PROTOCOL.md §5)."""

from flask import Blueprint

from vault.server.operations import operation
from vault.server.ratelimits import CREATE_BY_ADDRESS
from vault.server.service import API, caller_address, service
from vault.storage.refusal import Refusal, bad_request
from vault.wire.codes import ErrorCode
from vault.wire.handles import normal_form
from vault.wire.models import CommitResult, CreateVault

blueprint = Blueprint("vaults", __name__)


@operation(
    blueprint,
    "POST",
    f"{API}/vaults",
    summary="Make a vault",
    body=CreateVault,
    answer=CommitResult,
    status=201,
    needs_login=False,
    errors=(ErrorCode.SIGN_UP_CLOSED, ErrorCode.QUOTA_VAULTS, ErrorCode.HANDLE_TAKEN, ErrorCode.RATE_LIMITED),
)
def create_vault(body: CreateVault) -> CommitResult:
    """Make a vault with its slots and its root container. The same request again gives the same answer."""
    if not service().settings.sign_up:
        raise Refusal(ErrorCode.SIGN_UP_CLOSED, "This server takes no new vaults.")
    if normal_form(body.handle) != body.handle:
        raise bad_request("The name is not in its normal form.")
    address = caller_address()
    service().rates.check(CREATE_BY_ADDRESS, address)
    service().rates.count(CREATE_BY_ADDRESS, address)
    return service().store.create_vault(body)
