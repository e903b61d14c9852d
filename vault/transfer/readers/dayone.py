"""Day One: a zip of one JSON file for each journal (named after it) and its pictures, which are not taken over.

A journal is a notebook, an entry a session of one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vault.core.model import Role
from vault.core.rootrecords import NotebookKind
from vault.transfer.elements import parse, sample
from vault.transfer.foreign import (
    Facts,
    Spoken,
    fields_of,
    left_out,
    list_of,
    make_notebook,
    make_session,
    notebook_id,
    objects,
    text_of,
)
from vault.transfer.reading import CERTAIN, LIKELY, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, read_time

_NAME = "dayone"
_ESCAPED = re.compile(r"\\([.()!\-])")
_FILES = ("photos", "videos", "audios", "pdfAttachments")
_MAX_SECONDS = 7 * 24 * 3600


def _journals(source: Source) -> list[Entry]:
    return source.named(lambda path: path.suffix.lower() == ".json")


def _detect(source: Source) -> int:
    for entry in _journals(source):
        found = sample(entry, 2)
        first = found.get("entries")
        if isinstance(first, dict):
            return CERTAIN if "creationDate" in first else 0
        if "metadata" in found and first == []:
            return LIKELY
    return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    journals = [entry for entry in _journals(source) if "entries" in sample(entry)]
    yield from left_out(source, journals)
    for entry in journals:
        journal = entry.path.stem
        known = False
        for item in objects(entry, "entries"):
            if isinstance(item, Skipped):
                yield item
                continue
            if not known:
                known = True
                created = _stamp(item[0], "creationDate", options) or Stamp(options.now, "UTC")
                yield make_notebook(_NAME, journal, journal, NotebookKind.JOURNAL, created)
            yield from _entry(journal, *item, options)


def _entry(journal: str, entry: dict[str, Any], raw: str, options: ReadOptions) -> Iterator[Read]:
    text = _ESCAPED.sub(r"\1", text_of(entry.get("text"))) or _rich_text(entry)
    created = _stamp(entry, "creationDate", options)
    name = text_of(entry.get("uuid")) or raw
    first_line = text.lstrip().partition("\n")[0]
    facts = Facts(
        id=name,
        title=first_line.lstrip("# ") if first_line.startswith("#") else None,
        created=created,
        updated=_stamp(entry, "modifiedDate", options),
        notebook=notebook_id(_NAME, journal),
        tags=[text_of(tag) for tag in list_of(entry.get("tags"))],
        pinned=entry.get("starred") is True or entry.get("isPinned") is True,
    )
    spoken = [Spoken(Role.WRITER, text, created, name, raw, seconds=_seconds(entry))] if text.strip() else []
    yield from make_session(_NAME, facts, spoken, options)
    files = sum(len(list_of(entry.get(field))) for field in _FILES)
    if files:
        yield Note(facts.title or name, Doubt.FILE_LEFT_OUT, f"{files} pictures, sounds or other files")


def _rich_text(entry: dict[str, Any]) -> str:
    """The text of an entry that has none beside it."""
    try:
        contents = list_of(fields_of(parse(text_of(entry.get("richText")).encode())).get("contents"))
    except ValueError:
        return ""
    return "".join(text_of(fields_of(part).get("text")) for part in contents)


def _seconds(entry: dict[str, Any]) -> int:
    value = entry.get("editingTime")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value <= _MAX_SECONDS:
        return int(value)
    return 0


def _stamp(entry: dict[str, Any], field: str, options: ReadOptions) -> Stamp | None:
    return read_time(entry.get(field), text_of(entry.get("timeZone")), options.zone)


READER = Reader(_NAME, "Day One export", _detect, _read)
