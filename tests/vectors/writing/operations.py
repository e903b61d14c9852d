"""What each operation of the writing vectors runs here; the inputs and outputs are those of README.md."""

from __future__ import annotations

from typing import Any

from tests.vectors.operations import Input, Operation
from vault.core.digest import SetDigest
from vault.core.model import Day, Role, SessionHeader
from vault.core.rootrecords import Notebook, NotebookKind, Retention, Settings
from vault.writing import query
from vault.writing.activity import active_session, last_of_notebook, state_of
from vault.writing.fold import fold, fold_traced
from vault.writing.insights import Sum, insights
from vault.writing.query import Flag, SessionFacts, parse_query
from vault.writing.retention import Due, plan_retention
from vault.writing.words import count_words


def session_from(fields: Input) -> SessionHeader:
    """A session of which only `fields` matter."""
    known = dict(fields)
    notebook = known.pop("notebook", None)
    days = known.pop("days", [])
    plain: Input = {
        "count": 1,
        "digest": SetDigest.empty(),
        "title": None,
        "opening": "",
        "preview": "",
        "created_at": 0,
        "updated_at": 0,
        "zone": "UTC",
        "next_position": 1,
        "notebook": None if notebook is None else bytes.fromhex(notebook),
        "days": tuple(Day(**day) for day in days),
    }
    return SessionHeader(**(plain | known))


def sessions_from(items: list[Input]) -> list[tuple[bytes, SessionHeader]]:
    return [
        (bytes.fromhex(item["id"]), session_from({name: value for name, value in item.items() if name != "id"}))
        for item in items
    ]


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _standing(given: Input) -> Any:
    standing = state_of(session_from(given["session"]), given["now"], given["limit"])
    return {"state": standing.state.value, "left": standing.left_ms}


def _query(given: Input) -> Any:
    parsed = parse_query(given["text"])
    filters = parsed.filters
    return {
        "terms": list(parsed.terms),
        "filters": {
            "tags": list(filters.tags),
            "notebooks": list(filters.notebooks),
            "roles": [role.value for role in filters.roles],
            "before": filters.before,
            "after": filters.after,
            "is": [flag.value for flag in filters.flags],
        },
        "notes": list(parsed.notes),
    }


def _find(given: Input) -> Any:
    parsed = parse_query(given["query"])
    traced = fold_traced(given["text"])
    assert traced.folded == fold(given["text"])
    assert len(traced.folded) == len(traced.starts) == len(traced.ends)
    return {
        "fits": query.text_fits(parsed, traced.folded),
        "spans": [list(span) for span in query.find(parsed, given["text"])],
    }


def _fits(given: Input) -> bool:
    parsed = parse_query(given["query"])
    notebook = given["notebook"]
    facts = SessionFacts(
        tags=tuple(fold(tag) for tag in given["tags"]),
        notebook=None if notebook is None else fold(notebook),
        flags=frozenset(map(Flag, given["is"])),
    )
    role = None if given["role"] is None else Role(given["role"])
    return query.session_fits(parsed, facts) and query.day_fits(parsed, given["day"]) and query.role_fits(parsed, role)


def _retention(given: Input) -> Any:
    def policy(fields: Input | None) -> Retention | None:
        return None if fields is None else Retention.parse(fields)

    def shown(dues: tuple[Due, ...]) -> Any:
        return [
            {
                "session": due.session_id.hex(),
                "days": due.days,
                "idle_days": due.idle_days,
                "notebook": _hex(due.notebook_id),
            }
            for due in dues
        ]

    notebooks = {
        bytes.fromhex(each["id"]): Notebook("N", NotebookKind.PROJECT, 0, 0, "UTC", retention=policy(each["retention"]))
        for each in given["notebooks"]
    }
    settings = Settings(retention=policy(given["retention"]))
    plan = plan_retention(sessions_from(given["sessions"]), notebooks, settings, given["now"])
    return {"archive": shown(plan.archive), "trash": shown(plan.trash), "remind": shown(plan.remind)}


def _insights(given: Input) -> Any:
    def fields(total: Sum) -> Input:
        return {"words": total.words, "seconds": total.seconds, "sessions": total.sessions}

    found = insights(sessions_from(given["sessions"]), list(map(bytes.fromhex, given["notebooks"])), given["today"])
    return {
        "days": [{"day": each.day, "words": each.words, "seconds": each.seconds} for each in found.days],
        "total": fields(found.total),
        "streak": {"current": found.streak.current, "longest": found.streak.longest},
        "by_notebook": [{"notebook": _hex(each.notebook_id), **fields(each.sum)} for each in found.by_notebook],
        "by_phase": [
            {"notebook": _hex(each.notebook_id), "phase": each.phase, **fields(each.sum)} for each in found.by_phase
        ],
    }


OPERATIONS: dict[str, Operation] = {
    "words": lambda given: count_words(given["text"]),
    "standing": _standing,
    "active_session": lambda given: _hex(
        active_session(sessions_from(given["sessions"]), given["now"], given["limit"])
    ),
    "last_of_notebook": lambda given: _hex(
        last_of_notebook(sessions_from(given["sessions"]), bytes.fromhex(given["notebook"]))
    ),
    "fold": lambda given: fold(given["text"]),
    "query": _query,
    "find": _find,
    "fits": _fits,
    "retention": _retention,
    "insights": _insights,
}
