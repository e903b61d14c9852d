"""What is read for vaults that do not exist, so that a request for one takes the same work as for one that does."""

from __future__ import annotations

import secrets
from typing import Final

from vault.errors import StorageError
from vault.storage.directory import DataDirectory
from vault.storage.keyfile import Entry, EntryType, KeyFile
from vault.storage.slots import SlotRow, StoredSlot, read_slots
from vault.wire.limits import ID_BYTES, SLOT_BYTES

DECOY_ID: Final = bytes(ID_BYTES)
"""No vault can have this id (docs/PROTOCOL.md §8.1)."""
SLOT_COUNT: Final = 2


class Decoy:
    """A key file with slots of random bytes; their login key is one that nobody has the other half of."""

    def __init__(self, directory: DataDirectory, login_key: bytes) -> None:
        self._key_file = KeyFile(directory.key_file(DECOY_ID), DECOY_ID)
        with directory.exclusive():
            self._key_file.create()
            self._rows = self._written_rows() or self._write(login_key)

    def slots(self) -> list[StoredSlot]:
        """As many slots as a new vault has."""
        return read_slots(self._key_file, self._rows)

    def _written_rows(self) -> list[SlotRow]:
        """Rows of the slots that an earlier start has written; none when it was killed on the way."""
        refs = self._key_file.find(EntryType.SLOT, {DECOY_ID}, 0)[-SLOT_COUNT:]
        rows = [_row(ref.index) for ref in refs]
        try:
            return rows if len(read_slots(self._key_file, rows)) == SLOT_COUNT else []
        except StorageError:
            return []

    def _write(self, login_key: bytes) -> list[SlotRow]:
        payloads = [secrets.token_bytes(SLOT_BYTES) + login_key for _ in range(SLOT_COUNT)]
        first = self._key_file.append([Entry(EntryType.SLOT, DECOY_ID, 1, payload) for payload in payloads])
        return [_row(first + number) for number in range(SLOT_COUNT)]


def _row(entry: int) -> SlotRow:
    return SlotRow(DECOY_ID, entry, 0, None)
