"""A real service behind a proxy, with devices that use it through the Python client."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support import blank
from tests.support.proxy import Proxy
from vault.client.moments import Clock
from vault.client.network import Network
from vault.client.passphrases import generate_recovery_key
from vault.client.pins import PinStore
from vault.client.secrets import Secret
from vault.client.transport import Transport
from vault.client.unlock import Connection, create, examine, unlock
from vault.client.vault import Vault
from vault.client.verify import VerifyReport
from vault.server import EMBEDDED_ORIGIN, Settings, close_app, create_app

HANDLE = "diary"
PASSPHRASE = "quiet lantern measures the northern harbour twice"
NEW_PASSPHRASE = "seven copper kettles sang beneath a borrowed moon"


@dataclass
class Device:
    """One device: a place for its pins, its way to the service, and its clock if it has one of its own."""

    proxy: Proxy
    state_dir: Path
    origin: str = EMBEDDED_ORIGIN
    wall_ms: Callable[[], int] | None = None

    @property
    def connection(self) -> Connection:
        """The service as this device knows it, over a fresh connection."""
        clock = Clock(self.wall_ms)
        transport = Transport(self.origin, Network(self.origin, httpx.WSGITransport(self.proxy)), clock=clock)
        return Connection("world", transport, PinStore(self.state_dir), clock)

    def create(self, handle: str = HANDLE, passphrase: str = PASSPHRASE) -> tuple[Vault, str]:
        connection = self.connection
        recovery_key = generate_recovery_key()
        return Vault(connection, create(connection, handle, passphrase, Secret.recovery(recovery_key))), recovery_key

    def unlock(self, passphrase: str = PASSPHRASE, handle: str = HANDLE) -> Vault:
        return self._unlock(handle, Secret.passphrase(passphrase))

    def recover(self, recovery_key: str, handle: str = HANDLE) -> Vault:
        return self._unlock(handle, Secret.recovery(recovery_key))

    def examine(self, passphrase: str = PASSPHRASE, handle: str = HANDLE) -> VerifyReport:
        return examine(self.connection, handle, Secret.passphrase(passphrase), lambda _count: None)

    def pins(self) -> dict[str, bytes]:
        """All this device remembers, by file."""
        return {path.name: path.read_bytes() for path in sorted(self.state_dir.rglob("*.json"))}

    def _unlock(self, handle: str, secret: Secret) -> Vault:
        connection = self.connection
        unlocked, new_device = unlock(connection, handle, secret)
        return Vault(connection, unlocked, new_device)


class World:
    """One service, over SQLite unless a `database_url` is given. Every app it opened is closed at the end."""

    def __init__(self, root: Path, database_url: str | None = None) -> None:
        self.root = root
        self.database_url = database_url
        self._origins: tuple[str, ...] = (EMBEDDED_ORIGIN,)
        self._apps: list[Any] = []
        self.app = self.opened(root / "data")
        self.proxy = Proxy(self.app)

    def device(self, name: str = "laptop") -> Device:
        return Device(self.proxy, self.root / "devices" / name)

    def restart(self) -> None:
        """Open the data anew, as a service that was started again: all logins are gone."""
        self.app = self.opened(self.root / "data")
        self.proxy.app = self.app

    def answer_to(self, origin: str) -> None:
        """Answer to one more origin, which takes a restart."""
        self._origins = (*self._origins, origin)
        self.restart()

    def copy(self, name: str) -> Path:
        """Copy the data directory as it is, in a child: closing the database here would end SQLite's locks on it."""
        target = self.root / name
        subprocess.run(["cp", "-a", self.root / "data", target], check=True)
        return target

    def opened(self, data_dir: Path):  # type: ignore[no-untyped-def]  # Flask, which tests need not name
        """Another service over this data directory."""
        if self.database_url is None:
            blank.prepare(data_dir)
        app = create_app(Settings(data_dir=data_dir, origins=self._origins, database_url=self.database_url))
        self._apps.append(app)
        return app

    def close(self) -> None:
        for app in self._apps:
            close_app(app)
