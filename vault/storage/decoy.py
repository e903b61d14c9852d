"""What is read for vaults that do not exist, so that a request for one takes the same work as for one that does."""

from __future__ import annotations

import secrets
from typing import Final

from vault.storage.directory import DataDirectory
from vault.storage.keyfile import Entry, EntryType, KeyFile
from vault.storage.slots import SlotRow, StoredSlot, read_slots
from vault.wire.limits import ID_BYTES, SLOT_BYTES

DECOY_ID: Final = bytes(ID_BYTES)
"""No vault can have this id (docs/PROTOCOL.md §8.1)."""
SLOT_COUNT: Final = 2
_ROWS: Final = [SlotRow(DECOY_ID, entry, 0, None) for entry in range(SLOT_COUNT)]


class Decoy:
    """A key file with slots of random bytes; their login key is one that nobody has the other half of."""

    def __init__(self, directory: DataDirectory, login_key: bytes) -> None:
        path = directory.key_file(DECOY_ID)
        self._key_file = KeyFile(path, DECOY_ID)
        with directory.exclusive():
            if not path.exists():
                self._key_file.create()
                payloads = [secrets.token_bytes(SLOT_BYTES) + login_key for _ in range(SLOT_COUNT)]
                self._key_file.append([Entry(EntryType.SLOT, DECOY_ID, 1, payload) for payload in payloads])

    def slots(self) -> list[StoredSlot]:
        """As many slots as a new vault has."""
        return read_slots(self._key_file, _ROWS)
