"""Attacks that need more than a switch: made slots, forks, thousands of mutations, relays, restored copies."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.hostile import HostileWorld
from tests.support.lies import (
    CHALLENGE,
    CHANGES,
    CHECKPOINT,
    CONTAINERS,
    LOGIN,
    RECORDS,
    flipped,
    pack,
    patched,
    unpack,
)
from tests.support.proxy import Answer, Forward, Json, Lie, Request
from tests.support.world import HANDLE, PASSPHRASE, Device, World
from tests.vectors.multikey import multi_key_slot
from vault.client import transport
from vault.core.kdf import passphrase_secret
from vault.core.keyslot import SlotHeader, SlotKind
from vault.core.params import KdfParams
from vault.errors import (
    ErasedError,
    ForkError,
    FormatError,
    HostileDataError,
    InkvaultError,
    IntegrityError,
    PolicyError,
    RollbackError,
    SubstitutionError,
    UnlockError,
)


class Canned:
    """A server that needs no keys: it gives the same answers again, whoever asks and whatever they sign."""

    def __init__(self, world: HostileWorld) -> None:
        self.answers: dict[str, Answer] = {}

        def listen(request: Request, forward: Forward) -> Answer:
            self.answers[request.route] = forward(request)
            return self.answers[request.route]

        with world.proxy.lying(listen):
            self.vault = world.device("listened to").unlock()
            self.vault.session(world.session)

    @property
    def challenge(self) -> Json:
        return self.answers[CHALLENGE].json()

    @property
    def login(self) -> Json:
        return self.answers[LOGIN].json()

    def with_changed(self, route: str, body: Json) -> Lie:
        """The lie that gives `body` on one route."""
        answers = self.answers | {route: Answer.of(body)}
        # The log has gone on since: the login that was listened to is asked for the proof of it.
        return lambda request, forward: forward(request) if request.route == CHECKPOINT else answers[request.route]


@pytest.fixture(scope="module")
def canned(world: HostileWorld) -> Iterator[Canned]:
    canned = Canned(world)
    yield canned
    canned.vault.lock()


@contextmanager
def refused(world: HostileWorld, lie: Lie, routes: list[str]) -> Iterator[pytest.ExceptionInfo[InkvaultError]]:
    """The block fails with an error of ours, after exactly these requests."""
    start = len(world.proxy.traffic)
    with world.proxy.lying(lie), pytest.raises(InkvaultError) as caught:
        yield caught
    assert world.proxy.routes()[start:] == routes


# --- 2, 3, 4, 19: logging in at a server that lies -------------------------------------------------------------------


def test_the_canned_server_is_believable(world: HostileWorld, canned: Canned, pinned: Callable[[], Device]) -> None:
    with world.proxy.lying(canned.with_changed(LOGIN, canned.login)):
        vault = pinned().unlock()
        assert len(vault.session(world.session).messages) == 4


def test_2_a_swapped_salt_is_told_from_a_wrong_passphrase_by_nobody(
    world: HostileWorld, canned: Canned, pinned: Callable[[], Device]
) -> None:
    challenge = canned.challenge
    swapped = canned.with_changed(CHALLENGE, challenge | {"vault_salt": pack(bytes(32))})
    with refused(world, swapped, [CHALLENGE, LOGIN]) as with_salt:
        pinned().unlock()
    with refused(world, canned.with_changed(CHALLENGE, challenge), [CHALLENGE, LOGIN]) as with_secret:
        pinned().unlock("another passphrase altogether, and a long one")
    assert (with_salt.type, str(with_salt.value)) == (with_secret.type, str(with_secret.value))


@pytest.mark.parametrize("mac_of", ["nobody", "the guess"])
def test_3_a_slot_that_opens_under_many_keys(
    world: HostileWorld, canned: Canned, pinned: Callable[[], Device], mac_of: str
) -> None:
    challenge = canned.challenge
    slots = [SlotHeader.parse(unpack(text)) for text in challenge["slots"]]
    header = next(slot for slot in slots if slot.kind is SlotKind.PASSPHRASE)
    true = passphrase_secret(PASSPHRASE, HANDLE, unpack(challenge["vault_salt"]), header.params)
    guess = bytes(range(32))
    slot = multi_key_slot(header, true, guess, bytes(12), mac_secret=guess if mac_of == "the guess" else None)
    lie = canned.with_changed(LOGIN, canned.login | {"slot": pack(slot)})
    with refused(world, lie, [CHALLENGE, LOGIN]) as caught:
        pinned().unlock()
    assert caught.type is IntegrityError


def test_4_every_byte_of_a_slot(world: HostileWorld, canned: Canned, pinned: Callable[[], Device]) -> None:
    device, login = pinned(), canned.login
    before = device.pins()
    for place in range(136):
        lie = canned.with_changed(LOGIN, login | {"slot": flipped(place)(login["slot"])})
        with refused(world, lie, [CHALLENGE, LOGIN]) as caught:
            device.unlock()
        assert isinstance(caught.value, HostileDataError), place
    assert device.pins() == before


def test_4_every_byte_of_the_headers_shown(world: HostileWorld, canned: Canned, pinned: Callable[[], Device]) -> None:
    device, challenge = pinned(), canned.challenge
    for place in range(44):
        shown = [flipped(place)(slot) for slot in challenge["slots"]]
        lie = canned.with_changed(CHALLENGE, challenge | {"slots": shown})
        start = len(world.proxy.traffic)
        with world.proxy.lying(lie), pytest.raises((HostileDataError, UnlockError)):
            device.unlock()
        assert world.proxy.routes()[start:] in ([CHALLENGE], [CHALLENGE, LOGIN])


def test_19_a_thousand_mutations_cause_the_same_traffic(
    world: HostileWorld, canned: Canned, pinned: Callable[[], Device]
) -> None:
    """What a client does next must not depend on which check failed, or the server learns from it."""
    device, login = pinned(), canned.login
    rng = random.Random(19)
    reactions = set()
    for _ in range(1_000):
        slot = login["slot"]
        for _ in range(rng.randint(1, 4)):
            slot = patched(rng.randrange(44, 136), rng.randbytes(rng.randint(1, 8)))(slot)
        slot = pack(unpack(slot)[:136])
        if slot == login["slot"]:
            continue
        start = len(world.proxy.traffic)
        lie = canned.with_changed(LOGIN, login | {"slot": slot})
        with world.proxy.lying(lie), pytest.raises(HostileDataError) as caught:
            device.unlock()
        sent = [(request.method, request.path, sorted(request.headers)) for request in world.proxy.traffic[start:]]
        reactions.add((str(sent), caught.type, str(caught.value)))
    assert len(reactions) == 1


# --- 10: every byte of what is read ----------------------------------------------------------------------------------


def some_places(size: int) -> Iterator[int]:
    """The first and the last bytes, and every seventh between."""
    yield from sorted({*range(0, size, 7), *range(min(size, 20)), *range(max(0, size - 20), size)})


def test_10_bytes_of_the_listing(world: HostileWorld, canned: Canned, pinned: Callable[[], Device]) -> None:
    device = pinned()
    before = device.pins()
    listing = canned.answers[CONTAINERS].json()
    changed = [
        listing | {"head": flipped(place)(listing["head"])} for place in some_places(len(unpack(listing["head"])))
    ]
    target = listing["containers"][1]
    for key in ("header", "wrapped_key"):
        for place in some_places(len(unpack(target[key]))):
            others = [target | {key: flipped(place)(target[key])}, *listing["containers"][2:]]
            changed.append(listing | {"containers": [listing["containers"][0], *others]})
    changed += [listing | {"seq": listing["seq"] + step} for step in (-1, 1)]
    for key in ("version", "epoch"):
        others = [target | {key: target[key] + 1}, *listing["containers"][2:]]
        changed.append(listing | {"containers": [listing["containers"][0], *others]})
    for body in changed:
        with refused(world, canned.with_changed(CONTAINERS, body), [CHALLENGE, LOGIN, CONTAINERS]) as caught:
            device.unlock()
        assert isinstance(caught.value, FormatError | IntegrityError)
    assert device.pins() == before


def test_10_bytes_of_records(world: HostileWorld, canned: Canned) -> None:
    page = canned.answers[RECORDS].json()
    unlocked = canned.vault._unlocked
    assert unlocked is not None
    container_id = bytes.fromhex(world.session)
    first = page["records"][0]
    size = len(unpack(first["envelope"]))
    changed: list[Json] = [first | {"envelope": flipped(place)(first["envelope"])} for place in some_places(size)]
    changed += [first | {"envelope": pack(unpack(first["envelope"])[:length])} for length in some_places(size)]
    for record in changed:
        lie = canned.with_changed(RECORDS, page | {"records": [record, *page["records"][1:]]})
        with refused(world, lie, [RECORDS]) as caught:
            unlocked.read(container_id)
        assert isinstance(caught.value, FormatError | IntegrityError)


# --- 14: forks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def forked(tmp_path: Path, cheap_kdf: KdfParams) -> Iterator[tuple[World, Path]]:
    """A world with one vault, and a copy of its data that can go another way."""
    world = World(tmp_path)
    vault, _ = world.device("one").create()
    vault.write("common", new="Common")
    vault.__exit__(None, None, None)
    world.device("two").unlock().lock()
    yield world, world.copy("fork")
    world.close()


@pytest.mark.parametrize(("ours", "theirs", "error"), [(1, 1, RollbackError), (1, 2, ForkError), (2, 1, RollbackError)])
def test_14_two_heads_for_two_devices(
    forked: tuple[World, Path], ours: int, theirs: int, error: type[HostileDataError]
) -> None:
    world, fork = forked
    original = world.proxy.app
    with world.device("one").unlock() as vault:
        for number in range(theirs):
            vault.write(f"{number}")
    world.proxy.app = world.opened(fork)
    with world.device("two").unlock() as vault:
        for number in range(ours):
            vault.write(f"{number}")
    world.proxy.app = original
    before = world.device("two").pins()
    with pytest.raises(error):
        world.device("two").unlock()
    assert world.device("two").pins() == before
    world.device("one").unlock().lock()


def test_14_a_fork_under_an_open_vault(forked: tuple[World, Path]) -> None:
    world, fork = forked
    vault = world.device("two").unlock()
    vault.write("mine")
    original, world.proxy.app = world.proxy.app, world.opened(fork)
    heard: list[Answer] = []

    def listen(request: Request, forward: Forward) -> Answer:
        heard.append(forward(request))
        return heard[-1]

    with world.device("one").unlock() as other:
        other.write("theirs")
        other.write("theirs again")
        with world.proxy.lying(listen):
            assert other._unlocked is not None
            other._unlocked.service.changes(3)
    world.proxy.app = original
    fake = heard[0]
    before = world.device("two").pins()
    with (
        world.proxy.lying(lambda request, forward: fake if request.route == CHANGES else forward(request)),
        pytest.raises(ForkError),
    ):
        vault.refresh()
    assert world.device("two").pins() == before


def test_13_a_new_device_shows_a_code_that_gives_a_roll_back_away(forked: tuple[World, Path]) -> None:
    world, past = forked
    with world.device("one").unlock() as vault:
        vault.write("later")
    true = world.device("three").unlock().new_device
    world.proxy.app = world.opened(past)
    shown = world.device("four").unlock().new_device
    assert true is not None
    assert shown is not None
    assert (shown.seq, shown.code) != (true.seq, true.code)
    assert len(true.code) == 9


def test_6_the_same_name_made_anew_is_another_vault(forked: tuple[World, Path], tmp_path: Path) -> None:
    world, _ = forked
    world.proxy.app = world.opened(tmp_path / "empty")
    impostor, _ = world.device("impostor").create()
    impostor.lock()
    with pytest.raises(SubstitutionError):
        world.device("one").unlock()


def test_7_an_unknown_vault_to_a_device_that_knows_it(forked: tuple[World, Path], tmp_path: Path) -> None:
    world, _ = forked
    world.proxy.app = world.opened(tmp_path / "empty")
    start = len(world.proxy.traffic)
    with pytest.raises(SubstitutionError):
        world.device("one").unlock()
    assert world.proxy.routes()[start:] == [CHALLENGE]


# --- 20: relays and replays ------------------------------------------------------------------------------------------


def through_evil(change: Callable[[Json], Json]) -> Lie:
    """A server at another origin that passes everything on to the real one."""

    def relay(request: Request, forward: Forward) -> Answer:
        headers = request.headers | {"host": "inkvault.embedded"}
        body = request.body
        if request.route == LOGIN:
            body = Answer.of(change(request.json())).body
        return forward(Request(request.method, request.path, headers, body))

    return relay


@pytest.mark.parametrize("rewritten", [False, True])
def test_20_a_relayed_login_opens_nothing(world: HostileWorld, rewritten: bool) -> None:
    device = world.device(f"phished {rewritten}")
    device.origin = "http://evil.embedded"
    fields = {"origin": "http://inkvault.embedded"} if rewritten else {}
    with refused(world, through_evil(lambda body: body | fields), [CHALLENGE, LOGIN]) as caught:
        device.unlock()
    assert caught.type is UnlockError
    assert world.proxy.traffic[-1].json()["origin"] == "http://evil.embedded"


def test_20_a_login_is_good_once(world: HostileWorld, pinned: Callable[[], Device]) -> None:
    pinned().unlock().lock()
    login = next(request for request in reversed(world.proxy.traffic) if request.route == LOGIN)
    assert world.proxy.forward(login).status.startswith("401")


# --- 22: a restored copy without its keys ----------------------------------------------------------------------------


def test_22_a_database_without_its_key_file_opens_nothing(
    forked: tuple[World, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "RETRY_DELAYS", ())
    world, restored = forked
    for path in (restored / "keys").iterdir():
        path.unlink()
    world.proxy.app = world.opened(restored)
    with pytest.raises(ErasedError, match="database from before an erasure"):
        world.device("one").unlock()


def test_1_costs_are_checked_for_every_slot_shown(
    world: HostileWorld, canned: Canned, pinned: Callable[[], Device]
) -> None:
    challenge = canned.challenge
    slots = [patched(2, b"\xff\xff\xff\xff")(slot) if unpack(slot)[1] == 1 else slot for slot in challenge["slots"]]
    lie = canned.with_changed(CHALLENGE, challenge | {"slots": slots})
    with refused(world, lie, [CHALLENGE]) as caught:
        world.device("with recovery key").recover(world.recovery_key)
    assert caught.type is PolicyError
