"""Failed logins that are not in the log yet (docs/ERASURE.md §2.1)."""

from __future__ import annotations

import threading
from collections import Counter


class Failures:
    """Counts, in memory, attempts that named a slot of the vault and did not prove to know it.

    Attempts at what is not there are counted under an id that no vault has: they take the same work, and no memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[bytes] = Counter()

    def count(self, vault_id: bytes, more: int = 1) -> None:
        """Count `more` attempts."""
        with self._lock:
            self._counts[vault_id] += more

    def take(self, vault_id: bytes) -> int:
        """Return how many there were, and count from nothing again."""
        with self._lock:
            return self._counts.pop(vault_id, 0)

    def take_all(self) -> dict[bytes, int]:
        """Return all counts, and count from nothing again."""
        with self._lock:
            found, self._counts = self._counts, Counter()
        return {vault_id: count for vault_id, count in found.items() if count}
