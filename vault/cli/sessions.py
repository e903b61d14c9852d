"""``inkvault sessions`` and ``show``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from vault.cli.call import Call
from vault.cli.choose import find_notebook, find_session
from vault.cli.output import inert, inert_line, json_option, number_of, print_json, when
from vault.core.model import MAX_PHASE
from vault.writing.activity import GOING_ON, State

if TYPE_CHECKING:
    from vault.client import SessionSummary, ShownMessage, Vault

SHORT_ID = 8


@click.command()
@click.option("--notebook", metavar="NOTEBOOK", help="Of this notebook: its title, or the beginning of its id.")
@click.option("--phase", type=click.IntRange(1, MAX_PHASE), metavar="N", help="Of this phase of a programme.")
@click.option("--tag", help="With this tag.")
@click.option("--helper", metavar="NAME", help="With this helper.")
@click.option(
    "--status",
    type=click.Choice([state.value for state in State]),
    help="In this state now; those in the trash are listed so.",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Active on this day or later.")
@click.option("--all", "with_all", is_flag=True, help="Those in the archive and in the trash too.")
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def sessions(
    call: Call,
    *,
    notebook: str | None,
    phase: int | None,
    tag: str | None,
    helper: str | None,
    status: str | None,
    since: datetime | None,
    with_all: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List the sessions: pinned ones first, then the one active last.

    What is archived is left out unless --status or --all asks for it.
    """
    with call.unlock() as vault:
        found = vault.sessions(
            notebook=None if notebook is None else find_notebook(vault, notebook).id,
            phase=phase,
            tag=tag,
            helper=helper,
            status=status,
            since=None if since is None else since.astimezone(),
            include_trashed=with_all,
        )
        titles = notebook_titles(vault)
    shown = [each for each in found if status or with_all or each.archived_at is None]
    listed = sorted(shown, key=lambda session: not session.pinned)[:limit]
    if as_json:
        print_json([with_words(session) for session in listed])
        return
    for session in listed:
        click.echo(
            f"{session.id[:SHORT_ID]}  {when(session.active_at)}  {session.count:>4}  {inert_line(session.title)}"
            f"{details(session, titles)}"
        )
        click.echo(f"{'':{SHORT_ID + 26}}{inert_line(session.preview)}")
    if len(shown) > limit:
        left = number_of(len(shown) - limit, "more session")
        click.echo(f"inkvault: {left}; --limit {len(shown)} shows all.", err=True)


@click.command()
@click.argument("session")
@click.option("--all", "with_all", is_flag=True, help="Messages in the trash and earlier texts too.")
@json_option
@click.pass_obj
def show(call: Call, *, session: str, with_all: bool, as_json: bool) -> None:
    """Print a session.

    SESSION is its id or the beginning of it.

    What a terminal could obey in a text (escape sequences, direction overrides) is spelled out; --json has it as it is.
    """
    with call.unlock() as vault:
        session_id = find_session(vault, session)
        opened = vault.session(session_id)
        messages = tuple(vault.messages(session_id)) if with_all else opened.messages
        titles = notebook_titles(vault)
    summary = opened.summary
    if as_json:
        print_json(with_words(summary) | {"messages": messages})
        return
    click.echo(f"{inert_line(summary.title)}{details(summary, titles)}\n{summary.id}")
    for message in messages:
        _show_message(message, with_versions=with_all)


def notebook_titles(vault: Vault) -> dict[str, str]:
    """The titles of the notebooks by id."""
    return {notebook.id: notebook.title for notebook in vault.notebooks(include_trashed=True)}


def with_words(session: SessionSummary) -> dict[str, object]:
    """The fields of a session for JSON, and how many words the writer wrote in it."""
    return {name: getattr(session, name) for name in session.__slots__} | {"words": session.words}


def details(session: SessionSummary, notebooks: Mapping[str, str]) -> str:
    """What stands behind a title in brackets: notebook, phase, helper, tags, state; nothing when there is none."""
    parts = [] if session.notebook is None else [notebooks[session.notebook]]
    parts += [] if session.phase is None else [f"phase {session.phase}"]
    parts += [] if session.helper is None else [f"with {session.helper}"]
    parts += [f"#{tag}" for tag in session.tags]
    parts += ["pinned"] if session.pinned else []
    if session.state in GOING_ON:
        parts.append(f"{session.state}, ends in {-(-session.left_ms // 60_000)} min")
    elif session.state is not State.ENDED:
        parts.append(session.state)
    return f"  [{inert_line(', '.join(parts))}]" if parts else ""


def _show_message(message: ShownMessage, *, with_versions: bool) -> None:
    parts = [message.role, when(message.created_at)]
    parts += [] if message.edited_at is None else [f"edited {when(message.edited_at)}"]
    parts += [] if message.trashed_at is None else ["in the trash"]
    parts += [inert_line(flag) for flag in message.flags]
    click.echo(f"\n{', '.join(parts)}  {message.id[:SHORT_ID]}\n{inert(message.text)}")
    for version in message.versions if with_versions else ():
        click.echo(f"  before: {inert_line(version.text)}")
    for source in message.sources:
        click.echo(_particulars("source", source, ("title", "url", "text")))
    for tool_call in message.tool_calls:
        click.echo(_particulars("tool", tool_call, ("name", "input", "output")))


def _particulars(what: str, fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The strings of a source or tool call on one line."""
    return f"  {what}: " + inert_line(" | ".join(value for name in names if isinstance(value := fields.get(name), str)))
