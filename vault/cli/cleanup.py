"""``inkvault cleanup``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault.cli.call import Call
from vault.cli.output import inert_line, json_option, number_of, print_json
from vault.cli.sessions import SHORT_ID, with_words

if TYPE_CHECKING:
    from vault.client import Cleanup, Due


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def cleanup(call: Call, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Do what retention says; shows it and asks first.

    Sessions are archived or put into the trash, which erases nothing. Retention is set with inkvault settings, or for
    one notebook with inkvault notebooks edit.
    """
    with call.unlock() as vault:
        plan = vault.plan_cleanup()
        has_work = bool(plan.archive or plan.trash)
        if as_json:
            print_json({name: [_fields(due) for due in getattr(plan, name)] for name in plan.__slots__})
        else:
            _show(plan)
        if not has_work or dry_run:
            return
        if not yes:
            click.confirm(
                f"Archive {number_of(len(plan.archive), 'session')} and put {len(plan.trash):,} into the trash?",
                abort=True,
                err=True,
            )
        vault.run_cleanup(plan)


def _show(plan: Cleanup) -> None:
    for heading, dues in (("To archive", plan.archive), ("Into the trash", plan.trash), ("To remember", plan.remind)):
        if dues:
            click.echo(f"{heading}:")
        for due in dues:
            click.echo(
                f"  {due.session.id[:SHORT_ID]}  {inert_line(due.session.title)}  "
                f"({due.idle_days:,} days without activity; the rule says {due.days:,})"
            )
    if not (plan.archive or plan.trash or plan.remind):
        click.echo("Nothing is due.")


def _fields(due: Due) -> dict[str, object]:
    return {"session": with_words(due.session), "days": due.days, "idle_days": due.idle_days}
