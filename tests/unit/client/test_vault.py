"""The library's verbs over the real service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import HANDLE, PASSPHRASE, Device, World
from vault.client import Beginning, NewMessage, Role, Vault
from vault.client.moments import Clock, as_datetime
from vault.client.slots import SlotView
from vault.core import kdf, params
from vault.core.params import KdfParams
from vault.errors import ConflictError, LockedError, NotFoundError, UnlockError, UsageError


def texts(vault: Vault, session_id: str) -> list[str]:
    return [message.text for message in vault.session(session_id).messages]


def test_write_lock_come_back(world: World) -> None:
    vault, recovery_key = world.device().create()
    with vault:
        first = vault.write("It rained all day.\nAnd all night.", new="Rain")
        vault.write("Still raining.", session=first)
        second = vault.write("  What a   day,\tthis was", new=Beginning())
    with world.device().unlock() as vault:
        assert vault.new_device is None
        assert [session.title for session in vault.sessions()] == ["What a day, this was", "Rain"]
        assert texts(vault, first) == ["It rained all day.\nAnd all night.", "Still raining."]
        assert texts(vault, second) == ["  What a   day,\tthis was"]
    with world.device().recover(recovery_key) as vault:
        assert len(vault.sessions(1)) == 1


def test_embedded_in_a_data_directory(tmp_path: Path, cheap_kdf: object) -> None:
    data_dir, state_dir = tmp_path / "data", tmp_path / "state"
    vault, recovery_key = Vault.create("Diary ", PASSPHRASE, data_dir=data_dir, state_dir=state_dir)
    with vault:
        session = vault.write("text", new="Title")
    with Vault.unlock("DIARY", PASSPHRASE, data_dir=data_dir, state_dir=state_dir) as vault:
        assert texts(vault, session) == ["text"]
        assert vault.handle == "diary"
    with Vault.unlock("diary", recovery_key=recovery_key, data_dir=data_dir, state_dir=state_dir) as vault:
        assert vault.verify().ok
    assert Vault.examine("diary", PASSPHRASE, data_dir=data_dir, state_dir=state_dir).records == 1


def test_a_place_is_a_directory_or_a_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Vault.unlock("diary", PASSPHRASE, data_dir=tmp_path, server="https://ink.example")
    with pytest.raises(UsageError):
        Vault.unlock("diary", data_dir=tmp_path)
    with pytest.raises(UsageError):
        Vault.unlock("diary", PASSPHRASE, recovery_key="x", data_dir=tmp_path)


# --- unlocking -------------------------------------------------------------------------------------------------------


def test_wrong_name_and_wrong_secret_are_told_alike(laptop: Device) -> None:
    messages = set()
    for passphrase, handle in [("wrong", HANDLE), (PASSPHRASE, "nobody"), ("wrong", "nobody")]:
        with pytest.raises(UnlockError) as caught:
            laptop.unlock(passphrase, handle)
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize("text", ["", "S0V1", "x" * 56, "!"])
def test_a_mistyped_recovery_key_is_told_at_once(world: World, text: str) -> None:
    with pytest.raises(UnlockError):
        world.device().recover(text)
    assert world.proxy.traffic == []


def test_a_name_in_use_is_refused(laptop: Device, world: World) -> None:
    with pytest.raises(ConflictError, match="name"):
        world.device("other").create()


def test_a_name_this_device_knows_is_not_given_away(laptop: Device, world: World) -> None:
    """Else a service could have the vault of a known name replaced by asking the writer to make it."""
    before = laptop.pins()
    sent = len(world.proxy.traffic)
    with pytest.raises(UsageError, match="forget"):
        laptop.create("DIARY")
    assert len(world.proxy.traffic) == sent
    assert laptop.pins() == before


def test_forgetting_makes_the_device_a_new_one(tmp_path: Path, cheap_kdf: object) -> None:
    where: dict[str, Any] = {"data_dir": tmp_path / "data", "state_dir": tmp_path / "state"}
    vault, _ = Vault.create("diary", PASSPHRASE, **where)
    vault.lock()
    assert Vault.unlock("diary", PASSPHRASE, **where).new_device is None
    with pytest.raises(UsageError, match="knows no vault"):
        Vault.forget("another", **where)
    Vault.forget("Diary", **where)
    with pytest.raises(UsageError, match="knows no vault"):
        Vault.forget("diary", **where)
    assert Vault.unlock("diary", PASSPHRASE, **where).new_device is not None


@pytest.mark.parametrize("handle", ["", " ", "\x00", "a" * 65, "a\u2028b", "\ud800"])
def test_impossible_names_are_refused_here(world: World, handle: str) -> None:
    with pytest.raises(UsageError):
        world.device().create(handle)
    with pytest.raises(UsageError):
        world.device().unlock(handle=handle)
    assert world.proxy.traffic == []


def test_a_new_device_is_told_what_to_compare(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        vault.write("text")
    first, second = world.device("phone").unlock(), world.device("tablet").unlock()
    assert first.new_device == second.new_device
    assert first.new_device is not None
    assert first.new_device.seq == 2
    assert world.device("phone").unlock().new_device is None
    assert laptop.unlock().fingerprint() == first.new_device


def test_weak_slots_are_replaced_at_unlock(
    laptop: Device, world: World, cheap_kdf: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = [slot.id for slot in _slots(laptop) if slot.kind == "passphrase"]
    monkeypatch.setattr(params, "PROFILE", KdfParams(m_kib=128, t=2, p=1))
    with laptop.unlock() as vault:
        (after,) = [slot for slot in vault.slots() if slot.kind == "passphrase"]
        assert after.id != before
        assert after.current
        assert vault._unlocked is not None
        assert vault._unlocked.slot.header.params == KdfParams(m_kib=128, t=2, p=1)
        vault.write("the login goes on")
    with laptop.unlock() as vault:
        assert {slot.id for slot in vault.slots() if slot.kind == "passphrase"} == {after.id}


def _slots(device: Device) -> list[SlotView]:
    vault = device.unlock()
    found = vault.slots()
    vault.lock()
    return found


# --- locking ---------------------------------------------------------------------------------------------------------


def test_a_locked_vault_refuses_and_sends_nothing(laptop: Device, world: World) -> None:
    vault = laptop.unlock()
    vault.lock()
    sent = len(world.proxy.traffic)
    vault.lock()
    for use in (vault.sessions, vault.refresh, vault.confirm, vault.slots, vault.verify, vault.replace_recovery_key):
        with pytest.raises(LockedError):
            use()
    assert len(world.proxy.traffic) == sent
    assert world.proxy.routes()[-1] == "DELETE /logins/current"


def test_an_ended_login_locks(laptop: Device, world: World) -> None:
    vault = laptop.unlock()
    world.restart()
    with pytest.raises(LockedError):
        vault.write("text")
    sent = len(world.proxy.traffic)
    with pytest.raises(LockedError):
        vault.sessions()
    vault.lock()
    assert len(world.proxy.traffic) == sent


def test_the_end_of_the_block_locks_also_after_an_exception(laptop: Device, world: World) -> None:
    def write_and_fail() -> None:
        with laptop.unlock() as vault:
            vault.write("kept")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert world.proxy.routes()[-1] == "DELETE /logins/current"
    with laptop.unlock() as vault:
        assert len(vault.sessions()) == 1


# --- sessions --------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_latest_first(laptop: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_700_000_000_000]
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    laptop.wall_ms = lambda: clock[0]
    with laptop.unlock() as vault:
        first = vault.write("one", new="First")
        clock[0] += 1000
        second = vault.write("two", new="Second")
        clock[0] += 1000
        vault.write("three", session=first)
        assert [session.id for session in vault.sessions()] == [first, second]
        assert [session.id for session in vault.sessions(1)] == [first]
        summary = vault.sessions()[0]
        assert (summary.title, summary.preview, summary.count) == ("First", "three", 2)
        assert summary.created_at == datetime.fromtimestamp(1_700_000_000, UTC)
        assert summary.updated_at - summary.created_at == timedelta(seconds=2)
        assert summary.updated_at.utcoffset() == timedelta(hours=9)


def test_renaming_keeps_everything_else(laptop: Device) -> None:
    with laptop.unlock() as vault:
        session = vault.write("Opening words of the first message", new="Old")
        before = vault.sessions()[0]
        vault.rename(session, "New")
        assert vault.sessions()[0].title == "New"
        vault.rename(session, None)
        after = vault.sessions()[0]
        assert after.title == "Opening words of the first message"
        assert (after.updated_at, after.preview, after.count) == (before.updated_at, before.preview, 1)


def test_roles_and_positions(laptop: Device) -> None:
    with laptop.unlock() as vault:
        session = vault.append_all(None, [NewMessage("a"), NewMessage("b", Role.HELPER)], new="Talk")
        vault.append_all(session, [NewMessage("c", "system"), NewMessage("d", "tool")])
        messages = vault.session(session).messages
        assert [(m.role, m.text, m.position) for m in messages] == [
            (Role.WRITER, "a", 0),
            (Role.HELPER, "b", 1),
            (Role.SYSTEM, "c", 2),
            (Role.TOOL, "d", 3),
        ]
        assert vault.session(session).summary.count == 4


def test_a_long_session_is_read_over_several_pages(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        session = vault.append_all(None, [NewMessage(f"{number}") for number in range(2_345)])
        before = len(world.proxy.traffic)
        assert texts(vault, session) == [f"{number}" for number in range(2_345)]
        assert len(world.proxy.traffic) - before == 3


def test_many_sessions_are_listed_over_several_pages(laptop: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.storage.reading.MAX_PAGE_ITEMS", 3)
    with laptop.unlock() as vault:
        written = {vault.write("text", new=f"{number}") for number in range(10)}
    with laptop.unlock() as vault:
        assert {session.id for session in vault.sessions()} == written


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=3_000))
def test_any_text_comes_back_as_it_was(shared: Vault, text: str) -> None:
    session = shared.write(text, new=Beginning())
    assert texts(shared, session) == [text]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=1, p=1))
        patch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=1, p=1))
        root = tmp_path_factory.mktemp("shared")
        vault, _ = Vault.create("shared", PASSPHRASE, data_dir=root / "data", state_dir=root / "state")
        with vault:
            yield vault


def test_a_long_text_of_any_script(laptop: Device) -> None:
    text = ("Привет 世界 🌧️ مرحبا " * 20_000)[:200_000]
    with laptop.unlock() as vault:
        session = vault.write(text)
        assert texts(vault, session) == [text]


def test_what_cannot_be_saved_is_told_and_sends_nothing(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        session = vault.write("text")
        sent = len(world.proxy.traffic)
        for wrong in (
            lambda: vault.write("\ud800"),
            lambda: vault.write("x" * 2_100_000),
            lambda: vault.write("x", new="t" * 201),
            lambda: vault.write("x", new="  "),
            lambda: vault.write("x", new="\udfff"),
            lambda: vault.write("x", session=session, new="both"),
            lambda: vault.write("x", session="zz"),
            lambda: vault.write("x", role="nobody"),
            lambda: vault.append_all(session, [NewMessage("x")] * 5_001),
            lambda: vault.append_all(session, [NewMessage("x" * 1_500_000)] * 6),
            lambda: vault.rename(session, ""),
        ):
            with pytest.raises(UsageError):
                wrong()
        for missing in (
            lambda: vault.write("x", session="0" * 32),
            lambda: vault.session("0" * 32),
            lambda: vault.session(vault.vault_id),
            lambda: vault.rename("0" * 32, "x"),
            lambda: vault.remove_slot("0" * 32),
        ):
            with pytest.raises(NotFoundError):
                missing()
        assert len(world.proxy.traffic) == sent
        vault.write("and it goes on", session=session)


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_a_passphrase_is_stretched_once_and_as_the_service_says(
    tmp_path: Path, cheap_kdf: KdfParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last unlock took is tried ahead; when the service shows another salt, that one counts."""
    stretched: list[tuple[Any, ...]] = []
    stretch = kdf.passphrase_secret

    def counted(*given: Any) -> bytes:
        stretched.append(given)
        return stretch(*given)

    monkeypatch.setattr(kdf, "passphrase_secret", counted)
    place: dict[str, Any] = {"data_dir": tmp_path / "data", "state_dir": tmp_path / "state"}
    Vault.create("diary", PASSPHRASE, **place)[0].lock()

    def stretchings() -> int:
        stretched.clear()
        Vault.unlock("diary", PASSPHRASE, **place).lock()
        return len(stretched)

    assert stretchings() == 1
    (path,) = (tmp_path / "state" / "names").glob("*.json")
    path.write_text(re.sub(r'"vault_salt": "\w+"', f'"vault_salt": "{"0" * 64}"', path.read_text()))
    assert stretchings() == 2
    assert stretchings() == 1
    with pytest.raises(UnlockError):
        Vault.unlock("diary", "wrong", **place)


