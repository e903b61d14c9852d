"""The slots of a vault (docs/PROTOCOL.md §5)."""

from flask import Blueprint

from vault.server.logins import Login
from vault.server.operations import operation
from vault.server.service import API, service
from vault.wire.codes import ErrorCode
from vault.wire.models import SlotInfo, SlotList

blueprint = Blueprint("slots", __name__)


@operation(blueprint, "GET", f"{API}/slots", summary="All slots", answer=SlotList, errors=(ErrorCode.ERASED,))
def list_slots(login: Login) -> SlotList:
    """Slot headers, and when each was made and last used."""
    return SlotList(
        slots=[
            SlotInfo(header=slot.header, created_at=slot.row.created_at, last_used_at=slot.row.last_used_at)
            for slot in service().store.slots(login)
        ]
    )
