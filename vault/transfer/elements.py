"""Large JSON files piece by piece, in bounded memory: the values of the outermost array, or of an outermost object.

An object's arrays are taken apart too: ``{"metadata": {…}, "entries": [{…}, {…}]}`` gives ``metadata``, then each
entry. Each piece keeps its bytes as they were written, which is how a source item can be kept verbatim. A streaming
parser that gives events would lose just that; here the standard library parses each piece.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from vault.errors import FormatError
from vault.transfer.sources import Entry, Readable

MAX_DEPTH = 64
MAX_ELEMENT_BYTES = 32 * 1024 * 1024
MAX_BRACKETS = 1_000_000
"""Of one element; with the next bound it keeps the memory that a parsed element takes to about ten times its bytes."""
MAX_COMMAS = 4_000_000

_SAMPLE_BYTES = 8 * 1024 * 1024
_CHUNK = 1 << 16
_MOST_LINES_BYTES = 4 * 1024 * 1024
"""Of lines that are held at once."""
_WHITE = b" \t\n\r"
_SPACE = re.compile(rb"[ \t\n\r]*+")
# From anywhere outside a string to the next bracket; possessive, so that it never goes back and needs no memory.
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+[\[\]{}]', re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BARE = re.compile(rb"[^ \t\n\r,\[\]{}:\"]++")
_OPENING = b"[{"


@dataclass(frozen=True, slots=True)
class Element:
    """A value: of the outermost array when `key` is None, else of that key; `index` counts those of one array from 0.

    `index` is None for a value that is no array, and for an array without elements.
    """

    key: str | None
    index: int | None
    raw: bytes = field(repr=False)

    def value(self) -> Any:
        """Parse it. Raises ValueError for JSON that is not well-formed, and for a name that an object has twice."""
        return parse(self.raw)


def parse(raw: bytes) -> Any:
    """Parse JSON. Raises ValueError, also for a name that an object has twice and for numbers that are none."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def elements(entry: Entry) -> Iterator[Element]:
    """The elements of a JSON file, in order. Raises FormatError where it is not JSON in UTF-8, or out of bounds.

    A value by itself is one element. What is inside an element is not checked before :meth:`Element.value`.
    """
    with entry.open() as stream:
        yield from Scanner(stream, entry.name).elements()


def sample(entry: Entry, most: int = 5_000) -> dict[str | None, Any]:
    """The first value of each key (None: of the outermost array), from the first `most` elements; for telling layouts.

    Looks no further than some megabytes.

    An array without elements gives ``[]``. Empty when this is no JSON.
    """
    found: dict[str | None, Any] = {}
    seen = 0
    try:
        for number, element in enumerate(elements(entry), 1):
            if element.key not in found:
                found[element.key] = element.value()
            seen += len(element.raw)
            if number >= most or seen > _SAMPLE_BYTES:
                break
    except (FormatError, ValueError):
        pass
    return found


