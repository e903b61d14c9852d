"""Strict text encodings of bytes: exactly one spelling for each value (docs/PROTOCOL.md §1)."""

from __future__ import annotations

import re

from pydantic_core import CoreConfig, SchemaSerializer, SchemaValidator, core_schema

from vault.errors import FormatError
from vault.wire.limits import ID_BYTES

# A string that never ends runs to the end of the data: the scan stays linear whatever it is given.
_JSON_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}'))
_TO_BRACES = bytes.maketrans(b"[]", b"{}")
_TO_BASE64 = SchemaSerializer(core_schema.bytes_schema(), CoreConfig(ser_json_bytes="base64"))
_BASE64 = SchemaValidator(core_schema.bytes_schema(), CoreConfig(val_json_bytes="base64"))


def b64encode(data: bytes) -> str:
    """URL-safe base64 (RFC 4648 §5) without padding."""
    return _TO_BASE64.to_json(data).strip(b'"=').decode("ascii")


def b64decode(text: str) -> bytes:
    """Undo :func:`b64encode`. Raises FormatError for padding, foreign characters or stray bits."""
    # It refuses stray bits itself. It would take padding, the standard alphabet and, as in any JSON, escapes.
    if not ("=" in text or "+" in text or "/" in text or "\\" in text):
        try:
            data: bytes = _BASE64.validate_json(f'"{text}"')
        except ValueError:
            pass
        else:
            return data
    raise FormatError("not canonical base64url")


def id_to_text(value: bytes) -> str:
    """An id as 32 lower-case hexadecimal digits."""
    return value.hex()


def id_from_text(text: str) -> bytes:
    """Undo :func:`id_to_text`. Raises FormatError for any other spelling."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != ID_BYTES or value.hex() != text:
        raise FormatError("not an id")
    return value


def is_nested_deeper(data: bytes, depth: int) -> bool:
    """Whether JSON text nests arrays and objects more than `depth` levels deep. Text that is no JSON may say either."""
    marks = data.translate(None, _NO_MARKS)
    if marks.count(b"[") + marks.count(b"{") <= depth:
        return False
    if b"\\" in data:
        return _is_nested_deeper(data, depth)
    # Then a quote is a quote, whatever stands between two of them.
    outside = marks.replace(b'""', b"")
    if b'"' in outside:
        return _is_nested_deeper(marks, depth)
    # An even number of quotes stood before each bracket: none is in a string.
    outside = outside.translate(_TO_BRACES)
    for _ in range(depth):
        if not outside:
            return False
        outside = outside.replace(b"{}", b"")  # takes away the innermost level everywhere
    return bool(outside)


def _is_nested_deeper(data: bytes, depth: int) -> bool:
    level = 0
    for token in _JSON_TOKEN.finditer(data):
        if token[0] in b"[{":
            level += 1
            if level > depth:
                return True
        elif token[0] in b"]}":
            level -= 1
    return False
