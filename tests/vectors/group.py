"""Building blocks of the vector cases: groups of vectors, and bytes that are the same every time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

_ANY = object()


def fixed(label: str, size: int) -> bytes:
    """`size` bytes that look random and depend on `label` alone."""
    return hashlib.shake_256(b"inkvault test vectors/" + label.encode()).digest(size)


def plain(value: Any) -> Any:
    """The JSON value of an input: bytes as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


@dataclass
class Case:
    """One vector before it is run: what must come of it is an error, a known output, or any output."""

    name: str
    given: dict[str, Any]
    error: str | None = None
    known: Any = _ANY

    def check(self, output: Any) -> None:
        if self.known is not _ANY and output != plain(self.known):
            raise AssertionError(f"{self.name}: {output!r} is not {plain(self.known)!r}")


@dataclass
class Group:
    """The vectors of one operation: one file."""

    section: str
    operation: str
    cases: list[Case] = field(default_factory=list)

    def good(self, name: str, /, **given: Any) -> None:
        """A vector whose output is whatever the implementation gives."""
        self.cases.append(Case(name, plain(given)))

    def known(self, output: Any, name: str, /, **given: Any) -> None:
        """A vector whose output is known from elsewhere: written by hand, or from a standard."""
        self.cases.append(Case(name, plain(given), known=output))

    def bad(self, error: str, name: str, /, **given: Any) -> None:
        """A hostile vector."""
        self.cases.append(Case(name, plain(given), error=error))


FORMAT = "FormatError"
INTEGRITY = "IntegrityError"
POLICY = "PolicyError"

VAULT_ID = fixed("vault id", 16)
OTHER_VAULT_ID = fixed("other vault id", 16)
VAULT_KEY = fixed("vault key", 32)
OTHER_VAULT_KEY = fixed("other vault key", 32)
SLOT_ID = fixed("slot id", 16)
CONTAINER_ID = fixed("container id", 16)
OTHER_CONTAINER_ID = fixed("other container id", 16)
RECORD_ID = fixed("record id", 16)
OTHER_RECORD_ID = fixed("other record id", 16)
CONTAINER_KEY = fixed("container key", 32)
ZERO_ID = bytes(16)


def flipped(data: bytes, index: int, bit: int = 0) -> bytes:
    """`data` with one bit changed."""
    changed = bytearray(data)
    changed[index] ^= 1 << bit
    return bytes(changed)
