"""Samples of what an erasure takes away, by which a search can tell afterwards that it is gone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final, Protocol

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from vault.errors import StorageError
from vault.storage.keyfile import EntryRef, EntryType, KeyFile
from vault.storage.tables import containers, heads, records
from vault.wire.limits import SLOT_BYTES, SLOT_HEADER_BYTES

MOST_CONTAINERS: Final = 4_096
"""Of a scope with more, so many are chosen at random."""
_RECORDS_IN_ALL: Final = 4_096
_BYTES_IN_ALL: Final = 64 * 2**20
"""Each container gets an equal share of both, so that a large one does not hide the others."""
_KEYS: Final = 256
_VAULT: Final[BindParameter[Any]] = bindparam("of_vault")
_CONTAINER: Final[BindParameter[Any]] = bindparam("of_container")
_HEADER = select(containers.c.header).where(containers.c.vault_id == _VAULT, containers.c.container_id == _CONTAINER)
_OF_CONTAINER = (records.c.vault_id == _VAULT, records.c.container_id == _CONTAINER)
_SOME = (
    select(records.c.record_id).where(*_OF_CONTAINER).order_by(func.random()).limit(bindparam("most")).scalar_subquery()
)
_ENVELOPES = select(records.c.envelope).where(*_OF_CONTAINER, records.c.record_id.in_(_SOME))
_HEAD = select(heads.c.head).where(heads.c.vault_id == _VAULT)
_SINGLY: Final = {"yield_per": 1}


class Sampler(Protocol):
    """Takes samples from what it is shown."""

    @property
    def is_full(self) -> bool:
        """Whether more would be no use."""

    def add(self, data: bytes) -> None:
        """Take samples of an envelope or key."""


def sample_containers(
    connection: Connection, vault_id: bytes, container_ids: Sequence[bytes], sampler: Sampler
) -> None:
    """Show the sampler headers and records of containers, chosen at random where there are many."""
    chosen = random.SystemRandom().sample(container_ids, min(len(container_ids), MOST_CONTAINERS))
    for container_id in chosen:
        if sampler.is_full:
            return
        place = {"of_vault": vault_id, "of_container": container_id}
        sampler.add(connection.execute(_HEADER, place).scalar_one())
        _sample_records(connection, place, len(chosen), sampler)


def _sample_records(connection: Connection, place: dict[str, bytes], containers_in_all: int, sampler: Sampler) -> None:
    most, left = max(1, _RECORDS_IN_ALL // containers_in_all), _BYTES_IN_ALL // containers_in_all
    with connection.execute(_ENVELOPES, {**place, "most": most}, execution_options=_SINGLY) as rows:
        for row in rows:
            sampler.add(row.envelope)
            left -= len(row.envelope)
            if left <= 0:
                return


def sample_head(connection: Connection, vault_id: bytes, sampler: Sampler) -> None:
    """Show the sampler the head."""
    sampler.add(connection.execute(_HEAD, {"of_vault": vault_id}).scalar_one())


def sample_keys(key_file: KeyFile, kind: EntryType, refs: Sequence[EntryRef], sampler: Sampler) -> None:
    """Show the sampler key entries, if they can be read: it is no matter for an erasure when they cannot.

    Of a slot only what is sealed: the ids in its header and its public key stay in the order that was signed.
    """
    chosen = random.SystemRandom().sample(refs, min(len(refs), _KEYS))
    try:
        payloads = key_file.read(kind, chosen)
    except StorageError:
        return
    for payload in payloads:
        sampler.add(payload[SLOT_HEADER_BYTES:SLOT_BYTES] if kind is EntryType.SLOT else payload)
