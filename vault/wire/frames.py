"""The frames of a snapshot: ``u32 length ‖ u8 kind ‖ body``, big endian (docs/PROTOCOL.md §7.1).

Each layout here is a frame up to its envelope, which comes last; `length` counts all but itself.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from vault.wire.limits import MAX_ENVELOPE_BYTES, WRAPPED_KEY_BYTES

MEDIA_TYPE: Final = "application/vnd.inkvault.snapshot"

HEAD: Final = 1
CONTAINER: Final = 2
RECORD: Final = 3
END: Final = 4

LENGTH_BYTES: Final = 4
START: Final = Struct(">IB")
HEAD_FRAME: Final = Struct(">IBQ")
CONTAINER_FRAME: Final = Struct(f">IB16sQI{WRAPPED_KEY_BYTES}s")
RECORD_FRAME: Final = Struct(">IB16sQ")
END_FRAME: Final = Struct(">IBQQ")

HEAD_LENGTH: Final = HEAD_FRAME.size - LENGTH_BYTES
CONTAINER_LENGTH: Final = CONTAINER_FRAME.size - LENGTH_BYTES
RECORD_LENGTH: Final = RECORD_FRAME.size - LENGTH_BYTES
END_LENGTH: Final = END_FRAME.size - LENGTH_BYTES
"""The `length` of each kind without its envelope."""

MAX_LENGTH: Final = CONTAINER_LENGTH + MAX_ENVELOPE_BYTES
"""The largest `length` that any frame has."""
LONGEST: Final = {
    HEAD: HEAD_LENGTH + MAX_ENVELOPE_BYTES,
    CONTAINER: MAX_LENGTH,
    RECORD: RECORD_LENGTH + MAX_ENVELOPE_BYTES,
    END: END_LENGTH,
}
"""The largest `length` of each kind."""


def head_frame(seq: int, head: bytes) -> bytes:
    """The first frame."""
    return HEAD_FRAME.pack(HEAD_LENGTH + len(head), HEAD, seq) + head


def end_frame(containers: int, records: int) -> bytes:
    """The last frame."""
    return END_FRAME.pack(END_LENGTH, END, containers, records)
