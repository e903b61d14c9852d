"""Set digests: the order of changes does not count, everything else does."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from vault.core.digest import SetDigest
from vault.core.envelope import Context, EnvelopeClass
from vault.core.keyring import Keyring

elements = st.integers(0, 2**256 - 1)


def total(items: list[int]) -> SetDigest:
    digest = SetDigest.empty()
    for item in items:
        digest = digest.add(item)
    return digest


@given(st.lists(elements), st.randoms(use_true_random=False), st.data())
def test_changes_commute(items: list[int], random: object, data: st.DataObject) -> None:
    removed = data.draw(st.lists(st.sampled_from(items), unique=True)) if items else []
    kept = list(items)
    for item in removed:
        kept.remove(item)
    changes = [(1, item) for item in items] + [(-1, item) for item in removed]
    digest = SetDigest.empty()
    for sign, item in data.draw(st.permutations(changes)):
        digest = digest.add(item) if sign > 0 else digest.remove(item)
    assert digest == total(kept)
    assert SetDigest.empty().add(sum(kept)) == total(kept)


@given(elements, elements)
def test_remove_undoes_add(start: int, element: int) -> None:
    digest = SetDigest.empty().add(start)
    assert digest.add(element).remove(element) == digest == digest.remove(element).add(element)


@given(elements)
def test_text_round_trip(value: int) -> None:
    digest = SetDigest.empty().add(value)
    assert SetDigest.from_hex(digest.hex()) == digest
    assert len(digest.hex()) == 64


def test_every_part_of_the_place_and_every_byte_counts() -> None:
    vault_id, envelope = os.urandom(16), bytes(600)
    keyring = Keyring(vault_id, os.urandom(32))
    first, second = os.urandom(16), os.urandom(16)
    places = [
        Context(EnvelopeClass.RECORD, vault_id, first, second, 1),
        Context(EnvelopeClass.RECORD, vault_id, second, first, 1),
        Context(EnvelopeClass.RECORD, vault_id, first, second, 2),
        Context(EnvelopeClass.DRAFT, vault_id, first, second, 1),
    ]
    found = {keyring.element(place, envelope) for place in places}
    found |= {keyring.element(places[0], bytes(601)), keyring.element(places[0], b"\1" + bytes(599))}
    found.add(Keyring(vault_id, os.urandom(32)).element(places[0], envelope))
    assert len(found) == 7
