"""The log as it is read and shown (PROTOCOL §12): every entry is the one that was signed, or nothing is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.hostile import HostileWorld
from tests.support.lies import CHECKPOINT, another_log, edit, edited_log, extra, flipped, note, pack
from tests.support.proxy import Json
from tests.support.treelog import LOG_KEY, TreeLog
from tests.support.world import HANDLE, PASSPHRASE, Device
from vault.audit.leaves import Event
from vault.client import Vault
from vault.client.secrets import Secret
from vault.client.unlock import accept_log
from vault.errors import ForkError, HostileDataError, UsageError

LOG = "GET /audit"


def entry(place: int, **changes: Callable[[str], str]) -> Callable[[Json], None]:
    def change(body: Json) -> None:
        found = body["entries"][place]
        found.update({name: change(found[name]) for name, change in changes.items()})

    return change


def dropped(place: int) -> Callable[[Json], None]:
    return lambda body: body["entries"].pop(place)


LIES = {
    "another leaf": edit(LOG, entry(0, leaf=flipped(20))),
    "another salt": edit(LOG, entry(1, salt=flipped(0))),
    "another detail": edit(LOG, entry(1, detail=lambda text: text.replace("passphrase", "recovery"))),
    "an entry left out": edit(LOG, dropped(1)),
    "the last one left out": edit(LOG, dropped(-1)),
    "none": edit(LOG, lambda body: body.update(entries=[])),
    "the other way round": edit(LOG, lambda body: body["entries"].reverse()),
    "a page without end": edit(LOG, lambda body: body.update(next=0)),
    "another name": extra(LOG, origin="inkvault/" + "ff" * 16),
    "a policy": extra(LOG, policy="x"),
    "another log with the right key": edited_log(1),
    "no checkpoint": extra(CHECKPOINT, checkpoint=""),
}


@pytest.mark.parametrize("name", LIES)
def test_a_log_that_is_not_the_signed_one_is_not_shown(
    world: HostileWorld, pinned: Callable[[], Device], name: str
) -> None:
    device = pinned()
    vault = device.unlock()
    before = device.pins()
    with world.proxy.lying(LIES[name](world)):
        with pytest.raises(HostileDataError) as caught:
            vault.audit()
        sent = len(world.proxy.traffic)
        with pytest.raises(type(caught.value)):
            vault.sessions()
        assert len(world.proxy.traffic) == sent
    assert device.pins() == before


def test_the_true_log_is_shown_and_kept(world: HostileWorld, pinned: Callable[[], Device]) -> None:
    device = pinned()
    with device.unlock() as vault:
        before = device.pins()
        vault.report("export")
        log = vault.audit()
        assert [each.event for each in log.entries][-2:] == [Event.LOGIN, Event.EXPORT]
        assert [each.index for each in log.entries] == list(range(log.checkpoint.size))
        assert device.pins() != before


def accept(device: Device, handle: str) -> Vault:
    connection = device.connection
    return Vault(connection, *accept_log(connection, handle, Secret.passphrase(PASSPHRASE)))


def test_a_log_that_is_accepted_takes_the_place_of_a_longer_one(world: HostileWorld) -> None:
    """In the pin and in the head; a service that begins it anew gains nothing else, and the old one is refused then."""
    device, handle = world.device("accepting"), "accepting"
    device.create(handle)[0].lock()
    with device.unlock(handle=handle) as vault:
        vault.write("needle")  # under a head that names three entries
    shorter = another_log(lambda log: TreeLog(log.leaves[:2], LOG_KEY, log.origin))(world)
    with world.proxy.lying(shorter):
        with pytest.raises(ForkError, match="audit accept"):
            device.unlock(handle=handle)
        accept(device, handle).lock()
        with device.unlock(handle=handle) as vault:
            vault.write("needle two", new="More")
        with world.device("new to it").unlock(handle=handle) as vault:
            assert len(vault.sessions()) == 2
    for each in (device, world.device("new to it"), world.device("newer")):
        with pytest.raises(ForkError):
            each.unlock(handle=handle)


def test_what_is_no_log_is_not_accepted(world: HostileWorld, pinned: Callable[[], Device]) -> None:
    device = pinned()
    before = device.pins()
    for lie in (note(lambda text: text[:-1])(world), extra(CHECKPOINT, key=pack(bytes(32)))(world)):
        with world.proxy.lying(lie), pytest.raises(HostileDataError):
            accept(device, HANDLE)
    with pytest.raises(UsageError, match="nothing to accept"):
        accept(device, HANDLE)
    assert device.pins() == before
