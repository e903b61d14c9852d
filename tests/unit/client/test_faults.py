"""Lost answers, late answers, two writers at once, a killed process: nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.proxy import Answer, Forward, Request
from tests.support.world import PASSPHRASE, Device, World
from vault.client import NewMessage, Vault, unlocked
from vault.errors import (
    ConflictError,
    InkvaultError,
    LockedError,
    QuotaError,
    RollbackError,
    StorageError,
    UnavailableError,
)
from vault.server.serve import Listener
from vault.server.settings import Settings


def texts(vault: Vault, session_id: str) -> list[str]:
    return [message.text for message in vault.session(session_id).messages]


class Once:
    """A lie for one request of a route, or for the first few; everything else goes through."""

    def __init__(self, route: str, act: Callable[[Request, Forward], Answer], times: int = 1) -> None:
        self.route = route
        self.act = act
        self.times = times

    def __call__(self, request: Request, forward: Forward) -> Answer:
        if request.route == self.route and self.times > 0:
            self.times -= 1
            return self.act(request, forward)
        return forward(request)


def never_arrives(_request: Request, _forward: Forward) -> Answer:
    raise httpx.ConnectError("refused")


def answer_is_lost(request: Request, forward: Forward) -> Answer:
    forward(request)
    raise httpx.ReadError("reset")


def done_then_fault(request: Request, forward: Forward) -> Answer:
    """The service carries it out and has a fault afterwards."""
    forward(request)
    return Answer.of({"code": "internal", "message": "", "seq": None, "retry_after": None}, "500 X")


def refused(code: str, status: str, **fields: int) -> Callable[[Request, Forward], Answer]:
    body = {"code": code, "message": "", "seq": None, "retry_after": None} | fields
    return lambda _request, _forward: Answer.of(body, status)


COMMIT = "POST /commits"
ALWAYS = 1_000


# --- lost answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [never_arrives, answer_is_lost, done_then_fault])
def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(
    laptop: Device, world: World, fault: Callable[[Request, Forward], Answer]
) -> None:
    with laptop.unlock() as vault:
        with world.proxy.lying(Once(COMMIT, fault, times=2)):
            session = vault.write("once")
        assert texts(vault, session) == ["once"]
        bodies = [request.body for request in world.proxy.traffic if request.route == COMMIT]
        assert len(bodies) == 3
        assert len(set(bodies)) == 1


@pytest.mark.parametrize("fault", [never_arrives, answer_is_lost, done_then_fault])
def test_calling_again_after_an_outage_writes_once(
    laptop: Device, world: World, fault: Callable[[Request, Forward], Answer]
) -> None:
    with laptop.unlock() as vault:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, fault, ALWAYS)):
            for _ in range(3):
                with pytest.raises(UnavailableError):
                    vault.write("the text", session=session)
        assert vault.write("the text", session=session) == session
        assert texts(vault, session) == ["before", "the text"]


@pytest.mark.parametrize("fault", [never_arrives, answer_is_lost, done_then_fault])
def test_another_write_after_an_outage_carries_the_first_one_through(
    laptop: Device, world: World, fault: Callable[[Request, Forward], Answer]
) -> None:
    with laptop.unlock() as vault:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, fault, ALWAYS)), pytest.raises(UnavailableError):
            vault.write("first", session=session)
        vault.write("second", session=session)
        assert texts(vault, session) == ["before", "first", "second"]


@pytest.mark.parametrize("fault", [never_arrives, answer_is_lost, done_then_fault])
def test_the_end_of_the_block_carries_it_through_too(
    laptop: Device, world: World, fault: Callable[[Request, Forward], Answer]
) -> None:
    with laptop.unlock() as vault:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, fault, ALWAYS)), pytest.raises(UnavailableError):
            vault.write("text", session=session)
    with laptop.unlock() as vault:
        assert texts(vault, session) == ["before", "text"]


def test_the_end_of_the_block_says_when_it_cannot(laptop: Device, world: World) -> None:
    vault = laptop.unlock()
    world.proxy.lie = Once(COMMIT, never_arrives, ALWAYS)
    with pytest.raises(UnavailableError):
        vault.write("text")
    with pytest.raises(UnavailableError):
        vault.__exit__(None, None, None)


def test_an_outage_while_another_device_writes(laptop: Device, world: World) -> None:
    phone = world.device("phone")
    with laptop.unlock() as vault, phone.unlock() as other:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, answer_is_lost, ALWAYS)), pytest.raises(UnavailableError):
            vault.write("mine", session=session)
        other.refresh()
        other.write("theirs", session=session)
        vault.confirm()
        assert texts(vault, session) == ["before", "mine", "theirs"]


def test_an_outage_while_another_device_writes_first(laptop: Device, world: World) -> None:
    phone = world.device("phone")
    with laptop.unlock() as vault, phone.unlock() as other:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, never_arrives, ALWAYS)), pytest.raises(UnavailableError):
            vault.write("mine", session=session)
        other.refresh()
        other.write("theirs", session=session)
        vault.confirm()
        assert texts(vault, session) == ["before", "theirs", "mine"]


def test_a_changed_passphrase_survives_a_lost_answer(laptop: Device, world: World) -> None:
    new = "seven copper kettles sang beneath a borrowed moon"
    with laptop.unlock() as vault:
        with world.proxy.lying(Once(COMMIT, answer_is_lost, 1)):
            vault.change_passphrase(PASSPHRASE, new)
        vault.change_passphrase(new, PASSPHRASE + "!")
    laptop.unlock(PASSPHRASE + "!").lock()


def test_a_vault_is_made_once_though_the_answer_was_lost(world: World) -> None:
    with world.proxy.lying(Once("POST /vaults", answer_is_lost)):
        vault, _ = world.device().create()
    with vault:
        vault.write("text")
    assert world.proxy.routes().count("POST /vaults") == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refused("storage", "507 X"), UnavailableError),
        (refused("quota_bytes", "403 X"), QuotaError),
        (refused("quota_records", "403 X"), QuotaError),
        (refused("too_large", "413 X"), QuotaError),
    ],
)
def test_a_refused_write_is_not_done_later(
    laptop: Device, world: World, fault: Callable[[Request, Forward], Answer], error: type[InkvaultError]
) -> None:
    with laptop.unlock() as vault:
        session = vault.write("before")
        with world.proxy.lying(Once(COMMIT, fault)), pytest.raises(error):
            vault.write("refused", session=session)
        vault.write("after", session=session)
        assert texts(vault, session) == ["before", "after"]


# --- two writers -----------------------------------------------------------------------------------------------------


def test_two_devices_that_write_the_same_session_both_keep_their_text(laptop: Device, world: World) -> None:
    with laptop.unlock() as one:
        session = one.write("before")
        with world.device("phone").unlock() as two:
            one.write("from one", session=session)
            two.write("from two", session=session)
            one.write("again one", session=session)
            assert two.refresh() == [session]
            assert texts(one, session) == texts(two, session) == ["before", "from one", "from two", "again one"]
            assert two.verify().ok


def test_a_session_is_read_as_it_is_now(laptop: Device, world: World) -> None:
    with laptop.unlock() as one:
        session = one.write("before")
        with world.device("phone").unlock() as two:
            one.write("after", session=session)
            assert texts(two, session) == ["before", "after"]
            assert two.refresh() == []


def test_slots_and_titles_changed_elsewhere_do_not_get_lost(laptop: Device, world: World) -> None:
    with laptop.unlock() as one:
        session = one.write("text", new="Old")
        with world.device("phone").unlock() as two:
            one.replace_recovery_key()
            two.rename(session, "New")
            one.write("more", session=session)
            assert [slot.id for slot in one.slots()] == [slot.id for slot in two.slots()]
            assert one.sessions()[0].title == "New"


def test_many_writers_at_once_all_get_through(laptop: Device, world: World) -> None:
    writers, each = 4, 12
    with laptop.unlock() as vault:
        session = vault.write("start")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with world.device(f"device {number}").unlock() as vault:
                for turn in range(each):
                    vault.write(f"{number}:{turn}", session=session)
        except BaseException as error:  # noqa: BLE001 - looked at below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with laptop.unlock() as vault:
        found = texts(vault, session)
        assert len(found) == 1 + writers * each
        for number in range(writers):
            assert [text for text in found if text.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(each)]
        assert vault.verify().ok


def test_a_writer_who_never_gets_through_is_told(laptop: Device, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlocked, "_REBASES", 5)
    with laptop.unlock() as vault, world.device("phone").unlock() as other:

        def always_late(request: Request, forward: Forward) -> Answer:
            if request.route == COMMIT and request.headers["authorization"] == mine:
                world.proxy.lie = None
                other.write("first")
                world.proxy.lie = always_late
            return forward(request)

        vault.write("text")
        mine = world.proxy.traffic[-1].headers["authorization"]
        world.proxy.lie = always_late
        with pytest.raises(ConflictError, match="try again"):
            vault.write("mine")
        world.proxy.lie = None
        vault.write("mine")
        assert [session.count for session in vault.sessions()] == [7]


def test_listing_while_others_write(laptop: Device, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of the listing is of another moment."""
    monkeypatch.setattr("vault.storage.reading.MAX_PAGE_ITEMS", 2)
    with world.device("phone").unlock() as other:
        sessions = [other.write("text", new=f"{number}") for number in range(7)]

        def in_between(request: Request, forward: Forward) -> Answer:
            answer = forward(request)
            if request.route == "GET /containers":
                world.proxy.lie = None
                for session in sessions:
                    other.write("more", session=session)
                other.write("text", new="new")
                world.proxy.lie = in_between
            return answer

        world.proxy.lie = in_between
        vault = laptop.unlock()
        world.proxy.lie = None
        other.refresh()
        assert [replace(each, left_ms=0) for each in vault.sessions()] == [
            replace(each, left_ms=0) for each in other.sessions()
        ]
        vault.lock()


