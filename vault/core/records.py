"""The records of one container, one after the other: what they share is made once (FORMAT §5, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core import canonical
from vault.core.envelope import ZERO_ID, EnvelopeClass, container_aad, open_with, place
from vault.core.keyring import Elements, element
from vault.core.model import Message
from vault.core.refuse import format_error
from vault.errors import HostileDataError
from vault.wire.limits import ID_BYTES, MAX_SAFE_INTEGER

SealedRecord: TypeAlias = tuple[bytes, int, bytes]
"""Its id, its version, its envelope."""


class RecordOpener:
    """Opens records of the container with this id, 16 bytes, and key, 32 bytes."""

    __slots__ = ("_aad", "_cipher", "_mac")

    def __init__(self, elements: Elements, container_id: bytes, key: bytes) -> None:
        if len(container_id) != ID_BYTES:
            raise format_error()
        self._cipher = AESGCM(key)
        self._aad = container_aad(EnvelopeClass.RECORD, elements.vault_id, container_id)
        self._mac = elements.mac(EnvelopeClass.RECORD, container_id)

    def open(self, record_id: bytes, version: int, envelope: bytes) -> tuple[int, dict[str, Any], bytes]:
        """What the record adds to the digest of its container, its payload, and that in its canonical bytes.

        Raises FormatError or IntegrityError; nothing is returned unless all of it is right.
        """
        if len(record_id) != ID_BYTES or record_id == ZERO_ID or not 1 <= version <= MAX_SAFE_INTEGER:
            raise format_error()
        own = place(record_id, version)
        payload, data = open_with(self._cipher, self._aad + own, envelope)
        return element(self._mac.copy(), own, envelope), payload, data


class OpenedRecord(NamedTuple):
    """A record that opened, of whatever type. `position` is a message's, None for a record of another type.

    `data` are the canonical bytes of its payload.
    """

    position: int | None
    record_id: bytes
    data: bytes

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""
        return canonical.parse(self.data)


@dataclass(frozen=True, slots=True)
class SealedContainer:
    """Records of a container to be opened, with what opens them. Plain values: it goes to another process."""

    elements: Elements
    container_id: bytes
    key: bytes = field(repr=False)
    records: Sequence[SealedRecord]


@dataclass(frozen=True, slots=True)
class OpenedContainer:
    """What became of the records of a container. Plain values likewise.

    `messages` and `others` have the fields of an :class:`OpenedRecord`. `malformed` are the ids of those that open but
    are no messages though they say so; `digest` is the sum of the elements of all three. `refused` did not open.
    """

    digest: int
    messages: list[tuple[int, bytes, bytes]] = field(repr=False)
    others: list[tuple[None, bytes, bytes]] = field(repr=False)
    malformed: list[bytes]
    refused: list[bytes]

    @property
    def count(self) -> int:
        """How many opened."""
        return len(self.messages) + len(self.others) + len(self.malformed)

    @property
    def records(self) -> list[OpenedRecord]:
        """Those of their form, as a session shows them: messages by (position, id), then the others by id."""
        return [OpenedRecord._make(each) for each in (*sorted(self.messages), *sorted(self.others, key=itemgetter(1)))]


def open_containers(sealed: Iterable[SealedContainer]) -> list[OpenedContainer]:
    """As :func:`open_container`, for some of them."""
    return list(map(open_container, sealed))


def open_container(sealed: SealedContainer) -> OpenedContainer:
    """Open all records of a container; hostile ones are named in the answer, and raise nothing."""
    opener = RecordOpener(sealed.elements, sealed.container_id, sealed.key)
    opened = OpenedContainer(0, [], [], [], [])
    digest = 0
    for record_id, version, envelope in sealed.records:
        try:
            each, payload, data = opener.open(record_id, version, envelope)
        except HostileDataError:
            opened.refused.append(record_id)
            continue
        digest += each
        if payload["type"] != "message":
            opened.others.append((None, record_id, data))
            continue
        try:
            Message.check(payload)
        except HostileDataError:
            opened.malformed.append(record_id)
        else:
            opened.messages.append((payload["position"], record_id, data))
    return replace(opened, digest=digest)
