"""From a name and a secret to an unlocked vault, and how one is made (docs/FORMAT.md §9, docs/PROTOCOL.md §4, §5)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from vault.client.auditing import check_log
from vault.client.commits import Edits, NewSlot, Source, seal_container, seal_head
from vault.client.failures import foreign_answer
from vault.client.moments import Clock, Moment
from vault.client.pins import PinStore
from vault.client.reading import load
from vault.client.secrets import OpenSlot, Secret
from vault.client.service import Service
from vault.client.slots import ReplaceSlots, SlotMaker, check_slot, choose_slot
from vault.client.transport import Transport
from vault.client.trusted_state import Fingerprint, Pin, check_binding
from vault.client.unlocked import Unlocked
from vault.client.verify import Known, VerifyReport, check_vault
from vault.core import params
from vault.core.digest import SetDigest
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head, KeptCheckpoint, first_history, head_hash
from vault.core.keyring import Keyring
from vault.core.keyslot import SlotHeader, SlotKeys, SlotKind, open_slot
from vault.core.model import RootHeader
from vault.core.refuse import integrity_error
from vault.core.text import normalise_handle
from vault.errors import FormatError, LockedError, ServiceError, TrustError, UsageError
from vault.wire import models as wire
from vault.wire.limits import ID_BYTES, KEY_BYTES


@dataclass(frozen=True, slots=True)
class Connection:
    """A service as this device knows it: the place as pins name it, the way there, and the time there."""

    place: str
    transport: Transport
    pins: PinStore
    clock: Clock


def unlock(connection: Connection, handle: str, secret: Secret) -> tuple[Unlocked, Fingerprint | None]:
    """Open a vault. Raises UnlockError for a wrong name or secret, and any HostileDataError: then nothing was kept.

    A passphrase slot with costs below the current profile is replaced on the way.
    """
    name = check_handle(handle)
    slot = log_in(connection, name, secret)
    unlocked, new_device = enter(connection, slot)
    if slot.header.kind is SlotKind.PASSPHRASE and params.is_weaker(slot.header.params):
        with suppress(ServiceError):  # the vault is open and its old slot still stands; the next unlock tries again
            replace_secret(unlocked, secret, connection.clock.now())
    return unlocked, new_device


def log_in(connection: Connection, handle: str, secret: Secret) -> OpenSlot:
    """Log in with a secret and open the slot that answers to it."""

    def keys(challenge: wire.Challenge, header: SlotHeader) -> SlotKeys:
        stretched = secret.stretch(handle, challenge.vault_salt, header.params)
        return SlotKeys.derive(stretched, header.vault_id, header.slot_id)

    return _log_in(connection, handle, secret.kind, keys)


def enter(connection: Connection, slot: OpenSlot, *, any_log: bool = False) -> tuple[Unlocked, Fingerprint | None]:
    """Open and check the whole listing, then bind and pin it on this device.

    With `any_log` the log is not held to those kept, and is not pinned.
    """
    vault_id = slot.header.vault_id
    service = Service(connection.transport)
    known = connection.pins.load(vault_id)
    contents, pin = load(service, Keyring(vault_id, slot.vault_key), vault_id, known)
    check_slot(slot, contents.head)
    kept = (None, None) if any_log else (connection.pins.load_log(vault_id), contents.head.audit)
    contents.log = check_log(service, *kept)
    connection.pins.bind(connection.place, slot.handle, vault_id, slot.stretching)
    connection.pins.save(pin, None if any_log else contents.log)
    new_device = None if known else Fingerprint.of(pin)
    return Unlocked(service, connection.pins, contents, pin, slot), new_device


def accept_log(connection: Connection, handle: str, secret: Secret) -> tuple[Unlocked, Fingerprint | None]:
    """Open a vault whose log is another than the one kept, and keep that one from now on (docs/ERASURE.md §2.4).

    It is pinned here and sealed into a new head, so that devices which have seen none yet open too. Everything else is
    checked as by :func:`unlock`. Raises UsageError when the log is the one kept: then there is nothing to accept.
    """
    slot = log_in(connection, check_handle(handle), secret)
    vault_id = slot.header.vault_id
    pinned = connection.pins.load_log(vault_id)
    unlocked, new_device = enter(connection, slot, any_log=True)
    log = unlocked.log
    if log is None:
        raise integrity_error()  # the login that asks is in it
    with suppress(TrustError):
        check_log(unlocked.service, pinned, unlocked.contents.head.audit)
        raise UsageError("The log is the one that this device has seen; there is nothing to accept.")
    unlocked.commit(_SealLog(log))
    connection.pins.accept_log(vault_id, log)
    return unlocked, new_device


@dataclass(frozen=True, slots=True)
class _SealLog:
    """Seals a head that names this checkpoint of the log."""

    log: KeptCheckpoint

    def __call__(self, _source: Source) -> Edits:
        return Edits(log=self.log)


def examine(connection: Connection, handle: str, secret: Secret, on_record: Callable[[int], None]) -> VerifyReport:
    """Log in, check the whole vault without opening its listing first, and log out. Pins it when nothing is wrong."""
    slot = log_in(connection, check_handle(handle), secret)
    vault_id = slot.header.vault_id
    known = Known(connection.pins.load(vault_id), connection.pins.load_log(vault_id))
    report, now = check_vault(Service(connection.transport), slot, known, on_record)
    if report.ok and now.pin is not None:
        connection.pins.bind(connection.place, slot.handle, vault_id, slot.stretching)
        connection.pins.save(now.pin, now.log)
        with suppress(ServiceError, LockedError):  # a login that cannot be ended now ends by itself
            connection.transport.log_out()
    return report


def create(connection: Connection, handle: str, passphrase: str, recovery: Secret) -> Unlocked:
    """Make a vault that opens with a passphrase and a recovery key. ConflictError: the name is in use.

    A name that is bound here is never bound anew in passing: UsageError, and nothing is sent.
    """
    name = check_handle(handle)
    if connection.pins.knows(connection.place, name):
        raise UsageError(
            "This device knows a vault of this name already; unlock it, choose another name, or have this device "
            "forget it first (inkvault forget)."
        )
    vault_id, vault_key, vault_salt = os.urandom(ID_BYTES), os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    moment = connection.clock.now()
    first = SlotMaker(Secret.passphrase(passphrase), name, vault_salt, vault_id, moment)
    second = SlotMaker(recovery, name, vault_salt, vault_id, moment)
    slots = [first.make(vault_key, 1), second.make(vault_key, 1)]
    root, head, sealed = _first_head(Keyring(vault_id, vault_key), vault_id, slots)
    request = wire.CreateVault(
        handle=name,
        vault_id=vault_id,
        vault_salt=vault_salt,
        slots=[new.slot for new in slots],
        root=root,
        head=sealed,
    )
    result = Service(connection.transport).create_vault(request.model_dump_json().encode())
    if result.seq != 1 or result.head_hash != head_hash(sealed):
        raise foreign_answer()
    connection.pins.bind(connection.place, name, vault_id)
    connection.pins.save(Pin(vault_id, 1, head_hash(sealed), head.history))
    slot = _log_in(connection, name, SlotKind.PASSPHRASE, lambda _challenge, _header: first.keys)
    unlocked, _ = enter(connection, slot)
    return unlocked


def replace_secret(unlocked: Unlocked, secret: Secret, moment: Moment) -> None:
    """Make a slot for `secret` and destroy all others of its kind, in one commit."""
    unlocked.commit(ReplaceSlots(unlocked.slot, secret, moment))


def check_handle(handle: str) -> str:
    """The one spelling of a vault's name. Raises UsageError."""
    try:
        return normalise_handle(handle)
    except FormatError as error:
        raise UsageError(str(error)) from None


