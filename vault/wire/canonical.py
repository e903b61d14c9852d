"""Payloads as canonical JSON: one spelling for each value, no other (docs/FORMAT.md §5.2; RFC 8785, integers only)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pydantic_core import from_json, to_json

from vault.wire.limits import MAX_SAFE_INTEGER
from vault.wire.refuse import format_error

MAX_DEPTH = 32

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOST_REMEMBERED = 64
_PLAIN = (str, bool, type(None))


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a payload. Raises FormatError for anything the form cannot say."""
    if type(payload) is not dict:
        raise format_error()
    if not _is_sorted(payload, 1):
        payload = _sorted(payload)
    try:
        return to_json(payload)
    except ValueError:  # half a surrogate pair
        raise format_error() from None


def decode(data: bytes) -> dict[str, Any]:
    """Return the payload in `data`. Raises FormatError unless `data` is exactly what :func:`encode` gives for it."""
    try:
        payload = from_json(data, cache_strings="keys")
    except ValueError:
        raise format_error() from None
    # A parsed object keeps the order of its names, so what is in order and spelled like this is spelled canonically.
    if type(payload) is not dict or not _is_sorted(payload, 1) or to_json(payload) != data:
        raise format_error()
    return payload


def parse(data: bytes) -> dict[str, Any]:
    """Return the payload in bytes that :func:`encode` made or :func:`decode` took: nothing is checked again."""
    payload: dict[str, Any] = from_json(data, cache_strings="keys")
    return payload


def _is_sorted(value: Any, depth: int) -> bool:
    """Whether the names of all objects are in order. Raises FormatError for types, numbers, keys and depths outside
    the form. Exact types: a bool is not a number.
    """
    kind = type(value)
    if kind not in (dict, list) or depth > MAX_DEPTH:
        raise format_error()
    is_sorted = True
    if kind is dict:
        names = tuple(value)
        is_sorted = _known_shape(names) if len(names) <= _MOST_REMEMBERED else _are_sorted_keys(names)
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is int:
            if not -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
                raise format_error()
        elif kind not in _PLAIN:
            is_sorted = _is_sorted(item, depth + 1) and is_sorted
    return is_sorted


def _are_sorted_keys(names: tuple[object, ...]) -> bool:
    """Whether an object's names are in order. Raises FormatError unless all are keys."""
    if not all(type(name) is str and _KEY.fullmatch(name) for name in names):
        raise format_error()
    return all(first < second for first, second in pairwise(names))  # type: ignore[operator]  # all are strings


_known_shape = lru_cache(maxsize=256)(_are_sorted_keys)
"""Remembered, since a vault's payloads have few shapes; not those of many names, which take memory."""


def _sorted(value: Any) -> Any:
    if type(value) is dict:
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if type(value) is list else value
