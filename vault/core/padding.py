"""Padding that hides exact lengths: Padmé, and never less than 512 bytes (FORMAT §5.1)."""

from __future__ import annotations

from functools import lru_cache

from vault.core.refuse import format_error

MIN_PADDED = 512

_LENGTH_BYTES = 4


def padme(length: int) -> int:
    """Round `length` (at least 2) up so that about log log of it leaks (Nikitin et al., PETS 2019)."""
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


@lru_cache(maxsize=4_096)
def padded_size(length: int) -> int:
    """Return the size of :func:`pad` of so many bytes."""
    return padme(max(_LENGTH_BYTES + length, MIN_PADDED))


def pad(data: bytes) -> bytes:
    """Return u32 length ‖ data ‖ zeros."""
    return (len(data).to_bytes(_LENGTH_BYTES) + data).ljust(padded_size(len(data)), b"\x00")


def unpad(padded: bytes) -> bytes:
    """Undo :func:`pad`. Raises FormatError for another size or a padding byte that is not zero."""
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES])
    if len(padded) != padded_size(end - _LENGTH_BYTES):
        raise format_error()
    if padded.count(0, end) != len(padded) - end:
        raise format_error()
    return padded[_LENGTH_BYTES:end]