NEW = "seven copper kettles sang beneath a borrowed moon"


def test_changing_the_passphrase(laptop: Device) -> None:
    with laptop.unlock() as vault:
        vault.change_passphrase(PASSPHRASE, NEW)
        vault.write("the login goes on")
        assert [slot.kind for slot in vault.slots() if slot.current] == ["passphrase"]
        vault.change_passphrase(NEW, PASSPHRASE + " again")
        vault.change_passphrase(PASSPHRASE + " again", NEW)
        assert sorted(slot.kind for slot in vault.slots()) == ["passphrase", "recovery"]
    with pytest.raises(UnlockError):
        laptop.unlock(PASSPHRASE)
    with laptop.unlock(NEW) as vault:
        assert len(vault.sessions()) == 1


def test_a_forgotten_passphrase_is_replaced_with_the_recovery_key(world: World) -> None:
    vault, recovery_key = world.device().create()
    vault.lock()
    with world.device().recover(recovery_key) as vault:
        with pytest.raises(UnlockError):
            vault.change_passphrase(PASSPHRASE, NEW)
        vault.change_passphrase(recovery_key, NEW)
        assert [slot.kind for slot in vault.slots() if slot.current] == ["recovery"]
    world.device().unlock(NEW).lock()


def test_the_current_secret_is_checked(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        with pytest.raises(UnlockError):
            vault.change_passphrase("wrong", NEW)
        with pytest.raises(UsageError, match="guessed"):
            vault.change_passphrase(PASSPHRASE, "password1")
        assert "POST /commits" not in world.proxy.routes()
    laptop.unlock(PASSPHRASE).lock()


def test_replacing_the_recovery_key(world: World) -> None:
    vault, old = world.device().create()
    with vault:
        new = vault.replace_recovery_key()
    with pytest.raises(UnlockError):
        world.device().recover(old)
    with world.device().recover(new) as vault:
        newer = vault.replace_recovery_key()
        vault.write("the login goes on")
    world.device().recover(newer).lock()


def test_removing_slots(world: World) -> None:
    vault, recovery_key = world.device().create()
    with vault:
        current, other = sorted(vault.slots(), key=lambda slot: not slot.current)
        with pytest.raises(UsageError):
            vault.remove_slot(current.id)
        vault.remove_slot(other.id)
        assert [slot.id for slot in vault.slots()] == [current.id]
    with pytest.raises(UnlockError):
        world.device().recover(recovery_key)


# --- time ------------------------------------------------------------------------------------------------------------


@given(st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=20) | st.sampled_from(["Asia/Tokyo", "UTC", "../x"]))
def test_any_sealed_time_can_be_shown(ms: int, zone: str) -> None:
    assert as_datetime(ms, zone).tzinfo is not None


@given(st.integers(-60_000_000_000_000, 250_000_000_000_000))
def test_times_are_exact(ms: int) -> None:
    shown = as_datetime(ms, "Europe/Berlin")
    assert (shown - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == ms


@pytest.mark.parametrize(
    ("tz", "zone"),
    [("Asia/Tokyo", "Asia/Tokyo"), (":Europe/Paris", "Europe/Paris"), ("EST5EDT4", "UTC"), ("/etc/x", "UTC")],
)
def test_the_zone_is_the_writers(monkeypatch: pytest.MonkeyPatch, tz: str, zone: str) -> None:
    monkeypatch.setenv("TZ", tz)
    assert Clock().now().zone == zone
