"""Lies about erasures: a copy from before one, a certificate that is none, a count that is another (row 22)."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.hostile import HostileWorld
from tests.support.lies import CHANGES, CONTAINERS, edited, in_the_past
from tests.support.proxy import Answer, Forward, Json, Lie, Proxy, Request
from tests.support.treelog import STATEMENT, TreeLog, some_leaves
from tests.support.world import PASSPHRASE
from vault.audit.certificate import Certificate
from vault.audit.statement import SignedOrder
from vault.client import ErasurePlan, NewMessage, NotebookFields, Proof, ToErase, Vault
from vault.errors import (
    ConflictError,
    ErasedError,
    HostileDataError,
    NotFoundError,
    RollbackError,
    UnavailableError,
    UnlockError,
    UsageError,
)
from vault.wire.models import Erasure
from vault.wire.orders import order_message

PLAN = "POST /erasures"
CONFIRM = "POST /erasures/{id}/confirm"
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


# --- an erasure that is resumed --------------------------------------------------------------------------------------


def ordered(world: HostileWorld, vault: Vault, what: ToErase) -> ErasurePlan:
    """Order it, and stop waiting; the service goes on."""

    def stop(state: Erasure) -> None:
        raise KeyboardInterrupt

    plan, _ = vault.plan_erasure(what)
    with pytest.raises(KeyboardInterrupt):
        vault.carry_out(plan, PASSPHRASE, on_progress=stop)
    return plan


Resume = Callable[[ErasurePlan], Proof]


@pytest.fixture
def resume(world: HostileWorld, monkeypatch: pytest.MonkeyPatch) -> Resume:
    """Resumes on the device of the vault."""
    monkeypatch.setattr("vault.client.face_erasing.connection_to", lambda *_: world.device("erasing").connection)
    return lambda plan: Vault.resume_erasure(plan.vault_id.hex(), plan.erasure_id.hex())


def forged(world: HostileWorld, plan: ErasurePlan, scope: str, index: int, **order: bytes) -> Certificate:
    """What a service that has destroyed nothing can make with the true key of the log: a log begun anew."""
    log, counted = world.device("erasing").connection.pins.load_log(plan.vault_id), plan.counted
    assert log is not None
    assert plan.ordered is not None
    key = Ed25519PrivateKey.generate()
    hashed = order.get("hash", plan.ordered.kept.hash)
    signed = SignedOrder(hashed, key.public_key().public_bytes_raw(), key.sign(order_message(hashed)))
    counts = {name: getattr(counted, name) for name in ("containers", "records", "rekeyed", "resealed", "bytes")}
    statement = replace(STATEMENT, scope=scope, order=signed, **counts)
    audit_key = Ed25519PrivateKey.from_private_bytes((world.root / "data" / "audit.key").read_bytes())
    return TreeLog(some_leaves(index), audit_key, log.origin).certify(statement)


@pytest.mark.parametrize(
    ("scope", "index", "order"),
    [("part", 0, {}), ("part", 50, {}), ("vault", 0, {}), ("vault", 50, {"hash": b"\x01" * 32})],
)
@pytest.mark.parametrize("everything", [False, True])
def test_a_certificate_that_was_forged_is_refused_later_too(  # noqa: PLR0917 - parameters and fixtures
    world: HostileWorld, vault: Vault, resume: Resume, everything: bool, scope: str, index: int, order: dict[str, bytes]
) -> None:
    """Nothing but the order that this device has kept says what it must be of; and its pins stay."""
    what = ToErase(everything=True) if everything else ToErase(sessions=(found(vault, "Goes"),))
    plan = ordered(world, vault, what)
    device = world.device("erasing")
    pins = device.pins()
    false = say(CERTIFICATE, certificate=forged(world, plan, scope, index, **order).encode().decode())
    with world.proxy.lying(false), pytest.raises(HostileDataError):
        resume(plan)
    assert device.pins() == pins
    proof = resume(plan)
    assert proof.certificate.statement.scope == ("vault" if everything else "part")
    assert (f"{plan.vault_id.hex()}.json" in device.pins()) != everything
    assert (f"{plan.erasure_id.hex()}.json" in device.pins()) != everything


def test_a_true_certificate_from_before_the_order_is_refused(world: HostileWorld, vault: Vault, resume: Resume) -> None:
    """Of all that it is held to, its place in the log alone."""
    plan = ordered(world, vault, ToErase(sessions=(found(vault, "Goes"),)))
    done = resume(plan)
    pins = world.device("erasing").connection.pins
    kept = pins.load_order(plan.vault_id, plan.erasure_id)
    assert kept is not None
    pins.keep_order(replace(kept, log=replace(kept.log, size=done.certificate.index + 1)))
    with pytest.raises(HostileDataError):
        resume(plan)


def test_a_plan_that_was_not_ordered_is_not_resumed(vault: Vault, resume: Resume) -> None:
    plan, _ = vault.plan_erasure(ToErase(sessions=(found(vault, "Goes"),)))
    with pytest.raises(UsageError, match="has not ordered"):
        resume(plan)


@pytest.mark.parametrize("is_replaced", [False, True])
def test_an_order_that_never_arrived(world: HostileWorld, vault: Vault, resume: Resume, is_replaced: bool) -> None:
    plan, _ = vault.plan_erasure(ToErase(sessions=(found(vault, "Goes"),)))

    def lost(request: Request, forward: Forward) -> Answer:
        if request.route == CONFIRM:
            raise httpx.ReadError("reset")
        return forward(request)

    with world.proxy.lying(lost), pytest.raises(UnavailableError):
        vault.carry_out(plan, PASSPHRASE)
    assert plan.ordered is not None
    assert not plan.is_accepted
    if is_replaced:
        vault.plan_erasure(ToErase(sessions=(found(vault, "Stays"),)))  # takes its place
    with pytest.raises(NotFoundError if is_replaced else UsageError, match="not ordered"):
        resume(plan)
