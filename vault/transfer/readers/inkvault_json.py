"""Our own export (docs/EXPORT.md)."""

from __future__ import annotations

from collections.abc import Iterator

from vault.transfer.datable import datable
from vault.transfer.document import MissingItem
from vault.transfer.json_import import JsonReader, is_export
from vault.transfer.layout import FILE_NAME
from vault.transfer.reading import CERTAIN, Doubt, Note, Read, Reader, ReadOptions
from vault.transfer.sources import Entry, Source


def _entry(source: Source) -> Entry | None:
    """The export: the file itself, or the one of its name in an archive or folder."""
    if source.is_archive or len(source.entries) != 1:
        return next((entry for entry in source.entries if entry.name == FILE_NAME), None)
    return source.entries[0]


def _detect(source: Source) -> int:
    entry = _entry(source)
    return CERTAIN if entry is not None and is_export(entry) else 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    entry = _entry(source)
    if entry is not None:
        yield from read_export(entry, options)


def read_export(entry: Entry, options: ReadOptions) -> Iterator[Read]:
    """The items of an export; what it lacks becomes a note."""
    for item in datable(JsonReader(entry, options.judged).items(), options.judged):
        if isinstance(item, MissingItem):
            yield Note(item.title or item.session or item.record or "", Doubt.MISSING_THERE, item.reason)
        else:
            yield item


READER = Reader("inkvault", "an export of Inkvault", _detect, _read, keeps_ids=True)
