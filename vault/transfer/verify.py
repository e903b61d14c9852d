"""Checking an export without a vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vault.errors import UsageError
from vault.transfer.age import MAGIC
from vault.transfer.age_keys import Identity
from vault.transfer.backup import is_sealed, verify_backup
from vault.transfer.json_import import Verified, verify_json
from vault.transfer.sources import open_source


def verify_file(path: Path, identity: Callable[[], Identity]) -> Verified:
    """Read a JSON export, or a backup that `identity` opens, to its end; what it holds.

    Raises FormatError for what is no export or was changed, UnlockError, UsageError when nothing can be read there.
    """
    with open_source(path) as source:
        if source.is_archive or len(source.entries) != 1:
            raise UsageError(f"{path.name} is neither a JSON export nor a backup; give one of those.")
        entry = source.entries[0]
        with entry.open() as head:
            sealed = is_sealed(head.read(len(MAGIC)))
        if not sealed:
            return verify_json(entry)
        with path.open("rb") as stream:
            return verify_backup(stream, identity())
