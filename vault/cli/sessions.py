"""``inkvault sessions``, ``show`` and ``rename``."""

from __future__ import annotations

import click

from vault.cli.call import Call, find_session
from vault.cli.output import inert, inert_line, json_option, print_json, when

_SHORT_ID = 8


@click.command()
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def sessions(call: Call, *, limit: int, as_json: bool) -> None:
    """List the sessions, latest first."""
    with call.unlock() as vault:
        listed = vault.sessions(limit)
    if as_json:
        print_json(listed)
        return
    for session in listed:
        click.echo(
            f"{session.id[:_SHORT_ID]}  {when(session.updated_at)}  {session.count:>4}  {inert_line(session.title)}"
        )
        click.echo(f"{'':{_SHORT_ID + 26}}{inert_line(session.preview)}")


@click.command()
@click.argument("session")
@json_option
@click.pass_obj
def show(call: Call, *, session: str, as_json: bool) -> None:
    """Print a session. SESSION is its id or the beginning of it.

    What a terminal could obey in a text (escape sequences, direction overrides) is spelled out; --json has it as it is.
    """
    with call.unlock() as vault:
        opened = vault.session(find_session(vault, session))
    if as_json:
        summary = opened.summary
        print_json({name: getattr(summary, name) for name in summary.__slots__} | {"messages": opened.messages})
        return
    click.echo(f"{inert_line(opened.summary.title)}\n{opened.summary.id}")
    for message in opened.messages:
        click.echo(f"\n{message.role}, {when(message.created_at)}\n{inert(message.text)}")


@click.command()
@click.argument("session")
@click.argument("title", required=False)
@click.pass_obj
def rename(call: Call, *, session: str, title: str | None) -> None:
    """Give a session a title; without TITLE, show the beginning of its first message again."""
    with call.unlock() as vault:
        vault.rename(find_session(vault, session), title)
