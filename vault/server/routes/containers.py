"""Containers and their records, page by page (docs/PROTOCOL.md §7)."""

from typing import Final

from flask import Blueprint
from pydantic import TypeAdapter

from vault.server.logins import Login
from vault.server.operations import Parameter, operation
from vault.server.service import API, service
from vault.wire.codes import ErrorCode
from vault.wire.models import ContainerPage, Id, RecordId, RecordPage

blueprint = Blueprint("containers", __name__)

_ID: Final = TypeAdapter(Id)
_AFTER_CONTAINER: Final = Parameter("after", _ID, "Continue behind this container.")
_AFTER_RECORD: Final = Parameter("after", TypeAdapter(RecordId), "Continue behind this record.")
_CONTAINER: Final = Parameter("container_id", _ID, "The container.", is_required=True, in_path=True)


@operation(
    blueprint,
    "GET",
    f"{API}/containers",
    summary="All containers",
    answer=ContainerPage,
    parameters=(_AFTER_CONTAINER,),
    errors=(ErrorCode.ERASED,),
)
def list_containers(login: Login, after: bytes | None) -> ContainerPage:
    """Containers in the order of their ids, with the head of the same moment."""
    return service().store.read(login, lambda reader: reader.containers(after or b""))


@operation(
    blueprint,
    "GET",
    f"{API}/containers/<container_id>/records",
    summary="The records of a container",
    answer=RecordPage,
    parameters=(_CONTAINER, _AFTER_RECORD),
    errors=(ErrorCode.NOT_FOUND, ErrorCode.ERASED),
)
def list_records(login: Login, container_id: bytes, after: bytes | None) -> RecordPage:
    """Return the records in the order of their ids, with the container as of the same moment."""
    return service().store.read(login, lambda reader: reader.records(container_id, after or b""))
