"""A hostile world for each module: its attacks change nothing in the service behind them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.support.hostile import HostileWorld
from tests.support.world import Device
from vault.client import transport
from vault.core import params
from vault.core.params import KdfParams


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileWorld]:
    """The service, its vaults, and the proxy that can lie. Costs of key derivation are next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=3, p=1))
        patch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=3, p=1))
        patch.setattr(transport, "RETRY_DELAYS", (0.0,))
        world = HostileWorld(tmp_path_factory.mktemp("hostile"))
        world.device("pinned").unlock().lock()
        yield world
        world.close()


@pytest.fixture
def pinned(world: HostileWorld, request: pytest.FixtureRequest) -> Callable[[], Device]:
    """Makes devices that have seen the vault as it is now."""
    made = 0

    def make() -> Device:
        nonlocal made
        made += 1
        device = world.device(f"{abs(hash(request.node.nodeid))}-{made}")
        shutil.copytree(world.device("pinned").state_dir, device.state_dir)
        return device

    return make
