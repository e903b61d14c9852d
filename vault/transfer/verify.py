"""Checking an export without a vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vault.errors import FormatError, UsageError
from vault.transfer.age import MAGIC
from vault.transfer.age_keys import Identity
from vault.transfer.backup import is_sealed, verify_backup
from vault.transfer.json_import import Verified, verify_json
from vault.transfer.readers import pdf
from vault.transfer.sources import Entry, open_source


def verify_file(path: Path, identity: Callable[[], Identity]) -> Verified:
    """Read a JSON export, alone or in a PDF, or a backup that `identity` opens, to its end; what it holds.

    Raises FormatError for what is no export or was changed, UnlockError, UsageError when nothing can be read there.
    """
    with open_source(path) as source:
        if source.is_archive or len(source.entries) != 1:
            raise UsageError(f"{path.name} is no JSON export, PDF or backup; give one of those.")
        entry = source.entries[0]
        with entry.open() as head:
            beginning = head.read(len(MAGIC))
        if is_sealed(beginning):
            with path.open("rb") as stream:
                return verify_backup(stream, identity())
        return verify_json(_inside(entry) if beginning.startswith(pdf.MAGIC) else entry)


def _inside(book: Entry) -> Entry:
    inside = pdf.attached(book)
    if inside is None:
        raise FormatError(
            f"{book.name} is a PDF without an export inside that could be checked; a book of Inkvault has one unless "
            "it was made with --without-json."
        )
    return inside
