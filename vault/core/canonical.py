"""Payloads as canonical JSON: one spelling for each value, no other (FORMAT §5.2; RFC 8785, integers only)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vault.core.refuse import format_error
from vault.wire.encodings import is_nested_deeper
from vault.wire.limits import MAX_SAFE_INTEGER

MAX_DEPTH = 32

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PLAIN = (str, bool, type(None))
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_DECODER = json.JSONDecoder()


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a payload. Raises FormatError for anything the form cannot say."""
    if type(payload) is not dict:
        raise format_error()
    _check(payload, 1)
    try:
        return _ENCODER.encode(payload).encode()
    except UnicodeEncodeError:
        raise format_error() from None


def decode(data: bytes) -> dict[str, Any]:
    """Return the payload in `data`. Raises FormatError unless `data` is exactly what :func:`encode` gives for it."""
    if is_nested_deeper(data, MAX_DEPTH):
        raise format_error()
    try:
        payload: dict[str, Any] = _DECODER.decode(data.decode())
    except ValueError:
        raise format_error() from None
    if encode(payload) != data:
        raise format_error()
    return payload


def _check(value: Any, depth: int) -> None:
    """Refuse types, numbers, keys and depths outside the form. Exact types: a bool is not a number."""
    kind = type(value)
    if kind not in (dict, list) or depth > MAX_DEPTH:
        raise format_error()
    if kind is dict:
        if not _are_keys(tuple(value)):
            raise format_error()
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is int:
            if not -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
                raise format_error()
        elif kind not in _PLAIN:
            _check(item, depth + 1)


@lru_cache(maxsize=256)
def _are_keys(names: tuple[object, ...]) -> bool:
    """Whether all of an object's names are keys. Remembered, since a vault's payloads have few shapes."""
    return all(type(name) is str and _KEY.fullmatch(name) for name in names)
