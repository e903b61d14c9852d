"""A service with a vault and devices, at next to no cost of key derivation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import Device, World
from vault.client import transport
from vault.core.params import KdfParams


@pytest.fixture
def world(tmp_path: Path, cheap_kdf: KdfParams, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A service without vaults; clients do not wait between tries."""
    monkeypatch.setattr(transport, "RETRY_DELAYS", (0.0, 0.0))
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def laptop(world: World) -> Device:
    """A device with a vault of its own in the service, locked."""
    device = world.device("laptop")
    vault, _ = device.create()
    vault.lock()
    return device
