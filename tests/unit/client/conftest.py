"""A service with a vault and devices, at next to no cost of key derivation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import Time, without_date
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


@pytest.fixture
def time(world: World, laptop: Device, monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time of every device, which the service agrees with by saying none."""
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time = Time()
    laptop.wall_ms = time
    world.proxy.lie = without_date
    return time