def _log_in(
    connection: Connection, handle: str, kind: SlotKind, keys_of: Callable[[wire.Challenge, SlotHeader], SlotKeys]
) -> OpenSlot:
    """The steps of PROTOCOL §4: what the service shows is checked before a key is derived; nothing is tried twice."""
    service = Service(connection.transport)
    challenge = service.challenge(handle)
    check_binding(connection.pins.bound_vault(connection.place, handle), challenge.vault_id)
    header = choose_slot(challenge, kind)
    keys = keys_of(challenge, header)
    origin = connection.transport.origin
    request = wire.LoginRequest(
        vault_id=header.vault_id,
        slot_id=header.slot_id,
        challenge=challenge.challenge,
        expiry=challenge.expiry,
        origin=origin,
        signature=keys.sign_login(origin, header.vault_id, header.slot_id, challenge.challenge, challenge.expiry),
        carrier="bearer",
    )
    login = service.log_in(request)
    vault_key = open_slot(login.slot, header, keys)
    return OpenSlot(handle, challenge.vault_salt, vault_key, header, login.slot)


def _first_head(keyring: Keyring, vault_id: bytes, slots: list[NewSlot]) -> tuple[wire.ContainerWrite, Head, bytes]:
    """The root container and the head of a vault that begins; the head also sealed."""
    root_key = os.urandom(KEY_BYTES)
    context = Context(EnvelopeClass.HEADER, vault_id, vault_id, ZERO_ID, 1)
    root, write = seal_container(keyring, context, root_key, RootHeader(0, SetDigest.empty()), is_new_key=True)
    head = Head(
        seq=1,
        containers=1,
        digest=SetDigest.empty().add(root.element),
        history=first_history(vault_id),
        slot_epoch=max(new.header.epoch for new in slots),
        slots=tuple(sorted((new.entry for new in slots), key=lambda entry: entry.id)),
    )
    return write, head, seal_head(root_key, vault_id, head)
