"""Every codec of the core gives back what it was given, and accepts one spelling only."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vault.core import canonical, padding, recovery, text
from vault.core.kdf import hkdf
from vault.core.keyslot import SlotHeader
from vault.core.params import CAP, FLOOR, NO_PARAMS, KdfParams, SlotKind
from vault.errors import FormatError, PolicyError
from vault.wire import encodings
from vault.wire.limits import MAX_SAFE_INTEGER

ids = st.binary(min_size=16, max_size=16)
LETTERS = string.ascii_lowercase
keys = st.tuples(st.sampled_from(LETTERS), st.text(LETTERS + string.digits + "_", max_size=63)).map("".join)
integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)
payloads = st.dictionaries(keys, values, max_size=6)


@given(payloads)
def test_canonical_round_trip(payload: dict[str, Any]) -> None:
    data = canonical.encode(payload)
    assert canonical.decode(data) == payload
    assert json.loads(data) == payload
    assert data == json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@given(st.permutations(["a", "b1", "b_", "c"]), texts)
def test_canonical_form_sorts_names_at_every_level(names: list[str], value: str) -> None:
    inner = dict.fromkeys(names, value)
    data = canonical.encode({name: [inner, {"z": inner}] for name in names})
    assert data == canonical.encode({name: [dict(sorted(inner.items())), {"z": inner}] for name in sorted(names)})
    unsorted = json.dumps({"x": inner}, ensure_ascii=False, separators=(",", ":")).encode()
    if names == sorted(names):
        assert canonical.decode(unsorted) == {"x": inner}
    else:
        with pytest.raises(FormatError):
            canonical.decode(unsorted)


def decodes_to_itself_or_is_refused(data: bytes) -> None:
    try:
        payload = canonical.decode(data)
    except FormatError:
        return
    assert canonical.encode(payload) == data


@given(st.binary())
def test_canonical_decode_of_any_bytes(data: bytes) -> None:
    decodes_to_itself_or_is_refused(data)


@given(st.text(st.sampled_from('{}[]",:\\aZ_0-1.e \ud7ff\u0000')))
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example("]" * 50 + "[" * 100_000)
@example('{"a":"' + '\\"' * 500_000)
@example('{"a":"' + "\\" * 99_999)
@example('{"' + '":["' * 100_000)
def test_canonical_decode_of_what_looks_like_json(text: str) -> None:
    decodes_to_itself_or_is_refused(text.encode())


@given(payloads, st.data())
def test_canonical_decode_of_near_misses(payload: dict[str, Any], data: st.DataObject) -> None:
    good = canonical.encode(payload)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 3)))
    patch = data.draw(st.binary(max_size=2) | st.sampled_from([b" ", b"\\", b'"', b"\xef\xbb\xbf", b"-0", b".0"]))
    decodes_to_itself_or_is_refused(good[:start] + patch + good[end:])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text() | st.integers() | st.none() | keys, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(anything)
def test_canonical_encode_refuses_what_it_cannot_give_back(value: Any) -> None:
    try:
        data = canonical.encode(value)
    except FormatError:
        return
    back = canonical.decode(data)
    assert back == value


@given(st.binary(max_size=3_000))
def test_padding_round_trip(data: bytes) -> None:
    padded = padding.pad(data)
    assert len(padded) == padding.padme(len(padded)) >= 512
    assert padding.unpad(padded) == data


@given(st.binary(min_size=0, max_size=700), st.integers(0, 1_200))
def test_unpadding_accepts_one_spelling_only(data: bytes, zeros: int) -> None:
    padded = data + bytes(zeros)
    try:
        inner = padding.unpad(padded)
    except FormatError:
        return
    assert padding.pad(inner) == padded


@given(st.integers(2, 2**40))
def test_padme_is_a_small_rounding_up(length: int) -> None:
    size = padding.padme(length)
    assert length <= size == padding.padme(size) <= length * 1.12


@given(st.text())
@example("\u03a3 \u0130 J\u030c\u1e9e\ufdfa")
def test_handles_are_normal_once_normalised(handle: str) -> None:
    try:
        name = text.normalise_handle(handle)
    except FormatError:
        return
    assert text.normalise_handle(name) == name
    assert text.normalise_handle(f" {name}\t") == name
    assert len(name.encode()) <= 256


@given(st.text())
def test_passphrases_are_text_or_refused(passphrase: str) -> None:
    try:
        data = text.passphrase_bytes(passphrase)
    except FormatError:
        return
    assert text.passphrase_bytes(data.decode()) == data


@given(st.text(), st.integers(0, 200))
def test_excerpts_are_short_and_flat(given_text: str, count: int) -> None:
    short = text.excerpt(given_text, count)
    assert len(short) <= count
    assert not set(short) & set("\t\n\v\f\r")
    assert "  " not in short
    assert text.excerpt(short, count) == short.strip(" ")


@given(st.binary(min_size=32, max_size=32), st.data())
def test_recovery_key_survives_human_hands(key: bytes, data: st.DataObject) -> None:
    written = recovery.encode_recovery_key(key)
    noise = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(noise.get(char, char + char.lower())))
        + data.draw(st.sampled_from(["", "", " ", "-"]))
        for char in written
    )
    assert recovery.decode_recovery_key(typed) == key


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55), st.sampled_from("023456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_recovery_key_with_one_wrong_character_is_refused(key: bytes, place: int, char: str) -> None:
    written = recovery.encode_recovery_key(key).replace("-", "")
    assume(written[place] != char)
    with pytest.raises(FormatError):
        recovery.decode_recovery_key(written[:place] + char + written[place + 1 :])


@given(st.text())
def test_recovery_key_of_any_text_is_refused(typed: str) -> None:
    with pytest.raises(FormatError):
        recovery.decode_recovery_key(typed)


@st.composite
def headers(draw: st.DrawFn) -> SlotHeader:
    kind = draw(st.sampled_from(SlotKind))
    params = NO_PARAMS
    if kind is SlotKind.PASSPHRASE:
        bounds = [(getattr(FLOOR, name), getattr(CAP, name)) for name in ("m_kib", "t", "p")]
        params = KdfParams(*(draw(st.integers(low, high)) for low, high in bounds))
    return SlotHeader(kind, params, draw(ids), draw(ids), draw(st.integers(1, 2**32 - 1)))


@given(headers())
def test_slot_header_round_trip(header: SlotHeader) -> None:
    assert SlotHeader.parse(header.encode()) == header


@given(headers(), st.integers(0, 43), st.integers(1, 255))
def test_slot_header_accepts_one_spelling_only(header: SlotHeader, index: int, change: int) -> None:
    data = bytearray(header.encode())
    data[index] ^= change
    try:
        other = SlotHeader.parse(bytes(data))
    except (FormatError, PolicyError):
        return
    assert other.encode() == data
    assert other != header


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_hkdf_is_that_of_rfc_5869(key: bytes, info: bytes) -> None:
    assert hkdf(key, info) == HKDF(SHA256(), 32, None, info).derive(key)


@given(st.binary())
def test_base64url_round_trip(data: bytes) -> None:
    assert encodings.b64decode(encodings.b64encode(data)) == data


@given(st.text(st.sampled_from("AB-_+/= \n\ud800z9")) | st.text())
def test_base64url_accepts_one_spelling_only(written: str) -> None:
    try:
        data = encodings.b64decode(written)
    except FormatError:
        return
    assert encodings.b64encode(data) == written
