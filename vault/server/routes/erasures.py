"""Erasing: plan, stage, confirm, and how far it is (docs/PROTOCOL.md §11)."""

from typing import Final

from flask import Blueprint
from pydantic import TypeAdapter

from vault.server.logins import Login
from vault.server.operations import Parameter, operation
from vault.server.service import API
from vault.storage.refusal import not_found
from vault.wire.codes import ErrorCode
from vault.wire.models import CertificateFile, ConfirmErasure, Erasure, Id, NewErasure, RecordId, StagedRecords

blueprint = Blueprint("erasures", __name__)

_ERASURE: Final = Parameter("erasure_id", TypeAdapter(RecordId), "The erasure.", is_required=True, in_path=True)
_VAULT: Final = Parameter("vault_id", TypeAdapter(Id), "The vault it is, or was, of.", is_required=True)


@operation(
    blueprint,
    "POST",
    f"{API}/erasures",
    summary="Plan an erasure",
    body=NewErasure,
    answer=Erasure,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.STALE),
)
def plan_erasure(login: Login, body: NewErasure) -> Erasure:
    """Freeze a scope and count what it holds. Takes the place of a plan that was not confirmed."""
    del login, body
    raise not_found()


@operation(
    blueprint,
    "POST",
    f"{API}/erasures/<erasure_id>/records",
    summary="Stage what stays",
    body=StagedRecords,
    status=204,
    parameters=(_ERASURE,),
    errors=(ErrorCode.NOT_FOUND, ErrorCode.STALE),
)
def stage_records(login: Login, erasure_id: bytes, body: StagedRecords) -> None:
    """Keep records of containers that get a new key, sealed under it, until the order comes."""
    del login, erasure_id, body
    raise not_found()


@operation(
    blueprint,
    "POST",
    f"{API}/erasures/<erasure_id>/confirm",
    summary="Order an erasure",
    body=ConfirmErasure,
    answer=Erasure,
    parameters=(_ERASURE,),
    errors=(ErrorCode.NOT_FOUND, ErrorCode.STALE, ErrorCode.QUOTA_BYTES, ErrorCode.RATE_LIMITED),
)
def confirm_erasure(login: Login, erasure_id: bytes, body: ConfirmErasure) -> Erasure:
    """Carry out the order, if it is signed and fits its plan. The same again gives the state it is in by then."""
    del login, erasure_id, body
    raise not_found()


@operation(
    blueprint,
    "GET",
    f"{API}/erasures/<erasure_id>",
    summary="How far an erasure is",
    answer=Erasure,
    needs_login=False,
    parameters=(_ERASURE, _VAULT),
    errors=(ErrorCode.NOT_FOUND,),
)
def read_erasure(erasure_id: bytes, vault_id: bytes) -> Erasure:
    """Answer whoever knows its id: an erasure of the whole vault ends all logins."""
    del erasure_id, vault_id
    raise not_found()


@operation(
    blueprint,
    "GET",
    f"{API}/erasures/<erasure_id>/certificate",
    summary="The certificate of an erasure",
    answer=CertificateFile,
    needs_login=False,
    parameters=(_ERASURE, _VAULT),
    errors=(ErrorCode.NOT_FOUND,),
)
def read_certificate(erasure_id: bytes, vault_id: bytes) -> CertificateFile:
    """Return the certificate once the erasure is done."""
    del erasure_id, vault_id
    raise not_found()
