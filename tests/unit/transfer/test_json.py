"""``inkvault-export/1``: what is written is read, and whatever was changed is refused."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transfer.generated import HEAD, as_json, content, documents, entry_of, from_json
from vault.core.model import Message, Role, SessionHeader
from vault.core.rootrecords import Settings
from vault.errors import FormatError
from vault.transfer.document import NO_DIGEST, Counts, Item, MissingItem, RecordItem, RootItem, SessionItem
from vault.transfer.json_import import is_export, verify_json

SCHEMA: dict[str, Any] = json.loads(files("vault.transfer").joinpath("inkvault-export-1.schema.json").read_bytes())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)


def session(number: int = 1, texts: tuple[str, ...] = ("Dear diary", "and so on")) -> SessionItem:
    header = SessionHeader(0, NO_DIGEST, None, "Dear diary", "and so on", 1, 2, "UTC", len(texts))
    records = [
        RecordItem(f"{10_000 - at:032x}", Message(Role.WRITER, text, at, 1, "UTC")) for at, text in enumerate(texts)
    ]
    return SessionItem(f"{number:032x}", header, records)


SMALL: list[Item] = [
    RootItem("01" * 16, Settings(7)),
    session(1),
    MissingItem("02" * 16, None, "Lost", "It does not open."),
    session(3),
]


@given(documents)
def test_what_is_written_is_read(items: list[Item]) -> None:
    data = as_json(items)
    assert from_json(data) == items
    assert as_json(from_json(data)) == data
    VALIDATOR.validate(json.loads(data))


def test_it_is_plain_json_with_one_item_a_line() -> None:
    lines = as_json(SMALL).decode().splitlines()
    assert lines[1] == '"format":"inkvault-export/1",'
    assert [json.loads(line.rstrip(","))["kind"] for line in lines[4:-3]] == [
        *("root", "session", "record", "record", "missing", "session", "record", "record"),
    ]


def test_another_spelling_of_the_same_json_is_read() -> None:
    data = as_json(SMALL)
    spelled = json.dumps(json.loads(data), indent=3, ensure_ascii=True).encode()
    reversed_keys = dict(reversed(json.loads(data).items()))
    assert from_json(spelled) == from_json(json.dumps(reversed_keys).encode()) == from_json(data)


def test_an_export_is_verified_without_its_records_being_kept() -> None:
    verified = verify_json(entry_of(as_json(SMALL)))
    assert (verified.counts, verified.missing) == (Counts(0, 0, 2, 4, 0), 1)
    assert verified.head == HEAD


def test_the_content_hash_is_that_of_the_items_alone() -> None:
    other = as_json(SMALL, type(HEAD)("cd" * 16, 5, "UTC", "inkvault/9"))
    assert verify_json(entry_of(other)).content == verify_json(entry_of(as_json(SMALL))).content
    assert content(other) == content(as_json(SMALL))


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    whole = as_json(SMALL)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
    try:
        verified = verify_json(entry_of(changed))
    except FormatError:
        return
    assert json.loads(changed) == json.loads(whole), verified


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("change", ["drop", "twice", "swap"])
def test_no_item_can_be_dropped_repeated_or_moved(at: int, change: str) -> None:
    parsed = json.loads(as_json(SMALL))
    items = parsed["items"]
    if change == "drop":
        del items[at]
    elif change == "twice":
        items.insert(at, items[at])
    else:
        items[at], items[at - 1] = items[at - 1], items[at]
    with pytest.raises(FormatError):
        verify_json(entry_of(json.dumps(parsed).encode()))


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(cut: float) -> None:
    data = as_json(SMALL).rstrip()
    with pytest.raises(FormatError):
        verify_json(entry_of(data[: int(len(data) * cut)]))


def with_item(change: dict[str, Any], at: int = 2) -> bytes:
    parsed = json.loads(as_json(SMALL))
    parsed["items"][at] |= change
    return json.dumps(parsed).encode()


@pytest.mark.parametrize(
    "data",
    [
        with_item({"record": {"type": "message"}}),
        with_item({"record": {"type": 3}}),
        with_item({"record": []}),
        with_item({"record": {"type": "x", "n": 1.5}}),
        with_item({"record": {"type": "x", "Upper": 1}}),
        with_item({"record": {"type": "x", "half": "\ud800"}}),
        with_item({"id": "0" * 32}),
        with_item({"id": "short"}),
        with_item({"more": 1}),
        with_item({"kind": "verse"}),
        with_item({"count": 1}, 1),
        with_item({"count": True}, 1),
        with_item({"count": -1}, 1),
        with_item({"count": 10**30}, 1),
        with_item({"sha256": "x"}, 1),
        with_item({"header": {}}, 1),
        b"[]",
        b"{}",
        b'{"format":"inkvault-export/1","head":{},"items":[],"end":{}}',
        b'{"format":"inkvault-export/2","head":{},"items":[],"end":{}}',
        as_json([]).replace(b'"zone"', b'"zones"'),
        as_json([]) + b"{}",
        as_json(SMALL).replace(b'"format"', b'"format":1,"format"', 1),
    ],
)
def test_what_no_vault_wrote_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^export\.json.*\.$"):
        verify_json(entry_of(data))


def test_an_empty_vault_makes_an_export_too() -> None:
    assert from_json(as_json([])) == []
    VALIDATOR.validate(json.loads(as_json([])))


def test_exports_are_told_by_how_they_begin() -> None:
    assert is_export(entry_of(as_json([])))
    whole = json.loads(as_json(SMALL))
    assert is_export(entry_of(json.dumps(whole, sort_keys=True, indent=1).encode()))
    assert is_export(entry_of(json.dumps(dict(reversed(whole.items()))).encode()))
    assert not is_export(entry_of(b'{"format":"other"}'))
    assert not is_export(entry_of(b'{"items":[{"kind":"record"}],"format":"inkvault-export/1"}'))
    assert not is_export(entry_of(b'{"head":{},"version":4}'))
    assert not is_export(entry_of(b"# not JSON"))
    assert not is_export(entry_of(b""))
