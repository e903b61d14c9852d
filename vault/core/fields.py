"""Strict reading of a decoded payload: each known field by its type, the unknown ones kept (FORMAT §5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from vault.core.digest import SetDigest
from vault.core.refuse import format_error
from vault.wire.limits import MAX_SAFE_INTEGER

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


_NOTHING: Mapping[str, Any] = MappingProxyType({})
"""Shared by all items without unknown fields: a vault has a great many."""


class Fields:
    """Takes the known fields out of a payload, one by one. All raise FormatError."""

    __slots__ = ("rest",)

    rest: dict[str, Any]
    """What is left."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.rest = dict(payload)

    @property
    def unknown(self) -> Mapping[str, Any]:
        """What is left in the end, to be kept."""
        return self.rest or _NOTHING

    def take(self, name: str) -> Any:
        """Return the raw value; it must be there."""
        try:
            return self.rest.pop(name)
        except KeyError:
            raise format_error() from None

    def constant(self, name: str, expected: str | None) -> None:
        """Return a field that can have one value only."""
        if self.take(name) != expected:
            raise format_error()

    def integer(self, name: str, low: int = -MAX_SAFE_INTEGER, high: int = MAX_SAFE_INTEGER) -> int:
        """Return an integer from `low` to `high`; a bool is none."""
        value = self.rest.pop(name, None)
        if type(value) is not int or not low <= value <= high:
            raise format_error()
        return value

    def text(self, name: str, most: int | None = None, least: int = 0) -> str:
        """Return a string of `least` to `most` code points."""
        value = self.rest.pop(name, None)
        if type(value) is not str or (most is not None and not least <= len(value) <= most):
            raise format_error()
        return value

    def optional_text(self, name: str, most: int) -> str | None:
        """Return a string, or null."""
        if self.rest.get(name, "") is None:
            del self.rest[name]
            return None
        return self.text(name, most)

    def binary(self, name: str, size: int) -> bytes:
        """`size` bytes in lower-case hexadecimal."""
        text = self.text(name)
        if len(text) != 2 * size or not _HEX.fullmatch(text):
            raise format_error()
        return bytes.fromhex(text)

    def digest(self, name: str) -> SetDigest:
        """Return a set digest."""
        return SetDigest.from_hex(self.text(name))
