"""Payloads as canonical JSON: one spelling for each value, no other (FORMAT §5.2; RFC 8785, integers only)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from vault.core.refuse import format_error
from vault.wire.limits import MAX_SAFE_INTEGER

MAX_DEPTH = 32

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
# A string that never ends runs to the end of the data: the scan stays linear whatever it is given.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_SCALARS = (str, bool, type(None))


def _refuse(_text: str) -> NoReturn:
    raise format_error()


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a payload. Raises FormatError for anything the form cannot say."""
    _check(payload, 1)
    try:
        return _ENCODER.encode(payload).encode()
    except UnicodeEncodeError:
        raise format_error() from None


def decode(data: bytes) -> dict[str, Any]:
    """Return the payload in `data`. Raises FormatError unless `data` is exactly what :func:`encode` gives for it."""
    _check_depth(data)
    try:
        payload = _DECODER.decode(data.decode())
    except ValueError:
        raise format_error() from None
    if type(payload) is not dict or encode(payload) != data:
        raise format_error()
    return payload


def _check_depth(data: bytes) -> None:
    """Bound the nesting before the parser recurses."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKEN.finditer(data):
        mark = token[0]
        if mark in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise format_error()
        elif mark in b"]}":
            depth -= 1


def _check(value: object, depth: int) -> None:
    """Refuse types, numbers, keys and depths outside the form. Exact types: a bool is not a number."""
    kind = type(value)
    if kind in _SCALARS:
        return
    if kind is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:  # type: ignore[operator]
            raise format_error()
        return
    if depth > MAX_DEPTH:
        raise format_error()
    if kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not _is_key(key):
                raise format_error()
            _check(item, depth + 1)
    elif kind is list:
        for item in value:  # type: ignore[attr-defined]
            _check(item, depth + 1)
    else:
        raise format_error()


@lru_cache(maxsize=512)
def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None
