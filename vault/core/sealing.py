"""Sealing the records of one container, one after the other: what they share is made once (FORMAT §5, §6)."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core.envelope import ZERO_ID, EnvelopeClass, container_aad, place, seal_with
from vault.core.keyring import Elements, element
from vault.core.refuse import format_error
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
