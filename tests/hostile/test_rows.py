"""Every switch of the hostile server against the Python client: it fails closed, or nothing here is worth anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hostile import ROWS, HostileWorld, Row
from tests.support.lies import CHALLENGE, COMMIT
from tests.support.world import HANDLE, PASSPHRASE, Device
from vault.client import Vault
from vault.core import kdf, params
from vault.core.params import KdfParams
from vault.errors import (
    ForkError,
    FormatError,
    HostileDataError,
    InkvaultError,
    IntegrityError,
    PolicyError,
    RollbackError,
    ServiceError,
    SubstitutionError,
    UnlockError,
)

ERRORS: dict[str, tuple[type[InkvaultError], ...]] = {
    "policy": (PolicyError,),
    "damaged": (FormatError, IntegrityError),
    "rollback": (RollbackError,),
    "fork": (ForkError,),
    "substitution": (SubstitutionError,),
    "refused": (UnlockError,),
    "unavailable": (ServiceError,),
}
LATER = [row for row in ROWS if row.when != "unlock"]
AT_UNLOCK = [row for row in ROWS if row.when == "unlock"]
UNPINNED = [row for row in AT_UNLOCK if row.expect in ("policy", "damaged") or row.number == 21]
"""What a device notices that has not seen the vault: of the log it knows the checkpoint in the head."""


def name(row: Row) -> str:
    return f"{row.number}-{row.switch}"


def check(error: InkvaultError, row: Row, world: HostileWorld, start: int) -> None:
    """The error is the right one and tells nothing, and the lie was the last thing that was asked for."""
    assert isinstance(error, ERRORS[row.expect])
    assert not isinstance(error, HostileDataError) or error.exit_code == 4
    assert "needle" not in str(error)
    routes = world.proxy.routes()[start:]
    assert routes[-1] == row.route
    if row.when not in ("write", "confirm"):
        assert COMMIT not in routes


def forbid_derivation(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the challenge gives the lie away, no key is derived. Cheap costs are the real ones where they matter."""
    if row.route == CHALLENGE:
        monkeypatch.setattr(kdf, "passphrase_secret", lambda *_: pytest.fail("derived a key"))
    if row.switch in ("costs-little-memory", "costs-just-below"):
        monkeypatch.setattr(params, "FLOOR", KdfParams(m_kib=65_536, t=3, p=1))


@pytest.mark.parametrize("row", AT_UNLOCK, ids=name)
def test_a_lie_at_unlock(
    world: HostileWorld, pinned: Callable[[], Device], row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = pinned()
    before = device.pins()
    forbid_derivation(row, monkeypatch)
    with world.attack(row):
        start = len(world.proxy.traffic)
        with pytest.raises(InkvaultError) as caught:
            device.unlock()
        check(caught.value, row, world, start)
    assert device.pins() == before


@pytest.mark.parametrize("row", UNPINNED, ids=name)
def test_a_lie_at_the_first_unlock_of_a_device(world: HostileWorld, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    device = world.device(f"fresh {row.switch}")
    forbid_derivation(row, monkeypatch)
    with world.attack(row):
        start = len(world.proxy.traffic)
        with pytest.raises(InkvaultError) as caught:
            device.unlock()
        check(caught.value, row, world, start)
    assert device.pins() == {}


@pytest.mark.parametrize("row", LATER, ids=name)
def test_a_lie_to_an_unlocked_vault(world: HostileWorld, pinned: Callable[[], Device], row: Row) -> None:
    device = pinned()
    vault = device.unlock()
    before = device.pins()
    with world.attack(row):
        start = len(world.proxy.traffic)
        with pytest.raises(HostileDataError) as caught:
            act(vault, row, world)
        check(caught.value, row, world, start)
        refuses_everything(vault, caught.value, world)
    refuses_everything(vault, caught.value, world)
    assert device.pins() == before


def act(vault: Vault, row: Row, world: HostileWorld) -> None:
    """What the client does when it meets the lie."""
    if row.when == "open":
        vault.session(world.session)
    elif row.when == "slots":
        vault.slots()
    elif row.when == "write":
        vault.write("unlucky", session=world.second)
    else:
        vault.write("unlucky", session=world.second)
        vault.confirm()


def refuses_everything(vault: Vault, error: HostileDataError, world: HostileWorld) -> None:
    """After hostile data the vault shows nothing, sends nothing, and says why."""
    sent = len(world.proxy.traffic)
    for use in (
        vault.sessions,
        vault.refresh,
        vault.confirm,
        vault.slots,
        vault.verify,
        vault.replace_recovery_key,
        lambda: vault.session(world.session),
        lambda: vault.write("needle"),
        lambda: vault.rename(world.session, "needle"),
        lambda: vault.change_passphrase("a", "b"),
        lambda: vault.remove_slot("0" * 32),
    ):
        with pytest.raises(type(error)):
            use()
    vault.lock()
    vault.__exit__(None, None, None)
    assert len(world.proxy.traffic) == sent


def meet(vault: Vault, row: Row, world: HostileWorld, address: str, state_dir: Path) -> None:
    if row.when == "unlock":
        Vault.unlock(HANDLE, PASSPHRASE, server=address, state_dir=state_dir)
    else:
        act(vault, row, world)


OVER_HTTP = {"costs-no-lanes", "slot-mac-changed", "container-omitted", "record-bit", "write-dropped"} | {
    row.switch for row in ROWS if row.number == 23
}


def test_the_switches_work_over_http(world: HostileWorld, tmp_path: Path) -> None:
    """Any client can be run against them; this one reacts as it does without a network between."""
    with world.served() as address:
        for row in ROWS:
            if row.switch not in OVER_HTTP:
                continue
            vault = Vault.unlock(HANDLE, PASSPHRASE, server=address, state_dir=tmp_path)
            with world.attack(row), pytest.raises(ERRORS[row.expect]):
                meet(vault, row, world, address, tmp_path)
            vault.lock()


def test_every_attack_on_this_client_has_a_switch() -> None:
    """Those without one have tests of their own: 3, 14, 19, 20, 22 and 24."""
    assert {row.number for row in ROWS} == {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 21, 23}
    assert len({row.switch for row in ROWS}) == len(ROWS)


def test_without_a_lie_everything_works(world: HostileWorld, pinned: Callable[[], Device]) -> None:
    with pinned().unlock() as vault:
        assert len(vault.session(world.session).messages) == 4
        assert vault.verify().ok
