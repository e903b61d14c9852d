"""Limits on attempts: they stop a guesser, and never the owner for good (attack 28)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answers import check_error
from tests.support.service import Clock, Host, RefusedError, Writer, hosted
from vault.server import ratelimits
from vault.server.ratelimits import FAILURE_BY_PAIR, Limit, RateLimits, Window, address_key
from vault.server.service import EXTENSION, Service
from vault.storage.refusal import Refusal
from vault.wire.models import ChallengeRequest, Login

LIMIT = Limit("test", (Window(3, 60), Window(5, 300)))


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def rates(clock: Clock) -> RateLimits:
    return RateLimits(clock)


def wait(rates: RateLimits, key: str = "a") -> int:
    """Seconds to wait, 0 when an attempt may be made."""
    try:
        rates.check(LIMIT, key)
    except Refusal as refusal:
        return refusal.retry_after or -1
    return 0


def test_windows_move_and_grow(rates: RateLimits, clock: Clock) -> None:
    for _ in range(3):
        assert wait(rates) == 0
        rates.count(LIMIT, "a")
    assert wait(rates) == 60
    assert wait(rates, "b") == 0
    clock.seconds += 59.5
    assert wait(rates) == 1
    clock.seconds += 0.5
    for _ in range(2):
        assert wait(rates) == 0
        rates.count(LIMIT, "a")
    assert wait(rates) == 240
    clock.seconds += 240
    assert wait(rates) == 0


def test_refused_attempts_do_not_count(rates: RateLimits, clock: Clock) -> None:
    for _ in range(3):
        rates.count(LIMIT, "a")
    for _ in range(60):
        clock.seconds += 1
        wait(rates)
    assert wait(rates) == 0


def test_memory_is_bounded(rates: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimits, "MAX_KEYS", 100)
    for number in range(1000):
        rates.count(LIMIT, str(number))
    for _ in range(1000):
        rates.count(LIMIT, "999")
    assert len(rates._attempts) == 100
    assert sum(len(attempts.times) for attempts in rates._attempts.values()) == rates._size <= 104


def test_the_number_of_attempts_is_bounded_too(rates: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimits, "MAX_ATTEMPTS", 30)
    for number in range(100):
        for _ in range(5):
            rates.count(LIMIT, str(number))
    assert rates._size == sum(len(attempts.times) for attempts in rates._attempts.values()) == 30


def test_attempts_that_count_no_more_are_forgotten(rates: RateLimits, clock: Clock) -> None:
    for number in range(50):
        rates.count(LIMIT, str(number))
    clock.seconds += 299
    rates.count(LIMIT, "last")
    assert len(rates._attempts) == 51
    clock.seconds += 1
    rates.count(LIMIT, "last")
    assert list(rates._attempts) == [("test", "last")]
    assert rates._size == 2


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        (None, "none"),
        ("", "none"),
        ("nonsense", "none"),
    ],
)
def test_addresses(address: str | None, key: str) -> None:
    assert address_key(address) == key


# --- at the service --------------------------------------------------------------------------------------------------


@pytest.fixture
def host(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setattr("vault.server.app.RateLimits", lambda: RateLimits(clock))
    with hosted(tmp_path / "data") as running:
        yield running


def guess(writer: Writer, address: str = "127.0.0.1") -> int:
    """One wrong login; its status."""
    request = writer.login_request().model_copy(update={"signature": os.urandom(64)})
    with pytest.raises(RefusedError) as caught:
        writer.ask("POST", "/logins", Login, request)
    return caught.value.status


def test_a_guesser_must_wait_and_the_right_secret_works_then(host: Host, clock: Clock) -> None:
    writer = Writer(host.http, "ada").create()
    good = writer.login_request()
    for _ in range(10):
        assert guess(writer) == 401
    for response in (
        writer.send("POST", "/logins/challenge", ChallengeRequest(handle="ada")),
        writer.send("POST", "/logins", good),
    ):
        error = check_error(response.status_code, response.headers, response.content)
        assert error.retry_after == 60
    clock.seconds += 60
    writer.login()


def test_nobody_waits_longer_than_five_minutes(host: Host, clock: Clock) -> None:
    writer = Writer(host.http, "ada").create()
    failures, waits = 0, list[int]()
    while clock.seconds < 3600:
        try:
            guess(writer)
            failures += 1
        except RefusedError as refused:
            waits.append(refused.body.retry_after or -1)
            clock.seconds += waits[-1]
    assert failures <= 30 * 13
    assert min(waits) > 0
    assert max(waits) <= 300
    clock.seconds += 300
    writer.login()


def test_another_vault_and_an_unknown_one_are_limited_alike(host: Host) -> None:
    known, unknown, other = (Writer(host.http, name) for name in ("ada", "nobody", "bea"))
    known.create()
    other.create()
    for writer in (known, unknown):
        writer.vault_id = writer.challenge().vault_id
        writer.keys[0].vault_id = writer.vault_id
        assert [guess(writer) for _ in range(10)] == [401] * 10
        with pytest.raises(RefusedError) as caught:
            guess(writer)
        assert caught.value.status == 429
    other.login()


def test_a_crowd_of_guessers_does_not_lock_the_owner_out(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    writer.login()
    service: Service = host.app.extensions[EXTENSION]
    for _ in range(1000):
        service.rates.count(ratelimits.FAILURE_BY_VAULT, writer.vault_id.hex())
    writer.login()
    stranger = host.app.test_client()
    response = stranger.post(
        "/api/v1/logins/challenge",
        json={"handle": "ada"},
        headers={"Host": "inkvault.embedded"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert response.status_code == 429


def test_a_stranger_who_asks_for_challenges_keeps_nobody_else_waiting(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    service: Service = host.app.extensions[EXTENSION]

    def flood() -> None:
        for _ in range(10_000):
            service.authentication.challenge("ada", "192.0.2.7")

    with pytest.raises(Refusal):
        flood()
    writer.login()


def test_an_address_cannot_try_many_vaults(host: Host) -> None:
    statuses = []
    for number in range(120):
        try:
            statuses.append(guess(Writer(host.http, f"nobody {number}")))
        except RefusedError as refused:
            statuses.append(refused.status)
    assert statuses == [401] * 100 + [429] * 20


def test_a_busy_writer_meets_no_limit(host: Host) -> None:
    """A few tabs, a few mistakes, and many new vaults from one address, all within the same second."""
    writer = Writer(host.http, "ada").create()
    for _ in range(9):
        guess(writer)
        writer.login()
    for number in range(100):
        Writer(host.http, f"vault {number}").create().login()


def test_making_vaults_is_limited(host: Host, clock: Clock) -> None:
    statuses = [Writer(host.http, f"vault {number}").send("POST", "/vaults", None).status_code for number in range(3)]
    assert statuses == [415] * 3
    for number in range(120):
        Writer(host.http, f"vault {number}").create()
    with pytest.raises(RefusedError) as caught:
        Writer(host.http, "one more").create()
    assert caught.value.body.retry_after == 60
    clock.seconds += 60
    Writer(host.http, "one more").create()


def test_the_limit_by_pair_is_the_one_in_the_handbook() -> None:
    assert FAILURE_BY_PAIR.windows == (Window(10, 60), Window(30, 300))
