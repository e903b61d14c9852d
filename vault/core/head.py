"""The head: what the whole vault is at one sequence number, and the chain of heads before it (FORMAT §5.3, §7)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from vault.core import crockford
from vault.core.digest import SetDigest
from vault.core.fields import Fields
from vault.core.params import SlotKind
from vault.core.refuse import format_error
from vault.wire.limits import ID_BYTES, MAX_EPOCH, MAX_SAFE_INTEGER, MAX_SLOTS

_HASH_BYTES = 32
_HISTORY = b"inkvault/v1/history"
_ORIGIN = re.compile(r"inkvault/[0-9a-f]{32}")
_KINDS = {kind.name.lower(): kind for kind in SlotKind}


@dataclass(frozen=True, slots=True)
class SlotEntry:
    """What the head says of one slot. `hash` is SHA-256 of its 136 bytes; `created_at` is in milliseconds."""

    id: bytes
    kind: SlotKind
    hash: bytes
    label: str
    created_at: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in the head's ``slots``."""
        return {
            **self.extra,
            "id": self.id.hex(),
            "kind": self.kind.name.lower(),
            "hash": self.hash.hex(),
            "label": self.label,
            "created_at": self.created_at,
        }

    @classmethod
    def parse(cls, payload: object) -> SlotEntry:
        """Undo :meth:`payload`. Raises FormatError."""
        if type(payload) is not dict:
            raise format_error()
        fields = Fields(payload)
        kind = _KINDS.get(fields.text("kind"))
        if kind is None:
            raise format_error()
        return cls(
            id=fields.binary("id", ID_BYTES),
            kind=kind,
            hash=fields.binary("hash", _HASH_BYTES),
            label=fields.text("label"),
            created_at=fields.integer("created_at"),
            extra=fields.unknown,
        )


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint of the vault's log that was accepted: `root` over its first `size` leaves, signed with `key`."""

    key: bytes
    origin: str
    size: int
    root: bytes
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in the head's ``audit``."""
        return {
            **self.extra,
            "key": self.key.hex(),
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
        }

    @classmethod
    def parse(cls, payload: object) -> KeptCheckpoint:
        """Undo :meth:`payload`. Raises FormatError."""
        if type(payload) is not dict:
            raise format_error()
        fields = Fields(payload)
        origin = fields.text("origin")
        if not _ORIGIN.fullmatch(origin):
            raise format_error()
        return cls(
            key=fields.binary("key", _HASH_BYTES),
            origin=origin,
            size=fields.integer("size", 1),
            root=fields.binary("root", _HASH_BYTES),
            extra=fields.unknown,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a vault. `slots` are sorted by id; `audit` is None while no checkpoint was accepted."""

    seq: int
    containers: int
    digest: SetDigest
    history: bytes
    slot_epoch: int
    slots: tuple[SlotEntry, ...]
    audit: KeptCheckpoint | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
            "type": "head",
            "seq": self.seq,
            "containers": self.containers,
            "digest": self.digest.hex(),
            "history": self.history.hex(),
            "slot_epoch": self.slot_epoch,
            "slots": [entry.payload() for entry in sorted(self.slots, key=lambda entry: entry.id)],
            "audit": None if self.audit is None else self.audit.payload(),
        }

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Head:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "head")
        audit = fields.take("audit")
        return cls(
            seq=fields.integer("seq", 1),
            containers=fields.integer("containers", 1),
            digest=fields.digest("digest"),
            history=fields.binary("history", _HASH_BYTES),
            slot_epoch=fields.integer("slot_epoch", 1, MAX_EPOCH),
            slots=_slots(fields.take("slots")),
            audit=None if audit is None else KeptCheckpoint.parse(audit),
            extra=fields.unknown,
        )


def _slots(items: object) -> tuple[SlotEntry, ...]:
    if type(items) is not list or not 1 <= len(items) <= MAX_SLOTS:
        raise format_error()
    entries = tuple(map(SlotEntry.parse, items))
    if any(first.id >= second.id for first, second in pairwise(entries)):
        raise format_error()
    return entries


def head_hash(envelope: bytes) -> bytes:
    """SHA-256 of a head's envelope."""
    return hashlib.sha256(envelope).digest()


def first_history(vault_id: bytes) -> bytes:
    """Return the history of the first head."""
    return hashlib.sha256(_HISTORY + vault_id).digest()


def next_history(history: bytes, head_hash: bytes) -> bytes:
    """Return the history of the head that follows the one with this history and hash."""
    return hashlib.sha256(_HISTORY + history + head_hash).digest()


def comparison_code(vault_id: bytes, seq: int, head_hash: bytes) -> str:
    """``XXXX-XXXX``: what two devices at the same sequence number compare by eye (FORMAT §7.2)."""
    if len(vault_id) != ID_BYTES or len(head_hash) != _HASH_BYTES or not 1 <= seq <= MAX_SAFE_INTEGER:
        raise format_error()
    return crockford.encode(
        hashlib.sha256(b"inkvault/v1/compare" + vault_id + seq.to_bytes(8) + head_hash).digest()[:5]
    )
