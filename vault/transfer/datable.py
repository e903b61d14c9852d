"""What can be imported of an export: only what says moments that a calendar has.

A payload may say any integer as a time (FORMAT §5.2), and so may an export, which has to hold whatever a vault does.
No client writes such a time, and no browser can show one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from vault.core.records import ProvedRecord
from vault.core.rootrecords import Notebook, Template
from vault.transfer.document import AnyRecord, Item, RootItem, SessionItem
from vault.transfer.reading import Skipped

MAX_DATE_MS = 8_640_000_000_000_000
"""The latest moment that a browser has (ECMA-262, time values)."""

_TITLED = ("created_at", "updated_at", "archived_at", "trashed_at")
_SESSION = (*_TITLED, "active_at", "ended_at", "resumed_at")
_CHANGED = ("edited_at", "trashed_at")
_REASON = "it has a time that no calendar has"


def datable(items: Iterable[Item], judged: MutableMapping[bytes, int]) -> Iterator[Item | Skipped]:
    """The items, those that say another moment skipped; what is left out of a session comes behind it.

    A session of which nothing is left out is put into `judged`: its proof, with the number of its messages. One that
    is there already passes as it is.
    """
    for item in items:
        if isinstance(item, RootItem) and isinstance(item.record, (Notebook, Template)):
            title, kind = item.record.title, item.record.payload()["type"]
            yield item if _has_dates(item.record.payload(), _TITLED) else Skipped(title, _REASON, kind)
        elif isinstance(item, SessionItem) and item.proof not in judged:
            name = item.header.title or item.header.opening or item.id
            if not _has_dates(item.header.payload(), _SESSION):
                yield Skipped(name, _REASON)
                continue
            records = _Records(item.records)
            yield replace(item, records=records)
            for _ in records:
                pass
            yield from (Skipped(f"{name}, {each}", _REASON, "message") for each in records.lost)
            if item.proof is not None and not records.lost:
                judged[item.proof] = records.messages
        else:
            yield item


class _Records:
    """The records of a session that are datable, once; `lost` are the ids of the others."""

    def __init__(self, records: Iterable[AnyRecord]) -> None:
        self.messages = 0
        self.lost: list[str] = []
        self._datable = self._take(records)

    def __iter__(self) -> Iterator[AnyRecord]:
        return self._datable

    def _take(self, records: Iterable[AnyRecord]) -> Iterator[AnyRecord]:
        for each in records:
            if each.is_message:
                if not (isinstance(each, ProvedRecord) and each.is_plain) and not _is_dated(each.payload):
                    self.lost.append(each.id)
                    continue
                self.messages += 1
            yield each


def _is_dated(message: Mapping[str, Any]) -> bool:
    if not -MAX_DATE_MS <= message["created_at"] <= MAX_DATE_MS:
        return False
    if "versions" in message and not all(_has_dates(each, ("at",)) for each in message["versions"]):
        return False
    return not ("edited_at" in message or "trashed_at" in message) or _has_dates(message, _CHANGED)


def _has_dates(payload: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(-MAX_DATE_MS <= payload[name] <= MAX_DATE_MS for name in names if name in payload)
