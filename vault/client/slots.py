"""The slots of a vault: made, chosen, checked, replaced and shown (docs/FORMAT.md §3)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vault.client.commits import Edits, NewSlot, Source
from vault.client.contents import Contents
from vault.client.failures import wrong_secret
from vault.client.moments import Moment, as_datetime
from vault.client.secrets import OpenSlot, Secret
from vault.core import params
from vault.core.head import Head, SlotEntry
from vault.core.keyslot import SlotHeader, SlotKeys, SlotKind, seal_slot
from vault.core.refuse import integrity_error
from vault.errors import NotFoundError, UsageError
from vault.wire import models as wire
from vault.wire.codes import ErrorCode
from vault.wire.limits import ID_BYTES


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot as shown. The writer sealed `created_at` and `label`; `last_used_at` is the service's word alone."""

    id: str
    kind: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    current: bool


class SlotMaker:
    """Makes the slot of a new secret at the costs of the current profile. The key derivation runs once, here."""

    def __init__(self, secret: Secret, handle: str, vault_salt: bytes, vault_id: bytes, moment: Moment) -> None:
        stretched = secret.kind is SlotKind.PASSPHRASE
        self._secret = secret
        self._moment = moment
        self._vault_id = vault_id
        self._slot_id = os.urandom(ID_BYTES)
        self._params = params.PROFILE if stretched else params.NO_PARAMS
        self.keys = SlotKeys.derive(secret.stretch(handle, vault_salt, self._params), vault_id, self._slot_id)

    def make(self, vault_key: bytes, epoch: int) -> NewSlot:
        """The slot, as sent and as the head names it."""
        header = SlotHeader(self._secret.kind, self._params, self._vault_id, self._slot_id, epoch)
        slot = seal_slot(header, self.keys, vault_key)
        entry = SlotEntry(
            id=self._slot_id,
            kind=header.kind,
            hash=hashlib.sha256(slot).digest(),
            label="",
            created_at=self._moment.ms,
        )
        return NewSlot(wire.NewSlot(slot=slot, login_key=self.keys.login_public_key()), entry, header)


class ReplaceSlots:
    """Plan: a slot for a new secret in the place of all others of its kind."""

    def __init__(self, opened: OpenSlot, secret: Secret, moment: Moment) -> None:
        self._opened = opened
        self._maker = SlotMaker(secret, opened.handle, opened.vault_salt, opened.header.vault_id, moment)

    def __call__(self, source: Source) -> Edits:
        """Seal the slot anew: its epoch depends on the contents.

        Where it takes the place of the one this login came through, the login goes on with it (docs/PROTOCOL.md §4).
        """
        opened, head = self._opened, source.contents.head
        made = self._maker.make(opened.vault_key, head.slot_epoch + 1)
        old = [entry.id for entry in head.slots if entry.kind is made.header.kind]
        is_own = opened.header.kind is made.header.kind
        following = replace(opened, header=made.header, slot=made.slot.slot) if is_own else None
        return Edits(add_slots=[made], destroy_slots=old, next_slot=following)


@dataclass(frozen=True, slots=True)
class RemoveSlot:
    """Plan: destroy a slot other than the `current` one, through which this login came."""

    slot_id: bytes
    current: bytes

    def __call__(self, source: Source) -> Edits:
        """Destroy it alone. Raises NotFoundError or UsageError."""
        if self.slot_id not in {entry.id for entry in source.contents.head.slots}:
            raise NotFoundError("This vault has no such slot; choose one that is listed.", ErrorCode.NOT_FOUND)
        if self.slot_id == self.current:
            raise UsageError("This slot opened the vault just now; unlock with another secret to remove it.")
        return Edits(destroy_slots=[self.slot_id])


def choose_slot(challenge: wire.Challenge, kind: SlotKind) -> SlotHeader:
    """The slot to log in through: of those of this kind the newest. One attempt, so one slot (docs/FORMAT.md §9).

    Raises FormatError or PolicyError for any header out of bounds, UnlockError when there is no slot of this kind.
    """
    headers = [SlotHeader.parse(data) for data in challenge.slots]
    ids = {header.slot_id for header in headers}
    if len(ids) != len(headers) or any(header.vault_id != challenge.vault_id for header in headers):
        raise integrity_error()
    fitting = [header for header in headers if header.kind is kind]
    if not fitting:
        raise wrong_secret()
    return max(fitting, key=lambda header: header.epoch)


def check_slot(opened: OpenSlot, head: Head) -> None:
    """Raise IntegrityError unless the head names the slot we came through: one that was revoked is not named."""
    entry = next((entry for entry in head.slots if entry.id == opened.header.slot_id), None)
    if (
        entry is None
        or entry.hash != hashlib.sha256(opened.slot).digest()
        or entry.kind is not opened.header.kind
        or opened.header.epoch > head.slot_epoch
    ):
        raise integrity_error()


def view_slots(contents: Contents, infos: Sequence[wire.SlotInfo], current: bytes) -> list[SlotView]:
    """The slots as the head names them, oldest first. Raises IntegrityError when the service shows others."""
    parsed = [SlotHeader.parse(info.header) for info in infos]
    headers = {header.slot_id: header for header in parsed}
    used = {header.slot_id: info.last_used_at for header, info in zip(parsed, infos, strict=True)}
    entries = contents.head.slots
    if len(infos) != len(entries) or headers.keys() != {entry.id for entry in entries}:
        raise integrity_error()
    for entry in entries:
        header = headers[entry.id]
        if (
            header.kind is not entry.kind
            or header.vault_id != contents.vault_id
            or header.epoch > contents.head.slot_epoch
        ):
            raise integrity_error()
    return [
        SlotView(
            id=entry.id.hex(),
            kind=entry.kind.name.lower(),
            label=entry.label,
            created_at=as_datetime(entry.created_at, "UTC"),
            last_used_at=None if at is None else as_datetime(1000 * at, "UTC"),
            current=entry.id == current,
        )
        for entry in sorted(entries, key=lambda entry: (entry.created_at, entry.id))
        for at in [used[entry.id]]
    ]
