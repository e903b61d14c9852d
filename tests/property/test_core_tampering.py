"""Every bit and every size of what the core seals counts: nothing changed is ever opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.property.test_core_codecs import ids, payloads
from vault.core import envelope, resume
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.keyring import Keyring
from vault.core.keyslot import SlotHeader, SlotKeys, open_slot, seal_slot
from vault.core.params import NO_PARAMS, PROFILE, SlotKind
from vault.errors import FormatError, HostileDataError, IntegrityError
from vault.wire.limits import MAX_SAFE_INTEGER

Opener = Callable[[bytes], object]


def sealed_slot(kind: SlotKind) -> tuple[bytes, Opener]:
    params = PROFILE if kind is SlotKind.PASSPHRASE else NO_PARAMS
    header = SlotHeader(kind, params, os.urandom(16), os.urandom(16), 0x01020304)
    keys = SlotKeys.derive(os.urandom(32), header.vault_id, header.slot_id)
    return seal_slot(header, keys, os.urandom(32)), lambda slot: open_slot(slot, header, keys)


def sealed_envelope(cls: EnvelopeClass) -> tuple[bytes, Opener]:
    vault_id = os.urandom(16)
    container_id = vault_id if cls is EnvelopeClass.HEAD else os.urandom(16)
    record_id = ZERO_ID if cls <= EnvelopeClass.HEADER else os.urandom(16)
    context, key = Context(cls, vault_id, container_id, record_id, 5), os.urandom(32)
    return envelope.seal(key, context, {"type": "x"}), lambda data: envelope.open(key, context, data)


def sealed_wrap() -> tuple[bytes, Opener]:
    keyring, container_id = Keyring(os.urandom(16), os.urandom(32)), os.urandom(16)
    return keyring.wrap(container_id, 1, os.urandom(32)), lambda data: keyring.unwrap(container_id, 1, data)


def sealed_resume() -> tuple[bytes, Opener]:
    share, vault_id, login_id = os.urandom(32), os.urandom(16), os.urandom(16)
    value = resume.seal_resume(share, vault_id, login_id, os.urandom(32), os.urandom(16))
    return value, lambda data: resume.open_resume(share, vault_id, login_id, data)


SEALED = [
    *(pytest.param(sealed_slot, (kind,), 136, id=f"slot {kind.name}") for kind in SlotKind),
    *(pytest.param(sealed_envelope, (cls,), 541, id=f"envelope {cls.name}") for cls in EnvelopeClass),
    pytest.param(sealed_wrap, (), 60, id="wrapped key"),
    pytest.param(sealed_resume, (), 77, id="resume value"),
]


def changed(data: bytes) -> Iterator[bytes]:
    """Every single bit flipped, every byte left out, every shorter and some longer sizes."""
    for index in range(len(data)):
        for bit in range(8):
            yield data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :]
        yield data[:index] + data[index + 1 :]
        yield data[:index]
    for more in (b"\0", b"\1", bytes(16), bytes(len(data))):
        yield data + more
        yield more + data


@pytest.mark.parametrize(("seal", "given", "size"), SEALED)
def test_every_change_is_refused(seal: Callable[..., tuple[bytes, Opener]], given: tuple[Any], size: int) -> None:
    data, opener = seal(*given)
    assert len(data) == size
    opener(data)
    messages = set()
    for number, other in enumerate(changed(data)):
        with pytest.raises(HostileDataError) as refusal:
            opener(other)
        messages.add(str(refusal.value))
        assert refusal.value.__cause__ is None, number
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None, number
    assert len(messages) <= 2, "one message for damage of any kind, one for costs"


contexts = st.one_of(
    st.builds(lambda vault, version: Context(EnvelopeClass.HEAD, vault, vault, ZERO_ID, version), ids, st.just(3)),
    st.builds(Context, st.just(EnvelopeClass.HEADER), ids, ids, st.just(ZERO_ID), st.integers(1, MAX_SAFE_INTEGER)),
    st.builds(
        Context,
        st.sampled_from([EnvelopeClass.RECORD, EnvelopeClass.DRAFT]),
        ids,
        ids,
        ids.filter(any),
        st.integers(1, MAX_SAFE_INTEGER),
    ),
)


@given(contexts, payloads)
def test_envelope_round_trip(context: Context, payload: dict[str, Any]) -> None:
    key = os.urandom(32)
    payload = {**payload, "type": "x"}
    assert envelope.open(key, context, envelope.seal(key, context, payload)) == payload


@given(contexts, contexts)
def test_envelope_opens_in_its_own_place_only(place: Context, other: Context) -> None:
    assume(place != other)
    key = os.urandom(32)
    data = envelope.seal(key, place, {"type": "x"})
    with pytest.raises(IntegrityError):
        envelope.open(key, other, data)
    with pytest.raises(IntegrityError):
        envelope.open(os.urandom(32), place, data)


@given(contexts, st.sampled_from(["vault_id", "container_id", "record_id", "version"]), st.data())
def test_envelope_opens_with_no_part_of_its_place_changed(place: Context, name: str, data: st.DataObject) -> None:
    fields = {slot: getattr(place, slot) for slot in ("cls", "vault_id", "container_id", "record_id", "version")}
    fields[name] = data.draw(st.integers(-1, 2**64) if name == "version" else st.binary(max_size=17))
    assume(fields[name] != getattr(place, name))
    key = os.urandom(32)
    sealed = envelope.seal(key, place, {"type": "x"})
    with pytest.raises((IntegrityError, FormatError)):
        envelope.open(key, Context(**fields), sealed)


@given(ids, ids, st.integers(1, 2**32 - 1), ids, st.integers(1, 2**32 - 1))
def test_wrapped_key_round_trip(vault_id: bytes, place: bytes, epoch: int, other: bytes, other_epoch: int) -> None:
    keyring, key = Keyring(vault_id, os.urandom(32)), os.urandom(32)
    wrapped = keyring.wrap(place, epoch, key)
    assert keyring.unwrap(place, epoch, wrapped) == key
    assume((place, epoch) != (other, other_epoch))
    with pytest.raises(IntegrityError):
        keyring.unwrap(other, other_epoch, wrapped)
