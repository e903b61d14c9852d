"""jrnl: its JSON export, and its text form (``[2026-05-31 08:15] Title`` and the body below), in one file or a folder.

An entry is a session of one message that begins with its title. jrnl has neither seconds nor zones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain, pairwise
from typing import Any

from vault.core.model import Role
from vault.core.rootrecords import NotebookKind
from vault.errors import FormatError
from vault.transfer.elements import sample
from vault.transfer.foreign import (
    Facts,
    Spoken,
    as_json,
    left_out,
    list_of,
    make_notebook,
    make_session,
    notebook_id,
    objects,
    text_of,
)
from vault.transfer.reading import CERTAIN, LIKELY, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, from_local, read_time

_NAME = "jrnl"
MAX_TEXT_BYTES = 32 * 1024 * 1024
_HEAD = re.compile(
    r"^\[([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)( [AP]M)?\] ?(.*)$", re.MULTILINE
)
_TAG = re.compile(r"(?<!\S)@(\w[\w-]*)")


def _json_files(source: Source) -> list[Entry]:
    return source.named(lambda path: path.suffix.lower() == ".json")


def _texts(source: Source) -> list[Entry]:
    return source.named(lambda path: path.suffix.lower() in (".txt", ".jrnl", ".md", ""))


def _detect(source: Source) -> int:
    for entry in _json_files(source):
        first = sample(entry, 2).get("entries")
        if isinstance(first, dict):
            return CERTAIN if {"title", "body", "date"} <= first.keys() else 0
    for entry in _texts(source)[:20]:
        try:
            with entry.open() as stream:
                start = stream.read(200).decode(errors="replace").lstrip("\ufeff\n ")
        except FormatError:
            continue
        if _HEAD.match(start):
            return LIKELY + 20
    return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    journal = source.path.stem or _NAME
    known = False
    exports = [entry for entry in _json_files(source) if "entries" in sample(entry)]
    texts = _texts(source)
    yield from left_out(source, [*exports, *texts])
    for item in _entries(exports, texts):
        if isinstance(item, Skipped):
            yield item
            continue
        entry, raw = item
        created = _stamp(entry, options)
        if not known:
            known = True
            yield make_notebook(_NAME, journal, journal, NotebookKind.JOURNAL, created or Stamp(options.now, "UTC"))
        title, body = text_of(entry.get("title")).strip(), text_of(entry.get("body"))
        facts = Facts(
            id=text_of(entry.get("uuid")) or raw,
            title=title,
            created=created,
            notebook=notebook_id(_NAME, journal),
            tags=[text_of(tag).lstrip("@#") for tag in list_of(entry.get("tags"))],
            pinned=entry.get("starred") is True,
        )
        text = "\n".join(part for part in (title, body.strip("\n")) if part)
        spoken = [Spoken(Role.WRITER, text, created, item=raw)] if text else []
        yield from make_session(_NAME, facts, spoken, options)


def _entries(exports: list[Entry], texts: list[Entry]) -> Iterator[tuple[dict[str, Any], str] | Skipped]:
    for entry in exports:
        yield from objects(entry, "entries")
    for entry in texts:
        yield from _text_entries(entry)


def _text_entries(entry: Entry) -> Iterator[tuple[dict[str, Any], str] | Skipped]:
    """The entries of a text file, in the form of the JSON export."""
    try:
        text = entry.read(MAX_TEXT_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        yield Skipped(entry.name, "it is no text in UTF-8")
        return
    first = _HEAD.search(text)
    if first is None or text[: first.start()].strip():
        yield Skipped(entry.name, "it does not begin with the date of an entry")
    for head, following in pairwise(chain(_HEAD.finditer(text), [None])):
        assert head is not None  # noqa: S101 - only the last one is
        title, starred = head[4].rstrip(), False
        if title.endswith((" *", "\t*")) or title == "*":
            title, starred = title[:-1].rstrip(), True
        found = {
            "title": title,
            "body": text[head.end() : following.start() if following else len(text)].strip("\n"),
            "date": head[1],
            "time": head[2] + (head[3] or ""),
            "starred": starred,
        }
        found["tags"] = sorted(set(_TAG.findall(f"{title}\n{found['body']}")))
        yield found, as_json(found)


def _stamp(entry: dict[str, Any], options: ReadOptions) -> Stamp | None:
    day, time = text_of(entry.get("date")), text_of(entry.get("time"))
    for form in ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"):
        with suppress(ValueError):
            return from_local(datetime.strptime(f"{day} {time}", f"%Y-%m-%d {form}"), "", options.zone)  # noqa: DTZ007
    return read_time(day, "", options.zone)


READER = Reader(_NAME, "jrnl export", _detect, _read)
