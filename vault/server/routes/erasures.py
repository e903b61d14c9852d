"""Erasing: plan, stage, confirm, and how far it is (docs/PROTOCOL.md §11)."""

import hashlib
from typing import Final

from flask import Blueprint
from pydantic import TypeAdapter

from vault.server.logins import Login
from vault.server.operations import Parameter, operation
from vault.server.service import API, caller_address, service
from vault.storage.orders import SignedOrder
from vault.storage.plans import ErasureRow
from vault.wire.codes import ErrorCode
from vault.wire.models import CertificateFile, ConfirmErasure, Erasure, Id, NewErasure, RecordId, StagedRecords
from vault.wire.orders import NO_HEAD, order_hash

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
    return service().store.erasures.plan(login, body).model()


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
    service().store.erasures.stage(login, erasure_id, body)


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
    row = service().store.erasures.find(login.vault_id, erasure_id)
    if row.state == "planned":
        key = service().authentication.check_order(body, login.vault_id, _hash(row, body), caller_address())
        order = SignedOrder(body, row.expected_seq, row.scope_hash, _hash(row, body), key)
    else:
        order = SignedOrder(body, row.expected_seq, row.scope_hash, b"", b"")  # only its signature is looked at
    erasure = service().eraser.order(login, erasure_id, order)
    if row.is_whole:
        service().logins.vault_erased(login.vault_id)
    return erasure


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
    return service().eraser.find(vault_id, erasure_id)


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
    store = service().store
    data = store.erasures.certificate(vault_id, erasure_id, lambda checkpoint: checkpoint.sign(store.audit_key))
    return CertificateFile(certificate=data.decode())


def _hash(row: ErasureRow, order: ConfirmErasure) -> bytes:
    """Return the hash of an order of this plan (docs/ERASURE.md §3)."""
    head_hash = NO_HEAD if order.head is None else hashlib.sha256(order.head).digest()
    return order_hash(order.origin, row.vault_id, order.slot_id, row.erasure_id, row.expected_seq, row.scope, head_hash)
