"""Derivations: HKDF, and the 32-byte secret value behind each kind of slot (FORMAT §1, §3.1)."""

from __future__ import annotations

import hashlib
import hmac

from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from vault.core.params import KdfParams, SlotKind, check_params
from vault.core.text import normalise_handle, passphrase_bytes
from vault.wire.limits import KEY_BYTES

_EMPTY_SALT = bytes(32)


def hkdf(key: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 with empty salt, 32 bytes: one block of RFC 5869 §2.3, so one HMAC for each of its two steps."""
    return hmac.digest(hmac.digest(_EMPTY_SALT, key, "sha256"), info + b"\x01", "sha256")


def argon2_salt(handle: str, vault_salt: bytes) -> bytes:
    """Return the Argon2id salt, 32 bytes. It holds the handle: a server cannot give two vaults one salt."""
    return hashlib.sha256(b"inkvault/v1/salt" + normalise_handle(handle).encode() + vault_salt).digest()


def passphrase_secret(passphrase: str, handle: str, vault_salt: bytes, params: KdfParams) -> bytes:
    """Return the secret value of a passphrase, 32 bytes. Checks the costs first: PolicyError, and nothing is derived.

    Raises FormatError for text that is no handle or passphrase, MemoryError when `params` ask for more than there is.
    """
    check_params(SlotKind.PASSPHRASE, params)
    try:
        return hash_secret_raw(
            passphrase_bytes(passphrase),
            argon2_salt(handle, vault_salt),
            time_cost=params.t,
            memory_cost=params.m_kib,
            parallelism=params.p,
            hash_len=KEY_BYTES,
            type=Type.ID,
            version=ARGON2_VERSION,
        )
    except HashingError:
        raise MemoryError("There is not enough free memory to derive the key.") from None


def prf_input(vault_id: bytes) -> bytes:
    """Return what the WebAuthn PRF extension is evaluated on, 32 bytes."""
    return hashlib.sha256(b"inkvault/v1/prf" + vault_id).digest()
