"""The part of a vault's face that shows its log and adds to it."""

from __future__ import annotations

from typing import Literal

from vault.client.auditing import VerifiedLog, read_log, report
from vault.client.face import Face


class AuditFace(Face):
    """The log of the vault (docs/ERASURE.md §2)."""

    def audit(self) -> VerifiedLog:
        """Read the whole log, and check that it goes on from what this device has seen of it."""
        with self._guarded() as unlocked:
            found = read_log(unlocked.service, unlocked.log)
            unlocked.keep_log(found.kept)
            return found

    def report(self, event: Literal["export", "import"]) -> None:
        """Have the log say that an export or an import was made. Whoever makes one reports it once it is whole."""
        with self._guarded() as unlocked:
            report(unlocked.service, event)
