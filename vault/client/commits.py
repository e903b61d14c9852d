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
from vault.core.records import RecordCipher
from vault.errors import UsageError
from vault.wire import limits
from vault.wire import models as wire
from vault.wire.encodings import b64encode, id_to_text

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

    `new_key` is the key of a container that begins with this edit, None for one that exists. `added` are records that a
    session does not have yet, by id and as :func:`vault.core.envelope.encoded` makes them: many cost little so.
    """

    container_id: bytes
    header: RootHeader | SessionHeader
    records: Sequence[RecordEdit] = ()
    new_key: bytes | None = field(default=None, repr=False)
    added: Sequence[tuple[bytes, bytes]] = field(default=(), repr=False)


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
    containers, records, opened, root = list[str](), list[str](), dict[bytes, OpenContainer](), None
    digest, count = contents.head.digest, contents.head.containers
    for edit in edits.containers:
        container, write, changed = _seal_edit(contents, edit, records)
        before = contents.containers.get(edit.container_id)
        digest = digest.add(container.element)
        if before is None:
            count += 1
        else:
            digest = digest.remove(before.element)
        opened[edit.container_id] = container
        containers.append(container_json(write))
        if edit.container_id == contents.vault_id:
            root = RootRecords({**contents.root.opened, **changed})
    if max(len(containers), len(records)) > limits.MAX_COMMIT_ITEMS:
        raise UsageError(_TOO_MUCH)
    head = replace(next_head(contents, edits), digest=digest, containers=count)
    sealed_head = seal_head(contents.root_key, contents.vault_id, head)
    body = commit_json(contents.head.seq, sealed_head, containers, records, _slot_changes(edits))
    if len(body) > limits.MAX_BODY_BYTES:
        raise UsageError(_TOO_MUCH)
    return Prepared(body, Step(head, head_hash(sealed_head), opened, root), edits.next_slot)


def commit_json(
    expected_seq: int,
    head: bytes,
    containers: Sequence[str],
    records: Sequence[str],
    slots: wire.SlotChanges | None = None,
) -> bytes:
    """A :class:`vault.wire.models.Commit` as it is sent, of containers and records that are JSON already."""
    sent = "null" if slots is None else slots.model_dump_json()
    begin = f'{{"expected_seq":{expected_seq},"head":"{b64encode(head)}","containers":['
    parts = [begin, ",".join(containers), '],"records":[', ",".join(records), f'],"slots":{sent}}}']
    return "".join(parts).encode()


def container_json(write: wire.ContainerWrite) -> str:
    """It as it is sent."""
    place = f'"container_id":"{id_to_text(write.container_id)}","version":{write.version},"epoch":{write.epoch}'
    key = "null" if write.wrapped_key is None else f'"{b64encode(write.wrapped_key)}"'
    return f'{{{place},"wrapped_key":{key},"header":"{b64encode(write.header)}"}}'


def record_json(container: str, record_id: bytes, version: int, sealed: bytes) -> str:
    """A :class:`vault.wire.models.RecordWrite` as it is sent; `container` is its id as text."""
    place = f'"container_id":"{container}","record_id":"{id_to_text(record_id)}","version":{version}'
    return f'{{{place},"envelope":"{b64encode(sealed)}"}}'


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


def _seal_edit(
    contents: Contents, edit: Edit, writes: list[str]
) -> tuple[OpenContainer, wire.ContainerWrite, dict[bytes, OpenRecord]]:
    """The container as kept here and as sent, and those of its records that were edited; all are put into `writes`."""
    if edit.new_key is None:
        before = contents.containers[edit.container_id]
        key, epoch, version = before.key, before.epoch, before.version + 1
    else:
        key, epoch, version = edit.new_key, 1, 1
    name, sealer = id_to_text(edit.container_id), RecordCipher(contents.keyring, edit.container_id, key)
    total, count, edited = 0, edit.header.count + len(edit.added), {}
    for record in edit.records:
        sealed, element = sealer.seal(record.record_id, record.version, envelope.encoded(record.payload))
        writes.append(record_json(name, record.record_id, record.version, sealed))
        edited[record.record_id] = OpenRecord(record.record_id, record.version, element, record.payload)
        total += element
        if record.before is None:
            count += 1
        else:
            total -= record.before.element
    for record_id, data in edit.added:
        sealed, element = sealer.seal(record_id, 1, data)
        writes.append(record_json(name, record_id, 1, sealed))
        total += element
    header = replace(edit.header, count=count, digest=edit.header.digest.add(total))
    context = Context(EnvelopeClass.HEADER, contents.vault_id, edit.container_id, ZERO_ID, version)
    is_new_key = edit.new_key is not None
    container, write = seal_container(contents.keyring, context, key, header, epoch=epoch, is_new_key=is_new_key)
    return container, write, edited


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
