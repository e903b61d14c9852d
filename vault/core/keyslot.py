"""Key slots: the vault key wrapped under one secret, and the login key of that secret (FORMAT §3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core import _aead
from vault.core.kdf import hkdf
from vault.core.params import KdfParams, SlotKind, check_params
from vault.core.refuse import format_error, integrity_error
from vault.wire import orders, slots
from vault.wire.limits import ID_BYTES, KEY_BYTES, MAX_EPOCH, MAX_SAFE_INTEGER, SLOT_BYTES, SLOT_HEADER_BYTES

__all__ = ["SlotHeader", "SlotKeys", "SlotKind", "login_message", "open_slot", "seal_slot"]

_MAC_START = SLOT_BYTES - 32


@dataclass(frozen=True, slots=True)
class SlotHeader:
    """The first 44 bytes of a slot. Making one raises FormatError for its shape, PolicyError for its costs."""

    kind: SlotKind
    params: KdfParams
    vault_id: bytes
    slot_id: bytes
    epoch: int

    def __post_init__(self) -> None:
        if not len(self.vault_id) == len(self.slot_id) == ID_BYTES or not 1 <= self.epoch <= MAX_EPOCH:
            raise format_error()
        check_params(self.kind, self.params)

    def encode(self) -> bytes:
        """Return the 44 header bytes."""
        costs = self.params
        return slots.HeaderFields(
            slots.SUITE, self.kind, costs.m_kib, costs.t, costs.p, self.vault_id, self.slot_id, self.epoch
        ).encode()

    @classmethod
    def parse(cls, data: bytes) -> SlotHeader:
        """Read 44 header bytes. Raises FormatError or PolicyError; costs out of bounds never get further than here."""
        if len(data) != SLOT_HEADER_BYTES:
            raise format_error()
        suite, kind, m_kib, t, p, vault_id, slot_id, epoch = slots.HeaderFields.read(data)
        if suite != slots.SUITE or kind not in slots.KINDS:
            raise format_error()
        return cls(SlotKind(kind), KdfParams(m_kib, t, p), vault_id, slot_id, epoch)


@dataclass(frozen=True, slots=True)
class SlotKeys:
    """What a 32-byte secret value gives for one slot (FORMAT §3.2). Make it with :meth:`derive`."""

    wrap: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    login: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes, vault_id: bytes, slot_id: bytes) -> SlotKeys:
        """Derive the keys from the secret value of FORMAT §3.1."""
        if len(secret) != KEY_BYTES or not len(vault_id) == len(slot_id) == ID_BYTES:
            raise format_error()
        place = vault_id + slot_id
        return cls(*(hkdf(secret, b"inkvault/v1/slot/" + purpose + place) for purpose in (b"wrap", b"mac", b"login")))

    def login_public_key(self) -> bytes:
        """Return the Ed25519 public key the server keeps for this slot, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.login).public_key().public_bytes_raw()

    def sign_login(self, origin: str, vault_id: bytes, slot_id: bytes, challenge: bytes, expiry: int) -> bytes:
        """Return the 64-byte signature of :func:`login_message`."""
        message = login_message(origin, vault_id, slot_id, challenge, expiry)
        return Ed25519PrivateKey.from_private_bytes(self.login).sign(message)

    def sign_order(self, order_hash: bytes) -> bytes:
        """Return the 64-byte signature of an order to erase (docs/ERASURE.md §3)."""
        return Ed25519PrivateKey.from_private_bytes(self.login).sign(orders.order_message(order_hash))


def login_message(origin: str, vault_id: bytes, slot_id: bytes, challenge: bytes, expiry: int) -> bytes:
    """Return what a login signs (FORMAT §3.4). `origin`: where this client connects to; `expiry`: Unix seconds."""
    if (
        not origin.isascii()
        or len(origin) > 0xFFFF
        or not len(vault_id) == len(slot_id) == ID_BYTES
        or len(challenge) != 32
        or not 0 <= expiry <= MAX_SAFE_INTEGER
    ):
        raise format_error()
    return slots.login_message(origin, vault_id, slot_id, challenge, expiry)


def seal_slot(header: SlotHeader, keys: SlotKeys, vault_key: bytes) -> bytes:
    """Wrap the vault key: the 136 bytes of a slot."""
    return _seal_with_nonce(header, keys, vault_key, _aead.fresh_nonce())


def open_slot(slot: bytes, header: SlotHeader, keys: SlotKeys) -> bytes:
    """Return the vault key. `header` is the one shown before login; a slot with another one is refused.

    Raises FormatError, PolicyError or IntegrityError. The HMAC commits to the keys and is checked before decryption:
    a slot that GCM would open under several keys (a partitioning oracle) never reaches GCM.
    """
    if len(slot) != SLOT_BYTES:
        raise format_error()
    if SlotHeader.parse(slot[:SLOT_HEADER_BYTES]) != header:
        raise integrity_error()
    if not hmac.compare_digest(hmac.digest(keys.mac, slot[:_MAC_START], "sha256"), slot[_MAC_START:]):
        raise integrity_error()
    return _aead.open_sealed(AESGCM(keys.wrap), slot[SLOT_HEADER_BYTES:_MAC_START], slot[:SLOT_HEADER_BYTES])


def _seal_with_nonce(header: SlotHeader, keys: SlotKeys, vault_key: bytes, nonce: bytes) -> bytes:
    """For test vectors; everyone else lets :func:`seal_slot` draw the nonce."""
    if len(vault_key) != KEY_BYTES:
        raise format_error()
    top = header.encode()
    body = top + _aead.seal_with_nonce(AESGCM(keys.wrap), nonce, vault_key, top)
    return body + hmac.digest(keys.mac, body, "sha256")
