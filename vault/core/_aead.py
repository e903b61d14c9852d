"""AES-256-GCM as the modules of the core use it; nobody else does, since nonces pass here (FORMAT §1, §1.1)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.core.refuse import integrity_error

SUITE = b"\x01"
NONCE_BYTES = 12
OVERHEAD = NONCE_BYTES + 16
"""Bytes a sealed value is longer than its plaintext: nonce and tag."""


def fresh_nonce() -> bytes:
    """Return 12 random bytes. Nonces come from here alone."""
    return os.urandom(NONCE_BYTES)


def seal_with_nonce(key: AESGCM, nonce: bytes, data: bytes, aad: bytes) -> bytes:
    """Return nonce ‖ GCM(key, nonce, data, aad)."""
    return nonce + key.encrypt(nonce, data, aad)


def open_sealed(key: AESGCM, sealed: bytes, aad: bytes, start: int = 0) -> bytes:
    """Return the plaintext of nonce ‖ ciphertext ‖ tag from `start` on. Raises IntegrityError when it is not theirs."""
    end = start + NONCE_BYTES
    try:
        return key.decrypt(sealed[start:end], sealed[end:], aad)
    except InvalidTag:
        raise integrity_error() from None