def test_a_session_that_never_rests_is_given_up(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault, world.device("phone").unlock() as other:
        session = vault.write("start")
        other.refresh()

        def in_between(request: Request, forward: Forward) -> Answer:
            if request.route == "GET /containers/{id}/records":
                world.proxy.lie = None
                other.write("more", session=session)
                world.proxy.lie = in_between
            return forward(request)

        world.proxy.lie = in_between
        with pytest.raises(ConflictError):
            vault.session(session)
        world.proxy.lie = None
        assert vault.session(session).summary.count == 21


# --- pins ------------------------------------------------------------------------------------------------------------


def test_the_pin_moves_with_what_is_read_back(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        before = laptop.pins()
        vault.write("text")
        assert laptop.pins() == before
        vault.confirm()
        assert laptop.pins() != before


@pytest.mark.parametrize("end", [Vault.refresh, Vault.verify, Vault.slots, Vault.confirm, Vault.lock])
def test_what_was_read_back_is_pinned_when_the_process_is_gone(
    laptop: Device, world: World, end: Callable[[Vault], object]
) -> None:
    old = world.copy("old")
    vault = laptop.unlock()
    vault.write("text")
    end(vault)
    world.proxy.app = world.opened(old)
    with pytest.raises(RollbackError):
        laptop.unlock()


def test_of_many_commits_few_are_not_pinned_when_the_process_is_gone(
    laptop: Device, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlocked, "PIN_EVERY", 3)
    vault = laptop.unlock()
    for number in range(3):
        vault.write(f"{number}")
    old = world.copy("old")
    before = laptop.pins()
    vault.write("one too many")
    assert laptop.pins() != before
    world.proxy.app = world.opened(old)
    laptop.unlock().lock()  # the last one alone is not pinned, and the three before it are there


def test_a_pin_that_cannot_be_kept_stops_the_next_write(
    laptop: Device, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one that was accepted: called again, it would be written twice."""
    monkeypatch.setattr(unlocked, "PIN_EVERY", 1)
    vault = laptop.unlock()
    vault.write("accepted")
    sent = world.proxy.routes().count(COMMIT)
    with monkeypatch.context() as patch:
        patch.setattr("vault.client.pins._replace", _no_room)
        with pytest.raises(StorageError):
            vault.write("text")
        with pytest.raises(StorageError):
            vault.refresh()
    assert world.proxy.routes().count(COMMIT) == sent
    with vault:
        vault.write("text")
        assert [session.count for session in vault.sessions()] == [2]


def _no_room(path: Path, _fields: object) -> None:
    raise StorageError(f"Cannot write in {path.parent} (No space left on device); make room or mend its permissions.")


def test_two_programs_on_one_device_share_the_pin(laptop: Device, world: World) -> None:
    with laptop.unlock() as one, laptop.unlock() as two:
        one.write("a")
        two.write("b")
        one.confirm()
        two.write("c")
    with laptop.unlock() as vault:
        assert [session.count for session in vault.sessions()] == [3]


def test_an_older_database_is_noticed(laptop: Device, world: World) -> None:
    old = world.copy("old")
    with laptop.unlock() as vault:
        vault.write("text")
    world.proxy.app = world.opened(old)
    with pytest.raises(RollbackError):
        laptop.unlock()


# --- a killed process ------------------------------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from vault.core import params
from vault.core.params import KdfParams
params.FLOOR, params.PROFILE = KdfParams(8, 1, 1), KdfParams(64, 1, 1)
from vault.client import Vault
root = Path(sys.argv[1])
vault = Vault.unlock("diary", sys.argv[2], data_dir=root / "data", state_dir=root / "killed")
number = 0
while True:
    session = vault.write(f"{number}", session=sys.argv[3])
    print(number, flush=True)
    number += 1
"""


def test_a_process_killed_in_the_middle_loses_nothing_it_was_answered(
    world: World, laptop: Device, tmp_path: Path
) -> None:
    with laptop.unlock() as vault:
        session = vault.write("start")
    for round_number in range(3):
        command = [sys.executable, "-c", KILLED, str(tmp_path), PASSPHRASE, session]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            answered = [process.stdout.readline().strip() for _ in range(20 + 7 * round_number)]
            os.kill(process.pid, signal.SIGKILL)
            answered += process.stdout.read().split()
        with laptop.unlock() as vault:
            assert vault.verify().ok
            found = texts(vault, session)
            assert "".join(f" {text}" for text in answered) in "".join(f" {text}" for text in found)


# --- over HTTP -------------------------------------------------------------------------------------------------------


@contextmanager
def served(data_dir: Path, port: int = 0) -> Iterator[str]:
    """`inkvault serve` in a thread; its address."""
    with Listener(Settings(data_dir=data_dir), "127.0.0.1", port) as listener:
        thread = threading.Thread(target=listener.run)
        thread.start()
        try:
            yield listener.address
        finally:
            listener.stop()
            thread.join()


def test_the_same_verbs_over_http_and_beside_it(tmp_path: Path, cheap_kdf: object) -> None:
    state, data_dir = tmp_path / "state", tmp_path / "data"
    with served(data_dir) as address:
        vault, _ = Vault.create("diary", PASSPHRASE, server=address, state_dir=state)
        with vault:
            session = vault.append_all(None, [NewMessage(f"{number}") for number in range(1_500)])
            assert vault.verify().records == 1_500
            # The same data directory beside the running server, without it:
            with Vault.unlock("diary", PASSPHRASE, data_dir=data_dir, state_dir=tmp_path / "other") as beside:
                beside.write("beside", session=session)
            assert texts(vault, session)[-1] == "beside"
            assert len(texts(vault, session)) == 1_501


def test_a_server_that_goes_away_and_comes_back(
    tmp_path: Path, cheap_kdf: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.client.transport.RETRY_DELAYS", (0.0,))
    with served(tmp_path / "data") as address:
        vault, _ = Vault.create("diary", PASSPHRASE, server=address, state_dir=tmp_path / "state")
    with pytest.raises(UnavailableError, match=f"Cannot reach the service at {address}"):
        vault.write("text")
    with served(tmp_path / "data", int(address.rpartition(":")[2])):
        with pytest.raises(LockedError, match="unlock"):
            vault.write("text")
        with Vault.unlock("diary", PASSPHRASE, server=address, state_dir=tmp_path / "state") as vault:
            vault.write("text")
            assert len(vault.sessions()) == 1
