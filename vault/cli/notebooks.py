"""``inkvault notebooks``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from vault.cli import retention
from vault.cli.call import Call
from vault.cli.choose import find_notebook, find_template
from vault.cli.output import inert, inert_line, json_option, number_of, print_json
from vault.cli.sessions import SHORT_ID
from vault.core.rootrecords import Colour, NotebookKind

F = TypeVar("F", bound=Callable[..., Any])

_notebook = click.argument("notebook")


@click.group(invoke_without_command=True)
@click.option("--all", "with_trashed", is_flag=True, help="Those in the trash too.")
@json_option
@click.pass_context
def notebooks(context: click.Context, *, with_trashed: bool, as_json: bool) -> None:
    """List the notebooks; make and change them.

    NOTEBOOK is a title, or the beginning of an id.
    """
    if context.invoked_subcommand is not None:
        return
    call: Call = context.obj
    with call.unlock() as vault:
        listed = vault.notebooks(include_trashed=with_trashed)
        of = [session.notebook for session in vault.sessions()]
    if as_json:
        print_json(listed)
        return
    for each in listed:
        parts: list[str] = [each.kind]
        parts += [each.date] if each.date else []
        parts += [number_of(of.count(each.id), "session")]
        parts += [each.programme] if each.programme else []
        parts += [retention.described(each.retention)] if each.retention else []
        parts += ["archived"] if each.archived_at else []
        parts += ["trashed"] if each.trashed_at else []
        click.echo(f"{each.id[:SHORT_ID]}  {inert_line(each.title)}  [{', '.join(parts)}]")
        if each.notes:
            click.echo(f"{'':{SHORT_ID + 2}}{inert_line(inert(each.notes))}")


def _field_options(function: F) -> F:
    """What the writer says of a notebook; what is left out stays, an empty text takes it away."""
    for option in (
        click.option("--programme", metavar="TEMPLATE", help="Follow the phases of this template."),
        click.option("--date", metavar="DAY", help="The day of an event, such as 2026-05-31."),
        click.option(
            "--colour",
            type=click.Choice(["", *(colour.value for colour in Colour)]),
            metavar="COLOUR",
            help=f"{', '.join(Colour)}.",
        ),
        click.option("--notes", metavar="TEXT", help="What you want to remember of it."),
        click.option(
            "--kind",
            type=click.Choice([kind.value for kind in NotebookKind]),
            help="Something that happens, a work, a diary.",
        ),
    ):
        function = option(function)
    return retention.retention_options(function)


@notebooks.command()
@click.argument("title")
@_field_options
@json_option
@click.pass_obj
def new(call: Call, /, *, title: str, as_json: bool, **fields: Any) -> None:
    """Make a notebook, a journal unless told otherwise. Prints its id."""
    made = _save(call, None, {"title": title} | fields)
    if as_json:
        print_json({"notebook": made})
    else:
        click.echo(made)


@notebooks.command()
@_notebook
@click.option("--title", help="Another title.")
@_field_options
@click.pass_obj
def edit(call: Call, /, *, notebook: str, **fields: Any) -> None:
    """Change what is said of a notebook. What is left out stays; an empty text takes it away."""
    _save(call, notebook, fields)


@notebooks.command()
@_notebook
@click.option("--off", is_flag=True, help="Take it out of the archive.")
@click.pass_obj
def archive(call: Call, *, notebook: str, off: bool) -> None:
    """Put a notebook away. Its sessions stay as they are."""
    with call.unlock() as vault:
        vault.change_notebook(find_notebook(vault, notebook).id, archived=not off)


@notebooks.command()
@_notebook
@click.pass_obj
def trash(call: Call, *, notebook: str) -> None:
    """Put a notebook into the trash. This erases nothing, and its sessions stay as they are."""
    with call.unlock() as vault:
        vault.change_notebook(find_notebook(vault, notebook).id, trashed=True)


@notebooks.command()
@_notebook
@click.pass_obj
def restore(call: Call, *, notebook: str) -> None:
    """Take a notebook out of the trash."""
    with call.unlock() as vault:
        vault.change_notebook(find_notebook(vault, notebook).id, trashed=False)


def _save(call: Call, notebook: str | None, given: dict[str, Any]) -> str:
    """Make a notebook, or change one, with the options that were given; its id."""
    from vault.client import NotebookFields  # noqa: PLC0415 - keeps --help quick

    days = {name: given.pop(name) for name in ("archive_days", "trash_days", "remind_days")}
    said = {name: value for name, value in given.items() if value is not None}
    with call.unlock() as vault:
        before = None if notebook is None else find_notebook(vault, notebook)
        if said.get("programme"):
            said["programme"] = find_template(vault, said["programme"]).name
        for name in {"colour", "date", "programme"} & said.keys():
            said[name] = said[name] or None
        was = NotebookFields(said["title"]) if before is None else before.fields
        fields = replace(was, **said, retention=retention.changed(was.retention, **days))
        return vault.save_notebook(fields) if before is None else vault.save_notebook(fields, before.id, was=was)
