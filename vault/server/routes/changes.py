"""What changed, and the whole at once (docs/PROTOCOL.md §7)."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from vault.server.logins import Login
from vault.server.logs import log_fault
from vault.server.operations import Binary, Parameter, operation
from vault.server.service import API, Service, service
from vault.storage.refusal import Refusal
from vault.wire.codes import ErrorCode
from vault.wire.frames import MEDIA_TYPE
from vault.wire.models import Changes, Counter

blueprint = Blueprint("changes", __name__)

_SINCE: Final = Parameter("since", TypeAdapter(Counter), "The sequence number already known.", is_required=True)


@operation(
    blueprint,
    "GET",
    f"{API}/changes",
    summary="What changed",
    answer=Changes,
    parameters=(_SINCE,),
    errors=(ErrorCode.ERASED,),
)
def list_changes(login: Login, since: int) -> Changes:
    """Head hashes and containers after `since`. Does not renew the login."""
    return service().store.read(login, lambda reader: reader.changes(since))


@operation(
    blueprint,
    "GET",
    f"{API}/snapshot",
    summary="The whole vault",
    answer=Binary(MEDIA_TYPE, "Frames: docs/PROTOCOL.md §7.1"),
    errors=(ErrorCode.RATE_LIMITED,),
)
def read_snapshot(login: Login) -> Response:
    """The head, each container with its records, and the end, in binary frames; all of one moment."""
    pieces = _pieces(service(), login)
    first = next(pieces)  # what can be refused is refused before the answer begins
    return Response(_from_first(first, pieces), content_type=MEDIA_TYPE)


def _pieces(of_service: Service, login: Login) -> Iterator[bytes]:
    """Yield the snapshot. A fault on the way cuts the stream short: without its last frame it counts for nothing."""
    if not of_service.snapshots.acquire(blocking=False):
        raise Refusal(ErrorCode.RATE_LIMITED, "Too many snapshots at once: try again.", retry_after=5)
    try:
        with of_service.store.reading(login) as reader:
            yield from reader.snapshot()
    finally:
        of_service.snapshots.release()


def _from_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from rest
    except Exception as error:  # noqa: BLE001 - the answer has begun: there is nobody to tell but the log
        log_fault(error)
