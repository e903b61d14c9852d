"""What was written when, from the days that session headers carry (FORMAT §5.3). The trash does not count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from vault.core.model import SessionHeader


@dataclass(frozen=True, slots=True)
class Sum:
    """Words, seconds, and the number of sessions with either."""

    words: int = 0
    seconds: int = 0
    sessions: int = 0

    def plus(self, words: int, seconds: int) -> Sum:
        """Return the sum with one session more."""
        return Sum(self.words + words, self.seconds + seconds, self.sessions + 1)


@dataclass(frozen=True, slots=True)
class DaySum:
    """A day, ``YYYY-MM-DD``, and what was written on it."""

    day: str
    words: int
    seconds: int


@dataclass(frozen=True, slots=True)
class NotebookSum:
    """What was written in a notebook; `notebook_id` is None for what belongs to none."""

    notebook_id: bytes | None
    sum: Sum


@dataclass(frozen=True, slots=True)
class PhaseSum:
    """What was written in a phase of a notebook's programme."""

    notebook_id: bytes | None
    phase: int
    sum: Sum


@dataclass(frozen=True, slots=True)
class Streak:
    """Days with words, one after the other. The current one may end yesterday: today is not over."""

    current: int
    longest: int


@dataclass(frozen=True, slots=True)
class Insights:
    """`days` from the earliest on; `by_notebook` with the most words first; `by_phase` in that order, then by phase."""

    days: tuple[DaySum, ...]
    total: Sum
    streak: Streak
    by_notebook: tuple[NotebookSum, ...]
    by_phase: tuple[PhaseSum, ...]


def insights(sessions: Iterable[tuple[bytes, SessionHeader]], notebooks: Collection[bytes], today: str) -> Insights:
    """Sum up the sessions; `notebooks` are the ids there are, `today` is ``YYYY-MM-DD`` in the writer's zone."""
    days: dict[str, DaySum] = {}
    total = Sum()
    by_notebook: dict[bytes | None, Sum] = {}
    by_phase: dict[tuple[bytes | None, int], Sum] = {}
    for _, header in sessions:
        if header.trashed_at is not None or not header.days:
            continue
        for each in header.days:
            before = days.get(each.day, DaySum(each.day, 0, 0))
            days[each.day] = DaySum(each.day, before.words + each.words, before.seconds + each.seconds)
        words, seconds = sum(each.words for each in header.days), sum(each.seconds for each in header.days)
        total = total.plus(words, seconds)
        notebook_id = header.notebook if header.notebook in notebooks else None
        by_notebook[notebook_id] = by_notebook.get(notebook_id, Sum()).plus(words, seconds)
        if header.phase is not None:
            key = (notebook_id, header.phase)
            by_phase[key] = by_phase.get(key, Sum()).plus(words, seconds)
    ranked = sorted(by_notebook, key=lambda each: (-by_notebook[each].words, each is None, each or b""))
    return Insights(
        days=tuple(days[day] for day in sorted(days)),
        total=total,
        streak=_streak(sorted(day for day, each in days.items() if each.words and day <= today), today),
        by_notebook=tuple(NotebookSum(each, by_notebook[each]) for each in ranked),
        by_phase=tuple(
            PhaseSum(*key, by_phase[key]) for key in sorted(by_phase, key=lambda key: (ranked.index(key[0]), key[1]))
        ),
    )


def _streak(days: list[str], today: str) -> Streak:
    """From the days with words, sorted, none after today."""
    run = longest = last = 0
    for number in map(_ordinal, days):
        run = run + 1 if number == last + 1 else 1
        longest = max(longest, run)
        last = number
    return Streak(run if last and last >= _ordinal(today) - 1 else 0, longest)


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()
