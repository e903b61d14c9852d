"""``inkvault settings``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from vault.cli import retention
from vault.cli.call import Call
from vault.cli.output import json_option, number_of, print_json
from vault.core.rootrecords import MAX_BACKUP_DAYS, MAX_CONTINUE_MINUTES


@click.command()
@click.option(
    "--continue-minutes",
    type=click.IntRange(1, MAX_CONTINUE_MINUTES),
    help="After so many minutes without activity the next message begins a new session.",
)
@retention.retention_options
@click.option(
    "--backup-days",
    type=click.IntRange(0, MAX_BACKUP_DAYS),
    metavar="DAYS",
    help="Bring to mind that a backup is due so many days after the last one; 0 for never.",
)
@json_option
@click.pass_obj
def settings(
    call: Call, /, *, continue_minutes: int | None, backup_days: int | None, as_json: bool, **days: int | None
) -> None:
    """Show the settings of the vault, or change them.

    They hold on every device.
    """
    with call.unlock() as vault:
        change: dict[str, Any] = {}
        if continue_minutes is not None:
            change["continue_minutes"] = continue_minutes
        if backup_days is not None:
            change["backup_days"] = backup_days
        if any(each is not None for each in days.values()):
            change["retention"] = retention.changed(vault.settings().retention, **days)
        if change:
            vault.save_settings(**change)
        held, backup_at = vault.settings(), vault.backup_at()
    if as_json:
        print_json({**{each.name: getattr(held, each.name) for each in fields(held)}, "backup_at": backup_at})
        return
    click.echo(f"A session goes on for {number_of(held.continue_minutes, 'minute')} without activity.")
    click.echo(f"Retention: {retention.described(held.retention) if held.retention else 'nothing is ever due'}.")
    click.echo(f"Backups: {_backups(held.backup_days, backup_at)}.")


def _backups(days: int, at: int | None) -> str:
    from vault.client.moments import Clock, as_datetime  # noqa: PLC0415 - keeps --help quick

    last = "none of everything was made yet"
    if at is not None:
        last = f"the last of everything was made on {as_datetime(at, Clock().now().zone).date()}"
    return f"{last}; {'a reminder after ' + number_of(days, 'day') if days else 'no reminder'}"
