"""The records of one container, one after the other: what they share is made once (FORMAT §5, §6)."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple, Self, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core import canonical
from vault.core._aead import SUITE
from vault.core.envelope import ZERO_ID, EnvelopeClass, container_aad, open_with, place, seal_with
from vault.core.keyring import Keyring, element
from vault.core.model import Message
from vault.core.padding import padded_size
from vault.core.plain import is_utf8, match_plain
from vault.core.refuse import format_error
from vault.core.rootrecords import UnknownRecord
from vault.errors import HostileDataError
from vault.wire.limits import ID_BYTES, MAX_ENVELOPE_BYTES, MAX_SAFE_INTEGER

_MESSAGE = "message"
_FIRST, _LAST = (1).to_bytes(8), MAX_SAFE_INTEGER.to_bytes(8)
"""The versions that a record can have."""


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

    def open_plain(self, sealed: Iterable[SealedRecord], good: list[ProvedRecord]) -> tuple[int, list[SealedRecord]]:
        """Open plain messages, and append them to `good`.

        What they add to the digest of their container comes back, and all other records, right or wrong, which are
        :meth:`open`'s to judge. What that checks stands here again, since calls for each record would take
        half as long again.
        """
        decrypt, aad, mac_copy, number = self._cipher.decrypt, self._aad, self._mac.copy, int.from_bytes
        add, make, others, digest = good.append, tuple.__new__, list[SealedRecord](), 0
        for each in sealed:
            record_id, own, envelope = each
            try:
                padded = decrypt(envelope[1:13], envelope[13:], aad + own)
            except (InvalidTag, ValueError):
                others.append(each)
                continue
            end = 4 + number(padded[:4])
            data = padded[4:end]
            plain = match_plain(data)
            if (
                plain is None
                or not (data.isascii() or is_utf8(data))
                or padded.count(0, end) != len(padded) - end
                or len(padded) != padded_size(end - 4)
                or len(envelope) > MAX_ENVELOPE_BYTES
                or envelope[:1] != SUITE
                or record_id == ZERO_ID
                or not _FIRST <= own[ID_BYTES:] <= _LAST
            ):
                others.append(each)
                continue
            mac = mac_copy()
            mac.update(own + sha256(envelope).digest())
            digest += number(mac.finalize())
            add(make(ProvedRecord, (False, int(plain[1]), record_id, data, True)))
        return digest, others

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


SealedRecord: TypeAlias = tuple[bytes, bytes, bytes]
"""A record's id, its own place (that and its version, u64), and its envelope."""


class ProvedRecord(NamedTuple):
    """A record of a session by its canonical bytes, proved to be of the form of its type.

    Sorts as a session shows its records: messages by (position, id), then the others by id.
    """

    is_other: bool
    """Whether it is no message."""
    position: int
    """Of a message; 0 of others, and where nobody asks since the order was proved before."""
    record_id: bytes
    data: bytes
    is_plain: bool = False
    """Whether it is proved to be a plain message (:mod:`vault.core.plain`)."""

    @classmethod
    def of(cls, record_id: bytes, payload: dict[str, Any], data: bytes) -> Self:
        """The record with this payload, whose canonical bytes are `data`. Raises FormatError where it says to be a
        message and is none.
        """
        if payload["type"] != _MESSAGE:
            return cls(True, 0, record_id, data)  # noqa: FBT003 - the order of the fields is that of sorting
        Message.check(payload)
        return cls(False, payload["position"], record_id, data)  # noqa: FBT003

    @property
    def is_message(self) -> bool:
        """Whether it is one."""
        return not self.is_other

    @property
    def id(self) -> str:
        """Its id as 32 hexadecimal digits."""
        return self.record_id.hex()

    @property
    def payload(self) -> dict[str, Any]:
        """What it says; parsed anew each time."""
        return canonical.parse(self.data)

    @property
    def record(self) -> Message | UnknownRecord:
        """It as the form its type has."""
        return UnknownRecord(self.payload) if self.is_other else Message.parse(self.payload)


class OpenedRecords:
    """What becomes of the records of one container as they come; hostile ones are named here, and raise nothing.

    `good` are those of their form. `malformed` are the ids of those that open but are no messages though they say so;
    `digest` is the sum of the elements of both. `refused` did not open.
    """

    __slots__ = ("_cipher", "digest", "good", "malformed", "refused")

    def __init__(self, cipher: RecordCipher) -> None:
        self._cipher = cipher
        self.good: list[ProvedRecord] = []
        self.malformed: list[bytes] = []
        self.refused: list[bytes] = []
        self.digest = 0

    def take(self, sealed: Iterable[SealedRecord]) -> None:
        """Open the next records."""
        digest, others = self._cipher.open_plain(sealed, self.good)
        self.digest += digest
        for each in others:
            self._take(*each)

    def _take(self, record_id: bytes, own: bytes, envelope: bytes) -> None:
        """Open one by the way for all."""
        try:
            one, payload, data = self._cipher.open(record_id, int.from_bytes(own[ID_BYTES:]), envelope)
        except HostileDataError:
            self.refused.append(record_id)
            return
        self.digest += one
        try:
            self.good.append(ProvedRecord.of(record_id, payload, data))
        except HostileDataError:
            self.malformed.append(record_id)

    @property
    def opened(self) -> int:
        """How many opened."""
        return len(self.good) + len(self.malformed)

    @property
    def shown(self) -> int:
        """How many there were."""
        return self.opened + len(self.refused)
