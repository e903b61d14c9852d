"""A slot whose GCM part opens under the keys of two secrets: what a partitioning oracle is made of.

GHASH is linear in the ciphertext, so one ciphertext block can be solved for such that one tag fits both keys
(Len, Grubbs, Ristenpart, *Partitioning Oracle Attacks*, 2021, §3).
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.vectors.group import fixed
from vault.core.keyslot import SlotHeader, SlotKeys

_BLOCK = 16
_REDUCTION = 0xE1 << 120


def multi_key_slot(header: SlotHeader, first: bytes, second: bytes, nonce: bytes, *, mac_secret: bytes | None) -> bytes:
    """The slot, with the HMAC of `mac_secret`, or with one that no secret gives."""
    keys = [SlotKeys.derive(secret, header.vault_id, header.slot_id) for secret in (first, second)]
    top = header.encode()
    body = top + nonce + _ciphertext(keys[0].wrap, keys[1].wrap, nonce, top)
    if mac_secret is None:
        return body + fixed("no HMAC", 32)
    mac = SlotKeys.derive(mac_secret, header.vault_id, header.slot_id).mac
    return body + hmac.digest(mac, body, "sha256")


def _ciphertext(first: bytes, second: bytes, nonce: bytes, aad: bytes) -> bytes:
    """Two ciphertext blocks and a tag that GCM accepts under both keys; the first block is arbitrary."""
    free = fixed("free ciphertext block", _BLOCK)
    lengths = (8 * len(aad)).to_bytes(8) + (8 * 2 * _BLOCK).to_bytes(8)
    blocks = [*_blocks(aad), free, bytes(_BLOCK), lengths]
    hashes = [_encrypt(key, bytes(_BLOCK)) for key in (first, second)]
    # With the second block zero, the tags differ by `gap`; a block x adds x·H² to each, so x·(H₁² + H₂²) = gap.
    tags = [
        _ghash(subkey, blocks) ^ _encrypt(key, nonce + (1).to_bytes(4))
        for key, subkey in zip((first, second), hashes, strict=True)
    ]
    squares = [_multiply(subkey, subkey) for subkey in hashes]
    solved = _multiply(tags[0] ^ tags[1], _inverse(squares[0] ^ squares[1]))
    tag = tags[0] ^ _multiply(solved, squares[0])
    return free + solved.to_bytes(_BLOCK) + tag.to_bytes(_BLOCK)


def _blocks(data: bytes) -> list[bytes]:
    return [data[start : start + _BLOCK].ljust(_BLOCK, b"\0") for start in range(0, len(data), _BLOCK)]


def _encrypt(key: bytes, block: bytes) -> int:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(encryptor.update(block) + encryptor.finalize())


def _ghash(subkey: int, blocks: list[bytes]) -> int:
    total = 0
    for block in blocks:
        total = _multiply(total ^ int.from_bytes(block), subkey)
    return total


def _multiply(first: int, second: int) -> int:
    """The product in GF(2^128) with GCM's bit order (NIST SP 800-38D §6.3)."""
    product = 0
    for shift in range(127, -1, -1):
        if first >> shift & 1:
            product ^= second
        second = second >> 1 ^ (_REDUCTION if second & 1 else 0)
    return product


def _inverse(value: int) -> int:
    """value^(2^128 − 2)."""
    result, power = 1 << 127, value
    for _ in range(127):
        power = _multiply(power, power)
        result = _multiply(result, power)
    return result
