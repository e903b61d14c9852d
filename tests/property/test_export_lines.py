"""The quick ways of reading an export are the slow one: the same lines, the same records, the same refusals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.property.test_core_codecs import integers, texts
from tests.property.test_core_model import counts, messages
from tests.unit.transfer.generated import as_json, documents, entry_of, held, record_ids, some_sessions, unknown
from tests.unit.transfer.test_json import session
from vault.core.model import Message, Role
from vault.core.records import ProvedRecord
from vault.errors import FormatError
from vault.transfer import elements, layout
from vault.transfer.datable import MAX_DATE_MS, datable
from vault.transfer.document import Item, RecordItem, SessionItem
from vault.transfer.elements import parse
from vault.transfer.json_import import JsonReader, _spelled
from vault.transfer.reading import Skipped

plain = st.builds(
    Message, role=st.sampled_from(Role), text=texts, position=counts, created_at=integers, zone=st.just("UTC") | texts
)
lines = st.builds(RecordItem, record_ids, st.one_of(plain, plain, messages, unknown)).map(layout.record_line)
TOKENS = (
    *(b'"', b"\\", b"\\u0000", b"\\u001F", b"\\u001f", b"\\u000a", b"\\u0008", b"\\u00e9", b"\\ud800", b"\\/", b"\\b"),
    *(b"\x00", b"\x1f", b"\x7f", b"\xc3\xa9", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b" ", b"\n", b"\r"),
    *(b"-", b"0", b"00", b"-0", b"1.0", b"1e3", b"9007199254740991", b"9007199254740992", b"999999999999999", b"A"),
    *(b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b'"writer"', b'"Writer"', b'"message"', b'"record"'),
    *(b"0" * 32, b'"a":1,', b',"a":1', b',"zz":1', b'"edited_at":1,'),
)  # fmt: skip


@st.composite
def near_misses(draw: st.DrawFn) -> bytes:
    """A line of an export, with a few of its bytes replaced, doubled or taken away."""
    line = draw(lines)
    for _ in range(draw(st.integers(0, 2))):
        # Mostly where something of another kind begins: anywhere in a text a change seldom matters.
        marks = [at for at, byte in enumerate(line) if byte in b'"\\:,{}-0123456789']
        start = draw(st.sampled_from(marks) | st.integers(0, len(line)))
        end = start + draw(st.sampled_from([0, 0, 1, 1, 2, 16]))
        line = line[:start] + draw(st.sampled_from(TOKENS) | st.just(b"")) + line[end:]
    return line


def slowly(line: bytes) -> ProvedRecord | None:
    """The record of a line as any JSON is read."""
    reader = JsonReader(entry_of(b""))
    try:
        value = parse(line)
        return reader._record(value, "") if type(value) is dict else None
    except (ValueError, FormatError):
        return None


PLAIN = b'{"id":"%b","kind":"record","record":{"created_at":1,"position":0,"role":"writer","text":"%b","type":"message","zone":"UTC"}}'  # noqa: E501
ONE = b"1" * 32


@given(near_misses())
@example(PLAIN % (ONE, b""))
@example(PLAIN % (b"0" * 32, b""))
@example(PLAIN % (ONE, b"\\u001f\\b\x7f\xe2\x80\xa8"))
@example(PLAIN % (ONE, b"\xed\xa0\x80"))
@example(PLAIN % (ONE, b"\xff"))
@example(PLAIN % (ONE, b"\\u0008"))
@example(PLAIN % (ONE, b"\\u001F"))
@example(PLAIN % (ONE, b"\x1f"))
@example(PLAIN % (ONE, b"\n"))
@example(PLAIN % (ONE, b"") + b"\n")
@example((PLAIN % (ONE, b"")).replace(b":0,", b":-0,"))
@example((PLAIN % (ONE, b"")).replace(b":0,", b":01,"))
@example((PLAIN % (ONE, b"")).replace(b":0,", b":9007199254740992,"))
def test_a_line_is_read_quickly_just_when_it_is_spelled_as_we_spell_it(line: bytes) -> None:
    quick, slow = _spelled(line), slowly(line)
    assert (quick is not None) == (slow is not None and layout.record_line(slow) == line)
    if quick is not None and slow is not None:
        assert quick[:4] == slow[:4]
        if quick.is_plain:
            assert abs(slow.payload["created_at"]) <= MAX_DATE_MS


def test_a_line_that_may_be_beyond_the_bounds_of_an_element_is_not_read_quickly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = PLAIN % (ONE, b"text")
    assert _spelled(line) is not None
    monkeypatch.setattr("vault.transfer.json_import.MAX_BRACKETS", len(line) - 1)
    assert _spelled(line) is None


@pytest.mark.parametrize("most", [1, 2])
def test_the_lines_of_a_session_are_found_up_to_the_last_of_the_file(most: int) -> None:
    data = as_json([session()])
    scanner = elements.Scanner(io.BytesIO(data), "export.json")
    assert next(each.index for each in scanner.elements() if each.key == "items") == 0
    found = scanner.lines(most)
    assert found[:2] == list(map(layout.record_line, session().records))[:most]
    scanner.skip(found[:2])
    assert not scanner.lines(0)


@contextmanager
def small_pieces() -> Iterator[None]:
    """Files are read in pieces that are smaller than most lines, sessions larger than what is held of them at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "_CHUNK", 100)
        patch.setattr(elements, "_MOST_LINES_BYTES", 400)
        yield


