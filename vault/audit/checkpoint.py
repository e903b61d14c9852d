"""Signed checkpoints of the log, and the key they are checked with (docs/ERASURE.md §2.3; C2SP tlog-checkpoint)."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault.wire.limits import KEY_BYTES, MAX_SAFE_INTEGER
from vault.wire.refuse import format_error, integrity_error

_ALGORITHM: Final = b"\x01"
"""Ed25519 in C2SP signed-note."""
_ID_BYTES: Final = 4
_ORIGIN: Final = re.compile(r"inkvault/[0-9a-f]{32}")
_NOTE: Final = re.compile(
    r"(?P<origin>inkvault/[0-9a-f]{32})\n(?P<size>0|[1-9][0-9]{0,15})\n(?P<root>[0-9A-Za-z+/]{43}=)\n"
    r"\n\u2014 (?P=origin) (?P<signed>[0-9A-Za-z+/]{91}=)\n"
)
_KEY: Final = re.compile(r"(?P<origin>inkvault/[0-9a-f]{32})\+(?P<id>[0-9a-f]{8})\+(?P<key>[0-9A-Za-z+/]{44})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state of a log: `root` is the hash of the tree over its first `size` leaves."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """Return the signed note."""
        public = VerifierKey(self.origin, key.public_key().public_bytes_raw())
        signature = key.sign(self.body().encode())
        return f"{self.body()}\n\u2014 {self.origin} {_b64(public.key_id + signature)}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public key of whoever keeps a log, together with the log's name."""

    origin: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes by which a signature line names this key."""
        return hashlib.sha256(self.origin.encode() + b"\n" + _ALGORITHM + self.key).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.origin}+{self.key_id.hex()}+{_b64(_ALGORITHM + self.key)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Undo ``str``. Raises FormatError for any other spelling."""
        match = _KEY.fullmatch(text)
        if match is None:
            raise format_error()
        key = cls(match["origin"], _unb64(match["key"])[1:])
        if str(key) != text:
            raise format_error()
        return key

    def open(self, note: str) -> Checkpoint:
        """Return the checkpoint in a signed note. Raises FormatError, or IntegrityError for another name or key."""
        match = _NOTE.fullmatch(note)
        if match is None:
            raise format_error()
        checkpoint = Checkpoint(match["origin"], int(match["size"]), _unb64(match["root"]))
        signed = _unb64(match["signed"])
        if checkpoint.size > MAX_SAFE_INTEGER:
            raise format_error()
        if checkpoint.origin != self.origin or signed[:_ID_BYTES] != self.key_id:
            raise integrity_error()
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signed[_ID_BYTES:], checkpoint.body().encode())
        except InvalidSignature:
            raise integrity_error() from None
        return checkpoint


def log_origin(log_id: bytes) -> str:
    """Return the name of a log."""
    return f"inkvault/{log_id.hex()}"


def origin_of(note: str) -> str:
    """Return the name of the log that a note says it is of, unproven. Raises FormatError."""
    origin = note.partition("\n")[0]
    if not _ORIGIN.fullmatch(origin):
        raise format_error()
    return origin


def signing_key(secret: bytes) -> Ed25519PrivateKey:
    """Return the key that 32 secret bytes stand for."""
    if len(secret) != KEY_BYTES:
        raise format_error()
    return Ed25519PrivateKey.from_private_bytes(secret)


def _b64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    """Undo :func:`_b64`. Raises FormatError for stray bits too."""
    try:
        data = b64decode(text, validate=True)
    except binascii.Error:
        raise format_error() from None
    if _b64(data) != text:
        raise format_error()
    return data
