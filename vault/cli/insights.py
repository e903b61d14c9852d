"""``inkvault insights``."""

from __future__ import annotations

import click

from vault.cli.call import Call
from vault.cli.output import inert_line, json_option, minutes, number_of, print_json
from vault.cli.sessions import notebook_titles

_BAR = 40


@click.command()
@click.option(
    "--days", type=click.IntRange(min=1), default=14, show_default=True, help="The last so many days written."
)
@json_option
@click.pass_obj
def insights(call: Call, *, days: int, as_json: bool) -> None:
    """Show what you wrote when.

    Words and minutes by day, notebook and phase, reckoned on this device alone.
    """
    with call.unlock() as vault:
        found = vault.insights()
        titles = notebook_titles(vault)
    if as_json:
        print_json(found)
        return
    total, streak = found.total, found.streak
    click.echo(f"{number_of(total.words, 'word')}, {minutes(total.seconds)}, {number_of(total.sessions, 'session')}")
    click.echo(f"{number_of(streak.current, 'day')} in a row; at most {streak.longest:,}")
    shown = found.days[-days:]
    most = max((each.words for each in shown), default=0)
    for index, each in enumerate(shown):
        bar = "#" * (-(-each.words * _BAR // most) if most else 0)
        gap = "\n" if index == 0 else ""
        click.echo(f"{gap}{each.day}  {each.words:>7,} words  {minutes(each.seconds):>11}  {bar}".rstrip())
    phases = [(each.notebook_id, f"phase {each.phase}", each.sum) for each in found.by_phase]
    for notebook in found.by_notebook:
        title = "no notebook" if notebook.notebook_id is None else titles.get(notebook.notebook_id.hex(), "")
        click.echo(f"\n{inert_line(title)}: {number_of(notebook.sum.words, 'word')}, {minutes(notebook.sum.seconds)}")
        for notebook_id, phase, total in phases:
            if notebook_id == notebook.notebook_id:
                click.echo(f"  {phase}: {number_of(total.words, 'word')}, {minutes(total.seconds)}")
