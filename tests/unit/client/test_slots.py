"""What the service shows of slots, and what an open vault shows of its keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.lies import CHALLENGE, SLOTS, flipped, patched
from tests.support.proxy import Answer, Forward, Json, Lie, Request
from tests.support.world import NEW_PASSPHRASE, PASSPHRASE, Device, World
from vault.client.commits import Edit
from vault.client.contents import Contents
from vault.client.messages import Begin, Beginning
from vault.client.moments import Moment
from vault.errors import IntegrityError


def changed(route: str, change: Callable[[Json], None]) -> Lie:
    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route != route:
            return answer
        body = answer.json()
        change(body)
        return Answer.of(body)

    return lie


def test_a_slot_shown_twice_before_login_is_refused(laptop: Device, world: World) -> None:
    """Of two headers with one id, the one that logs in need not be the one that was looked at."""

    def twice(body: Json) -> None:
        body["slots"].append(patched(40, b"\x00\x00\x00\x09")(body["slots"][0]))

    with world.proxy.lying(changed(CHALLENGE, twice)), pytest.raises(IntegrityError):
        laptop.unlock()
    assert world.proxy.routes()[-1] == CHALLENGE


@pytest.mark.parametrize(
    "change",
    [flipped(8), patched(40, b"\x00\x00\x00\x09"), patched(24, bytes(16))],
    ids=["of another vault", "of a later epoch", "of another id"],
)
def test_slots_that_the_head_does_not_mean_are_refused(
    laptop: Device, world: World, change: Callable[[str], str]
) -> None:
    def lie(body: Json) -> None:
        body["slots"][1]["header"] = change(body["slots"][1]["header"])

    vault = laptop.unlock()
    with world.proxy.lying(changed(SLOTS, lie)), pytest.raises(IntegrityError):
        vault.slots()


def test_no_key_is_ever_printed(laptop: Device) -> None:
    vault = laptop.unlock()
    vault.write("text", new="title")
    vault.change_passphrase(PASSPHRASE, NEW_PASSPHRASE)
    unlocked = vault._unlocked
    assert unlocked is not None
    begin = Begin(Beginning("title"), (), Moment(0, "UTC", 0))
    contents: Contents = unlocked.contents
    edits = begin(unlocked)
    edit: Edit = edits.containers[0]
    keys = [
        unlocked.slot.vault_key,
        contents.keyring.draft_key,
        begin.key,
        *(container.key for container in contents.containers.values()),
    ]
    assert edit.new_key == begin.key
    shown = [vault, unlocked, unlocked.slot, contents, contents.keyring, begin, edits, *contents.containers.values()]
    text = " ".join(f"{value!r} {value!s}" for value in shown)
    for key in keys:
        assert repr(key)[2:-1] not in text
        assert key.hex() not in text
