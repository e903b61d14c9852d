"""``inkvault session``: changing sessions, also many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vault.cli.call import Call
from vault.cli.choose import find_notebook, find_session, find_sessions
from vault.core.model import MAX_PHASE
from vault.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_sessions = click.argument("sessions", metavar="SESSION...", nargs=-1, required=True)


@click.group()
def session() -> None:
    """Change sessions. SESSION is an id or the beginning of one; most commands take several."""


@session.command()
@click.argument("session_id", metavar="SESSION")
@click.argument("title", required=False)
@click.pass_obj
def rename(call: Call, *, session_id: str, title: str | None) -> None:
    """Give a session a title.

    Without TITLE it shows the beginning of its first message again.
    """
    _change(call, (session_id,), title=title)


@session.command()
@_sessions
@click.option("--notebook", metavar="NOTEBOOK", help="Into this notebook: its title, or the beginning of its id.")
@click.option("--none", "to_none", is_flag=True, help="Out of its notebook.")
@click.pass_obj
def move(call: Call, *, sessions: tuple[str, ...], notebook: str | None, to_none: bool) -> None:
    """Move sessions into a notebook, or out of theirs."""
    if (notebook is None) is not to_none:
        raise UsageError("Say where to: --notebook NOTEBOOK or --none.")
    from vault.client import SessionChange  # noqa: PLC0415 - keeps --help quick

    with call.unlock() as vault:
        target = None if notebook is None else find_notebook(vault, notebook).id
        vault.change_sessions(find_sessions(vault, sessions), SessionChange(notebook=target))


@session.command()
@_sessions
@click.option("--add", metavar="TAG", multiple=True, help="Add this tag; may be given several times.")
@click.option("--remove", metavar="TAG", multiple=True, help="Take this tag away; may be given several times.")
@click.pass_obj
def tag(call: Call, *, sessions: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Add tags to sessions, and take tags away."""
    if not add and not remove:
        raise UsageError("Say which tags: --add TAG or --remove TAG.")
    _change(call, sessions, add_tags=add, remove_tags=remove)


@session.command()
@_sessions
@click.option("--number", type=click.IntRange(1, MAX_PHASE), metavar="N", help="The number of the phase.")
@click.option("--none", "to_none", is_flag=True, help="No phase any more.")
@click.pass_obj
def phase(call: Call, *, sessions: tuple[str, ...], number: int | None, to_none: bool) -> None:
    """Say which phase of a programme sessions are for."""
    if (number is None) is not to_none:
        raise UsageError("Say which phase: --number N or --none.")
    _change(call, sessions, phase=number)


@session.command()
@_sessions
@click.option("--name", help="What you call the helper.")
@click.option("--none", "to_none", is_flag=True, help="No helper any more.")
@click.pass_obj
def helper(call: Call, *, sessions: tuple[str, ...], name: str | None, to_none: bool) -> None:
    """Say which helper sessions are with."""
    if (name is None) is not to_none:
        raise UsageError("Say which helper: --name NAME or --none.")
    _change(call, sessions, helper=name)


@session.command()
@_sessions
@click.option("--off", is_flag=True, help="Unpin them.")
@click.pass_obj
def pin(call: Call, *, sessions: tuple[str, ...], off: bool) -> None:
    """Keep sessions on top of the list and out of retention."""
    _change(call, sessions, pinned=not off)


@session.command()
@_sessions
@click.option("--off", is_flag=True, help="Take them out of the archive.")
@click.pass_obj
def archive(call: Call, *, sessions: tuple[str, ...], off: bool) -> None:
    """Put sessions away."""
    _change(call, sessions, archived=not off)


@session.command()
@click.argument("sessions", metavar="[SESSION]...", nargs=-1)
@click.pass_obj
def end(call: Call, *, sessions: tuple[str, ...]) -> None:
    """End the active session now, or those named.

    The next message begins a new one.
    """
    from vault.client import SessionChange  # noqa: PLC0415 - keeps --help quick

    with call.unlock() as vault:
        active = vault.active_session()
        ids = find_sessions(vault, sessions) or ([] if active is None else [active])
        if not ids:
            raise UsageError("No session is active; there is nothing to end.")
        vault.change_sessions(ids, SessionChange(ended=True))


@session.command()
@click.argument("session_id", metavar="SESSION")
@click.pass_obj
def resume(call: Call, *, session_id: str) -> None:
    """Take a session up again: the next message goes into it."""
    _change(call, (session_id,), ended=False)


@session.command()
@_sessions
@click.pass_obj
def trash(call: Call, *, sessions: tuple[str, ...]) -> None:
    """Put sessions into the trash. This erases nothing: restore brings them back."""
    _change(call, sessions, trashed=True)


@session.command()
@_sessions
@click.pass_obj
def restore(call: Call, *, sessions: tuple[str, ...]) -> None:
    """Take sessions out of the trash."""
    _change(call, sessions, trashed=False)


@session.command()
@click.argument("into", metavar="SESSION")
@click.argument("other", metavar="OTHER")
@click.pass_obj
def merge(call: Call, *, into: str, other: str) -> None:
    """Add the messages of OTHER to SESSION.

    They are copied to its end, and OTHER goes into the trash.
    """
    with call.unlock() as vault:
        vault.merge_sessions(find_session(vault, into), find_session(vault, other))


def _change(call: Call, sessions: tuple[str, ...], **change: Any) -> None:
    """Change sessions as :class:`vault.client.SessionChange` says."""
    from vault.client import SessionChange  # noqa: PLC0415 - keeps --help quick

    with call.unlock() as vault:
        vault.change_sessions(find_sessions(vault, sessions), SessionChange(**change))
