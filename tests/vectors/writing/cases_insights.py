"""Vectors of retention and insights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.group import Group
from tests.vectors.writing.cases_activity import NOTEBOOK, NOW, OTHER_NOTEBOOK, A, B, C

DAY = 86_400_000


def groups() -> Iterator[Group]:
    yield _retention()
    yield _insights()


def _session(id_: str, days: int, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "active_at": NOW - days * DAY, **fields}


def _due(id_: str, days: int, idle_days: int, notebook: str | None = None) -> dict[str, Any]:
    return {"session": id_, "days": days, "idle_days": idle_days, "notebook": notebook}


def _plan(**lists: Any) -> dict[str, Any]:
    return {"archive": [], "trash": [], "remind": []} | lists


def _retention() -> Group:
    group = Group("FORMAT §5.3", "retention")
    every = {"archive_days": 30, "trash_days": 90, "remind_days": 7}
    mine = {"notebook": NOTEBOOK}
    own = [{"id": NOTEBOOK, "retention": {"archive_days": 2}}]
    none = [{"id": NOTEBOOK, "retention": None}]
    for name, sessions, notebooks, settings, expected in (
        ("no sessions", [], [], every, _plan()),
        ("no policy", [_session(A, 1_000)], [], None, _plan()),
        ("remind", [_session(A, 7)], [], every, _plan(remind=[_due(A, 7, 7)])),
        ("not yet", [_session(A, 6)], [], every, _plan()),
        ("a millisecond before", [{"id": A, "active_at": NOW - 7 * DAY + 1}], [], every, _plan()),
        ("archive before reminding", [_session(A, 30)], [], every, _plan(archive=[_due(A, 30, 30)])),
        ("trash before archive", [_session(A, 90)], [], every, _plan(trash=[_due(A, 90, 90)])),
        ("archived: no reminder", [_session(A, 40, archived_at=0)], [], every, _plan()),
        ("archived: into the trash", [_session(A, 99, archived_at=0)], [], every, _plan(trash=[_due(A, 90, 99)])),
        ("pinned stays", [_session(A, 99, pinned=True)], [], every, _plan()),
        ("trashed stays", [_session(A, 99, trashed_at=0)], [], every, _plan()),
        ("a time ahead", [_session(A, -99)], [], every, _plan()),
        (
            "without activity: its last change",
            [{"id": A, "updated_at": NOW - 8 * DAY}],
            [],
            every,
            _plan(remind=[_due(A, 7, 8)]),
        ),
        ("the notebook's own", [_session(A, 2, **mine)], own, every, _plan(archive=[_due(A, 2, 2, NOTEBOOK)])),
        ("the notebook's own takes the place of all", [_session(A, 99, archived_at=0, **mine)], own, every, _plan()),
        (
            "the notebook's own without the vault's",
            [_session(A, 2, **mine)],
            own,
            None,
            _plan(archive=[_due(A, 2, 2, NOTEBOOK)]),
        ),
        ("a notebook without one", [_session(A, 8, **mine)], none, every, _plan(remind=[_due(A, 7, 8)])),
        (
            "a notebook that is not there",
            [_session(A, 8, notebook=OTHER_NOTEBOOK)],
            own,
            every,
            _plan(remind=[_due(A, 7, 8)]),
        ),
        ("only the trash", [_session(A, 5)], [], {"trash_days": 5}, _plan(trash=[_due(A, 5, 5)])),
        (
            "the longest idle first, then by id",
            [_session(C, 8), _session(B, 9), _session(A, 8)],
            [],
            every,
            _plan(remind=[_due(B, 7, 9), _due(A, 7, 8), _due(C, 7, 8)]),
        ),
    ):
        group.known(expected, name, sessions=sessions, notebooks=notebooks, retention=settings, now=NOW)
    return group


def _day(day: str, words: int, seconds: int = 0) -> dict[str, Any]:
    return {"day": day, "words": words, "seconds": seconds}


def _insights() -> Group:
    """The outputs are looked at, not written by hand, but for the plainest."""
    group = Group("vault/writing", "insights")
    nothing = {
        "days": [],
        "total": {"words": 0, "seconds": 0, "sessions": 0},
        "streak": {"current": 0, "longest": 0},
        "by_notebook": [],
        "by_phase": [],
    }
    today = "2026-03-01"
    group.known(nothing, "nothing", sessions=[], notebooks=[], today=today)
    trashed = {"id": A, "trashed_at": 1, "days": [_day(today, 5)]}
    group.known(nothing, "the trash does not count", sessions=[trashed, {"id": B}], notebooks=[], today=today)
    streaks = (
        ("today alone", ["2026-03-01"], 1, 1),
        ("until yesterday, over the end of a month", ["2026-02-27", "2026-02-28"], 2, 2),
        ("until the day before yesterday", ["2026-02-26", "2026-02-27"], 0, 2),
        ("a gap", ["2026-02-25", "2026-02-26", "2026-02-27", "2026-03-01"], 1, 3),
        ("days to come do not count", ["2026-03-02", "2026-03-03"], 0, 0),
        ("from the first day there is", ["0001-01-01", "0001-01-02"], 0, 2),
    )
    for name, days, current, longest in streaks:
        sums = [_day(day, 1) for day in days]
        words = {"words": len(days), "seconds": 0, "sessions": 1}
        expected = {
            "days": sums,
            "total": words,
            "streak": {"current": current, "longest": longest},
            "by_notebook": [{"notebook": None, **words}],
            "by_phase": [],
        }
        group.known(expected, f"streak: {name}", sessions=[{"id": A, "days": sums}], notebooks=[], today=today)
    several = [
        {"id": A, "notebook": NOTEBOOK, "phase": 2, "days": [_day("2026-02-28", 100, 60), _day(today, 50)]},
        {"id": B, "notebook": NOTEBOOK, "phase": 1, "days": [_day("2026-02-28", 1, 1)]},
        {"id": C, "notebook": OTHER_NOTEBOOK, "phase": 2, "days": [_day("2026-02-27", 0, 90)]},
        {"id": "0d" * 16, "days": [_day("2026-02-27", 200)], "archived_at": 1},
        {"id": "0e" * 16, "notebook": NOTEBOOK, "phase": 2, "days": [_day(today, 1)]},
    ]
    group.good("several", sessions=several, notebooks=[NOTEBOOK], today=today)
    group.good("several, both notebooks known", sessions=several, notebooks=[OTHER_NOTEBOOK, NOTEBOOK], today=today)
    group.good(
        "as many words: by id, those of none last",
        sessions=[
            {"id": A, "days": [_day(today, 1)]},
            {"id": B, "notebook": OTHER_NOTEBOOK, "days": [_day(today, 1)]},
            {"id": C, "notebook": NOTEBOOK, "days": [_day(today, 1)]},
        ],
        notebooks=[NOTEBOOK, OTHER_NOTEBOOK],
        today=today,
    )
    return group
