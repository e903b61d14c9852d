"""Lies about erasures: a copy from before one, a certificate that is none, a count that is another (row 22)."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.hostile import HostileWorld
from tests.support.lies import CHANGES, CONTAINERS, edited, in_the_past
from tests.support.proxy import Json, Lie, Proxy
from tests.support.world import PASSPHRASE
from vault.client import NewMessage, NotebookFields, Proof, ToErase, Vault
from vault.errors import ConflictError, ErasedError, HostileDataError, RollbackError, UnlockError

PLAN = "POST /erasures"
STATE = "GET /erasures/{id}"
CERTIFICATE = "GET /erasures/{id}/certificate"
NUMBERS = itertools.count(1)


@pytest.fixture
def handle() -> str:
    return f"erased {next(NUMBERS)}"


@pytest.fixture
def vault(world: HostileWorld, handle: str) -> Iterator[Vault]:
    """A vault with two sessions and a notebook."""
    vault, _ = world.device("erasing").create(handle)
    vault.write("needle that goes", new="Goes")
    vault.append_all(None, [NewMessage("needle cut"), NewMessage("needle kept")], new="Stays")
    vault.save_notebook(NotebookFields("needle notebook"))
    vault.refresh()
    yield vault
    vault.lock()


def found(vault: Vault, title: str) -> str:
    return next(each.id for each in vault.sessions() if each.title == title)


def nuke(vault: Vault, what: ToErase | None = None) -> Proof:
    plan, _ = vault.plan_erasure(what or ToErase(sessions=(found(vault, "Goes"),)))
    return vault.carry_out(plan, PASSPHRASE)


def test_a_database_from_before_opens_nothing_and_the_client_says_why(
    world: HostileWorld, vault: Vault, handle: str, tmp_path: Path
) -> None:
    """The backup of an honest host, who put it back beside the key files of now."""
    before = world.copy(f"before {handle}")
    nuke(vault, ToErase(sessions=(found(vault, "Goes"),), notebooks=(vault.notebooks()[0].id,)))
    restored = tmp_path / "restored"
    shutil.copytree(before, restored)
    shutil.rmtree(restored / "keys")
    shutil.copytree(world.root / "data" / "keys", restored / "keys")
    past = Proxy(world.opened(restored))
    for device in (world.device("erasing"), world.device(f"new to {handle}")):
        pins = device.pins()
        with (
            world.proxy.lying(lambda request, _forward: past.forward(request)),
            pytest.raises(ErasedError, match="database from before an erasure"),
        ):
            device.unlock(handle=handle)
        assert device.pins() == pins


def test_a_copy_of_everything_from_before_is_a_roll_back(world: HostileWorld, vault: Vault, handle: str) -> None:
    """Who has kept the keys too can show it, but to no device that knows of the erasure."""
    device = world.device("erasing")
    world.past = world.copy(f"all of before {handle}")
    nuke(vault)
    with world.proxy.lying(in_the_past(world)):
        with pytest.raises(RollbackError):
            device.unlock(handle=handle)
        nuked, _ = device.create(f"{handle} again")
        nuked.lock()


def test_a_vault_from_before_its_end_is_another_one_to_who_begins_anew(
    world: HostileWorld, vault: Vault, handle: str
) -> None:
    nuke(vault, ToErase(everything=True))
    with pytest.raises(UnlockError):
        world.device("erasing").unlock(handle=handle)


def say(route: str, **fields: object) -> Lie:
    return edited(route, lambda body: body.update(fields))


def more(field: str) -> Callable[[Json], None]:
    def change(body: Json) -> None:
        body[field] += 1

    return change


@pytest.mark.parametrize("field", ["containers", "records", "rekeyed", "resealed"])
def test_a_plan_that_was_counted_otherwise_is_refused(world: HostileWorld, vault: Vault, field: str) -> None:
    refused(world, vault, edited(PLAN, more(field)), PLAN)


@pytest.mark.parametrize(
    ("lie", "route"),
    [
        (edited(PLAN, lambda body: body.update(erasure_id="0" * 31 + "1")), PLAN),
        (say(PLAN, escrow="x"), PLAN),
        (edited(STATE, more("bytes")), STATE),
        (say(STATE, state="planned"), STATE),
        (say(STATE, erasure_id="0" * 31 + "1"), STATE),
        (say(CERTIFICATE, certificate="{}\n"), CERTIFICATE),
        (edited(CERTIFICATE, lambda body: body.update(certificate=body["certificate"][:-1])), CERTIFICATE),
        (
            edited(
                CERTIFICATE,
                lambda body: body.update(certificate=body["certificate"].replace('"found":0', '"found":1')),
            ),
            CERTIFICATE,
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_said_of_an_erasure_that_cannot_be(world: HostileWorld, vault: Vault, lie: Lie, route: str) -> None:
    refused(world, vault, lie, route)


def refused(world: HostileWorld, vault: Vault, lie: Lie, route: str) -> None:
    """It ends in the one family of errors, and nothing more is asked for."""
    with world.proxy.lying(lie):
        with pytest.raises(HostileDataError) as caught:
            nuke(vault)
        assert world.proxy.routes()[-1] == route
        assert "needle" not in str(caught.value)
        sent = len(world.proxy.traffic)
        with pytest.raises(HostileDataError):
            vault.sessions()
        assert len(world.proxy.traffic) == sent


def test_the_certificate_of_another_erasure_is_none_of_this(world: HostileWorld, vault: Vault) -> None:
    """It holds, it is of the same log and for as much, but it is not for what was ordered."""
    twins = [vault.write("needle of two", new="Twin") for _ in range(2)]
    first, second = (ToErase(sessions=(each,)) for each in twins)
    done = nuke(vault, first)
    other = done.data.decode()
    plan, summary = vault.plan_erasure(second)
    assert (summary.records, summary.bytes) == (1, done.certificate.statement.bytes)
    with world.proxy.lying(say(CERTIFICATE, certificate=other)), pytest.raises(HostileDataError):
        vault.carry_out(plan, PASSPHRASE)


def test_an_erasure_that_is_kept_quiet_is_noticed(world: HostileWorld, vault: Vault, handle: str) -> None:
    other = world.device(f"quiet {handle}").unlock(handle=handle)
    nuke(vault, ToErase(notebooks=(vault.notebooks()[0].id,), sessions=(found(vault, "Goes"),)))
    with world.proxy.lying(say(CHANGES, erased_seq=0)), pytest.raises(HostileDataError):
        other.refresh()


def test_an_erasure_that_never_was_hides_nothing(world: HostileWorld, vault: Vault, handle: str) -> None:
    """A listing without a session is checked against the head, whatever is said to have been erased."""
    gone = found(vault, "Goes")
    other = world.device(f"told {handle}").unlock(handle=handle)
    vault.write("a change", new="More")

    def without(body: Json) -> None:
        body["containers"] = [each for each in body["containers"] if each["container_id"] != gone]

    quiet, hidden = say(CHANGES, erased_seq=5), edited(CONTAINERS, without)
    with (
        world.proxy.lying(lambda request, forward: quiet(request, lambda each: hidden(each, forward))),
        pytest.raises(HostileDataError),
    ):
        other.refresh()


def test_erasures_without_end_are_given_up(world: HostileWorld, vault: Vault) -> None:
    with world.proxy.lying(say(CHANGES, erased_seq=2**53 - 1)), pytest.raises(HostileDataError):
        vault.refresh()


def test_erasures_in_every_answer_are_given_up(world: HostileWorld, vault: Vault, handle: str) -> None:
    """As one in which each listing is out of date at once."""
    other = world.device(f"tired {handle}").unlock(handle=handle)
    vault.write("a change", new="More")

    def ahead(body: Json) -> None:
        body.update(seq=2**40, erased_seq=2**40, complete=False)

    with world.proxy.lying(edited(CHANGES, ahead)):
        sent = len(world.proxy.traffic)
        with pytest.raises(ConflictError):
            other.refresh()
        assert len(world.proxy.traffic) - sent < 100
