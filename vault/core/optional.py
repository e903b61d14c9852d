"""Fields that are left out when they have nothing to say, and of one form when they are there (FORMAT §5.3).

An item's absent field has the default of its dataclass, so that writing what was read gives the same payload.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from vault.core.refuse import format_error
from vault.wire.limits import ID_BYTES, MAX_SAFE_INTEGER

_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9-]{1,31}|[0-9a-f]{32}")


class Codec(NamedTuple):
    """One form: `read` takes the payload's value and raises FormatError, `write` gives it back."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


class Item(Protocol):
    """A dataclass that knows its own payload."""

    def payload(self) -> dict[str, Any]:
        """Return the object to seal."""


class Optionals:
    """The optional fields of one dataclass, by name."""

    def __init__(self, cls: type, /, **codecs: Codec) -> None:
        defaults = {each.name: each.default for each in dataclasses.fields(cls)}
        self._codecs = codecs
        self._table = [(name, defaults[name], codec.write) for name, codec in codecs.items()]

    def read(self, rest: dict[str, Any]) -> dict[str, Any]:
        """Take those that are there out of `rest`. Raises FormatError for one of another form."""
        if not rest:  # most items have none, and unlocking reads every header
            return rest
        codecs = self._codecs
        return {name: codecs[name].read(rest.pop(name)) for name in tuple(rest) if name in codecs}

    def write(self, item: object) -> dict[str, Any]:
        """Return the payload's fields of those that are there."""
        return {
            name: write(value)
            for name, default, write in self._table
            if (value := getattr(item, name)) is not default and value != default
        }


def integer(low: int = -MAX_SAFE_INTEGER, high: int = MAX_SAFE_INTEGER) -> Codec:
    """An integer from `low` to `high`; a bool is none."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise format_error()
        return value

    return Codec(read)


def text(most: int) -> Codec:
    """A string of 1 to `most` code points."""

    def read(value: Any) -> str:
        if type(value) is not str or not 1 <= len(value) <= most:
            raise format_error()
        return value

    return Codec(read)


def labels(most: int = MAX_SAFE_INTEGER) -> Codec:
    """1 to `most` strings of 1 to 50 code points, sorted, none twice. Code points sort as their UTF-8 bytes do."""
    label = text(50).read

    def read(value: Any) -> tuple[str, ...]:
        if type(value) is not list or not 1 <= len(value) <= most:
            raise format_error()
        found = tuple(map(label, value))
        if any(first >= second for first, second in pairwise(found)):
            raise format_error()
        return found

    return Codec(read, list)


def choice(kind: type[StrEnum]) -> Codec:
    """The value of a member."""

    def read(value: Any) -> StrEnum:
        try:
            return kind(text(20).read(value))
        except ValueError:
            raise format_error() from None

    return Codec(read, lambda member: member.value)


def one(parse: Callable[[dict[str, Any]], Item]) -> Codec:
    """One object."""
    return Codec(lambda value: parse(_object(value)), lambda item: item.payload())


def many(parse: Callable[[dict[str, Any]], Item], most: int = MAX_SAFE_INTEGER) -> Codec:
    """1 to `most` objects."""

    def read(value: Any) -> tuple[Item, ...]:
        if type(value) is not list or not 1 <= len(value) <= most:
            raise format_error()
        return tuple(parse(_object(item)) for item in value)

    return Codec(read, lambda items: [item.payload() for item in items])


def _object(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise format_error()
    return value


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    if type(value) is not list or not value:
        raise format_error()
    return tuple(map(_object, value))


def _true(value: Any) -> bool:
    if value is not True:
        raise format_error()
    return True


def _id(value: Any) -> bytes:
    if type(value) is not str or not _ID.fullmatch(value):
        raise format_error()
    return bytes.fromhex(value)


def is_template_name(name: str) -> bool:
    """Whether a template can have this name: that of a built-in one, or the id of a record in hex."""
    return _TEMPLATE_NAME.fullmatch(name) is not None


@lru_cache(maxsize=4_096)
def is_day(text: str) -> bool:
    """Whether this is a day from 0001-01-01 to 9999-12-31, as ``YYYY-MM-DD``."""
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _that(fits: Callable[[str], bool]) -> Codec:
    def read(value: Any) -> str:
        if type(value) is not str or not fits(value):
            raise format_error()
        return value

    return Codec(read)


TIME = integer()
TRUE = Codec(_true)
ID = Codec(_id, bytes.hex)
DAY = _that(is_day)
TEMPLATE_NAME = _that(is_template_name)
OBJECTS = Codec(_objects, list)
