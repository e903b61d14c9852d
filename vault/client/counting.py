"""What a session's header says of its messages, kept right as they come and change (docs/FORMAT.md §5.3, §5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vault.client.moments import Moment, as_datetime
from vault.core.model import MAX_OPENING, MAX_PREVIEW, Day, Message, Role, SessionHeader
from vault.core.text import excerpt
from vault.writing.activity import State, state_of
from vault.writing.words import count_words


def is_counted(message: Message) -> bool:
    """Whether a message is out of the trash."""
    return message.trashed_at is None


def counted_with(header: SessionHeader, messages: Iterable[Message]) -> dict[str, Any]:
    """The fields of the header that change when these messages come to the end of its session."""
    counted = [message for message in messages if is_counted(message)]
    spoken = [message for message in counted if message.role is not Role.SYSTEM]
    fields: dict[str, Any] = {"days": count_days(header.days, counted, 1)}
    if spoken:
        fields["preview"] = excerpt(spoken[-1].text, MAX_PREVIEW)
        fields["opening"] = header.opening or excerpt(spoken[0].text, MAX_OPENING)
    return fields


def with_changed(
    header: SessionHeader, before: Iterable[Message], after: Iterable[Message], messages: Iterable[Message]
) -> SessionHeader:
    """The header after some messages, `before`, became `after`; `messages` are all there are then, in order."""
    days = count_days(header.days, filter(is_counted, before), -1)
    days = count_days(days, filter(is_counted, after), 1)
    spoken = [message for message in messages if is_counted(message) and message.role is not Role.SYSTEM]
    return replace(
        header,
        opening=excerpt(spoken[0].text, MAX_OPENING) if spoken else "",
        preview=excerpt(spoken[-1].text, MAX_PREVIEW) if spoken else "",
        days=days,
    )


def counted_anew(header: SessionHeader, messages: Iterable[Message]) -> SessionHeader:
    """The header when these, in order, are all the messages that its session has left."""
    left = list(messages)
    uncounted = tuple(replace(day, words=0, seconds=0) for day in header.days)
    return with_changed(replace(header, days=uncounted), (), left, left)


def count_days(days: tuple[Day, ...], messages: Iterable[Message], sign: int) -> tuple[Day, ...]:
    """`days` with what these messages count added (`sign` 1) or taken away (-1), never below nothing."""
    found = {day.day: day for day in days}
    for message in messages:
        words = count_words(message.text) if message.role is Role.WRITER else 0
        if words or message.seconds:
            name = as_datetime(message.created_at, message.zone).date().isoformat()
            day = found.get(name) or Day(name, 0, 0)
            total, seconds = day.words + sign * words, day.seconds + sign * message.seconds
            found[name] = Day(name, max(0, total), max(0, seconds), day.extra)
    return tuple(found[name] for name in sorted(found) if found[name].words or found[name].seconds)


def taken_up(header: SessionHeader, moment: Moment, limit_minutes: int) -> dict[str, Any]:
    """The fields of the header that activity now sets. A session that had ended is resumed by it."""
    now_ms = moment.service_ms
    if header.ended_at is None and state_of(header, now_ms, limit_minutes).state is not State.ENDED:
        return {"active_at": now_ms}
    return {"active_at": now_ms, "ended_at": None, "resumed_at": now_ms}
