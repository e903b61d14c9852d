"""Ordering erasures as docs/ERASURE.md §3 and docs/PROTOCOL.md §11 say it, with nothing of the client."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.service import Host, RefusedError, SlotKey, Writer, envelope
from vault.erase.run import Eraser
from vault.server.service import EXTENSION, Service
from vault.storage.store import Store
from vault.wire.limits import WRAPPED_KEY_BYTES
from vault.wire.models import (
    CertificateFile,
    ConfirmErasure,
    ContainerWrite,
    Erasure,
    ErrorBody,
    NewErasure,
    RecordsOf,
    RecordWrite,
    Scope,
    StagedRecords,
)


def service_of(host: Host) -> Service:
    found: Service = host.app.extensions[EXTENSION]
    return found


def store_of(host: Host) -> Store:
    return service_of(host).store


def eraser_of(host: Host) -> Eraser:
    return service_of(host).eraser


def rested(host: Host) -> None:
    """Wait until the service has done what it can."""
    assert eraser_of(host).resting.wait(60)


def scope_of(
    containers: Iterable[bytes] = (), records: Mapping[bytes, Iterable[bytes]] | None = None, *, whole: bool = False
) -> Scope:
    parts = sorted((records or {}).items())
    return Scope(
        whole=whole,
        containers=sorted(containers),
        records=[RecordsOf(container_id=container_id, record_ids=sorted(ids)) for container_id, ids in parts],
    )


def scope_hash(scope: Scope) -> bytes:
    data = bytes([scope.whole]) + len(scope.containers).to_bytes(4, "big") + b"".join(scope.containers)
    data += len(scope.records).to_bytes(4, "big")
    for part in scope.records:
        data += part.container_id + len(part.record_ids).to_bytes(4, "big") + b"".join(part.record_ids)
    return hashlib.sha256(data).digest()


@dataclass
class Nuke:
    """One erasure of a writer, step by step; what a step sends can be changed before it."""

    writer: Writer
    scope: Scope
    erasure_id: bytes = field(default_factory=lambda: os.urandom(16))
    head: bytes | None = field(default_factory=envelope)
    expected_seq: int = 0
    survivors: list[RecordWrite] = field(default_factory=list)
    containers: list[ContainerWrite] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expected_seq = self.writer.seq
        if self.scope.whole:
            self.head = None

    @property
    def path(self) -> str:
        return f"/erasures/{self.erasure_id.hex()}"

    def new(self) -> NewErasure:
        return NewErasure(erasure_id=self.erasure_id, expected_seq=self.expected_seq, scope=self.scope)

    def plan(self) -> Erasure:
        """Plan, and make what stays."""
        planned = self.writer.ask("POST", "/erasures", Erasure, self.new())
        if not self.containers:
            self._make()
        return planned

    def _make(self) -> None:
        stored = {each.container_id: each for each in self.writer.containers()} if self.scope.records else {}
        for part in self.scope.records:
            old = stored[part.container_id]
            self.containers.append(
                ContainerWrite(
                    container_id=part.container_id,
                    version=old.version + 1,
                    epoch=old.epoch + 1,
                    wrapped_key=os.urandom(WRAPPED_KEY_BYTES),
                    header=envelope(),
                )
            )
            self.survivors += [
                RecordWrite(
                    container_id=part.container_id,
                    record_id=record.record_id,
                    version=record.version + 1,
                    envelope=envelope(),
                )
                for record in self.writer.records(part.container_id)
                if record.record_id not in part.record_ids
            ]

    def stage(self, survivors: Sequence[RecordWrite] = ()) -> None:
        """Raises RefusedError."""
        found = list(survivors or self.survivors)
        for start in range(0, len(found), 5_000):
            body = StagedRecords(records=found[start : start + 5_000])
            response = self.writer.send("POST", f"{self.path}/records", body)
            if response.status_code != 204:
                raise RefusedError(response.status_code, ErrorBody.model_validate_json(response.content))

    def order(self, key: SlotKey | None = None, **changes: Any) -> ConfirmErasure:
        """The signed order. `changes` are of what is signed: origin, vault_id, slot_id, erasure_id, seq, scope."""
        key = key or self.writer.keys[0]
        head_hash = bytes(32) if self.head is None else hashlib.sha256(self.head).digest()
        signed = {
            "origin": self.writer.origin,
            "vault_id": self.writer.vault_id,
            "slot_id": key.slot_id,
            "erasure_id": self.erasure_id,
            "seq": self.expected_seq,
            "scope": scope_hash(self.scope),
            "head": head_hash,
            **changes,
        }
        origin = signed["origin"].encode()
        message = b"inkvault/v1/erasure" + len(origin).to_bytes(2, "big") + origin + signed["vault_id"]
        message += signed["slot_id"] + signed["erasure_id"] + signed["seq"].to_bytes(8, "big")
        message += signed["scope"] + signed["head"]
        signature = key.private.sign(b"inkvault/v1/erasure-order" + hashlib.sha256(message).digest())
        return ConfirmErasure(
            slot_id=key.slot_id,
            origin=self.writer.origin,
            signature=signature,
            head=self.head,
            containers=self.containers,
        )

    def confirm(self, order: ConfirmErasure | None = None) -> Erasure:
        found = self.writer.ask("POST", f"{self.path}/confirm", Erasure, order or self.order())
        if not self.scope.whole:
            self.writer.seq = self.expected_seq + 1
            self.writer.versions.update({write.container_id: write.version for write in self.containers})
            for container_id in self.scope.containers:
                self.writer.versions.pop(container_id, None)
        return found

    def ordered(self) -> Erasure:
        """All steps of the client."""
        self.plan()
        if self.survivors:
            self.stage()
        return self.confirm()

    def state(self) -> Erasure:
        return self.writer.ask("GET", f"{self.path}?vault_id={self.writer.vault_id.hex()}", Erasure)

    def certificate(self) -> bytes:
        path = f"{self.path}/certificate?vault_id={self.writer.vault_id.hex()}"
        return self.writer.ask("GET", path, CertificateFile).certificate.encode()

    def again(self) -> Nuke:
        """The same wish at the seq of now."""
        return replace(self, erasure_id=os.urandom(16), expected_seq=self.writer.seq, survivors=[], containers=[])


@dataclass
class Shelf:
    """A vault with two sessions of three records each."""

    writer: Writer
    first: bytes
    second: bytes
    records: list[bytes]
    """Of the first session."""
