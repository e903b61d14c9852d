"""Reading ``inkvault-export/1``: every item checked for its form, every hash and count compared (docs/EXPORT.md)."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from vault.core import canonical
from vault.core.model import SessionHeader
from vault.core.plain import SPELLING, is_utf8
from vault.core.records import ProvedRecord
from vault.core.rootrecords import Notebook, Template, parse_root_record
from vault.errors import FormatError
from vault.transfer import layout
from vault.transfer.document import (
    NO_DIGEST,
    Counts,
    Head,
    Item,
    MissingItem,
    RootItem,
    Selection,
    SessionItem,
)
from vault.transfer.elements import MAX_BRACKETS, Element, Scanner, elements
from vault.transfer.layout import Hash, Tally, update
from vault.transfer.sources import Entry

_ID = re.compile(r"[0-9a-f]{32}")
_HASH = re.compile(r"[0-9a-f]{64}")
_KEYS = ("format", "head", "items", "end")
_KINDS = ("root", "session", "missing")
_ZERO = "0" * 32
_RECORD = re.compile(rb'\{"id":"(?!0{32})([0-9a-f]{32})","kind":"record","record":')
"""How a record begins as Inkvault spells it; its payload and a bracket follow."""
_ID_AT, _DATA_AT = slice(7, 39), slice(66, -1)
"""Where the id and the payload stand in such a line."""
_PLAIN = re.compile(_RECORD.pattern + SPELLING + rb"\}")
"""A plain message: nothing of it has to be parsed."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An export that was read to its end and holds what it says."""

    head: Head
    counts: Counts
    missing: int
    content: str
    """Hash of all items: two exports of the same content have the same."""


def is_export(entry: Entry) -> bool:
    """Whether a file begins as an export does, whatever the order of its keys."""
    try:
        for element in elements(entry):
            if element.key == "format":
                return bool(element.value() == layout.FORMAT)
            if element.key == "items" and element.index is not None:
                item = element.value()  # the format stands behind all items, which may be a long way
                return type(item) is dict and item.get("kind") in _KINDS
            if element.key not in _KEYS:
                return False
    except (FormatError, ValueError):
        pass
    return False


