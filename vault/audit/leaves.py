"""Leaves of the log, and what opens the commitments in them (docs/ERASURE.md §2.1)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from vault.wire import canonical
from vault.wire.limits import LEAF_BYTES, MAX_SAFE_INTEGER
from vault.wire.refuse import format_error, integrity_error

VERSION: Final = 1
SALT_BYTES: Final = 32
_LAYOUT: Final = struct.Struct(">BBQ32s")
_DOMAIN: Final = b"inkvault/v1/audit"


class Event(IntEnum):
    """What an entry is about."""

    CREATED = 1
    LOGIN = 2
    FAILED_LOGINS = 3
    SLOTS = 4
    EXPORT = 5
    IMPORT = 6
    ORDERED = 7
    FINISHED = 8
    FAILED = 9


_TYPES: Final = {
    Event.CREATED: "created",
    Event.LOGIN: "login",
    Event.FAILED_LOGINS: "failed_logins",
    Event.SLOTS: "slots",
    Event.EXPORT: "export",
    Event.IMPORT: "import",
    Event.ORDERED: "ordered",
    Event.FINISHED: "erasure",
    Event.FAILED: "failed",
}
"""The ``type`` in the detail of each."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf. `time` is in Unix seconds."""

    event: Event
    time: int
    commitment: bytes

    def encode(self) -> bytes:
        """Return the 42 bytes."""
        return _LAYOUT.pack(VERSION, self.event, self.time, self.commitment)

    @classmethod
    def parse(cls, data: bytes) -> Leaf:
        """Undo :meth:`encode`. Raises FormatError."""
        if len(data) != LEAF_BYTES:
            raise format_error()
        version, event, time, commitment = _LAYOUT.unpack(data)
        if version != VERSION or event not in _TYPES or time > MAX_SAFE_INTEGER:
            raise format_error()
        return cls(Event(event), time, commitment)


def commitment(salt: bytes, detail: bytes) -> bytes:
    """Return what a leaf says of its detail, which is canonical JSON: nothing to those without the salt."""
    return hashlib.sha256(_DOMAIN + salt + detail).digest()


def make_leaf(event: Event, time: int, salt: bytes, detail: Mapping[str, Any]) -> tuple[Leaf, bytes]:
    """Return a leaf and the bytes of its detail. `detail` need not have its ``type``. `salt` is 32 random bytes."""
    encoded = canonical.encode({**detail, "type": _TYPES[event]})
    return Leaf(event, time, commitment(salt, encoded)), encoded


def open_leaf(data: bytes, salt: bytes, detail: bytes) -> tuple[Leaf, dict[str, Any]]:
    """Return a leaf and its detail. Raises FormatError or IntegrityError unless the detail is the one committed to."""
    leaf = Leaf.parse(data)
    if len(salt) != SALT_BYTES or not hmac.compare_digest(commitment(salt, detail), leaf.commitment):
        raise integrity_error()
    opened = canonical.decode(detail)
    if opened.get("type") != _TYPES[leaf.event]:
        raise format_error()
    return leaf, opened
