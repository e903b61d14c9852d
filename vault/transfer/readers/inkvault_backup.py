"""Our own encrypted backup (docs/EXPORT.md)."""

from __future__ import annotations

from collections.abc import Iterator

from vault.transfer.age import MAGIC
from vault.transfer.age_keys import parse_identity
from vault.transfer.backup import is_sealed, open_backup
from vault.transfer.readers.inkvault_json import read_export
from vault.transfer.reading import CERTAIN, Read, Reader, ReadOptions
from vault.transfer.sources import Source


def _detect(source: Source) -> int:
    if source.is_archive or len(source.entries) != 1:
        return 0
    with source.entries[0].open() as stream:
        return CERTAIN if is_sealed(stream.read(len(MAGIC))) else 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    identity = parse_identity(options.secret(f"Passphrase or identity of {source.path.name}"))
    with source.path.open("rb") as stream, open_backup(stream, identity) as entry:
        yield from read_export(entry, options)


READER = Reader("inkvault-backup", "an encrypted backup of Inkvault", _detect, _read, keeps_ids=True)
