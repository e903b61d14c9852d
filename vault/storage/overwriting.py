"""Overwriting parts of files where they lie."""

from __future__ import annotations

import os
from typing import Final

_CHUNK: Final = 1 << 20


def write_zeros(descriptor: int, offset: int, size: int) -> None:
    """Write `size` zero bytes from `offset` on; what is behind the end is written too. Raises OSError."""
    end = offset + size
    while offset < end:
        offset += os.pwrite(descriptor, bytes(min(_CHUNK, end - offset)), offset)
