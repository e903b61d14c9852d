"""Every transition of what a device may believe (FORMAT §7.1 rule 4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.client.trusted_state import Pin, advance, check_binding
from vault.core.head import first_history, next_history
from vault.errors import ForkError, FormatError, HostileDataError, RollbackError, SubstitutionError

VAULT = bytes(range(16))
OTHER = bytes(reversed(range(16)))


def chain(length: int, salt: bytes = b"") -> list[Pin]:
    """Heads 1 to `length` of one vault, as an honest service would show them."""
    history = first_history(VAULT)
    pins = []
    for seq in range(1, length + 1):
        head_hash = (salt + seq.to_bytes(4)).rjust(32, b"h")
        pins.append(Pin(VAULT, seq, head_hash, history))
        history = next_history(history, head_hash)
    return pins


def hashes(pins: list[Pin]) -> list[bytes]:
    return [pin.head_hash for pin in pins]


def test_first_sight_is_taken_as_it_is() -> None:
    (pin,) = chain(1)
    assert advance(None, pin) == pin


def test_same_head_again_changes_nothing() -> None:
    pin = chain(3)[-1]
    assert advance(pin, pin) == pin


@given(st.integers(1, 20), st.integers(0, 20))
def test_honest_progress_is_accepted(start: int, steps: int) -> None:
    pins = chain(start + steps)
    assert advance(pins[start - 1], pins[-1], hashes(pins[start:])) == pins[-1]


@given(st.integers(2, 20), st.data())
def test_any_older_head_is_a_rollback(length: int, data: st.DataObject) -> None:
    pins = chain(length)
    older = data.draw(st.integers(1, length - 1))
    with pytest.raises(RollbackError):
        advance(pins[-1], pins[older - 1])


def test_another_head_at_the_same_number_is_a_rollback() -> None:
    with pytest.raises(RollbackError):
        advance(chain(2)[-1], chain(2, b"fork")[-1])


def test_the_same_head_under_another_history_is_a_rollback() -> None:
    pin = chain(2)[-1]
    with pytest.raises(RollbackError):
        advance(pin, Pin(VAULT, pin.seq, pin.head_hash, bytes(32)))


@pytest.mark.parametrize("pinned", [1, 2, 3])
def test_a_head_that_grew_from_another_history_is_a_fork(pinned: int) -> None:
    ours, theirs = chain(3), chain(6, b"fork")
    with pytest.raises(ForkError):
        advance(ours[pinned - 1], theirs[-1], hashes(theirs[pinned:]))


@given(st.integers(2, 12), st.data())
def test_one_false_hash_on_the_way_is_a_fork(length: int, data: st.DataObject) -> None:
    pins = chain(length)
    shown = hashes(pins[1:])
    place = data.draw(st.integers(0, len(shown) - 1))
    shown[place] = bytes(32)
    with pytest.raises(ForkError):
        advance(pins[0], pins[-1], shown)


@given(st.integers(2, 12), st.integers(0, 24))
def test_another_number_of_hashes_is_refused(length: int, count: int) -> None:
    pins = chain(length)
    shown = (hashes(pins[1:]) * 3)[:count]
    if count != length - 1:
        with pytest.raises(FormatError):
            advance(pins[0], pins[-1], shown)


def test_another_vault_is_a_substitution() -> None:
    pin = chain(1)[0]
    with pytest.raises(SubstitutionError):
        advance(pin, Pin(OTHER, 9, pin.head_hash, pin.history), [])


def test_a_name_stays_with_its_vault() -> None:
    check_binding(None, VAULT)
    check_binding(VAULT, VAULT)
    with pytest.raises(SubstitutionError):
        check_binding(VAULT, OTHER)


def test_every_refusal_is_of_one_family() -> None:
    assert issubclass(RollbackError, HostileDataError)
    assert issubclass(ForkError, HostileDataError)
    assert issubclass(SubstitutionError, HostileDataError)
