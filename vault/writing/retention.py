"""Which sessions a retention policy is due for (FORMAT §5.3): a proposal, for the writer to look at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vault.core.model import SessionHeader
from vault.core.rootrecords import Notebook, Retention, Settings

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Due:
    """A session that is due: after so many `days` by the policy, it has been idle for `idle_days` whole days.

    `notebook_id` is the notebook whose policy it is; None for the vault's.
    """

    session_id: bytes
    days: int
    idle_days: int
    notebook_id: bytes | None


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """Each session is in one list at most, the longest idle first.

    The trash goes before the archive, and the archive before a reminder; archived sessions are not brought to mind.
    """

    archive: tuple[Due, ...] = ()
    trash: tuple[Due, ...] = ()
    remind: tuple[Due, ...] = ()


def plan_retention(
    sessions: Iterable[tuple[bytes, SessionHeader]],
    notebooks: Mapping[bytes, Notebook],
    settings: Settings,
    now_ms: int,
) -> RetentionPlan:
    """What the policies propose at `now_ms`, by the service's clock."""
    plan: dict[str, list[Due]] = {"archive": [], "trash": [], "remind": []}
    for session_id, header in sorted(sessions, key=lambda item: (item[1].last_active, item[0])):
        notebook = notebooks.get(header.notebook) if header.notebook is not None else None
        own = None if notebook is None else notebook.retention
        policy = own or settings.retention
        if policy is None or header.pinned or header.trashed_at is not None:
            continue
        idle_days = (now_ms - header.last_active) // DAY_MS
        for what, days in _due(policy, idle_days, is_archived=header.archived_at is not None):
            plan[what].append(Due(session_id, days, idle_days, header.notebook if own else None))
    return RetentionPlan(**{what: tuple(due) for what, due in plan.items()})


def _due(policy: Retention, idle_days: int, *, is_archived: bool) -> list[tuple[str, int]]:
    """What to do, and after how many days: one thing at most."""
    steps = [("trash", policy.trash_days)]
    if not is_archived:
        steps += [("archive", policy.archive_days), ("remind", policy.remind_days)]
    return [(what, days) for what, days in steps if days is not None and idle_days >= days][:1]
