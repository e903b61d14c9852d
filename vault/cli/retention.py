"""The options that say after how long without activity what is to be done, for a notebook and for the vault."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vault.core.rootrecords import MAX_RETENTION_DAYS

if TYPE_CHECKING:
    from vault.client import Retention

F = TypeVar("F", bound=Callable[..., Any])

_DAYS = click.IntRange(0, MAX_RETENTION_DAYS)


def retention_options(function: F) -> F:
    """The options ``--archive-after``, ``--trash-after`` and ``--remind-after``; 0 for never."""
    for name, what in (
        ("remind", "mention a session"),
        ("trash", "propose a session for the trash"),
        ("archive", "propose to archive a session"),
    ):
        function = click.option(
            f"--{name}-after",
            f"{name}_days",
            type=_DAYS,
            metavar="DAYS",
            help=f"{what.capitalize()} when so many days have passed without activity in it; 0 for never.",
        )(function)
    return function


def changed(before: Retention | None, **days: int | None) -> Retention | None:
    """`before` with the options that were given; None when nothing is left to do."""
    from dataclasses import replace  # noqa: PLC0415 - keeps --help quick

    from vault.client import Retention  # noqa: PLC0415

    given: dict[str, Any] = {name: value or None for name, value in days.items() if value is not None}
    after = replace(before or Retention(), **given)
    return after if any((after.archive_days, after.trash_days, after.remind_days)) else None


def described(retention: Retention) -> str:
    """A policy in words."""
    steps = (
        ("archive", retention.archive_days),
        ("trash", retention.trash_days),
        ("remind", retention.remind_days),
    )
    return ", ".join(f"{what} after {days} days" for what, days in steps if days is not None)
