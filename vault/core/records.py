"""The records of one container, one after the other: what they share is made once (FORMAT §5, §6)."""

from __future__ import annotations

from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core.envelope import ZERO_ID, EnvelopeClass, container_aad, open_with, place, seal_with
from vault.core.keyring import Keyring, element
from vault.core.model import Message
from vault.core.refuse import format_error
from vault.errors import HostileDataError
from vault.wire.limits import ID_BYTES, MAX_SAFE_INTEGER

_MESSAGE = "message"


class RecordCipher:
    """Opens and seals records of the container with this id, 16 bytes, and key, 32 bytes."""

    __slots__ = ("_aad", "_cipher", "_mac")

    def __init__(self, keyring: Keyring, container_id: bytes, key: bytes) -> None:
        if len(container_id) != ID_BYTES:
            raise format_error()
        self._cipher = AESGCM(key)
        self._aad = container_aad(EnvelopeClass.RECORD, keyring.vault_id, container_id)
        self._mac = keyring.element_mac(EnvelopeClass.RECORD, container_id)

    def open(self, record_id: bytes, version: int, envelope: bytes) -> tuple[int, dict[str, Any], bytes]:
        """What the record adds to the digest of its container, its payload, and that in its canonical bytes.

        Raises FormatError or IntegrityError; nothing is returned unless all of it is right.
        """
        own = _own_place(record_id, version)
        payload, data = open_with(self._cipher, self._aad + own, envelope)
        return element(self._mac.copy(), own, envelope), payload, data

    def seal(self, record_id: bytes, version: int, data: bytes) -> tuple[bytes, int]:
        """The envelope of a record, and what it adds to the digest of its container.

        `data` is what :func:`vault.core.envelope.encoded` gives for its payload, or bytes proved to be that.
        Raises FormatError, and UsageError when the envelope would pass 2 MiB.
        """
        own = _own_place(record_id, version)
        envelope = seal_with(self._cipher, self._aad + own, data)
        return envelope, element(self._mac.copy(), own, envelope)


def _own_place(record_id: bytes, version: int) -> bytes:
    if len(record_id) != ID_BYTES or record_id == ZERO_ID or not 1 <= version <= MAX_SAFE_INTEGER:
        raise format_error()
    return place(record_id, version)


class OpenedRecord(NamedTuple):
    """A record that opened, of whatever type: what it says, and that in its canonical bytes.

    One that says to be a message is of the form of one.
    """

    record_id: bytes
    payload: dict[str, Any]
    data: bytes

    @property
    def is_message(self) -> bool:
        """Whether it is one."""
        return bool(self.payload["type"] == _MESSAGE)


class OpenedRecords:
    """What becomes of the records of one container as they come; hostile ones are named here, and raise nothing.

    `good` are those of their form. `malformed` are the ids of those that open but are no messages though they say so;
    `digest` is the sum of the elements of both. `refused` did not open.
    """

    __slots__ = ("_open", "digest", "good", "malformed", "refused")

    def __init__(self, cipher: RecordCipher) -> None:
        self._open = cipher.open
        self.good: list[OpenedRecord] = []
        self.malformed: list[bytes] = []
        self.refused: list[bytes] = []
        self.digest = 0

    def take(self, record_id: bytes, version: int, envelope: bytes) -> bool:
        """Open the next record; whether it is good."""
        try:
            one, payload, data = self._open(record_id, version, envelope)
        except HostileDataError:
            self.refused.append(record_id)
            return False
        self.digest += one
        try:
            if payload["type"] == _MESSAGE:
                Message.check(payload)
        except HostileDataError:
            self.malformed.append(record_id)
            return False
        self.good.append(OpenedRecord(record_id, payload, data))
        return True

    @property
    def opened(self) -> int:
        """How many opened."""
        return len(self.good) + len(self.malformed)

    @property
    def shown(self) -> int:
        """How many there were."""
        return self.opened + len(self.refused)

    def in_order(self) -> list[OpenedRecord]:
        """The good ones as a session shows them: messages by (position, id), then the others by id."""
        return sorted(self.good, key=_place)


def _place(record: OpenedRecord) -> tuple[bool, int, bytes]:
    return (False, record.payload["position"], record.record_id) if record.is_message else (True, 0, record.record_id)
