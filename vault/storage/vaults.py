"""Making vaults, and finding them by name."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select

from vault.storage.auditlog import begin_log
from vault.storage.commits import ENTRY_COST_BYTES, HISTORY_BYTES, container_entry, insert_containers
from vault.storage.keyfile import Entry
from vault.storage.refusal import Refusal, bad_request
from vault.storage.slots import insert_slots, slot_entries
from vault.storage.tables import heads, history, vaults
from vault.wire.codes import ErrorCode
from vault.wire.models import CommitResult, CreateVault

_GONE: Final = "\x01"
"""What the names of vaults that are being erased begin with: no name that a writer can have (docs/FORMAT.md §2)."""


@dataclass(frozen=True)
class Vault:
    """A vault in the directory of vaults."""

    vault_id: bytes
    vault_salt: bytes


_BY_HANDLE = select(vaults.c.vault_id, vaults.c.vault_salt).where(vaults.c.handle == bindparam("of_handle"))
_BY_ID = select(vaults.c.vault_id).where(vaults.c.vault_id == bindparam("of_vault"))
_FIRST_HASH = select(history.c.head_hash).where(history.c.vault_id == bindparam("of_vault"), history.c.seq == 1)
_COUNT = select(func.count()).select_from(vaults)


def find_vault(connection: Connection, handle: str) -> Vault | None:
    """Return the vault of that name, if there is one."""
    row = connection.execute(_BY_HANDLE, {"of_handle": handle}).first()
    return None if row is None else Vault(row.vault_id, row.vault_salt)


def gone_name() -> str:
    """Return a name for a vault that is being erased: nobody can ask for it, and it says nothing of the one it had."""
    return _GONE + secrets.token_hex(32)


def handles(connection: Connection) -> list[str]:
    """Return the names of all vaults, sorted, but for those that are being erased."""
    return sorted(name for name in connection.scalars(select(vaults.c.handle)) if not name.startswith(_GONE))


def vault_ids(connection: Connection) -> list[bytes]:
    """Return the ids of all vaults, but for those that are being erased."""
    found = connection.execute(select(vaults.c.vault_id, vaults.c.handle))
    return [vault_id for vault_id, name in found if not name.startswith(_GONE)]


def check_root(request: CreateVault) -> list[Entry]:
    """Key file entries of a new vault, the root container's first. Raises the 400 for an impossible request."""
    root = request.root
    if root.container_id != request.vault_id or (root.version, root.epoch) != (1, 1) or root.wrapped_key is None:
        raise bad_request("The root container has the id of the vault, version 1, epoch 1 and a wrapped key.")
    return [container_entry(root), *slot_entries(request.vault_id, request.slots)]


def replay_creation(connection: Connection, request: CreateVault, max_vaults: int) -> CommitResult | None:
    """Give the answer of the time the vault was made before; None when it can be made. Raises Refusal."""
    head_hash = hashlib.sha256(request.head).digest()
    if _is_same(connection, request, head_hash):
        return CommitResult(seq=1, head_hash=head_hash)
    if connection.execute(_COUNT).scalar_one() >= max_vaults:
        raise Refusal(ErrorCode.QUOTA_VAULTS, "This server holds as many vaults as it allows.")
    return None


def create_vault(
    connection: Connection, request: CreateVault, entries: Sequence[Entry], write_keys: Callable[[], int], now: int
) -> CommitResult:
    """Make a vault that is not there. `write_keys` writes `entries` to its key file; the index of the first."""
    head_hash = hashlib.sha256(request.head).digest()
    vault_id, root = request.vault_id, request.root
    connection.execute(
        insert(vaults),
        {"vault_id": vault_id, "handle": request.handle, "vault_salt": request.vault_salt, "created_at": now},
    )
    begin_log(connection, vault_id, now)
    first = write_keys()
    held = len(request.head) + len(root.header) + HISTORY_BYTES + ENTRY_COST_BYTES * len(entries)
    connection.execute(
        insert(heads), {"vault_id": vault_id, "seq": 1, "head": request.head, "records": 0, "bytes": held}
    )
    connection.execute(insert(history), {"vault_id": vault_id, "seq": 1, "head_hash": head_hash})
    insert_containers(connection, vault_id, [root], first, 1)
    insert_slots(connection, vault_id, entries[1:], first + 1, now)
    return CommitResult(seq=1, head_hash=head_hash)


def _is_same(connection: Connection, request: CreateVault, head_hash: bytes) -> bool:
    """Whether this request has made its vault before. Raises the 409 when the name or the id is another vault's."""
    found = find_vault(connection, request.handle)
    if found is None and connection.execute(_BY_ID, {"of_vault": request.vault_id}).first() is None:
        return False
    if found == Vault(request.vault_id, request.vault_salt):
        first = connection.execute(_FIRST_HASH, {"of_vault": request.vault_id}).scalar()
        if first == head_hash:
            return True
    raise Refusal(ErrorCode.HANDLE_TAKEN, "This name is in use: choose another one.")
