"""What can be imported of an export: only what says moments that a calendar has.

A payload may say any integer as a time (FORMAT §5.2), and so may an export, which has to hold whatever a vault does.
No client writes such a time, and no browser can show one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from vault.core.rootrecords import Notebook, Template
from vault.transfer.document import Item, RecordItem, RootItem, SessionItem
from vault.transfer.reading import Skipped

MAX_DATE_MS = 8_640_000_000_000_000
"""The latest moment that a browser has (ECMA-262, time values)."""

_TITLED = ("created_at", "updated_at", "archived_at", "trashed_at")
_SESSION = (*_TITLED, "active_at", "ended_at", "resumed_at")
_MESSAGE = ("created_at", "edited_at", "trashed_at")
_REASON = "it has a time that no calendar has"


def datable(items: Iterable[Item]) -> Iterator[Item | Skipped]:
    """The items, those that say another moment skipped; what is left out of a session comes behind it."""
    for item in items:
        if isinstance(item, RootItem) and isinstance(item.record, (Notebook, Template)):
            title, kind = item.record.title, item.record.payload()["type"]
            yield item if _has_dates(item.record.payload(), _TITLED) else Skipped(title, _REASON, kind)
        elif isinstance(item, SessionItem):
            name = item.header.title or item.header.opening or item.id
            if not _has_dates(item.header.payload(), _SESSION):
                yield Skipped(name, _REASON)
                continue
            lost: list[str] = []
            records = _records(item.records, lost)
            yield replace(item, records=records)
            for _ in records:
                pass
            yield from (Skipped(f"{name}, {each}", _REASON, "message") for each in lost)
        else:
            yield item


def _records(records: Iterable[RecordItem], lost: list[str]) -> Iterator[RecordItem]:
    for each in records:
        if each.is_message and not _is_dated(each.payload):
            lost.append(each.id)
        else:
            yield each


def _is_dated(message: Mapping[str, Any]) -> bool:
    return _has_dates(message, _MESSAGE) and all(_has_dates(each, ("at",)) for each in message.get("versions", ()))


def _has_dates(payload: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(-MAX_DATE_MS <= payload[name] <= MAX_DATE_MS for name in names if name in payload)