def read(data: bytes, judged: dict[bytes, int]) -> list[Item | Skipped] | None:
    """What can be imported of a file, None for one that is refused."""
    try:
        return [
            held(item) if isinstance(item, SessionItem) else item
            for item in datable(JsonReader(entry_of(data), judged).items(), judged)
        ]
    except FormatError:
        return None


@given(documents)
def test_the_second_reading_is_the_first_whatever_the_pieces(items: list[Item]) -> None:
    data = as_json(items)
    first = read(data, {})
    with small_pieces():
        judged: dict[bytes, int] = {}
        assert read(data, judged) == first == read(data, judged)
    judged = {}
    assert read(data, judged) == first == read(data, judged)
    with small_pieces():
        assert read(data, judged) == first
    assert first is not None
    lost = {each.name for each in first if isinstance(each, Skipped) and each.kind == "message"}
    whole = [each for each in first if isinstance(each, SessionItem)]
    assert len(judged) == len(whole) if not lost else len(judged) < len(whole)


@given(some_sessions(1, 2), st.data())
def test_what_was_judged_helps_no_changed_file(items: list[SessionItem], data: st.DataObject) -> None:
    whole = as_json(items)
    judged: dict[bytes, int] = {}
    read(whole, judged)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.sampled_from(TOKENS)) + whole[at + data.draw(st.integers(0, 2)) :]
    assert read(changed, dict(judged)) == read(changed, {})


def test_lines_that_are_parted_by_no_comma_are_no_records_though_their_hash_is_the_same() -> None:
    whole = as_json([session(texts=("a", "b", "c"))])
    judged: dict[bytes, int] = {}
    assert read(whole, judged) is not None
    one, two, _ = map(layout.record_line, session(texts=("a", "b", "c")).records)
    changed = whole.replace(one + b",\n" + two, one + b"\n" + two).replace(b'],\n"end"', b'],"end"')
    assert read(changed, judged) is None


def test_of_a_changed_session_no_record_is_given_that_was_not_judged_anew() -> None:
    item = session()
    data = as_json([item])
    judged: dict[bytes, int] = {}
    read(data, judged)
    assert list(judged.values()) == [2]
    spoiled = data.replace(b'"text":"and so on"', rb'"text":"and \ud800"')
    items = JsonReader(entry_of(spoiled), judged).items()
    again = next(items)
    assert isinstance(again, SessionItem)
    records = iter(again.records)
    assert next(records).data == next(iter(item.records)).data
    with pytest.raises(FormatError):
        next(records)
