"""What an erasure takes away, as it is kept (docs/ERASURE.md §3), and what it holds."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from vault.errors import FormatError
from vault.storage.refusal import bad_request
from vault.storage.tables import containers, heads, records
from vault.wire.limits import ID_BYTES
from vault.wire.models import Scope as ScopeModel
from vault.wire.orders import scope_bytes

CHUNK: Final = 1_000
_COUNT: Final = struct.Struct(">I")
_VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_CONTAINER: Final[BindParameter[Any]] = bindparam("of_container")
_SIZES = select(func.count(), func.coalesce(func.sum(func.length(containers.c.header)), 0)).where(
    containers.c.vault_id == _VAULT
)
_SIZES_IN = _SIZES.where(containers.c.container_id.in_(_IDS))
_RECORD_SIZES = select(func.count(), func.coalesce(func.sum(func.length(records.c.envelope)), 0)).where(
    records.c.vault_id == _VAULT
)
_RECORD_SIZES_IN = _RECORD_SIZES.where(records.c.container_id.in_(_IDS))
_RECORDS_OF = select(records.c.record_id, func.length(records.c.envelope)).where(
    records.c.vault_id == _VAULT, records.c.container_id == _CONTAINER
)
_HEAD_SIZE = select(func.length(heads.c.head)).where(heads.c.vault_id == _VAULT)


@dataclass(frozen=True)
class Scope:
    """`containers` go altogether, with their records; of each container in `records` those records go."""

    is_whole: bool
    containers: Sequence[bytes]
    records: Mapping[bytes, frozenset[bytes]]

    @classmethod
    def read(cls, data: bytes) -> Scope:
        """Return the scope that was kept as `data`: the bytes of ERASURE §3, which were checked when it was planned."""
        found, place = _ids(data, 1)
        (count,) = _COUNT.unpack_from(data, place)
        place += _COUNT.size
        taken: dict[bytes, frozenset[bytes]] = {}
        for _ in range(count):
            container_id = data[place : place + ID_BYTES]
            record_ids, place = _ids(data, place + ID_BYTES)
            taken[container_id] = frozenset(record_ids)
        return cls(data[0] == 1, found, taken)


@dataclass(frozen=True)
class Counts:
    """How much an erasure takes away: fields of ``Erasure`` (docs/PROTOCOL.md §10)."""

    containers: int
    records: int
    rekeyed: int
    resealed: int
    bytes: int


def encode_scope(scope: ScopeModel, vault_id: bytes) -> bytes:
    """Return the bytes of ERASURE §3. Raises the 400 for a scope that no erasure can have."""
    if not scope.whole and not scope.containers and not scope.records:
        raise bad_request("The scope names nothing.")
    if vault_id in scope.containers:
        raise bad_request("The root container goes with the whole vault only.")
    try:
        return scope_bytes(
            scope.containers, [(part.container_id, part.record_ids) for part in scope.records], whole=scope.whole
        )
    except FormatError:
        raise bad_request("The ids of a scope rise, none is given twice, and there are not too many.") from None


def count(connection: Connection, vault_id: bytes, scope: Scope) -> Counts:
    """Count what a scope holds. Raises the 400 when something of it is not there."""
    return _count_all(connection, vault_id) if scope.is_whole else _count_part(connection, vault_id, scope)


def chunks(items: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield as many at a time as one statement takes."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _count_all(connection: Connection, vault_id: bytes) -> Counts:
    of_vault = {"of_vault": vault_id}
    container_count, header_bytes = connection.execute(_SIZES, of_vault).one()
    record_count, record_bytes = connection.execute(_RECORD_SIZES, of_vault).one()
    head_bytes = connection.execute(_HEAD_SIZE, of_vault).scalar_one()
    return Counts(container_count - 1, record_count, 0, 0, int(header_bytes) + int(record_bytes) + head_bytes)


def _count_part(connection: Connection, vault_id: bytes, scope: Scope) -> Counts:
    record_count = resealed = size = 0
    named = [*scope.containers, *scope.records]
    for ids in chunks(named):
        found, header_bytes = connection.execute(_SIZES_IN, {"of_vault": vault_id, "ids": ids}).one()
        if found != len(ids):
            raise bad_request("A container of the scope is not there.")
        size += int(header_bytes)
    for ids in chunks(scope.containers):
        found, record_bytes = connection.execute(_RECORD_SIZES_IN, {"of_vault": vault_id, "ids": ids}).one()
        record_count += found
        size += int(record_bytes)
    for container_id, taken in scope.records.items():
        sizes = dict(connection.execute(_RECORDS_OF, {"of_vault": vault_id, "of_container": container_id}).all())
        if not taken <= sizes.keys():
            raise bad_request("A record of the scope is not there.")
        record_count += len(taken)
        resealed += len(sizes) - len(taken)
        size += sum(sizes.values())
    return Counts(len(scope.containers), record_count, len(scope.records), resealed, size)


def _ids(data: bytes, place: int) -> tuple[list[bytes], int]:
    """Return a counted list of ids that begins at `place`, and where it ends."""
    (number,) = _COUNT.unpack_from(data, place)
    start = place + _COUNT.size
    end = start + number * ID_BYTES
    return [data[at : at + ID_BYTES] for at in range(start, end, ID_BYTES)], end
