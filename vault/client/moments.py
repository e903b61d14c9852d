"""Time as payloads keep it: milliseconds since 1970 and the writer's time zone (docs/FORMAT.md §5.2, §5.5)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCALTIME = Path("/etc/localtime")
_NOTICEABLE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: milliseconds since 1970-01-01T00:00:00Z, and the IANA name of the writer's zone.

    `ms` is by the device's clock, `service_ms` by the service's.
    """

    ms: int
    zone: str
    service_ms: int

    @property
    def day(self) -> str:
        """``YYYY-MM-DD`` in the zone."""
        return as_datetime(self.ms, self.zone).date().isoformat()


class Clock:
    """The device's clock, and the service's as far as the ``Date`` of its answers has shown it (FORMAT §5.5).

    `wall_ms` gives milliseconds since 1970 in place of the device's own clock.
    """

    def __init__(self, wall_ms: Callable[[], int] | None = None) -> None:
        self._wall_ms = wall_ms or system_ms
        self._offset = 0
        self._start = self._drift()

    def now(self) -> Moment:
        """The present moment, here."""
        ms = self._wall_ms()
        return Moment(ms, _local_zone(os.environ.get("TZ")), ms + self._offset)

    def device_ms(self) -> int:
        """Milliseconds since 1970 by the device's clock."""
        return self._wall_ms()

    def note(self, date: str, sent_ms: int) -> None:
        """Take over the ``Date`` of an answer to a request that was sent at `sent_ms`; one that is none is ignored.

        It says only which second the answer was made in. The offset stays where it is as long as that agrees with it.
        """
        shown_ms = _shown_ms(date)
        if shown_ms is None:
            return
        lowest, highest = shown_ms - self._wall_ms(), shown_ms + 1000 - sent_ms
        self._offset = max(lowest, min(self._offset, max(lowest, highest)))
        self._start = self._drift()

    @property
    def is_doubtful(self) -> bool:
        """Whether the device's clock was set, or the device slept, since the service was last heard."""
        return abs(self._drift() - self._start) > _NOTICEABLE_MS

    def _drift(self) -> int:
        """What the wall clock has gained on one that nobody sets and that rests while the device sleeps."""
        return self._wall_ms() - time.monotonic_ns() // 1_000_000


@lru_cache(maxsize=8)
def _shown_ms(date: str) -> int | None:
    """Milliseconds since 1970 of a ``Date`` (RFC 9110 §5.6.7), or None. Remembered: answers of one second share it."""
    try:
        shown = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return None if shown.tzinfo is None else (shown - _EPOCH) // timedelta(milliseconds=1)


def system_ms() -> int:
    """Milliseconds since 1970 by the clock of this device."""
    return time.time_ns() // 1_000_000


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
