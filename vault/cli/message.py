"""``inkvault message``: changing what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault.cli.call import Call
from vault.cli.choose import find_id, find_session
from vault.cli.texts import GoneError, edited, is_terminal, kept, piped, text_of
from vault.errors import NotFoundError

if TYPE_CHECKING:
    from vault.client import ShownMessage, Vault


@click.group()
def message() -> None:
    """Change messages: what inkvault show SESSION prints, with their ids. Ids may be shortened."""


@message.command()
@click.argument("session")
@click.argument("message_id", metavar="MESSAGE")
@click.pass_obj
def edit(call: Call, *, session: str, message_id: str) -> None:
    """Change the text of a message; the earlier one is kept.

    The new text comes from standard input or, at a terminal, from your editor, as with inkvault write. When the message
    is erased on another device while the editor is open, the words that you have added to it are kept in a file.
    """
    again = f"inkvault message edit {session} {message_id}"
    if is_terminal():
        with call.unlock() as vault:
            session_id, found = _find(vault, session, message_id)
        with edited(found.text, again) as text, call.unlock() as vault:
            try:
                _edit(vault, session_id, found.id, text)
            except NotFoundError as error:
                raise GoneError(
                    "This message was erased meanwhile, so there is nothing to change.", error.code
                ) from None
    else:
        data = piped()
        with kept(data, again):
            text = text_of(data)
            with call.unlock() as vault:
                _edit(vault, session, message_id, text)


@message.command()
@click.argument("session")
@click.argument("message_id", metavar="MESSAGE")
@click.pass_obj
def trash(call: Call, *, session: str, message_id: str) -> None:
    """Put a message into the trash. This erases nothing."""
    _trash(call, session, message_id, trashed=True)


@message.command()
@click.argument("session")
@click.argument("message_id", metavar="MESSAGE")
@click.pass_obj
def restore(call: Call, *, session: str, message_id: str) -> None:
    """Take a message out of the trash."""
    _trash(call, session, message_id, trashed=False)


def _trash(call: Call, session: str, message_id: str, *, trashed: bool) -> None:
    with call.unlock() as vault:
        session_id, found = _find(vault, session, message_id)
        vault.trash_message(session_id, found.id, trashed=trashed)


def _edit(vault: Vault, session: str, message_id: str, text: str) -> None:
    session_id, found = _find(vault, session, message_id)
    vault.edit_message(session_id, found.id, text)


def _find(vault: Vault, session: str, message_id: str) -> tuple[str, ShownMessage]:
    """The id of the session and the one message that begin so. Raises NotFoundError, UsageError."""
    session_id = find_session(vault, session)
    messages = {each.id: each for each in vault.messages(session_id)}
    return session_id, messages[find_id("message", message_id, messages, f"show {session}")]
