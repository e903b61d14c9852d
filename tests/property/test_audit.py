"""The Merkle tree of the log against RFC 9162 word for word, and that nothing but the right proof is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.treelog import TreeLog, mth, path, some_leaves, subproof
from vault.audit import merkle
from vault.audit.checkpoint import Checkpoint, VerifierKey, log_origin
from vault.audit.leaves import Event, Leaf, make_leaf, open_leaf
from vault.errors import HostileDataError, IntegrityError

LEAVES = some_leaves(70)
sizes = st.integers(1, len(LEAVES))


def of(ranges: list[merkle.Range]) -> list[bytes]:
    """Hashes as they are made from complete subtrees."""
    hashed = [merkle.leaf_hash(leaf) for leaf in LEAVES]

    def subtree(level: int, index: int) -> bytes:
        if level == 0:
            return hashed[index]
        return merkle.node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))

    return [merkle.join([subtree(*place) for place in merkle.subtrees(covered)]) for covered in ranges]


@given(sizes)
def test_the_root_is_that_of_the_rfc(size: int) -> None:
    leaves = LEAVES[:size]
    assert merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves]) == mth(leaves) == of([(0, size)])[0]


@given(sizes, st.data())
def test_inclusion_is_that_of_the_rfc_and_nothing_else_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = merkle.leaf_hash(LEAVES[index]), path(index, LEAVES[:size]), mth(LEAVES[:size])
    assert of(merkle.inclusion(index, size)) == proof
    merkle.verify_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(-1, size).filter(lambda other: other != index))
    wrong = [
        (leaf, other, size, proof, root),
        (merkle.leaf_hash(b"other"), index, size, proof, root),
        (leaf, index, size, proof, bytes(32)),
        (leaf, index, size, [*proof, bytes(32)], root),
        (leaf, index, size, proof[:-1] if proof else [root], root),
        (leaf, index, size, [*proof[:-1], bytes(32)] if proof else [root], root),
    ]
    for case in wrong:
        with pytest.raises(IntegrityError):
            merkle.verify_inclusion(*case)


@given(sizes, st.data())
def test_consistency_is_that_of_the_rfc_and_nothing_else_holds(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof, old_root, root = subproof(old, LEAVES[:size]), mth(LEAVES[:old]), mth(LEAVES[:size])
    assert of(merkle.consistency(old, size)) == proof
    merkle.verify_consistency(old, old_root, size, root, proof)
    wrong = [
        (old, mth(some_leaves(old, b"other")), size, root, proof),
        (old, old_root, size, bytes(32), proof),
        (old, old_root, size, root, [*proof, bytes(32)]),
        (size + 1, old_root, size, root, proof),
        (0, old_root, size, root, proof),
    ]
    if proof:
        wrong += [
            (old, old_root, size, root, proof[:-1]),
            (old, old_root, size, root, []),
            (old, old_root, size, root, [*proof[:-1], bytes(32)]),
            (old, old_root, old, root, proof),
        ]
    for case in wrong:
        with pytest.raises(IntegrityError):
            merkle.verify_consistency(*case)


@given(sizes, st.data())
def test_a_log_with_one_leaf_changed_is_inconsistent(size: int, data: st.DataObject) -> None:
    """What keeps the signing key from helping: the new root cannot go on from the old one."""
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, old - 1))
    forged = [b"forged".ljust(42) if place == index else leaf for place, leaf in enumerate(LEAVES[:size])]
    with pytest.raises(IntegrityError):
        merkle.verify_consistency(old, mth(LEAVES[:old]), size, mth(forged), subproof(old, forged))


@given(
    st.sampled_from(Event), st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 2**53 - 1)
)
def test_leaves_open_with_their_detail_alone(event: Event, time: int, salt: bytes, count: int) -> None:
    leaf, detail = make_leaf(event, time, salt, {"count": count})
    assert Leaf.parse(leaf.encode()) == leaf
    assert open_leaf(leaf.encode(), salt, detail)[0] == leaf
    for wrong in ((salt[::-1] + b"x", detail), (salt, detail + b" "), (bytes(32) if any(salt) else b"x" * 32, detail)):
        with pytest.raises(HostileDataError):
            open_leaf(leaf.encode(), *wrong)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32), st.data())
def test_a_note_opens_as_it_was_signed_and_with_no_byte_changed(
    log_id: bytes, size: int, root: bytes, data: st.DataObject
) -> None:
    log = TreeLog(origin=log_origin(log_id))
    checkpoint = Checkpoint(log.origin, size, root)
    note = checkpoint.sign(log.key)
    assert log.public.open(note) == checkpoint
    assert VerifierKey.parse(str(log.public)) == log.public
    at, to = data.draw(st.integers(0, len(note) - 1)), data.draw(st.characters(codec="utf-8"))
    if note[at] != to:
        with pytest.raises(HostileDataError):
            log.public.open(note[:at] + to + note[at + 1 :])
