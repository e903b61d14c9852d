"""What an unlocked vault can do: wrap container keys, seal drafts, make digest elements (FORMAT §4, §5, §6)."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from vault.core import _aead
from vault.core.envelope import Context, EnvelopeClass, place
from vault.core.kdf import hkdf
from vault.core.refuse import format_error
from vault.wire.limits import ID_BYTES, KEY_BYTES, MAX_EPOCH, WRAPPED_KEY_BYTES


class Keyring:
    """The vault key and the keys derived from it, for one unlocked vault."""

    __slots__ = ("_digest_mac", "_wrap_cipher", "draft_key", "vault_id")

    vault_id: bytes
    draft_key: bytes

    def __init__(self, vault_id: bytes, vault_key: bytes) -> None:
        if len(vault_id) != ID_BYTES or len(vault_key) != KEY_BYTES:
            raise format_error()
        self.vault_id = vault_id
        self._digest_mac = HMAC(hkdf(vault_key, b"inkvault/v1/digest" + vault_id), SHA256())
        self._wrap_cipher = AESGCM(hkdf(vault_key, b"inkvault/v1/wrap" + vault_id))
        self.draft_key = hkdf(vault_key, b"inkvault/v1/draft" + vault_id)

    def wrap(self, container_id: bytes, epoch: int, container_key: bytes) -> bytes:
        """Return the container key wrapped for its container and epoch, 60 bytes."""
        return self._wrap_with_nonce(container_id, epoch, container_key, _aead.fresh_nonce())

    def unwrap(self, container_id: bytes, epoch: int, wrapped: bytes) -> bytes:
        """Return the 32-byte container key. Raises FormatError or IntegrityError."""
        if len(wrapped) != WRAPPED_KEY_BYTES:
            raise format_error()
        return _aead.open_sealed(self._wrap_cipher, wrapped, self._aad(container_id, epoch))

    def element(self, context: Context, envelope: bytes) -> int:
        """Return what an envelope adds to the digest of the set it belongs to (FORMAT §6)."""
        mac = self.element_mac(context.cls, context.container_id)
        return element(mac, place(context.record_id, context.version), envelope)

    def element_mac(self, cls: EnvelopeClass, container_id: bytes) -> HMAC:
        """Return what the elements of all envelopes of a class in one container begin with."""
        mac = self._digest_mac.copy()
        mac.update(cls.to_bytes() + container_id)
        return mac

    def _aad(self, container_id: bytes, epoch: int) -> bytes:
        if len(container_id) != ID_BYTES or not 1 <= epoch <= MAX_EPOCH:
            raise format_error()
        return _aead.SUITE + self.vault_id + container_id + epoch.to_bytes(4)

    def _wrap_with_nonce(self, container_id: bytes, epoch: int, container_key: bytes, nonce: bytes) -> bytes:
        """For test vectors; everyone else lets :meth:`wrap` draw the nonce."""
        if len(container_key) != KEY_BYTES:
            raise format_error()
        return _aead.seal_with_nonce(self._wrap_cipher, nonce, container_key, self._aad(container_id, epoch))


def element(mac: HMAC, own: bytes, envelope: bytes) -> int:
    """Return the element of the envelope whose own place is `own`; `mac` is of :meth:`Keyring.element_mac`."""
    mac.update(own + hashlib.sha256(envelope).digest())
    return int.from_bytes(mac.finalize())
