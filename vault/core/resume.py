"""The resume value: what a page may keep across a refresh, useless without the server's share (FORMAT §8)."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core import _aead
from vault.core.kdf import hkdf
from vault.core.refuse import format_error
from vault.wire.limits import ID_BYTES, KEY_BYTES

RESUME_BYTES = 1 + _aead.OVERHEAD + KEY_BYTES + ID_BYTES


def seal_resume(share: bytes, vault_id: bytes, login_id: bytes, vault_key: bytes, slot_id: bytes) -> bytes:
    """Return the 77-byte resume value of one login."""
    return _seal_with_nonce(share, vault_id, login_id, vault_key, slot_id, nonce=_aead.fresh_nonce())


def open_resume(share: bytes, vault_id: bytes, login_id: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return (vault_key, slot_id). Raises FormatError or IntegrityError."""
    if len(value) != RESUME_BYTES or value[:1] != _aead.SUITE:
        raise format_error()
    key, aad = _key_and_aad(share, vault_id, login_id)
    data = _aead.open_sealed(AESGCM(key), value[1:], aad)
    return data[:KEY_BYTES], data[KEY_BYTES:]


def _key_and_aad(share: bytes, vault_id: bytes, login_id: bytes) -> tuple[bytes, bytes]:
    if len(share) != KEY_BYTES or not len(vault_id) == len(login_id) == ID_BYTES:
        raise format_error()
    return hkdf(share, b"inkvault/v1/resume" + vault_id + login_id), _aead.SUITE + vault_id + login_id


def _seal_with_nonce(
    share: bytes, vault_id: bytes, login_id: bytes, vault_key: bytes, slot_id: bytes, *, nonce: bytes
) -> bytes:
    """For test vectors; everyone else lets :func:`seal_resume` draw the nonce."""
    if len(vault_key) != KEY_BYTES or len(slot_id) != ID_BYTES:
        raise format_error()
    key, aad = _key_and_aad(share, vault_id, login_id)
    return _aead.SUITE + _aead.seal_with_nonce(AESGCM(key), nonce, vault_key + slot_id, aad)
