"""``inkvault templates``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vault.cli.call import Call
from vault.cli.choose import find_session, find_template
from vault.cli.output import inert, inert_line, json_option, print_json
from vault.errors import UsageError

if TYPE_CHECKING:
    from vault.client import TemplateView


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def templates(context: click.Context, *, as_json: bool) -> None:
    """List the templates; show, make and trash them.

    TEMPLATE is a name or a title.
    """
    if context.invoked_subcommand is not None:
        return
    call: Call = context.obj
    with call.unlock() as vault:
        listed = vault.templates()
    if as_json:
        print_json([_fields(each) for each in listed])
        return
    for each in listed:
        click.echo(f"{each.name:<32}  {inert_line(each.title)}")


@templates.command()
@click.argument("template")
@json_option
@click.pass_obj
def show(call: Call, *, template: str, as_json: bool) -> None:
    """Print a template: what it is for, what to mind, its phases and their prompts."""
    with call.unlock() as vault:
        found = find_template(vault, template)
    if as_json:
        print_json(_fields(found))
        return
    about = (found.title, found.about, found.source, found.care)
    click.echo(inert("\n\n".join(text for text in about if text)))
    for number, phase in enumerate(found.phases, 1):
        limit = f", {phase.minutes} minutes" if phase.minutes else ""
        click.echo(f"\n{number}. {inert_line(phase.title)}{limit}\n{inert(phase.prompt)}")


@templates.command()
@click.argument("session")
@click.option("--title", help="The title of the template; without it, that of the session.")
@json_option
@click.pass_obj
def make(call: Call, *, session: str, title: str | None, as_json: bool) -> None:
    """Make a template of a session. Prints its name."""
    with call.unlock() as vault:
        name = vault.template_from_session(find_session(vault, session), title)
    if as_json:
        print_json({"template": name})
    else:
        click.echo(name)


@templates.command()
@click.argument("template")
@click.pass_obj
def trash(call: Call, *, template: str) -> None:
    """Put a template of your own into the trash."""
    with call.unlock() as vault:
        found = find_template(vault, template)
        if found.built_in:
            raise UsageError("This template comes with Inkvault and stays; trash one of your own.")
        vault.trash_template(found.name)


def _fields(template: TemplateView) -> dict[str, Any]:
    """For JSON: without the fields that others added to phases."""
    phases = [{"title": each.title, "prompt": each.prompt, "minutes": each.minutes} for each in template.phases]
    return {name: getattr(template, name) for name in template.__slots__} | {"phases": phases}
