"""Whether the database can be written, told without letting everybody who asks take the write lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import text

from vault.errors import StorageError
from vault.storage.database import Database

PROBE_SECONDS: Final = 5.0


class WriteProbe:
    """Tries to write at most every few seconds; whoever asks in between gets the answer of the last try.

    ``clock`` gives seconds that never go back.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._next_try = float("-inf")
        self._failure: str | None = None

    def check(self) -> None:
        """Raise StorageError when the database cannot be read, or could not be written at the last try."""
        with self._database.reading() as connection:
            connection.execute(text("SELECT 1 FROM vaults LIMIT 1"))
        if self._is_due():
            self._try_writing()
        if self._failure is not None:
            raise StorageError(self._failure)

    def _is_due(self) -> bool:
        with self._lock:
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + PROBE_SECONDS
            return True

    def _try_writing(self) -> None:
        try:
            with self._database.writing():
                pass
        except StorageError as error:
            self._failure = str(error)
        else:
            self._failure = None
