"""Envelopes: payloads sealed to their place in a vault (FORMAT §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core import _aead, canonical, padding
from vault.core.refuse import format_error
from vault.errors import UsageError
from vault.wire.limits import ID_BYTES, MAX_ENVELOPE_BYTES, MAX_SAFE_INTEGER, MIN_ENVELOPE_BYTES

ZERO_ID = bytes(ID_BYTES)


class EnvelopeClass(IntEnum):
    """What the server can see of an envelope's role; the value is the byte in the AAD."""

    HEAD = 1
    HEADER = 2
    RECORD = 3
    DRAFT = 4


@dataclass(frozen=True, slots=True)
class Context:
    """The one place an envelope belongs to. A seal opens nowhere else."""

    cls: EnvelopeClass
    vault_id: bytes
    container_id: bytes
    record_id: bytes
    version: int
    aad: bytes = field(init=False, repr=False, compare=False)
    """The 58 bytes GCM authenticates. Making a context raises FormatError for ids or versions its class cannot have."""

    def __post_init__(self) -> None:
        record_is_zero = self.record_id == ZERO_ID
        if (
            not len(self.vault_id) == len(self.container_id) == len(self.record_id) == ID_BYTES
            or not 1 <= self.version <= MAX_SAFE_INTEGER
            or record_is_zero != (self.cls <= EnvelopeClass.HEADER)
            or (self.cls == EnvelopeClass.HEAD and self.container_id != self.vault_id)
        ):
            raise format_error()
        aad = container_aad(self.cls, self.vault_id, self.container_id) + place(self.record_id, self.version)
        object.__setattr__(self, "aad", aad)


def container_aad(cls: EnvelopeClass, vault_id: bytes, container_id: bytes) -> bytes:
    """The part of the authenticated data that all envelopes of a class in one container share."""
    return _aead.SUITE + cls.to_bytes() + vault_id + container_id


def place(record_id: bytes, version: int) -> bytes:
    """The part that is an envelope's own."""
    return record_id + version.to_bytes(8)


def seal(key: bytes, context: Context, payload: Mapping[str, Any]) -> bytes:
    """Return the envelope of `payload`.

    Raises FormatError when it has no canonical form, UsageError when the envelope would pass 2 MiB.
    """
    return seal_with(AESGCM(key), context.aad, encoded(payload))


def sealed_size(length: int) -> int:
    """Return the size of the envelope of a payload whose canonical bytes are so many."""
    return 1 + _aead.OVERHEAD + padding.padded_size(length)


def open(key: bytes, context: Context, envelope: bytes) -> dict[str, Any]:  # noqa: A001 - read as envelope.open
    """Return the payload. Raises FormatError or IntegrityError; nothing of it is returned unless all of it is right."""
    return open_with(AESGCM(key), context.aad, envelope)[0]


def open_with(cipher: AESGCM, aad: bytes, envelope: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the payload and its canonical bytes. Raises as :func:`open` does."""
    if not MIN_ENVELOPE_BYTES <= len(envelope) <= MAX_ENVELOPE_BYTES or envelope[:1] != _aead.SUITE:
        raise format_error()
    data = padding.unpad(_aead.open_sealed(cipher, envelope, aad, start=1))
    payload = canonical.decode(data)
    _check_type(payload)
    return payload, data


def encoded(payload: Mapping[str, Any]) -> bytes:
    """Return what is sealed of a payload: its canonical bytes. Raises FormatError when it has none, or no type."""
    _check_type(payload)
    return canonical.encode(payload)


def seal_with(cipher: AESGCM, aad: bytes, data: bytes) -> bytes:
    """Return the envelope of what :func:`encoded` gave. Raises UsageError when it would pass 2 MiB."""
    return _sealed(cipher, aad, data, _aead.fresh_nonce())


def _seal_with_nonce(key: bytes, context: Context, payload: Mapping[str, Any], nonce: bytes) -> bytes:
    """For test vectors; everyone else lets :func:`seal` draw the nonce."""
    return _sealed(AESGCM(key), context.aad, encoded(payload), nonce)


def _sealed(cipher: AESGCM, aad: bytes, data: bytes, nonce: bytes) -> bytes:
    padded = padding.pad(data)
    if 1 + _aead.OVERHEAD + len(padded) > MAX_ENVELOPE_BYTES:
        raise UsageError("This text is too long for one message; save it in parts.")
    return _aead.SUITE + _aead.seal_with_nonce(cipher, nonce, padded, aad)


def _check_type(payload: Mapping[str, Any]) -> None:
    if type(payload.get("type")) is not str:
        raise format_error()
