"""An opened vault: its head and all its container headers, checked against each other (docs/FORMAT.md §7.1 rule 2).

The records of the root container are part of it, those of sessions are not. Nothing here does I/O. What the service
shows is opened and checked in full first, as a :class:`Step`, and taken over only then, so that a refusal leaves
everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vault.client.snapshot_frames import StoredContainer
from vault.client.trusted_state import Pin
from vault.core import envelope
from vault.core.digest import SetDigest
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head, KeptCheckpoint, first_history, head_hash
from vault.core.keyring import Keyring
from vault.core.model import RootHeader, SessionHeader
from vault.core.refuse import integrity_error
from vault.core.rootrecords import Backup, Notebook, RootRecord, Settings, Template, parse_root_record
from vault.wire import models as wire


@dataclass(frozen=True, slots=True)
class OpenContainer:
    """A container whose key is unwrapped and whose header is opened. `element` is its share of the head's digest."""

    container_id: bytes
    key: bytes = field(repr=False)
    epoch: int
    version: int
    element: int
    header: RootHeader | SessionHeader


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """A record that opened, of whatever type. `element` is its share of the digest in its container's header."""

    record_id: bytes
    version: int
    element: int
    payload: dict[str, Any]


class RootRecords:
    """The records of the root container. Making it raises FormatError for one of another form than its type has."""

    def __init__(self, opened: Mapping[bytes, OpenRecord]) -> None:
        self.opened = opened
        self._parsed = {record_id: parse_root_record(opened[record_id].payload) for record_id in sorted(opened)}

    def get(self, record_id: bytes) -> RootRecord | None:
        """The record of this id, or None."""
        return self._parsed.get(record_id)

    def notebooks(self) -> dict[bytes, Notebook]:
        """All notebooks, those in the trash too."""
        return {record_id: record for record_id, record in self._parsed.items() if isinstance(record, Notebook)}

    def templates(self) -> dict[bytes, Template]:
        """The writer's own templates, those in the trash too."""
        return {record_id: record for record_id, record in self._parsed.items() if isinstance(record, Template)}

    def settings(self) -> tuple[bytes, Settings] | None:
        """The settings that count, and the id of their record."""
        found = ((record_id, record) for record_id, record in self._parsed.items() if isinstance(record, Settings))
        return next(found, None)

    def backup(self) -> tuple[bytes, Backup] | None:
        """The record of the latest backup, and its id."""
        found = ((record_id, record) for record_id, record in self._parsed.items() if isinstance(record, Backup))
        return max(found, key=lambda each: each[1].begun_at, default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """A next head and the containers that change with it. `root` has the root's records when that is one of them.

    `gone` are the ids of those that were erased.
    """

    head: Head
    head_hash: bytes
    containers: Mapping[bytes, OpenContainer]
    root: RootRecords | None = None
    gone: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Contents:
    """What a vault holds at one head. `containers` has all of them by id, the root included.

    `gone` are those that were erased since it was opened, `log` is the checkpoint of its log that was accepted then.
    """

    vault_id: bytes
    keyring: Keyring
    head: Head
    head_hash: bytes
    containers: dict[bytes, OpenContainer]
    root: RootRecords = field(default_factory=lambda: RootRecords({}))
    gone: set[bytes] = field(default_factory=set)
    log: KeptCheckpoint | None = None

    @property
    def root_key(self) -> bytes:
        """The key of the root container, which also seals the head."""
        return self.containers[self.vault_id].key

    @property
    def seen(self) -> Pin:
        """The head, as rules of trust see it."""
        return Pin(self.vault_id, self.head.seq, self.head_hash, self.head.history)

    def sessions(self) -> Iterator[tuple[bytes, SessionHeader]]:
        """Ids and headers of all sessions, in no order."""
        for container_id, container in self.containers.items():
            if isinstance(container.header, SessionHeader):
                yield container_id, container.header

    def take(self, step: Step) -> None:
        """Move to a head that was checked (or made) here."""
        self.containers.update(step.containers)
        for container_id in step.gone:
            del self.containers[container_id]
        self.gone = (self.gone | step.gone) - step.containers.keys()  # an import brings them back under their ids
        self.head = step.head
        self.head_hash = step.head_hash
        if step.root is not None:
            self.root = step.root

    def step_to_listing(self, listed: Contents) -> Step:
        """The step from here to a listing that was made anew and checked."""
        changed = {
            container_id: container
            for container_id, container in listed.containers.items()
            if self.containers.get(container_id) != container
        }
        gone = frozenset(self.containers.keys() - listed.containers.keys())
        return Step(listed.head, listed.head_hash, changed, listed.root, gone)


def open_container(keyring: Keyring, vault_id: bytes, container: wire.Container | StoredContainer) -> OpenContainer:
    """Unwrap the key and open the header. Raises FormatError or IntegrityError."""
    container_id = container.container_id
    key = keyring.unwrap(container_id, container.epoch, container.wrapped_key)
    context = Context(EnvelopeClass.HEADER, vault_id, container_id, ZERO_ID, container.version)
    payload = envelope.open(key, context, container.header)
    header = RootHeader.parse(payload) if container_id == vault_id else SessionHeader.parse(payload)
    element = keyring.element(context, container.header)
    return OpenContainer(container_id, key, container.epoch, container.version, element, header)


def open_head(root_key: bytes, vault_id: bytes, seq: int, sealed: bytes) -> Head:
    """The head, which must say the sequence number it was shown with. Raises FormatError or IntegrityError."""
    head = Head.parse(envelope.open(root_key, Context(EnvelopeClass.HEAD, vault_id, vault_id, ZERO_ID, seq), sealed))
    if head.seq != seq or (seq == 1 and head.history != first_history(vault_id)):
        raise integrity_error()
    return head


def open_contents(
    keyring: Keyring, vault_id: bytes, seq: int, sealed_head: bytes, containers: dict[bytes, OpenContainer]
) -> Contents:
    """Put a listing together with its head. Whether they fit is for :func:`check_digest` to say."""
    root = containers.get(vault_id)
    if root is None:
        raise integrity_error()
    head = open_head(root.key, vault_id, seq, sealed_head)
    return Contents(vault_id, keyring, head, head_hash(sealed_head), containers)


def check_digest(contents: Contents) -> None:
    """Raise IntegrityError unless the containers are all there and each is the one the head means."""
    total = sum(container.element for container in contents.containers.values())
    _check_sum(contents.head, len(contents.containers), SetDigest.empty().add(total))


def step_to(contents: Contents, head: Head, head_hash: bytes, changed: Iterable[wire.Container]) -> Step:
    """Open what the service shows as changed, and check that with it the contents become those that `head` means.

    Raises FormatError or IntegrityError; `contents` stays as it is.
    """
    opened = dict(newer(contents.keyring, contents.vault_id, contents.containers, changed))
    count, digest = len(contents.containers), contents.head.digest
    for container_id, container in opened.items():
        before = contents.containers.get(container_id)
        if before is None:
            count += 1
        else:
            digest = digest.remove(before.element)
        digest = digest.add(container.element)
    _check_sum(head, count, digest)
    return Step(head, head_hash, opened)


def newer(
    keyring: Keyring, vault_id: bytes, known: Mapping[bytes, OpenContainer], changed: Iterable[wire.Container]
) -> Iterable[tuple[bytes, OpenContainer]]:
    """Open those of `changed` that are not the ones already known; the digest shows an older or a forged one."""
    for container in changed:
        before = known.get(container.container_id)
        if before is None or before.version != container.version:
            yield container.container_id, open_container(keyring, vault_id, container)


def _check_sum(head: Head, count: int, digest: SetDigest) -> None:
    if head.containers != count or head.digest != digest:
        raise integrity_error()