class JsonReader:
    """The items of an export. They are to be taken to the end: only there is it known whether all of it is right.

    Raises FormatError where it is not. :attr:`verified` is there once the items were all read.
    `judged` are the hashes of sessions that an earlier reading took to their end, each with the number of its messages:
    where such a session stands there in the same bytes, those of its records are not judged again.
    """

    def __init__(self, entry: Entry, judged: Mapping[bytes, int] | None = None) -> None:
        self._entry = entry
        self._judged = judged or {}
        self._tally = Tally()
        self._facts: dict[str, Any] = {}
        self._place = 0
        self.verified: Verified | None = None

    def items(self) -> Iterator[Item]:
        """Each item; what was not read of a session is read, and checked, before the next one."""
        with self._entry.open() as stream:
            self._scanner = Scanner(stream, self._entry.name)
            self._elements = self._scanner.elements()
            yield from self._items()

    def _items(self) -> Iterator[Item]:
        in_sessions, last = False, ""
        while (element := self._next_item()) is not None:
            value = self._object(element)
            kind = value.get("kind")
            if kind == "session":
                last = last if in_sessions else ""
                in_sessions = True
                session = self._session(value, last)
                yield session
                for _ in session.records:
                    pass
                last = session.id
            elif kind == "root" and not in_sessions:
                item = self._root(value, last)
                yield item
                last = item.id
            elif kind == "missing":
                yield self._missing(value)
            else:
                self._fail("has an item of no known kind, or in the wrong place")
        self._finish()

    # --- items -------------------------------------------------------------------------------------------------------

    def _root(self, value: dict[str, Any], last: str) -> RootItem:
        record_id, payload, data = self._fields(value)
        try:
            record = parse_root_record(payload)
        except FormatError:
            self._fail_record()
        if record_id <= last:
            self._fail("has its records out of order")
        self._tally.notebooks += isinstance(record, Notebook)
        self._tally.templates += isinstance(record, Template)
        update(self._tally.content, layout.root_line(record_id, data))
        return RootItem(record_id, record)

    def _missing(self, value: dict[str, Any]) -> MissingItem:
        if value.keys() != {"kind", "reason", "record", "session", "title"}:
            self._fail("has an item with other fields")
        session, record, title, reason = (value[name] for name in ("session", "record", "title", "reason"))
        if type(reason) is not str or any(type(text) not in (str, type(None)) for text in (session, record, title)):
            self._fail("has an item with other fields")
        item = MissingItem(session, record, title, reason)
        self._tally.missing += 1
        update(self._tally.content, layout.missing_line(item))
        return item

    def _session(self, value: dict[str, Any], last: str) -> SessionItem:
        if value.keys() != {"count", "header", "id", "kind", "sha256"} or type(value["header"]) is not dict:
            self._fail("has a session with other fields")
        count, digest, session_id = value["count"], value["sha256"], self._id(value)
        if type(count) is not int or count < 0 or type(digest) is not str or not _HASH.fullmatch(digest):
            self._fail("has a session with other fields")
        if session_id <= last:
            self._fail("has its sessions out of order")
        try:
            header = SessionHeader.parse({**value["header"], "count": 0, "digest": NO_DIGEST.hex()})
            line = layout.session_line(session_id, header, count)
        except FormatError:
            self._fail("has a session that no vault can hold")
        self._tally.sessions += 1
        update(self._tally.content, layout.with_hash(line, digest))
        return SessionItem(session_id, header, self._records(session_id, count, digest, line), bytes.fromhex(digest))

    def _records(self, session_id: str, count: int, expected: str, own: bytes) -> Iterator[ProvedRecord]:
        lines = self._scanner.lines(count)
        known = self._judged.get(bytes.fromhex(expected))
        # So many lines: with fewer, two of them parted by no comma would have the same hash.
        if known is not None and len(lines) == count and sha256(_with_ends([own, *lines])).hexdigest() == expected:
            self._scanner.skip(lines)
            self._place += count
            self._count(known, count)
            yield from (_judged(line, is_other=at >= known) for at, line in enumerate(lines))
            return
        digest = sha256(_with_ends([own]))
        before = (False, -1, b"")
        seen: set[bytes] = set()
        messages = 0
        for item in self._each(session_id, count, lines, digest):
            place = item[:3]
            if place <= before or item.record_id in seen:
                self._fail(f"has records twice or out of order in the session {session_id}")
            before = place
            seen.add(item.record_id)
            messages += item.is_message
            yield item
        if digest.hexdigest() != expected:
            self._fail(f"was changed: the session {session_id} has another hash than it says")
        self._count(messages, count)

    def _each(self, session_id: str, left: int, lines: Sequence[bytes], digest: Hash) -> Iterator[ProvedRecord]:
        """The records of a session, for `digest` to take in; `lines` are what may be the first of them.

        From the first line that Inkvault would spell otherwise, they are read as any JSON.
        """
        while lines:
            spelled = 0
            for line in lines:
                item = _spelled(line)
                if item is None:
                    break
                spelled += 1
                self._place += 1
                yield item
            digest.update(_with_ends(lines[:spelled]))
            self._scanner.skip(lines[:spelled])
            left -= spelled
            lines = self._scanner.lines(left) if left and spelled == len(lines) else []
        for _ in range(left):
            element = self._next_item()
            if element is None:
                self._too_few(session_id)
            item = self._record(self._object(element), session_id)
            update(digest, layout.record_line(item))
            yield item

    def _count(self, messages: int, records: int) -> None:
        """A session's records, so many of them messages."""
        self._tally.messages += messages
        self._tally.records += records - messages

    def _record(self, value: dict[str, Any], session_id: str) -> ProvedRecord:
        if value.get("kind") != "record":
            self._too_few(session_id)
        record_id, payload, data = self._fields(value)
        try:
            return ProvedRecord.of(bytes.fromhex(record_id), payload, data)
        except FormatError:
            self._fail_record()

    def _fields(self, value: dict[str, Any]) -> tuple[str, dict[str, Any], bytes]:
        """The id of an item that carries a payload, that, and its canonical bytes."""
        payload = value.get("record")
        if value.keys() != {"id", "kind", "record"} or type(payload) is not dict:
            self._fail("has an item with other fields")
        if type(payload.get("type")) is not str:
            self._fail("has a record without a type")
        try:
            return self._id(value), payload, canonical.encode(payload)
        except FormatError:
            self._fail_record()

    # --- the file ----------------------------------------------------------------------------------------------------

    def _next_item(self) -> Element | None:
        """The next element of ``items``; whatever stands outside is kept for the end."""
        for element in self._elements:
            if element.key == "items":
                if element.index is None:
                    continue
                self._place = element.index + 1
                return element
            if element.key is None or element.key in self._facts or element.index is not None:
                self._fail("is no export of Inkvault")
            self._facts[element.key] = self._value(element)
        return None

    def _finish(self) -> None:
        self._place = 0
        facts = self._facts
        if facts.keys() != {"format", "head", "end"} or facts["format"] != layout.FORMAT:
            self._fail("is no export of Inkvault, or another version of it")
        head, end = _head(facts["head"]), self._tally.end()
        if head is None:
            self._fail("has a head of another form")
        if type(facts["end"]) is not dict or facts["end"].keys() != {*end, "sha256"}:
            self._fail("has an end of another form")
        for name, value in end.items():
            if facts["end"][name] != value:
                self._fail("was changed: it does not hold what it says at its end")
        if facts["end"]["sha256"] != layout.whole_hash(facts["head"], end):
            self._fail("was changed: its hash is another one")
        self.verified = Verified(head, self._tally.counts, self._tally.missing, end["content"])

    def _value(self, element: Element) -> Any:
        try:
            return element.value()
        except ValueError:
            self._fail("is no well-formed JSON")

    def _object(self, element: Element) -> dict[str, Any]:
        value = self._value(element)
        if type(value) is not dict:
            self._fail("has an item that is no object")
        return value

    def _id(self, value: dict[str, Any]) -> str:
        text = value["id"]
        if type(text) is not str or not _ID.fullmatch(text) or text == _ZERO:
            self._fail("has an item without an id")
        return text

    def _too_few(self, session_id: str) -> NoReturn:
        self._fail(f"has fewer records than it says in the session {session_id}")

    def _fail_record(self) -> NoReturn:
        self._fail("has a record that no vault can hold")

    def _fail(self, what: str) -> NoReturn:
        place = f", item {self._place}" if self._place else ""
        raise FormatError(f"{self._entry.name}{place}: it {what}.")


