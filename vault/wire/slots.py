"""The bytes of slots and logins that both sides read (docs/FORMAT.md §3.3, §3.4)."""

from __future__ import annotations

import struct
from typing import NamedTuple

SUITE = 1
KINDS = {1: "passphrase", 2: "recovery", 3: "passkey"}
"""What opens a slot, by its byte."""

_HEADER = struct.Struct(">BBIBB16s16sI")


class HeaderFields(NamedTuple):
    """The 44 bytes that a slot begins with, field by field. `m` is in KiB. Nothing of it is checked here."""

    suite: int
    kind: int
    m: int
    t: int
    p: int
    vault_id: bytes
    slot_id: bytes
    epoch: int

    def encode(self) -> bytes:
        """The 44 bytes."""
        return _HEADER.pack(*self)

    @classmethod
    def read(cls, slot: bytes) -> HeaderFields:
        """The fields at the beginning of `slot`, of at least 44 bytes."""
        return cls(*_HEADER.unpack_from(slot))


def login_message(origin: str, vault_id: bytes, slot_id: bytes, challenge: bytes, expiry: int) -> bytes:
    """What a login signs. `origin` is ASCII of at most 65,535 bytes, `expiry` in Unix seconds."""
    name = origin.encode("ascii")
    return b"inkvault/v1/login" + len(name).to_bytes(2) + name + vault_id + slot_id + challenge + expiry.to_bytes(8)
