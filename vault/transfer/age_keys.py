"""Who can open an age file: whoever knows a passphrase, or has the identity to a recipient (age-encryption.org/v1).

A *stanza* of the file's header hands its file key to one of them. Written here and not taken from a library, since the
Python bindings hold whole files in memory for passphrases and choose costs that a browser takes seconds for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vault.errors import FormatError, UsageError
from vault.transfer.age_text import bech32_decode, decode, encode

FILE_KEY_BYTES = 16
WORK_FACTOR = 18
"""log2 of scrypt's N: 256 MiB and about a second, as the age program itself takes."""
MAX_WORK_FACTOR = 20
_SCRYPT = b"age-encryption.org/v1/scrypt"
_X25519 = b"age-encryption.org/v1/X25519"
_NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class Stanza:
    """One entry of a header."""

    arguments: tuple[str, ...]
    body: bytes


class Recipient(Protocol):
    """Whom a file is sealed for."""

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza for them."""


class Identity(Protocol):
    """What opens a file."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None when it is not for this identity. Raises FormatError for a stanza that is wrong."""


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Both: the one stanza of a file that a passphrase opens. The text is taken as it is."""

    text: str = field(repr=False)

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza, under a salt of its own."""
        salt = os.urandom(16)
        key = self._key(salt, WORK_FACTOR)
        return Stanza(("scrypt", encode(salt), str(WORK_FACTOR)), _seal(key, file_key))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, after a second or so; costs out of bounds are a FormatError before anything is derived."""
        if len(stanzas) != 1 or stanzas[0].arguments[0] != "scrypt":
            return None
        stanza = stanzas[0]
        if len(stanza.arguments) != 3 or len(stanza.body) != FILE_KEY_BYTES + 16:
            raise wrong()
        salt, cost = decode(stanza.arguments[1]), stanza.arguments[2]
        if len(salt) != 16 or not cost.isascii() or not cost.isdigit() or cost.startswith("0") or len(cost) > 2:
            raise wrong()
        if int(cost) > MAX_WORK_FACTOR:
            raise FormatError("This file asks for more memory than is safe to give, so it was not opened.")
        return _open(self._key(salt, int(cost)), stanza.body)

    def _key(self, salt: bytes, cost: int) -> bytes:
        return Scrypt(salt=_SCRYPT + salt, length=32, n=1 << cost, r=8, p=1).derive(self.text.encode())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A recipient ``age1…``."""

    key: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read ``age1…``. Raises UsageError."""
        key = bech32_decode("age", text)
        if key is None or len(key) != 32:
            raise UsageError("A recipient is written age1…, as age-keygen shows it; give one of those.")
        return cls(key)

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza, under a key of its own."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.key))
        except ValueError:  # a point of small order
            raise UsageError("This recipient is no safe key; make another one with age-keygen.") from None
        return Stanza(("X25519", encode(share)), _seal(_agreed(secret, share, self.key), file_key))


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An identity ``AGE-SECRET-KEY-1…``."""

    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> SecretKey:
        """Read ``AGE-SECRET-KEY-1…``. Raises UsageError."""
        key = bech32_decode("age-secret-key-", text)
        if key is None or len(key) != 32:
            raise UsageError("An identity is written AGE-SECRET-KEY-1…, as age-keygen makes it; give one of those.")
        return cls(key)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from the first stanza that is for this key."""
        private = X25519PrivateKey.from_private_bytes(self.key)
        own = private.public_key().public_bytes_raw()
        for stanza in stanzas:
            if stanza.arguments[0] == "X25519":
                if len(stanza.arguments) != 2 or len(stanza.body) != FILE_KEY_BYTES + 16:
                    raise wrong()
                share = decode(stanza.arguments[1])
                if len(share) != 32:
                    raise wrong()
                try:
                    secret = private.exchange(X25519PublicKey.from_public_bytes(share))
                except ValueError:
                    raise wrong() from None
                file_key = _open(_agreed(secret, share, own), stanza.body)
                if file_key is not None:
                    return file_key
        return None


@dataclass(frozen=True, slots=True)
class FileKey:
    """What the writer of a file opens it with, whoever it is for."""

    key: bytes = field(repr=False)

    def unwrap(self, _stanzas: Sequence[Stanza]) -> bytes | None:
        """The key itself; the header's MAC tells whether it is that of the file."""
        return self.key


AnyIdentity: TypeAlias = Passphrase | SecretKey


def parse_identity(text: str) -> AnyIdentity:
    """A passphrase, or the identity that the text spells."""
    line = text.strip()
    return SecretKey.parse(line) if line.upper().startswith("AGE-SECRET-KEY-1") else Passphrase(text)


def derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256, 32 bytes."""
    return HKDF(SHA256(), 32, salt, info).derive(key)


def wrong() -> FormatError:
    """A file that no age program wrote."""
    return FormatError("This is no age file, or it is damaged; take another copy of it.")


def _agreed(secret: bytes, share: bytes, recipient: bytes) -> bytes:
    return derive(secret, share + recipient, _X25519)


def _seal(key: bytes, file_key: bytes) -> bytes:
    return ChaCha20Poly1305(key).encrypt(_NONCE, file_key, None)  # the key is used this once


def _open(key: bytes, body: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, None)
    except InvalidTag:
        return None