class Scanner:
    """Finds where values begin and end, without parsing them; `name` is for messages."""

    def __init__(self, stream: Readable, name: str) -> None:
        self._stream = stream
        self._name = name
        self._buffer = b""
        self._at = 0
        self._index = 0

    def elements(self) -> Iterator[Element]:
        """All elements, as :func:`elements` gives them."""
        self._fill()
        if self._buffer.startswith(b"\xef\xbb\xbf"):
            self._at = 3
        first = self._peek()
        if first == b"[":
            yield from self._array(None)
        elif first == b"{":
            yield from self._object()
        else:
            yield Element(None, None, self._value())
        if self._peek():
            self._fail("goes on after its end")

    def lines(self, most: int) -> list[bytes]:
        """What may be the next elements of an array, after the one given last: lines, each after a comma and a newline.

        At most so many, fewer where they are long or the file does not go on so. It is a guess: whoever can prove that
        a line is one value, and within the bounds of one, takes it with :meth:`skip`, and all before it.
        """
        window = _CHUNK
        most = min(most, _MOST_LINES_BYTES)
        while True:
            while len(self._buffer) - self._at < window and self._fill():
                pass
            before, *lines = self._buffer[self._at : self._at + window].split(b",\n", most + 1)
            is_all = len(self._buffer) - self._at <= window
            if before or not lines:
                return []
            if len(lines) > most or is_all or window >= _MOST_LINES_BYTES:
                break
            window *= 4
        rest = lines.pop()
        if len(lines) < most and b"\n" in rest:
            lines.append(rest)
        if lines:  # the array may have ended there, and a comma and a newline followed later
            lines[-1] = lines[-1].partition(b"\n")[0]
        return lines

    def skip(self, lines: Sequence[bytes]) -> None:
        """Take the first of :meth:`lines` as given."""
        self._at += sum(map(len, lines)) + 2 * len(lines)
        self._index += len(lines)

    def _object(self) -> Iterator[Element]:
        self._at += 1
        if self._peek() == b"}":
            self._at += 1
            return
        while True:
            if self._peek() != b'"':
                self._fail("is no JSON")
            key = self._key()
            self._expect(b":")
            if self._peek() == b"[":
                yield from self._array(key)
            else:
                yield Element(key, None, self._value())
            if self._expect(b",}") == b"}":
                return

    def _array(self, key: str | None) -> Iterator[Element]:
        self._at += 1
        if self._peek() == b"]":
            self._at += 1
            yield Element(key, None, b"[]")
            return
        self._index = 0
        while True:
            self._peek()
            yield Element(key, self._index, self._value())
            self._index += 1
            if self._expect(b",]") == b"]":
                return

    def _key(self) -> str:
        try:
            key = parse(self._match(_STRING))
        except ValueError:
            self._fail("is no JSON")
        return str(key)

    def _value(self) -> bytes:
        first = self._peek()
        if first in (b"{", b"["):
            return self._nested()
        return self._match(_STRING if first == b'"' else _BARE)

    def _nested(self) -> bytes:
        """A value in brackets. Whether they pair up is the parser's to say; here they are only counted."""
        start, depth, brackets = self._at, 0, 0
        at = start
        while True:
            match = _TO_BRACKET.match(self._buffer, at)
            if match is None:
                kept = at - start
                self._at = start
                self._more()
                start, at = self._at, self._at + kept
                continue
            at = match.end()
            brackets += 1
            depth += 1 if self._buffer[at - 1] in _OPENING else -1
            if depth > MAX_DEPTH or brackets > MAX_BRACKETS:
                self._fail("is nested more than any export we know")
            if depth == 0:
                break
        raw = self._buffer[start:at]
        if raw.count(b",") > MAX_COMMAS:
            self._fail("has an item of too many parts")
        self._at = at
        return raw

    def _match(self, pattern: re.Pattern[bytes]) -> bytes:
        while True:
            match = pattern.match(self._buffer, self._at)
            # A bare value that ends with the buffer may go on.
            if match is not None and (pattern is _STRING or match.end() < len(self._buffer)):
                break
            if not self._try_more():
                if match is None:
                    self._fail("ends in the middle" if self._at < len(self._buffer) else "is no JSON")
                break
        self._at = match.end()
        return match.group()

    def _peek(self) -> bytes:
        """The next byte that is no white space; nothing at the end."""
        found = self._buffer[self._at : self._at + 1]
        if found and found not in _WHITE:
            return found
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._try_more():
                return b""

    def _expect(self, which: bytes) -> bytes:
        found = self._peek()
        if not found:
            self._fail("ends in the middle")
        if found not in which:
            self._fail("is no JSON")
        self._at += 1
        return found

    def _more(self) -> None:
        if not self._try_more():
            self._fail("ends in the middle")

    def _try_more(self) -> bool:
        """Drop what is done and read on: as much as is pending, so that a long value is not scanned over and over."""
        pending = len(self._buffer) - self._at
        if pending > MAX_ELEMENT_BYTES:
            self._fail(f"has an item of more than {MAX_ELEMENT_BYTES >> 20} MiB")
        return self._fill()

    def _fill(self) -> bool:
        pending = self._buffer[self._at :]
        more = self._stream.read(max(_CHUNK, len(pending)))
        self._buffer, self._at = pending + more, 0
        return bool(more)

    def _fail(self, what: str) -> NoReturn:
        raise FormatError(f"{self._name} {what}; export it again, or import another file.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
