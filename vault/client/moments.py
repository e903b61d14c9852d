"""Time as payloads keep it: milliseconds since 1970 and the writer's time zone (docs/FORMAT.md §5.2)."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCALTIME = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: milliseconds since 1970-01-01T00:00:00Z, and the IANA name of the writer's zone."""

    ms: int
    zone: str


def now() -> Moment:
    """The present moment, here."""
    return Moment(time.time_ns() // 1_000_000, _local_zone(os.environ.get("TZ")))


def as_datetime(ms: int, zone: str) -> datetime:
    """The moment in its zone, or in UTC when the zone has no such name here; clamped to the years datetime has."""
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC) if ms > 0 else datetime.min.replace(tzinfo=UTC)
    try:
        return moment.astimezone(_zone_info(zone))
    except OverflowError:
        return moment


@lru_cache(maxsize=64)
def _zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=1)
def _local_zone(tz: str | None) -> str:
    """The IANA name behind TZ or /etc/localtime, ``UTC`` when neither tells."""
    name = (tz or "").lstrip(":")
    if tz is None:
        name = str(_LOCALTIME.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
