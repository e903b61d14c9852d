"""What a certificate states of an erasure (docs/ERASURE.md §4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vault.wire.limits import KEY_BYTES, MAX_SAFE_INTEGER
from vault.wire.refuse import format_error

NOT_COVERED: Final = (
    "Blocks that an SSD or another disk has remapped.",
    "Snapshots of the file system or of the machine.",
    "Copies of the key directory made earlier.",
    "Keys or text that were in memory or swap.",
    "Your own exports, and text outside the vault.",
)
"""ERASURE §5."""
VERDICTS: Final = ("VERIFIED", "LIMITED", "KEYS_ONLY")
REASONS: Final = (
    "",
    "copy_on_write",
    "journaled_data",
    "layered",
    "memory",
    "network",
    "unknown_file_system",
    "database_server",
)
SIGNATURE_BYTES: Final = 64
_MAX_TEXT: Final = 1_000
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")

_COUNTS: Final = (
    "containers",
    "records",
    "rekeyed",
    "resealed",
    "bytes",
    "requested_at",
    "finished_at",
    "keys",
)
_TEXTS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "scope": ("part", "vault"),
    "file_system": None,
    "options": None,
    "verdict": VERDICTS,
    "reason": REASONS,
    "service": None,
}
"""Texts, and what each may be; None for any of at most 1,000 code points."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the search for samples of the erased text found."""

    samples: int
    found: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """The order: its hash, the public login key that signed it, and the signature (ERASURE §3)."""

    hash: bytes
    key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One erasure that is done. Times are in Unix seconds; `scan` is None where the live data was not searched."""

    scope: str
    containers: int
    records: int
    rekeyed: int
    resealed: int
    bytes: int
    requested_at: int
    finished_at: int
    keys: int
    file_system: str
    options: str
    scan: Scan | None
    verdict: str
    reason: str
    order: SignedOrder
    service: str

    def payload(self) -> dict[str, Any]:
        """Return the object of ERASURE §4.1, which is also the detail of the log's entry."""
        scan = self.scan
        return {
            **{name: getattr(self, name) for name in (*_COUNTS, *_TEXTS)},
            "type": "erasure",
            "scan": None if scan is None else {name: getattr(scan, name) for name in Scan.__slots__},
            "not_covered": list(NOT_COVERED),
            "order": {name: getattr(self.order, name).hex() for name in SignedOrder.__slots__},
        }

    @classmethod
    def parse(cls, payload: object) -> Statement:
        """Undo :meth:`payload`. Raises FormatError for a field too many, too few, or of another form."""
        fields = check_object(payload, (*_COUNTS, *_TEXTS, "type", "scan", "not_covered", "order"))
        order = check_object(fields["order"], SignedOrder.__slots__)
        if fields["type"] != "erasure" or fields["not_covered"] != list(NOT_COVERED):
            raise format_error()
        plain: dict[str, Any] = {name: check_count(fields[name]) for name in _COUNTS}
        plain |= {name: _check_text(name, fields[name]) for name in _TEXTS}
        return cls(
            **plain,
            scan=_parse_scan(fields["scan"]),
            order=SignedOrder(
                hash=check_hex(order["hash"], KEY_BYTES),
                key=check_hex(order["key"], KEY_BYTES),
                signature=check_hex(order["signature"], SIGNATURE_BYTES),
            ),
        )


def check_object(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Return an object with exactly these fields. Raises FormatError."""
    if type(value) is not dict or value.keys() != set(names):
        raise format_error()
    return value


def check_count(value: object) -> int:
    """Return a number of something. Raises FormatError."""
    if type(value) is not int or not 0 <= value <= MAX_SAFE_INTEGER:
        raise format_error()
    return value


def check_hex(value: object, size: int) -> bytes:
    """Return `size` bytes that are given in hexadecimal. Raises FormatError."""
    if type(value) is not str or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise format_error()
    return bytes.fromhex(value)


def _check_text(name: str, value: object) -> str:
    allowed = _TEXTS[name]
    if type(value) is not str or len(value) > _MAX_TEXT or (allowed is not None and value not in allowed):
        raise format_error()
    return value


def _parse_scan(value: object) -> Scan | None:
    if value is None:
        return None
    return Scan(**{name: check_count(found) for name, found in check_object(value, Scan.__slots__).items()})
