"""Checking a whole vault: everything that is wrong is named, and nothing ends the search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.support.frames import SNAPSHOT, frame, in_snapshot
from tests.support.lies import CHALLENGE, LOGIN, flipped
from tests.support.proxy import Answer, Forward, Json, Request
from tests.support.world import PASSPHRASE, Device, World
from vault.client import Fault, NewMessage, VerifyReport
from vault.client import verify as module
from vault.errors import IntegrityError, LockedError, UnlockError

NEW = "seven copper kettles sang beneath a borrowed moon"


@dataclass
class Vaultful:
    """A vault with two sessions, of which `first` is titled."""

    world: World
    device: Device
    vault_id: str
    first: str
    second: str


@pytest.fixture
def full(world: World) -> Vaultful:
    device = world.device()
    vault, _ = device.create()
    with vault:
        first = vault.append_all(None, [NewMessage(f"{number}") for number in range(5)], new="First title")
        second = vault.append_all(None, [NewMessage("opening words"), NewMessage("more", "helper")])
    return Vaultful(world, device, vault.vault_id, first, second)


Change = Callable[[list[Json]], Iterable[Json | bytes]]


def examine(full: Vaultful, change: Change) -> VerifyReport:
    with full.world.proxy.lying(in_snapshot(change)):
        return full.device.examine()


def records(lines: list[Json], session: str) -> list[int]:
    """Where the records of a session are among the lines."""
    start = next(n for n, line in enumerate(lines) if line.get("container", {}).get("container_id") == session)
    found = []
    for number in range(start + 1, len(lines)):
        if lines[number]["kind"] != "record":
            break
        found.append(number)
    return found


def container(lines: list[Json], container_id: str) -> Json:
    (found,) = (line["container"] for line in lines if line.get("container", {}).get("container_id") == container_id)
    assert isinstance(found, dict)
    return found


def test_a_sound_vault(full: Vaultful) -> None:
    vault = full.device.unlock()
    expected = VerifyReport(fingerprint=vault.fingerprint(), containers=3, records=7, faults=())
    assert full.device.examine() == expected
    with full.device.unlock() as vault:
        counts: list[int] = []
        assert vault.verify(counts.append) == expected
        assert vault.verify().ok
        assert counts[-1] == 7
        vault.write("it goes on")


def test_a_changed_record_is_named(full: Vaultful) -> None:
    ids = []

    def change(lines: list[Json]) -> list[Json]:
        for place in (records(lines, full.first)[2], records(lines, full.second)[0]):
            record = lines[place]["record"]
            record["envelope"] = flipped(200)(record["envelope"])
            ids.append(record["record_id"])
        return [*lines]

    report = examine(full, change)
    assert not report.ok
    assert {(fault.container, fault.record, fault.title) for fault in report.faults} == {
        (full.first, ids[0], "First title"),
        (full.second, ids[1], "opening words"),
    }
    assert report.records == 7
    assert report.fingerprint is not None
    assert report.fingerprint.seq == 3


def test_exchanged_records_are_both_named(full: Vaultful) -> None:
    def change(lines: list[Json]) -> list[Json]:
        one, two = (lines[place]["record"] for place in records(lines, full.first)[:2])
        one["envelope"], two["envelope"] = two["envelope"], one["envelope"]
        return [*lines]

    report = examine(full, change)
    assert len(report.faults) == 2
    assert all(fault.record and fault.container == full.first for fault in report.faults)


def only_fault(report: VerifyReport) -> Fault:
    (fault,) = report.faults
    return fault


def test_an_omitted_record_is_missed_in_its_container(full: Vaultful) -> None:
    def change(lines: list[Json]) -> list[Json]:
        del lines[records(lines, full.first)[0]]
        lines[-1]["records"] -= 1
        return [*lines]

    fault = only_fault(examine(full, change))
    assert (fault.container, fault.title) == (full.first, "First title")
    assert "4 records where its header counts 5" in fault.what


def test_a_doubled_record_is_named(full: Vaultful) -> None:
    def change(lines: list[Json]) -> list[Json]:
        place = records(lines, full.second)[0]
        lines[-1]["records"] += 1
        return [*lines[:place], lines[place], *lines[place:]]

    report = examine(full, change)
    assert [fault.record is not None for fault in report.faults] == [True, False]
    assert "twice" in report.faults[0].what


def test_a_container_that_does_not_open_is_named_and_the_others_are_checked(full: Vaultful) -> None:
    def change(lines: list[Json]) -> list[Json]:
        target = container(lines, full.first)
        target["wrapped_key"] = flipped(20)(target["wrapped_key"])
        record = lines[records(lines, full.second)[1]]["record"]
        record["envelope"] = flipped(99)(record["envelope"])
        return [*lines]

    report = examine(full, change)
    assert {fault.container for fault in report.faults} == {full.first, full.second}
    assert [fault.title for fault in report.faults if fault.container == full.first] == [None]


def test_an_omitted_container_is_missed(full: Vaultful) -> None:
    def change(lines: list[Json]) -> list[Json]:
        gone = records(lines, full.second)
        lines[-1]["containers"] -= 1
        lines[-1]["records"] -= len(gone)
        return [*lines[: gone[0] - 1], *lines[gone[-1] + 1 :]]

    assert "2 containers where the head counts 3" in only_fault(examine(full, change)).what


def test_an_older_container_is_noticed(full: Vaultful) -> None:
    older: list[Json] = []

    def remember(lines: list[Json]) -> list[Json]:
        older.append(container(lines, full.first))
        return [*lines]

    assert examine(full, remember).ok
    with full.device.unlock() as vault:
        vault.rename(full.first, "Later title")

    def change(lines: list[Json]) -> list[Json]:
        container(lines, full.first).update(older[0])
        return [*lines]

    assert "containers are not those the head means" in only_fault(examine(full, change)).what


def test_records_of_another_moment_are_noticed(full: Vaultful) -> None:
    """One record is put in the place of another of the same session and count."""
    with full.device.unlock() as vault:
        vault.write("later", session=full.second)

    def change(lines: list[Json]) -> list[Json]:
        places = records(lines, full.second)
        newest = max(places, key=lambda place: len(lines[place]["record"]["envelope"]))
        del lines[newest]
        lines[-1]["records"] -= 1
        return [*lines]

    assert not examine(full, change).ok


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:-1], "cut off"),
        (lambda lines: lines[:3], "cut off"),
        (lambda lines: [], "cut off"),
        (lambda lines: lines[1:], "head"),
        (lambda lines: [lines[0], *lines], "head in the wrong place"),
        (lambda lines: [*lines, lines[-1]], "after its end"),
        (lambda lines: [lines[0], frame(5, b"{}"), *lines[1:]], "Frame 2"),
        (lambda lines: [lines[0], frame(3, b"nonsense"), *lines[1:]], "Frame 2"),
        (lambda lines: [*lines[:-1], lines[-1] | {"records": 2**53}], "Frame 12"),
        (lambda lines: [lines[0] | {"seq": 2}, *lines[1:]], "head does not open"),
        (lambda lines: [lines[0] | {"head": flipped(99)(lines[0]["head"])}, *lines[1:]], "head does not open"),
        (lambda lines: [lines[0], *(n for n in lines if n["kind"] == "record"), *lines[1:]], "belongs to no container"),
        (lambda lines: [*lines[:-1], lines[-1] | {"records": 8}], "as much as it says"),
        (lambda lines: [frame(9, b"")] * 5_000, "more wrong than is listed"),
        (lambda lines: [lines[0], bytes(4), *lines[1:]], "outside the protocol"),
        (lambda lines: [lines[0], frame(2, bytes(2_097_241)), *lines[1:]], "outside the protocol"),
        (lambda lines: [*lines[:-1], frame(4, bytes(16))[:-1]], "outside the protocol"),
    ],
)
def test_a_snapshot_of_another_shape(full: Vaultful, change: Change, words: str) -> None:
    report = examine(full, change)
    assert any(words in fault.what for fault in report.faults)
    assert len(report.faults) <= module.MAX_FAULTS + 20


@contextmanager
def past(full: Vaultful) -> Iterator[None]:
    """The service as it was before one more write."""
    copied = full.world.copy("past")
    with full.device.unlock() as vault:
        vault.write("later")
    now, full.world.proxy.app = full.world.proxy.app, full.world.opened(copied)
    yield
    full.world.proxy.app = now


def test_an_older_whole_is_noticed(full: Vaultful) -> None:
    with past(full):
        assert "older state" in only_fault(full.device.examine()).what


def test_after_a_fault_nothing_more_is_asked(full: Vaultful) -> None:
    before = full.device.pins()
    start = len(full.world.proxy.traffic)
    assert not examine(full, lambda lines: [*lines[:-1]]).ok
    assert full.world.proxy.routes()[start:] == ["POST /logins/challenge", "POST /logins", SNAPSHOT]
    assert full.device.pins() == before


def test_a_check_that_found_nothing_locks_and_pins(full: Vaultful) -> None:
    phone = full.world.device("phone")
    assert phone.examine().ok
    assert full.world.proxy.routes()[-1] == "DELETE /logins/current"
    assert phone.unlock().new_device is None


def test_a_check_follows_the_history_since_the_pin(full: Vaultful) -> None:
    phone = full.world.device("phone")
    phone.unlock().lock()
    with full.device.unlock() as vault:
        for number in range(3):
            vault.write(f"{number}")
    report = phone.examine()
    assert report.ok
    assert report.fingerprint is not None
    assert report.fingerprint.seq == 6


def test_an_unlocked_vault_found_faulty_refuses_everything(full: Vaultful) -> None:
    vault = full.device.unlock()
    with full.world.proxy.lying(in_snapshot(lambda lines: [*lines[:-1]])):
        assert not vault.verify().ok
    sent = len(full.world.proxy.traffic)
    with pytest.raises(IntegrityError):
        vault.sessions()
    vault.lock()
    assert len(full.world.proxy.traffic) == sent


def test_a_wrong_secret_examines_nothing(full: Vaultful) -> None:
    with pytest.raises(UnlockError):
        full.device.examine("wrong")


def test_an_ended_login_is_no_fault_of_the_data(full: Vaultful) -> None:
    vault = full.device.unlock()
    full.world.restart()
    with pytest.raises(LockedError):
        vault.verify()


def test_a_revoked_slot_is_noticed(full: Vaultful) -> None:
    """The old slot still logs in at a service that lies, but the head does not name it."""
    heard: dict[str, Answer] = {}

    def listen(request: Request, forward: Forward) -> Answer:
        heard[request.route] = forward(request)
        return heard[request.route]

    with full.world.proxy.lying(listen), full.device.unlock() as vault:
        old = {CHALLENGE: heard[CHALLENGE], LOGIN: heard[LOGIN]}
        vault.change_passphrase(PASSPHRASE, NEW)
    with full.world.proxy.lying(listen), full.device.unlock(NEW):
        old[LOGIN] = Answer.of(old[LOGIN].json() | {"token": heard[LOGIN].json()["token"]})
        with full.world.proxy.lying(lambda request, forward: old.get(request.route) or forward(request)):
            report = full.device.examine(PASSPHRASE)
    assert not report.ok
    assert report.records == 7


def test_after_a_frame_of_the_wrong_shape_everything_else_is_checked(full: Vaultful) -> None:
    """Each fault by itself: the frame by its number, the record that is missing for it, and one that was changed."""

    def change(lines: list[Json]) -> list[Json | bytes]:
        wrong, changed = records(lines, full.first)[1], lines[records(lines, full.second)[0]]["record"]
        changed["envelope"] = flipped(99)(changed["envelope"])
        lines[wrong]["record"]["version"] = 0
        return [*lines]

    report = examine(full, change)
    assert [fault.container for fault in report.faults if fault.record] == [full.second]
    assert any(fault.what.startswith("Frame ") and fault.container == full.first for fault in report.faults)
    assert report.records == 6
