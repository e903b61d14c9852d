"""Reading a vault from the service: the listing, what moved since, the records of a session (docs/FORMAT.md §7.1)."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from vault.client.contents import (
    Contents,
    OpenContainer,
    OpenRecord,
    RootRecords,
    Step,
    check_digest,
    newer,
    open_container,
    open_contents,
    open_head,
    step_to,
)
from vault.client.service import Service
from vault.client.trusted_state import Pin, advance
from vault.core.digest import SetDigest
from vault.core.head import head_hash
from vault.core.keyring import Keyring
from vault.core.records import RecordCipher
from vault.core.refuse import integrity_error
from vault.errors import ConflictError
from vault.wire import models as wire

_RESTARTS = 20
"""How often a listing that other devices keep changing is begun again."""


@dataclass(slots=True)
class Moved:
    """All answers about what moved after a sequence number, put together."""

    seq: int
    sealed_head: bytes
    hashes: list[bytes]
    containers: dict[bytes, wire.Container] = field(default_factory=dict)


def load(service: Service, keyring: Keyring, vault_id: bytes, pin: Pin | None) -> tuple[Contents, Pin]:
    """Open the whole listing and check it against its head and against `pin`; the pin to keep comes with it."""
    for _ in restarts():
        found = _load(service, keyring, vault_id, pin)
        if found is not None:
            return found
    raise AssertionError  # restarts() raises


def _load(service: Service, keyring: Keyring, vault_id: bytes, pin: Pin | None) -> tuple[Contents, Pin] | None:
    """As :func:`load`, or None when something was erased meanwhile.

    Each page is opened as it comes: a service that invents containers without end is refused at the first.
    """
    opened: dict[bytes, OpenContainer] = {}
    first: wire.ContainerPage | None = None
    moved = False
    with uncollected():
        for page in service.container_pages():
            first = first or page
            moved = moved or page.seq != first.seq
            for container in page.containers:
                opened[container.container_id] = open_container(keyring, vault_id, container)
    if first is None:
        raise integrity_error()
    if moved and service.changes(first.seq).erased_seq > first.seq:
        return None  # the head of the first page may be sealed under a root key that is no more
    contents = open_contents(keyring, vault_id, first.seq, first.head, opened)
    base = pin or contents.seen
    hashes: list[bytes] = []
    if moved or first.seq > base.seq:
        since = changes(service, contents.root_key, vault_id, base.seq, listed=first.seq)
        if since is None:
            return None
        opened.update(newer(keyring, vault_id, opened, since.containers.values()))
        contents = open_contents(keyring, vault_id, since.seq, since.sealed_head, opened)
        hashes = since.hashes
    # Where the history parted, that is what the writer is told: the digest could only say that something is wrong.
    pin = advance(base, contents.seen, hashes)
    check_digest(contents)
    for _ in restarts():
        root = records(service, contents, vault_id)
        if root is not None:
            contents.root = RootRecords(root)
            return contents, pin
        caught_up = _catch_up(service, contents, pin)
        if caught_up is None:
            return None
        step, pin = caught_up
        contents.take(step)
    raise AssertionError  # restarts() raises


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection in the block: it makes many objects that stay and no cycles, and each look costs more."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def changes(service: Service, root_key: bytes, vault_id: bytes, since: int, *, listed: int) -> Moved | None:
    """All that moved after `since`. Every head on the way is opened, so the number of hashes is one a writer made.

    `listed` is the sequence number of the listing that `root_key` is from. None when something was erased after it:
    then containers may be gone and keys are new, the root's too, and only a new listing tells.
    """
    hashes: list[bytes] = []
    found: dict[bytes, wire.Container] = {}
    while True:
        answer = service.changes(since + len(hashes))
        if answer.erased_seq > listed:
            return None
        open_head(root_key, vault_id, answer.seq, answer.head)
        hashes += answer.head_hashes
        for container in answer.containers:
            before = found.get(container.container_id)
            if before is None or before.version < container.version:
                found[container.container_id] = container
        if answer.complete:
            return Moved(answer.seq, answer.head, hashes, found)
        service.transport.keep_alive()


def catch_up(service: Service, contents: Contents, pin: Pin) -> tuple[Step, Pin]:
    """What other devices committed after `contents`, opened and checked. Takes nothing over.

    Raises RollbackError when the service shows less than `contents`, ForkError when it shows another history.
    """
    caught_up = _catch_up(service, contents, pin)
    if caught_up is not None:
        return caught_up
    listed, seen = load(service, contents.keyring, contents.vault_id, pin)
    return contents.step_to_listing(listed), seen


def _catch_up(service: Service, contents: Contents, pin: Pin) -> tuple[Step, Pin] | None:
    """As :func:`catch_up`, or None when something was erased since."""
    for _ in restarts():
        moved = _moved_since(service, contents, pin)
        if moved is None:
            return None
        step, seen = moved
        root = step.containers.get(contents.vault_id)
        if root is None:
            return step, seen
        found = _records(service, contents, root)
        if found is not None:
            return replace(step, root=RootRecords(found)), seen
    raise AssertionError  # restarts() raises


def _moved_since(service: Service, contents: Contents, pin: Pin) -> tuple[Step, Pin] | None:
    seq = contents.head.seq
    since = changes(service, contents.root_key, contents.vault_id, seq, listed=seq)
    if since is None:
        return None
    head = open_head(contents.root_key, contents.vault_id, since.seq, since.sealed_head)
    seen = Pin(contents.vault_id, head.seq, head_hash(since.sealed_head), head.history)
    pin = advance(pin, seen, since.hashes)
    return step_to(contents, head, seen.head_hash, since.containers.values()), pin


def open_records(keyring: Keyring, container: OpenContainer, shown: Iterable[wire.Record]) -> Iterator[OpenRecord]:
    """Open records of a container. Raises FormatError or IntegrityError."""
    opener = RecordCipher(keyring, container.container_id, container.key)
    for record in shown:
        element, payload, _ = opener.open(record.record_id, record.version, record.envelope)
        yield OpenRecord(record.record_id, record.version, element, payload)


def records(service: Service, contents: Contents, container_id: bytes) -> dict[bytes, OpenRecord] | None:
    """A container's records by id, checked against its header; None when the header is out of date."""
    return _records(service, contents, contents.containers[container_id])


def _records(service: Service, contents: Contents, container: OpenContainer) -> dict[bytes, OpenRecord] | None:
    found = dict[bytes, OpenRecord]()
    if container.header.count or container.container_id != contents.vault_id:  # most roots are empty
        for page in service.record_pages(container.container_id):
            if page.container.version > container.version:
                return None
            shown = open_container(contents.keyring, contents.vault_id, page.container)
            if shown != container:
                raise integrity_error()
            for opened in open_records(contents.keyring, container, page.records):
                found[opened.record_id] = opened
            if len(found) > container.header.count:
                raise integrity_error()
    check_records(container, len(found), sum(record.element for record in found.values()))
    return found


def check_records(container: OpenContainer, count: int, total: int) -> None:
    """Raise IntegrityError unless records so many, with elements of this sum, are those that the header means."""
    if count != container.header.count or SetDigest.empty().add(total) != container.header.digest:
        raise integrity_error()


def restarts() -> Iterator[None]:
    """Try again while other devices write; ConflictError when they do not let us through."""
    for _ in range(_RESTARTS):
        yield
    raise ConflictError("Other devices keep writing to this vault; try again in a moment.")
