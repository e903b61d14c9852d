"""Building commits: from wanted edits to sealed bytes and the head that follows (docs/PROTOCOL.md §6). No I/O.

A *plan* makes edits out of the contents as they are. When another device wrote first, the same plan is asked again
over the newer contents: that is the whole of rebasing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from vault.client.contents import Contents, OpenContainer, Step
from vault.core import envelope
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head, SlotEntry, head_hash, next_history
from vault.core.keyring import Keyring
from vault.core.keyslot import SlotHeader
from vault.core.model import RootHeader, SessionHeader
from vault.errors import UsageError
from vault.wire import limits
from vault.wire import models as wire

_TOO_MUCH = "This is more than one save can carry; save it in parts."


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to add: its id and its payload."""

    record_id: bytes
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A container's next header, and records to add to it. ``count`` and ``digest`` of the header are counted on here.

    `new_key` is the key of a container that begins with this edit, None for one that exists.
    """

    container_id: bytes
    header: SessionHeader
    records: Sequence[NewRecord] = ()
    new_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A slot to add: as sent, as the head names it, and its header."""

    slot: wire.NewSlot
    entry: SlotEntry
    header: SlotHeader


@dataclass(frozen=True, slots=True)
class Edits:
    """All that one commit does."""

    containers: Sequence[Edit] = ()
    add_slots: Sequence[NewSlot] = ()
    destroy_slots: Sequence[bytes] = ()


class Plan(Protocol):
    """Something to do to a vault, whatever its contents are by then. Equal plans ask for the same thing."""

    def __call__(self, contents: Contents, /) -> Edits:
        """The edits over these contents. Raises InkvaultError when there is nothing to do it to."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit ready to send, as often as it takes, and the step that it makes."""

    body: bytes
    step: Step


def prepare(contents: Contents, edits: Edits) -> Prepared:
    """Seal a commit over `contents`. Raises UsageError when it is too large to send."""
    writes, records, opened = [], [], {}
    digest, count = contents.head.digest, contents.head.containers
    for edit in edits.containers:
        container, write, added = _seal_edit(contents, edit)
        before = contents.containers.get(edit.container_id)
        digest = digest.add(container.element)
        if before is None:
            count += 1
        else:
            digest = digest.remove(before.element)
        opened[edit.container_id] = container
        writes.append(write)
        records += added
    if max(len(writes), len(records)) > limits.MAX_COMMIT_ITEMS:
        raise UsageError(_TOO_MUCH)
    head = replace(_next_head(contents, edits), digest=digest, containers=count)
    sealed = seal_head(contents.root_key, contents.vault_id, head)
    commit = wire.Commit(
        expected_seq=contents.head.seq, head=sealed, containers=writes, records=records, slots=_slot_changes(edits)
    )
    body = commit.model_dump_json().encode()
    if len(body) > limits.MAX_BODY_BYTES:
        raise UsageError(_TOO_MUCH)
    return Prepared(body, Step(head, head_hash(sealed), opened))


def seal_head(root_key: bytes, vault_id: bytes, head: Head) -> bytes:
    """The envelope of a head."""
    return envelope.seal(root_key, Context(EnvelopeClass.HEAD, vault_id, vault_id, ZERO_ID, head.seq), head.payload())


def seal_container(
    keyring: Keyring,
    context: Context,
    key: bytes,
    header: RootHeader | SessionHeader,
    *,
    epoch: int = 1,
) -> tuple[OpenContainer, wire.ContainerWrite]:
    """A container's header as kept here and as sent; the wrapped key goes with version 1."""
    container_id, version = context.container_id, context.version
    sealed = envelope.seal(key, context, header.payload())
    container = OpenContainer(container_id, key, epoch, version, keyring.element(context, sealed), header)
    wrapped = keyring.wrap(container_id, epoch, key) if version == 1 else None
    write = wire.ContainerWrite(
        container_id=container_id, version=version, epoch=epoch, wrapped_key=wrapped, header=sealed
    )
    return container, write


def _seal_edit(contents: Contents, edit: Edit) -> tuple[OpenContainer, wire.ContainerWrite, list[wire.RecordWrite]]:
    if edit.new_key is None:
        before = contents.containers[edit.container_id]
        key, epoch, version = before.key, before.epoch, before.version + 1
    else:
        key, epoch, version = edit.new_key, 1, 1
    digest, records = edit.header.digest, []
    for record in edit.records:
        context = Context(EnvelopeClass.RECORD, contents.vault_id, edit.container_id, record.record_id, 1)
        sealed = envelope.seal(key, context, record.payload)
        digest = digest.add(contents.keyring.element(context, sealed))
        records.append(
            wire.RecordWrite(container_id=edit.container_id, record_id=record.record_id, version=1, envelope=sealed)
        )
    header = replace(edit.header, count=edit.header.count + len(records), digest=digest)
    context = Context(EnvelopeClass.HEADER, contents.vault_id, edit.container_id, ZERO_ID, version)
    container, write = seal_container(contents.keyring, context, key, header, epoch=epoch)
    return container, write, records


def _next_head(contents: Contents, edits: Edits) -> Head:
    head = contents.head
    slots = head.slots
    if edits.add_slots or edits.destroy_slots:
        kept = [entry for entry in slots if entry.id not in edits.destroy_slots]
        slots = tuple(sorted([*kept, *(new.entry for new in edits.add_slots)], key=lambda entry: entry.id))
    return replace(
        head,
        seq=head.seq + 1,
        history=next_history(head.history, contents.head_hash),
        slot_epoch=max([head.slot_epoch, *(new.header.epoch for new in edits.add_slots)]),
        slots=slots,
    )


def _slot_changes(edits: Edits) -> wire.SlotChanges | None:
    if not edits.add_slots and not edits.destroy_slots:
        return None
    return wire.SlotChanges(add=[new.slot for new in edits.add_slots], destroy=list(edits.destroy_slots))
