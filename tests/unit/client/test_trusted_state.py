"""Every transition of what a device may believe (FORMAT §7.1 rules 4, 5)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.support.treelog import TreeLog, some_leaves
from vault.client.trusted_state import Pin, advance, advance_log, check_binding, later_log
from vault.core.head import first_history, next_history
from vault.errors import ForkError, FormatError, HostileDataError, IntegrityError, RollbackError, SubstitutionError

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


# --- the log ---------------------------------------------------------------------------------------------------------


def shown(log: TreeLog, since: int) -> tuple[bytes, str, list[bytes]]:
    return log.public.key, log.note(), log.consistency(since)


def test_a_log_is_taken_as_it_is_where_nothing_is_kept() -> None:
    log = TreeLog(some_leaves(5))
    assert advance_log(None, *shown(log, 0)) == log.kept()


def test_an_empty_log_is_nothing_to_keep() -> None:
    assert advance_log(None, *shown(TreeLog(), 0)) is None


@given(st.integers(1, 20), st.integers(0, 20))
def test_a_log_that_goes_on_is_accepted(old: int, more: int) -> None:
    log = TreeLog(some_leaves(old + more))
    assert advance_log(log.kept(old), *shown(log, old)) == log.kept()


@given(st.integers(2, 20), st.data())
def test_a_log_that_was_cut_is_a_rollback(size: int, data: st.DataObject) -> None:
    log = TreeLog(some_leaves(size))
    kept, left = log.kept(), data.draw(st.integers(0, size - 1))
    with pytest.raises(RollbackError):
        advance_log(kept, *shown(TreeLog(log.leaves[:left]), 0))


@given(st.integers(1, 20), st.integers(0, 20), st.data())
def test_a_log_that_was_edited_or_begun_anew_is_a_fork(old: int, more: int, data: st.DataObject) -> None:
    """Although the key that signs it is the right one, and the proof the best there can be."""
    log = TreeLog(some_leaves(old + more))
    forged = list(log.leaves)
    for index in data.draw(st.sets(st.integers(0, old - 1), min_size=1)):
        forged[index] = b"\xbb" * 42
    with pytest.raises(ForkError):
        advance_log(log.kept(old), *shown(TreeLog(forged), old))


def test_another_key_or_name_is_a_fork() -> None:
    log = TreeLog(some_leaves(5))
    others = [TreeLog(log.leaves, Ed25519PrivateKey.generate()), TreeLog(log.leaves, origin="inkvault/" + "ff" * 16)]
    for other in others:
        with pytest.raises(ForkError):
            advance_log(log.kept(3), *shown(other, 3))


def test_a_checkpoint_that_is_not_signed_is_refused() -> None:
    log = TreeLog(some_leaves(5))
    key, note, proof = shown(log, 3)
    forged = TreeLog(log.leaves, Ed25519PrivateKey.generate()).note()
    for kept in (None, log.kept(3)):
        for wrong in (forged, note.replace("\n5\n", "\n6\n"), note + "\n", note[:-1], ""):
            with pytest.raises((FormatError, IntegrityError)):
                advance_log(kept, key, wrong, proof)


def test_the_later_of_two_checkpoints_counts() -> None:
    log = TreeLog(some_leaves(5))
    assert later_log(None, None) is None
    assert later_log(log.kept(3), None) == later_log(None, log.kept(3)) == log.kept(3)
    assert later_log(log.kept(3), log.kept(4)) == later_log(log.kept(4), log.kept(3)) == log.kept(4)
