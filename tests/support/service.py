"""A writer who speaks the protocol with opaque envelopes: the service cannot tell them from sealed ones.

It shares no code with the client, and signs with its own Ed25519 keys.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from tests.support import blank
from vault.server import EMBEDDED_ORIGIN, Settings, close_app, create_app
from vault.server.challenges import Challenges
from vault.server.logins import Logins
from vault.wire.encodings import b64encode
from vault.wire.limits import MIN_ENVELOPE_BYTES, WRAPPED_KEY_BYTES
from vault.wire.models import (
    Challenge,
    ChallengeRequest,
    Commit,
    CommitResult,
    Container,
    ContainerPage,
    ContainerWrite,
    CreateVault,
    ErrorBody,
    Login,
    LoginRequest,
    Model,
    NewSlot,
    Record,
    RecordPage,
    RecordWrite,
    SlotChanges,
)

API = "/api/v1"
M = TypeVar("M", bound=Model)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.seconds = start

    def __call__(self) -> float:
        return self.seconds


@dataclass
class SlotKey:
    """A slot and the private key that logs in with it."""

    vault_id: bytes
    kind: int = 1
    epoch: int = 1
    slot_id: bytes = field(default_factory=lambda: os.urandom(16))
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    rest: bytes = field(default_factory=lambda: os.urandom(92))

    @property
    def slot(self) -> bytes:
        costs = (131_072, 3, 1) if self.kind == 1 else (0, 0, 0)
        return struct.pack(">BBIBB16s16sI", 1, self.kind, *costs, self.vault_id, self.slot_id, self.epoch) + self.rest

    def new(self) -> NewSlot:
        return NewSlot(slot=self.slot, login_key=self.private.public_key().public_bytes_raw())

    def sign(self, origin: str, challenge: bytes, expiry: int) -> bytes:
        text = origin.encode()
        message = b"inkvault/v1/login" + struct.pack(">H", len(text)) + text + self.vault_id + self.slot_id
        return self.private.sign(message + challenge + struct.pack(">Q", expiry))


def envelope(size: int = MIN_ENVELOPE_BYTES) -> bytes:
    return os.urandom(size)


def new_container(container_id: bytes | None = None) -> ContainerWrite:
    return ContainerWrite(
        container_id=container_id or os.urandom(16),
        version=1,
        epoch=1,
        wrapped_key=os.urandom(WRAPPED_KEY_BYTES),
        header=envelope(),
    )


def changed_container(container_id: bytes, version: int) -> ContainerWrite:
    return ContainerWrite(container_id=container_id, version=version, epoch=1, header=envelope())


def new_record(container_id: bytes, version: int = 1, record_id: bytes | None = None) -> RecordWrite:
    return RecordWrite(
        container_id=container_id, record_id=record_id or os.urandom(16), version=version, envelope=envelope()
    )


class RefusedError(Exception):
    """The service answered with an error."""

    def __init__(self, status: int, body: ErrorBody) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


class Writer:
    """One vault over one HTTP client. Remembers what it wrote, so that the next commit fits."""

    def __init__(self, http: httpx.Client, handle: str, *, origin: str | None = None) -> None:
        self.http = http
        self.origin = origin or str(http.base_url).rstrip("/")
        self.handle = handle
        self.vault_id = os.urandom(16)
        self.keys = [SlotKey(self.vault_id), SlotKey(self.vault_id, kind=2)]
        self.seq = 0
        self.versions: dict[bytes, int] = {}
        self.headers: dict[str, str] = {}

    def creation(self) -> CreateVault:
        return CreateVault(
            handle=self.handle,
            vault_id=self.vault_id,
            vault_salt=os.urandom(32),
            slots=[key.new() for key in self.keys],
            root=new_container(self.vault_id),
            head=envelope(),
        )

    def create(self) -> Writer:
        self.ask("POST", "/vaults", CommitResult, self.creation())
        self.seq = 1
        self.versions[self.vault_id] = 1
        return self

    def login(self, key: SlotKey | None = None, *, carrier: str = "bearer", idle_seconds: int = 300) -> Login:
        login = self.ask("POST", "/logins", Login, self.login_request(key, carrier=carrier, idle_seconds=idle_seconds))
        if login.token is not None:
            self.headers = {"Authorization": f"Bearer {b64encode(login.token)}"}
        else:
            self.headers = {"Inkvault-Login": login.login_id.hex(), "Sec-Fetch-Site": "same-origin"}
        return login

    def challenge(self) -> Challenge:
        return self.ask("POST", "/logins/challenge", Challenge, ChallengeRequest(handle=self.handle))

    def login_request(
        self, key: SlotKey | None = None, *, carrier: str = "bearer", idle_seconds: int = 300
    ) -> LoginRequest:
        key = key or self.keys[0]
        challenge = self.challenge()
        return LoginRequest.model_validate(
            {
                "vault_id": self.vault_id,
                "slot_id": key.slot_id,
                "challenge": challenge.challenge,
                "expiry": challenge.expiry,
                "origin": self.origin,
                "signature": key.sign(self.origin, challenge.challenge, challenge.expiry),
                "carrier": carrier,
                "idle_seconds": idle_seconds,
            }
        )

    def next_commit(
        self,
        containers: Sequence[ContainerWrite] = (),
        records: Sequence[RecordWrite] = (),
        slots: SlotChanges | None = None,
    ) -> Commit:
        return Commit(
            expected_seq=self.seq, head=envelope(), containers=list(containers), records=list(records), slots=slots
        )

    def append(self, container_id: bytes) -> Commit:
        """A commit that adds one record to a container, which is made if it is new."""
        version = self.versions.get(container_id, 0) + 1
        write = new_container(container_id) if version == 1 else changed_container(container_id, version)
        return self.next_commit([write], [new_record(container_id)])

    def commit(self, commit: Commit) -> CommitResult:
        result = self.ask("POST", "/commits", CommitResult, commit)
        self.seq = result.seq
        self.versions.update({write.container_id: write.version for write in commit.containers})
        return result

    def containers(self) -> list[Container]:
        found: list[Container] = []
        after = ""
        while True:
            page = self.ask("GET", f"/containers{after}", ContainerPage)
            found += page.containers
            if page.next is None:
                return found
            after = f"?after={page.next.hex()}"

    def records(self, container_id: bytes) -> list[Record]:
        found: list[Record] = []
        after = ""
        while True:
            page = self.ask("GET", f"/containers/{container_id.hex()}/records{after}", RecordPage)
            found += page.records
            if page.next is None:
                return found
            after = f"?after={page.next.hex()}"

    def send(
        self, method: str, path: str, body: Model | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        content = None if body is None else body.model_dump_json().encode()
        sent = {**self.headers, **({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        return self.http.request(method, API + path, content=content, headers=sent)

    def ask(self, method: str, path: str, answer: type[M], body: Model | None = None) -> M:
        """Send, and read the answer. Raises RefusedError."""
        response = self.send(method, path, body)
        if response.status_code >= 400:
            raise RefusedError(response.status_code, ErrorBody.model_validate_json(response.content))
        return answer.model_validate_json(response.content)


@dataclass
class Host:
    """A service inside the test, with clocks of its own."""

    app: Flask
    http: httpx.Client
    settings: Settings
    clock: Clock

    def writer(self, handle: str = "ada") -> Writer:
        """A vault, unlocked."""
        writer = Writer(self.http, handle).create()
        writer.login()
        return writer


@contextmanager
def hosted(data_dir: Path, **changes: object) -> Iterator[Host]:
    """A service on `data_dir` without a port."""
    clock = Clock()
    settings = Settings(**{"data_dir": data_dir, "origins": (EMBEDDED_ORIGIN,), **changes})  # type: ignore[arg-type]
    if settings.database_url is None:
        blank.prepare(data_dir)
    app = create_app(settings, logins=Logins(clock), challenges=Challenges(clock))
    transport = httpx.WSGITransport(app=app)
    try:
        with httpx.Client(transport=transport, base_url=EMBEDDED_ORIGIN) as http:
            yield Host(app, http, settings, clock)
    finally:
        close_app(app)
