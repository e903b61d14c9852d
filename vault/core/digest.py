"""Digests of sets: a sum that a change updates in one step (FORMAT §6; Clarke et al., ASIACRYPT 2003)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.core.refuse import format_error

_HEX = re.compile(r"[0-9a-f]{64}")
_MASK = 2**256 - 1


@dataclass(frozen=True, slots=True)
class SetDigest:
    """The digest of a set of envelopes; elements are those of :meth:`vault.core.keyring.Keyring.element`."""

    value: int

    @classmethod
    def empty(cls) -> SetDigest:
        """Return the digest of no envelopes: 32 zero bytes."""
        return cls(0)

    def add(self, element: int) -> SetDigest:
        """Return the digest with one envelope more."""
        return SetDigest((self.value + element) & _MASK)

    def remove(self, element: int) -> SetDigest:
        """Return the digest with one envelope less."""
        return SetDigest((self.value - element) & _MASK)

    def hex(self) -> str:
        """Return 64 lower-case hexadecimal digits."""
        return f"{self.value:064x}"

    @classmethod
    def from_hex(cls, text: str) -> SetDigest:
        """Undo :meth:`hex`. Raises FormatError for any other spelling."""
        if not _HEX.fullmatch(text):
            raise format_error()
        return cls(int(text, 16))
