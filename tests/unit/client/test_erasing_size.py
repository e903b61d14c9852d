"""How much one order to erase carries."""

from __future__ import annotations

import pytest

from tests.support.world import PASSPHRASE, Device, World
from vault.client import NewMessage, ToErase, taken
from vault.errors import UsageError


def test_more_than_one_order_carries_is_refused_before_anything_is_sent(
    world: World, laptop: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = laptop.unlock()
    sessions = [vault.append_all(None, [NewMessage("stays " * 40), NewMessage(f"goes {n}")]) for n in range(40)]
    what = ToErase(messages=tuple((each, vault.session(each).messages[1].id) for each in sessions))
    assert vault._unlocked is not None
    size = taken.take(vault._unlocked, what).order_bytes(vault._unlocked.contents)
    sent = len(world.proxy.traffic)
    for limit, value, wanted in (
        ("MAX_BODY_BYTES", size - 1, what),
        ("MAX_SCOPE_ITEMS", 39, what),
        ("MAX_SCOPE_ITEMS", 39, ToErase(sessions=tuple(sessions))),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(taken, limit, value)
            with pytest.raises(UsageError, match="more than one order carries"):
                vault.plan_erasure(wanted)
    assert {request.method for request in world.proxy.traffic[sent:]} == {"GET"}

    monkeypatch.setattr(taken, "MAX_BODY_BYTES", size)
    monkeypatch.setattr(taken, "MAX_SCOPE_ITEMS", 40)
    plan, _ = vault.plan_erasure(what)
    vault.carry_out(plan, PASSPHRASE)
    (order,) = (each for each in world.proxy.traffic[sent:] if each.route == "POST /erasures/{id}/confirm")
    assert size - taken._OTHER_BYTES - 40 * 40 < len(order.body) <= size
    staged = [each for each in world.proxy.traffic[sent:] if each.route == "POST /erasures/{id}/records"]
    assert len(staged) == 1, "what stays of small sessions goes in few requests"
    assert vault.verify().ok
