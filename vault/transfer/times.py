"""Times as other tools write them: ISO 8601, seconds or milliseconds since 1970, local time without a zone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vault.transfer.reading import Doubt

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS = -62_135_596_800_000
_LAST_MS = 253_402_300_799_999
_MILLISECONDS_FROM = 100_000_000_000
_MICROSECONDS_FROM = 100_000_000_000_000
"""A number is of seconds up to the year 5138; beyond it of milliseconds, then of microseconds."""
_BEYOND = 10**18
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")
_APART = re.compile(r"([T ][0-9:.,]+) (?=[-+Z])")
"""Before the space that some put between time and offset."""
_HOUR_MINUTES = 60
_EAST_MOST = 14
_WEST_MOST = 12


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment, in milliseconds since 1970 UTC, the IANA name of its zone, and what is doubtful about it."""

    ms: int
    zone: str
    doubt: Doubt | None = None


def read_time(value: Any, zone: str, default_zone: str) -> Stamp | None:
    """A time in any of the forms above; None when it is none, or outside the years 1 to 9999.

    `zone` is the zone the source gives beside it, or ``""``; `default_zone` is taken for a local time without one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _of_number(value, zone)
    if isinstance(value, str) and len(value) <= 64:
        return _of_text(value.strip(), zone, default_zone)
    return None


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a zone known here."""
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def from_local(local: datetime, zone: str, default_zone: str) -> Stamp | None:
    """A local time in `zone`, or in `default_zone`, which is a doubt. Of two moments that it names, the first."""
    used = zone if is_zone(zone) else default_zone
    info = ZoneInfo(used)
    first, second = local.replace(tzinfo=info, fold=0), local.replace(tzinfo=info, fold=1)
    doubt = None if used == zone else Doubt.ZONE_MISSING
    try:
        if first.utcoffset() != second.utcoffset():  # the hour that summer time skips, or has twice
            doubt = Doubt.TIME_AMBIGUOUS
        ms = _ms(first)
    except OverflowError:
        return None
    return Stamp(ms, used, doubt) if _FIRST_MS <= ms <= _LAST_MS else None


def _of_number(value: float, zone: str) -> Stamp | None:
    size = abs(value)
    if not size < _BEYOND:  # also what is not a number
        return None
    if size < _MILLISECONDS_FROM:
        value *= 1000
    elif size >= _MICROSECONDS_FROM:
        value /= 1000
    if not _FIRST_MS <= value <= _LAST_MS:
        return None
    return Stamp(math.floor(value + 0.5), zone if is_zone(zone) else "UTC")


def _of_text(text: str, zone: str, default_zone: str) -> Stamp | None:
    try:
        moment = datetime.fromisoformat(_APART.sub(r"\1", _FRACTION.sub(r"\1", text)))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return from_local(moment, zone, default_zone)
    try:
        ms = _ms(moment)
    except OverflowError:
        return None
    return Stamp(ms, zone if is_zone(zone) else _fixed(moment)) if _FIRST_MS <= ms <= _LAST_MS else None


def _fixed(moment: datetime) -> str:
    """The zone for an offset alone: that of its hours, whose name counts westwards; UTC where it has none."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(minutes, _HOUR_MINUTES)
    if rest or not hours or not -_WEST_MOST <= hours <= _EAST_MOST:
        return "UTC"
    return f"Etc/GMT{-hours:+d}"


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
