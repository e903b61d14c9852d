"""``inkvault settings``."""

from __future__ import annotations

from typing import Any

import click

from vault.cli import retention
from vault.cli.call import Call
from vault.cli.output import json_option, number_of, print_json
from vault.core.rootrecords import MAX_CONTINUE_MINUTES


@click.command()
@click.option(
    "--continue-minutes",
    type=click.IntRange(1, MAX_CONTINUE_MINUTES),
    help="After so many minutes without activity the next message begins a new session.",
)
@retention.retention_options
@json_option
@click.pass_obj
def settings(call: Call, /, *, continue_minutes: int | None, as_json: bool, **days: int | None) -> None:
    """Show the settings of the vault, or change them.

    They hold on every device.
    """
    with call.unlock() as vault:
        change: dict[str, Any] = {}
        if continue_minutes is not None:
            change["continue_minutes"] = continue_minutes
        if any(each is not None for each in days.values()):
            change["retention"] = retention.changed(vault.settings().retention, **days)
        if change:
            vault.save_settings(**change)
        held = vault.settings()
    if as_json:
        print_json(held)
        return
    click.echo(f"A session goes on for {number_of(held.continue_minutes, 'minute')} without activity.")
    click.echo(f"Retention: {retention.described(held.retention) if held.retention else 'nothing is ever due'}.")
