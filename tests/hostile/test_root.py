"""Lies about the records of the root container: notebooks, templates, settings. They are read at unlock and refresh."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.support.frames import in_snapshot
from tests.support.hostile import HostileWorld
from tests.support.lies import (
    CHALLENGE,
    CHANGES,
    CHECKPOINT,
    CONTAINERS,
    LOGIN,
    RECORDS,
    cut,
    dropped_write,
    flipped,
    longer,
    patched,
)
from tests.support.proxy import Answer, Forward, Json, Lie, Request
from tests.support.world import Device
from vault.client import NotebookFields, Retention, Vault
from vault.errors import ConflictError, FormatError, HostileDataError, IntegrityError

HANDLE = "shelf"
UNLOCK = [CHALLENGE, LOGIN, CONTAINERS, RECORDS]
Change = Callable[[Json, "Shelf"], None]


@dataclass(frozen=True)
class Shelf:
    """A vault with notebooks and a session; `old` and `new` are honest answers about its root, before and after."""

    vault_id: str
    notebook: str
    session: str
    old: Json
    new: Json
    other: Json

    def is_root(self, request: Request) -> bool:
        """Whether a request is for the records of the root."""
        return request.route == RECORDS and self.vault_id in request.path


@pytest.fixture(scope="module")
def shelf(world: HostileWorld) -> Shelf:
    vault, _ = world.device("shelf setup").create(HANDLE)
    stranger, _ = world.device("shelf setup").create("other shelf")
    with vault, stranger:
        stranger.save_notebook(NotebookFields("needle of another vault"))
        notebook = vault.save_notebook(NotebookFields("needle notebook", notes="needle notes"))
        vault.save_notebook(NotebookFields("needle two"))
        session = vault.write("needle text", new="needle title")
        root, other = f"/containers/{vault.vault_id}/records", f"/containers/{stranger.vault_id}/records"
        old = world.honest(root, HANDLE, "shelf spy").json()
        vault.save_notebook(NotebookFields("needle changed"), notebook)
    return Shelf(
        vault.vault_id,
        notebook,
        session,
        old,
        world.honest(root, HANDLE, "shelf spy").json(),
        world.honest(other, "other shelf", "shelf spy").json(),
    )


@pytest.fixture
def knowing(world: HostileWorld, shelf: Shelf, request: pytest.FixtureRequest) -> Device:
    """A device that has seen the vault as it is now."""
    seen = world.device("shelf pinned")
    seen.unlock(handle=HANDLE).lock()
    device = world.device(f"shelf {abs(hash(request.node.nodeid))}")
    shutil.copytree(seen.state_dir, device.state_dir)
    return device


def about_root(shelf: Shelf, change: Change) -> Lie:
    """Change the answers about the records of the root."""

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if not shelf.is_root(request):
            return answer
        body = answer.json()
        change(body, shelf)
        return Answer.of(body)

    return lie


def envelope(change: Callable[[str], str]) -> Change:
    def apply(body: Json, _shelf: Shelf) -> None:
        body["records"][0]["envelope"] = change(body["records"][0]["envelope"])

    return apply


def records(change: Callable[[list[Json]], list[Json]]) -> Change:
    return lambda body, _shelf: body.update(records=change(body["records"]))


def planted(body: Json, shelf: Shelf) -> None:
    body["records"] = sorted([*body["records"], *shelf.other["records"]], key=lambda each: str(each["record_id"]))


def older_record(body: Json, shelf: Shelf) -> None:
    """One notebook as it was before its last change; the header and all else of now."""
    by_id = {each["record_id"]: each for each in shelf.old["records"]}
    body["records"] = [by_id.get(each["record_id"], each) for each in body["records"]]


def exchanged(body: Json, _shelf: Shelf) -> None:
    first, second, *_ = body["records"]
    first["envelope"], second["envelope"] = second["envelope"], first["envelope"]


LIES: dict[str, Change] = {
    "record-bit": envelope(flipped(100)),
    "record-cut": envelope(cut),
    "record-longer": envelope(longer),
    "record-suite": envelope(patched(0, b"\x02")),
    "record-omitted": records(lambda found: found[1:]),
    "no-records": records(lambda _found: []),
    "record-doubled": records(lambda found: [found[0], *found]),
    "records-disordered": records(lambda found: found[::-1]),
    "record-under-new-id": records(lambda found: [*found, found[-1] | {"record_id": "f" * 32}]),
    "record-version": records(lambda found: [found[0] | {"version": 9}, *found[1:]]),
    "record-of-another-vault": planted,
    "records-exchanged": exchanged,
    "older-record": older_record,
    "older-root": lambda body, shelf: body.update(shelf.old),
    "root-of-another-vault": lambda body, shelf: body.update(shelf.other),
    "older-header": lambda body, shelf: body.update(container=shelf.old["container"]),
    "header-bit": lambda body, _shelf: body["container"].update(header=flipped(60)(body["container"]["header"])),
    "key-bit": lambda body, _shelf: body["container"].update(wrapped_key=flipped(30)(body["container"]["wrapped_key"])),
    "escrow": lambda body, _shelf: body["records"][0].update(recovery_public_key="x"),
}


def refuses_everything(vault: Vault, world: HostileWorld) -> None:
    start = len(world.proxy.traffic)
    for use in (vault.notebooks, vault.sessions, vault.refresh, vault.settings, lambda: vault.write("x")):
        with pytest.raises(HostileDataError):
            use()
    vault.lock()
    assert len(world.proxy.traffic) == start


@pytest.mark.parametrize("name", LIES)
def test_a_lie_at_unlock(world: HostileWorld, shelf: Shelf, knowing: Device, name: str) -> None:
    before = knowing.pins()
    start = len(world.proxy.traffic)
    with world.proxy.lying(about_root(shelf, LIES[name])), pytest.raises((FormatError, IntegrityError)) as caught:
        knowing.unlock(handle=HANDLE)
    assert world.proxy.routes()[start:] == UNLOCK
    assert "needle" not in str(caught.value)
    assert knowing.pins() == before


@pytest.mark.parametrize("name", LIES)
def test_a_lie_at_the_first_unlock_of_a_device(world: HostileWorld, shelf: Shelf, name: str) -> None:
    device = world.device(f"fresh shelf {name}")
    with world.proxy.lying(about_root(shelf, LIES[name])), pytest.raises((FormatError, IntegrityError)):
        device.unlock(handle=HANDLE)
    assert device.pins() == {}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_when_another_device_changed_the_shelf(
    world: HostileWorld, shelf: Shelf, knowing: Device, name: str
) -> None:
    vault = knowing.unlock(handle=HANDLE)
    before = knowing.pins()
    with world.device("shelf writer").unlock(handle=HANDLE) as other:
        notebook = other.save_notebook(NotebookFields(f"needle {name}"))
        other.save_notebook(NotebookFields("needle again", retention=Retention(trash_days=1)), notebook)
    start = len(world.proxy.traffic)
    with world.proxy.lying(about_root(shelf, LIES[name])), pytest.raises((FormatError, IntegrityError)):
        vault.refresh()
    assert world.proxy.routes()[start:] == [CHANGES, RECORDS]
    refuses_everything(vault, world)
    assert knowing.pins() == before
    with world.device("shelf writer").unlock(handle=HANDLE) as other:
        other.change_notebook(notebook, trashed=True)


def test_a_root_that_is_always_newer_is_given_up(world: HostileWorld, shelf: Shelf, knowing: Device) -> None:
    """It looks as if other devices kept writing; nothing is believed and nothing is kept."""
    before = knowing.pins()

    def newer(body: Json, _shelf: Shelf) -> None:
        body["container"]["version"] += 1

    with world.proxy.lying(about_root(shelf, newer)), pytest.raises(ConflictError):
        knowing.unlock(handle=HANDLE)
    assert knowing.pins() == before


@pytest.mark.parametrize("place", ["listing", "records"])
def test_every_answer_about_the_root_is_of_one_state(
    world: HostileWorld, shelf: Shelf, knowing: Device, place: str
) -> None:
    """The root of before in the listing fits no head; in the records it fits no listing."""

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if place == "listing" and request.route == CONTAINERS:
            body = answer.json()
            kept = [each for each in body["containers"] if each["container_id"] != shelf.vault_id]
            found = sorted([*kept, shelf.old["container"]], key=lambda each: str(each["container_id"]))
            return Answer.of(body | {"containers": found})
        return Answer.of(shelf.old) if shelf.is_root(request) else answer

    with world.proxy.lying(lie), pytest.raises(IntegrityError):
        knowing.unlock(handle=HANDLE)


def test_verify_names_a_damaged_record_of_the_root(world: HostileWorld, shelf: Shelf, knowing: Device) -> None:
    sealed = shelf.new["records"][0]["envelope"]

    def change(lines: list[Json]) -> list[Json]:
        (found,) = (each["record"] for each in lines if each.get("record", {}).get("envelope") == sealed)
        found["envelope"] = flipped(100)(sealed)
        return lines

    with world.proxy.lying(in_snapshot(change)):
        report = knowing.examine(handle=HANDLE)
    assert [(fault.container, fault.record) for fault in report.faults] == [
        (shelf.vault_id, shelf.new["records"][0]["record_id"])
    ]


def test_a_write_to_the_shelf_that_is_dropped_is_found_out(world: HostileWorld, shelf: Shelf, knowing: Device) -> None:
    vault = knowing.unlock(handle=HANDLE)
    with world.proxy.lying(dropped_write(world)), pytest.raises(HostileDataError):
        save_and_confirm(vault)
    refuses_everything(vault, world)


def save_and_confirm(vault: Vault) -> None:
    vault.save_notebook(NotebookFields("dropped"))
    vault.confirm()


def test_without_a_lie_everything_is_there(world: HostileWorld, shelf: Shelf, knowing: Device) -> None:
    start = len(world.proxy.traffic)
    with knowing.unlock(handle=HANDLE) as vault:
        assert world.proxy.routes()[start:] == [*UNLOCK, CHECKPOINT]
        assert {each.title for each in vault.notebooks()} >= {"needle changed", "needle two"}
        changed = next(each for each in vault.notebooks() if each.id == shelf.notebook)
        vault.save_notebook(replace(changed.fields, notes="more"), shelf.notebook)
        vault.save_notebook(changed.fields, shelf.notebook)
        assert vault.verify().ok
