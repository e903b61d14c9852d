"""Giving a container a new key when part of it goes: what stays is sealed anew (docs/FORMAT.md §4). No I/O."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vault.client.commits import record_json, seal_container
from vault.client.contents import Contents, OpenContainer, OpenRecord
from vault.client.counting import counted_anew
from vault.client.sessions import messages_of
from vault.core import envelope
from vault.core.digest import SetDigest
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.model import RootHeader, SessionHeader
from vault.core.records import RecordCipher
from vault.wire import models as wire
from vault.wire.encodings import id_to_text
from vault.wire.limits import KEY_BYTES


@dataclass(frozen=True, slots=True)
class Part:
    """What goes of a container that stays: records, and what some of those that stay are to say instead."""

    erased: frozenset[bytes] = frozenset()
    rewritten: Mapping[bytes, dict[str, Any]] = field(default_factory=dict, repr=False)

    def survivors(self, records: Mapping[bytes, OpenRecord]) -> dict[bytes, OpenRecord]:
        """The records that stay, with what they say then."""
        return {
            record_id: replace(record, payload=self.rewritten.get(record_id, record.payload))
            for record_id, record in records.items()
            if record_id not in self.erased
        }


class Rekeying:
    """A container on its way to a new key.

    Take all of :meth:`sealed` first: it has each record that stays, in its next version; then :meth:`finish`.
    """

    def __init__(self, contents: Contents, container_id: bytes, survivors: Mapping[bytes, OpenRecord]) -> None:
        self._contents = contents
        self._before = contents.containers[container_id]
        self._survivors = survivors
        self._key = os.urandom(KEY_BYTES)
        self._sealer = RecordCipher(contents.keyring, container_id, self._key)
        self._digest = SetDigest.empty()
        self.records: dict[bytes, OpenRecord] = {}
        """Those that were sealed so far, as they are then."""

    def sealed(self) -> Iterator[str]:
        """Seal one record after the other: each as it is sent."""
        name = id_to_text(self._before.container_id)
        for record_id, record in sorted(self._survivors.items()):
            version = record.version + 1
            sealed, element = self._sealer.seal(record_id, version, envelope.encoded(record.payload))
            self._digest = self._digest.add(element)
            self.records[record_id] = replace(record, version=version, element=element)
            yield record_json(name, record_id, version, sealed)

    def finish(self) -> tuple[OpenContainer, wire.ContainerWrite]:
        """The container with its new key and a header that says what is left."""
        before, vault_id = self._before, self._contents.vault_id
        context = Context(EnvelopeClass.HEADER, vault_id, before.container_id, ZERO_ID, before.version + 1)
        header = _header(before.header, self._survivors)
        return seal_container(
            self._contents.keyring,
            context,
            self._key,
            replace(header, count=len(self.records), digest=self._digest),
            epoch=before.epoch + 1,
            is_new_key=True,
        )


def _header(header: RootHeader | SessionHeader, survivors: Mapping[bytes, OpenRecord]) -> RootHeader | SessionHeader:
    """The header but for number and digest of the records: what it says of messages is counted anew."""
    if isinstance(header, RootHeader):
        return header
    return counted_anew(header, messages_of(survivors).values())


def in_batches(writes: Iterator[str], most_bytes: int, most_items: int) -> Iterator[bytes]:
    """Bodies of :class:`vault.wire.models.StagedRecords`, as full as they go, of records as they are sent."""
    batch, size = list[str](), 0
    for text in writes:
        if batch and (size + len(text) > most_bytes or len(batch) == most_items):
            yield _body(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield _body(batch)


def _body(batch: Collection[str]) -> bytes:
    return f'{{"records":[{",".join(batch)}]}}'.encode()
