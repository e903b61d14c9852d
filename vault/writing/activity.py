"""Which session goes on, and how each one stands (FORMAT §5.5). All times are by the service's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vault.core.model import SessionHeader

MINUTE_MS = 60_000
IDLE_AFTER_MS = MINUTE_MS


class State(StrEnum):
    """How a session stands at a moment."""

    NEW = "new"
    ACTIVE = "active"
    RESUMED = "resumed"
    IDLE = "idle"
    ENDED = "ended"
    ARCHIVED = "archived"
    TRASHED = "trashed"


GOING_ON = frozenset({State.ACTIVE, State.RESUMED, State.IDLE})
"""The states in which the next message goes into the session."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, and the milliseconds until the session ends by itself: above 0 in :data:`GOING_ON`, else 0."""

    state: State
    left_ms: int = 0


def state_of(header: SessionHeader, now_ms: int, limit_minutes: int) -> Standing:
    """How a session stands at `now_ms` when it ends after `limit_minutes` (1 to 60) without activity."""
    limit = limit_minutes * MINUTE_MS
    gap = now_ms - header.last_active
    if -limit < gap < 0:  # clocks that differ a little
        gap = 0
    if header.trashed_at is not None:
        return Standing(State.TRASHED)
    if header.archived_at is not None:
        return Standing(State.ARCHIVED)
    if not header.count:
        return Standing(State.NEW)
    if header.ended_at is not None or not 0 <= gap < limit:
        return Standing(State.ENDED)
    if gap >= IDLE_AFTER_MS:
        return Standing(State.IDLE, limit - gap)
    return Standing(State.ACTIVE if header.resumed_at is None else State.RESUMED, limit - gap)


def active_session(sessions: Iterable[tuple[bytes, SessionHeader]], now_ms: int, limit_minutes: int) -> bytes | None:
    """The id of the session that the next message goes into; None when it begins a new one."""
    return _latest(
        (session_id, header)
        for session_id, header in sessions
        if state_of(header, now_ms, limit_minutes).state in GOING_ON
    )


def last_of_notebook(sessions: Iterable[tuple[bytes, SessionHeader]], notebook_id: bytes) -> bytes | None:
    """The id of the session to show where the writer returns to a notebook; None when it has none."""
    return _latest(
        (session_id, header)
        for session_id, header in sessions
        if header.notebook == notebook_id and header.trashed_at is None
    )


def _latest(sessions: Iterable[tuple[bytes, SessionHeader]]) -> bytes | None:
    """Of the latest activity; of several the one with the lowest id."""
    found = min(sessions, key=lambda item: (-item[1].last_active, item[0]), default=None)
    return None if found is None else found[0]