def verify_json(entry: Entry, judged: Mapping[bytes, int] | None = None) -> Verified:
    """Read an export to its end; `judged` as for :class:`JsonReader`. Raises FormatError."""
    reader = JsonReader(entry, judged)
    for _ in reader.items():
        pass
    assert reader.verified is not None  # noqa: S101 - the items ended without an error
    return reader.verified


def _spelled(line: bytes) -> ProvedRecord | None:
    """The record of a line, proved to be one value spelled as Inkvault does; None for all others, right or wrong."""
    # The bounds of an element hold: no line has more brackets than bytes, and what is canonical is not nested deeply.
    if len(line) > MAX_BRACKETS:
        return None
    plain = _PLAIN.fullmatch(line)
    if plain is not None and is_utf8(line):
        position = int(plain["position"])
        return ProvedRecord(False, position, unhexlify(line[_ID_AT]), line[_DATA_AT], is_plain=True)  # noqa: FBT003
    start = _RECORD.match(line)
    if start is None or not line.endswith(b"}"):
        return None
    data = line[_DATA_AT]
    try:
        payload = canonical.decode(data)
        is_typed = type(payload.get("type")) is str
        return ProvedRecord.of(unhexlify(start[1]), payload, data) if is_typed else None
    except FormatError:
        return None


def _judged(line: bytes, *, is_other: bool) -> ProvedRecord:
    """The record of a line that :func:`_spelled` gave one for before, in the order that was proved then."""
    return ProvedRecord(is_other, 0, unhexlify(line[_ID_AT]), line[_DATA_AT])


def _with_ends(lines: Sequence[bytes]) -> bytes:
    return b"\n".join([*lines, b""])


def _head(value: Any) -> Head | None:
    """The head, or None for one of another form."""
    if type(value) is not dict or value.keys() != {"exported_at", "selection", "tool", "vault", "zone"}:
        return None
    texts = (value["vault"], value["zone"], value["tool"])
    selection = _selection(value["selection"])
    if any(type(text) is not str for text in texts) or type(value["exported_at"]) is not int or selection is None:
        return None
    if not _ID.fullmatch(value["vault"]):
        return None
    return Head(value["vault"], value["exported_at"], value["zone"], value["tool"], selection)


def _selection(value: Any) -> Selection | None:
    if type(value) is not dict or not value.keys() <= {"notebook", "sessions", "since", "until"}:
        return None
    sessions = value.get("sessions")
    if sessions is not None and (type(sessions) is not list or any(type(each) is not str for each in sessions)):
        return None
    if any(type(value[name]) is not int for name in ("since", "until") if name in value):
        return None
    if "notebook" in value and type(value["notebook"]) is not str:
        return None
    chosen = None if sessions is None else frozenset(sessions)
    return Selection(value.get("notebook"), chosen, value.get("since"), value.get("until"))
