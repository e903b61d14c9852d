"""Building commits: from wanted edits to sealed bytes and the head that follows (docs/PROTOCOL.md §6). No I/O.

A *plan* makes edits out of the contents as they are. When another device wrote first, the same plan is asked again
over the newer contents: that is the whole of rebasing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from vault.client.contents import Contents, OpenContainer, OpenRecord, RootRecords, Step
from vault.client.secrets import OpenSlot
from vault.client.trusted_state import later_log
from vault.core import envelope
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head, KeptCheckpoint, SlotEntry, head_hash, next_history
from vault.core.keyring import Keyring
from vault.core.keyslot import SlotHeader
from vault.core.model import RootHeader, SessionHeader
from vault.errors import UsageError
from vault.wire import limits
from vault.wire import models as wire

_TOO_MUCH = "This is more than one save can carry; save it in parts."


@dataclass(frozen=True, slots=True)
class RecordEdit:
    """A record to add, or to put in the place of `before`: its id and its payload."""

    record_id: bytes
    payload: dict[str, Any]
    before: OpenRecord | None = None

    @property
    def version(self) -> int:
        """The version that it takes."""
        return 1 if self.before is None else self.before.version + 1


@dataclass(frozen=True, slots=True)
class Edit:
    """A container's next header and what happens to its records; ``count`` and ``digest`` are counted on here.

    `new_key` is the key of a container that begins with this edit, None for one that exists.
    """

    container_id: bytes
    header: RootHeader | SessionHeader
    records: Sequence[RecordEdit] = ()
    new_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A slot to add: as sent, as the head names it, and its header."""

    slot: wire.NewSlot
    entry: SlotEntry
    header: SlotHeader


@dataclass(frozen=True, slots=True)
class Edits:
    """All that one commit does. `next_slot` is the slot that this login goes on with after it, None for the same.

    `log` is a checkpoint to seal in the place of the one in the head, None to seal the later one of those accepted.
    """

    containers: Sequence[Edit] = ()
    add_slots: Sequence[NewSlot] = ()
    destroy_slots: Sequence[bytes] = ()
    next_slot: OpenSlot | None = None
    log: KeptCheckpoint | None = None


class Source(Protocol):
    """What a plan can look at."""

    @property
    def contents(self) -> Contents:
        """The vault as last seen."""

    def read(self, container_id: bytes) -> Mapping[bytes, OpenRecord]:
        """The records of a container by id. May refresh :attr:`contents`: look there afterwards."""


class Plan(Protocol):
    """Something to do to a vault, whatever its contents are by then. Equal plans ask for the same thing."""

    def __call__(self, source: Source, /) -> Edits | None:
        """The edits over what `source` has, None for none. Raises InkvaultError when there is nothing to do it to."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit ready to send, as often as it takes, the step that it makes, and the slot to go on with."""

    body: bytes
    step: Step
    next_slot: OpenSlot | None


def prepare(contents: Contents, edits: Edits) -> Prepared:
    """Seal a commit over `contents`. Raises UsageError when it is too large to send."""
    writes, records, opened, root = [], [], {}, None
    digest, count = contents.head.digest, contents.head.containers
    for edit in edits.containers:
        container, write, sealed_records = _seal_edit(contents, edit)
        before = contents.containers.get(edit.container_id)
        digest = digest.add(container.element)
        if before is None:
            count += 1
        else:
            digest = digest.remove(before.element)
        opened[edit.container_id] = container
        writes.append(write)
        records += [sealed.write for sealed in sealed_records]
        if edit.container_id == contents.vault_id:
            root = RootRecords(
                {**contents.root.opened, **{each.opened.record_id: each.opened for each in sealed_records}}
            )
    if max(len(writes), len(records)) > limits.MAX_COMMIT_ITEMS:
        raise UsageError(_TOO_MUCH)
    head = replace(next_head(contents, edits), digest=digest, containers=count)
    sealed_head = seal_head(contents.root_key, contents.vault_id, head)
    commit = wire.Commit(
        expected_seq=contents.head.seq, head=sealed_head, containers=writes, records=records, slots=_slot_changes(edits)
    )
    body = commit.model_dump_json().encode()
    if len(body) > limits.MAX_BODY_BYTES:
        raise UsageError(_TOO_MUCH)
    return Prepared(body, Step(head, head_hash(sealed_head), opened, root), edits.next_slot)


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
    is_new_key: bool,
) -> tuple[OpenContainer, wire.ContainerWrite]:
    """A container's header as kept here and as sent, with the wrapped key where that is new."""
    container_id, version = context.container_id, context.version
    sealed = envelope.seal(key, context, header.payload())
    container = OpenContainer(container_id, key, epoch, version, keyring.element(context, sealed), header)
    wrapped = keyring.wrap(container_id, epoch, key) if is_new_key else None
    write = wire.ContainerWrite(
        container_id=container_id, version=version, epoch=epoch, wrapped_key=wrapped, header=sealed
    )
    return container, write


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record as kept here and as sent."""

    opened: OpenRecord
    write: wire.RecordWrite


def _seal_edit(contents: Contents, edit: Edit) -> tuple[OpenContainer, wire.ContainerWrite, list[SealedRecord]]:
    if edit.new_key is None:
        before = contents.containers[edit.container_id]
        key, epoch, version = before.key, before.epoch, before.version + 1
    else:
        key, epoch, version = edit.new_key, 1, 1
    digest, count, records = edit.header.digest, edit.header.count, []
    for record in edit.records:
        sealed = seal_record(contents, edit.container_id, key, record)
        digest = digest.add(sealed.opened.element)
        if record.before is None:
            count += 1
        else:
            digest = digest.remove(record.before.element)
        records.append(sealed)
    header = replace(edit.header, count=count, digest=digest)
    context = Context(EnvelopeClass.HEADER, contents.vault_id, edit.container_id, ZERO_ID, version)
    is_new_key = edit.new_key is not None
    container, write = seal_container(contents.keyring, context, key, header, epoch=epoch, is_new_key=is_new_key)
    return container, write, records


def seal_record(contents: Contents, container_id: bytes, key: bytes, record: RecordEdit) -> SealedRecord:
    """A record sealed under the key of its container, as kept here and as sent."""
    record_id, version = record.record_id, record.version
    context = Context(EnvelopeClass.RECORD, contents.vault_id, container_id, record_id, version)
    sealed = envelope.seal(key, context, record.payload)
    return SealedRecord(
        OpenRecord(record_id, version, contents.keyring.element(context, sealed), record.payload),
        wire.RecordWrite(container_id=container_id, record_id=record_id, version=version, envelope=sealed),
    )


def next_head(contents: Contents, edits: Edits) -> Head:
    """The head that follows, but for the containers in it."""
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
        audit=edits.log or later_log(contents.log, head.audit),
    )


def _slot_changes(edits: Edits) -> wire.SlotChanges | None:
    if not edits.add_slots and not edits.destroy_slots:
        return None
    return wire.SlotChanges(add=[new.slot for new in edits.add_slots], destroy=list(edits.destroy_slots))
