"""Sealing the records of one container, one after the other: what they share is made once (FORMAT §5, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core.envelope import ZERO_ID, EnvelopeClass, container_aad, place, seal_with
from vault.core.keyring import Elements, element
from vault.core.refuse import format_error
from vault.wire.encodings import b64encode, id_to_text
from vault.wire.limits import ID_BYTES, MAX_SAFE_INTEGER


class RecordSealer:
    """Seals records of the container with this id, 16 bytes, and key, 32 bytes."""

    __slots__ = ("_aad", "_cipher", "_mac")

    def __init__(self, elements: Elements, container_id: bytes, key: bytes) -> None:
        if len(container_id) != ID_BYTES:
            raise format_error()
        self._cipher = AESGCM(key)
        self._aad = container_aad(EnvelopeClass.RECORD, elements.vault_id, container_id)
        self._mac = elements.mac(EnvelopeClass.RECORD, container_id)

    def seal(self, record_id: bytes, version: int, data: bytes) -> tuple[bytes, int]:
        """The envelope of a record, and what it adds to the digest of its container.

        `data` is what :func:`vault.core.envelope.encoded` gives for its payload, or bytes proved to be that.
        Raises FormatError, and UsageError when the envelope would pass 2 MiB.
        """
        if len(record_id) != ID_BYTES or record_id == ZERO_ID or not 1 <= version <= MAX_SAFE_INTEGER:
            raise format_error()
        own = place(record_id, version)
        envelope = seal_with(self._cipher, self._aad + own, data)
        return envelope, element(self._mac.copy(), own, envelope)


@dataclass(frozen=True, slots=True)
class Addition:
    """Records that a container does not have yet, with what seals them. Plain values: it goes to another process.

    `records` are ids and payloads, these as :func:`vault.core.envelope.encoded` gives them.
    """

    elements: Elements
    container_id: bytes
    key: bytes = field(repr=False)
    records: Sequence[tuple[bytes, bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedAddition:
    """Records sealed under `key`: as they are sent, with commas between them, and the sum of their elements."""

    key: bytes = field(repr=False)
    digest: int
    writes: str = field(repr=False)


def seal_additions(additions: Iterable[Addition]) -> list[SealedAddition]:
    """As :func:`seal_addition`, for some of them."""
    return list(map(seal_addition, additions))


def seal_addition(addition: Addition) -> SealedAddition:
    """Seal new records. Raises as :meth:`RecordSealer.seal` does."""
    sealer = RecordSealer(addition.elements, addition.container_id, addition.key)
    container = id_to_text(addition.container_id)
    digest, writes = 0, list[str]()
    for record_id, data in addition.records:
        envelope, each = sealer.seal(record_id, 1, data)
        digest += each
        writes.append(record_json(container, record_id, 1, envelope))
    return SealedAddition(addition.key, digest, ",".join(writes))


def record_json(container: str, record_id: bytes, version: int, envelope: bytes) -> str:
    """A :class:`vault.wire.models.RecordWrite` as it is sent; `container` is its id as text."""
    place = f'"container_id":"{container}","record_id":"{id_to_text(record_id)}","version":{version}'
    return f'{{{place},"envelope":"{b64encode(envelope)}"}}'
