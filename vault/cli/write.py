"""``inkvault write``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from vault.cli.call import Call
from vault.cli.choose import find_notebook, find_session, find_template
from vault.cli.output import inert, json_option, number_of, print_json
from vault.cli.texts import edited, is_terminal, kept, piped, text_of
from vault.core.model import MAX_PHASE
from vault.errors import UsageError

if TYPE_CHECKING:
    from vault.client import Beginning, Phase, TemplateView, Vault


@click.command()
@click.option("--session", metavar="ID", help="Add to this session; the beginning of its id is enough.")
@click.option("--new", metavar="[TITLE]", is_flag=False, flag_value="", help="Begin a session, with this title if any.")
@click.option(
    "--notebook", metavar="NOTEBOOK", help="Begin a session in this notebook: its title, or its id's beginning."
)
@click.option(
    "--phase",
    type=click.IntRange(1, MAX_PHASE),
    metavar="N",
    help="Begin a session for this phase of the notebook's programme.",
)
@click.option("--template", metavar="TEMPLATE", help="Begin a session with this template's prompt.")
@click.option(
    "--tag", "tags", metavar="TAG", multiple=True, help="Begin a session with this tag; may be given several times."
)
@click.option("--helper", metavar="NAME", help="Begin a session with this helper.")
@json_option
@click.pass_obj
def write(call: Call, /, *, session: str | None, as_json: bool, **given: Any) -> None:
    """Save text, and print the id of its session.

    The text comes from standard input or, at a terminal, from your editor; one newline at its end is dropped. It goes
    on with the active session unless an option below says otherwise. After five minutes without activity (see
    inkvault settings) it begins a new session in the same notebook; sitting at the editor is activity.

    The editor ($VISUAL, $EDITOR) works on a file in a directory of its own that only you can read, in memory
    where there is such a place (XDG_RUNTIME_DIR, /dev/shm); it is removed afterwards, but what your editor itself
    leaves behind is its own. When saving fails the text is kept in such a file and you are told where.
    """
    wish = _Wish(session, **given)
    wish.check()
    if is_terminal():
        with call.unlock() as vault:  # asks for the secret, and finds everything, before anything is written
            target = wish.target(vault, vault.active_session())
            wish.tell(vault)
        with edited() as text, call.unlock() as vault:
            written = vault.write(text, **wish.still(vault, target))
    else:
        data = piped()
        with kept(data):
            text = text_of(data)
            with call.unlock() as vault:  # the end of the block reads it back
                written = vault.write(text, **wish.target(vault, None))
    if as_json:
        print_json({"session": written})
    else:
        click.echo(written)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Where the text is to go, as the options say."""

    session: str | None
    new: str | None
    notebook: str | None
    phase: int | None
    template: str | None
    tags: tuple[str, ...]
    helper: str | None

    @property
    def begins(self) -> bool:
        return bool(self.tags) or any(
            each is not None for each in (self.new, self.notebook, self.phase, self.template, self.helper)
        )

    def check(self) -> None:
        """Raises UsageError for options that contradict each other."""
        if self.session is not None and self.begins:
            raise UsageError("Give --session, or what begins a new one, not both.")

    def target(self, vault: Vault, active: str | None) -> dict[str, Any]:
        """The arguments of :meth:`Vault.write`; `active` is the session that goes on when the options say nothing.

        Whoever sits at an editor longer than a session goes on still writes into the one that was active.
        """
        if self.session is not None:
            return {"session": find_session(vault, self.session)}
        return {"new": self._beginning(vault)} if self.begins else {"session": active}

    def still(self, vault: Vault, target: dict[str, Any]) -> dict[str, Any]:
        """`target` after the editor; by the rule when the session that went on was ended or put away meanwhile."""
        if self.session is not None or self.begins:
            return target
        found = next((each for each in vault.sessions(include_trashed=True) if each.id == target["session"]), None)
        is_over = found is None or found.ended_at or found.archived_at or found.trashed_at
        return {} if is_over else target

    def tell(self, vault: Vault) -> None:
        """Show what the template says, before the editor opens."""
        found = self._template(vault)
        if found is not None:
            template, phase = found
            click.echo(
                inert("\n\n".join(text for text in (phase.title, phase.prompt, template.care) if text)), err=True
            )

    def _beginning(self, vault: Vault) -> Beginning:
        """What the new session is to be."""
        from vault.client import Beginning  # noqa: PLC0415 - keeps --help quick

        template, phase = self._template(vault) or (None, None)
        return Beginning(
            title=self.new or None,
            notebook=None if self.notebook is None else find_notebook(vault, self.notebook).id,
            phase=self.phase,
            template=None if template is None else template.name,
            helper=self.helper,
            tags=self.tags if template is None else (*self.tags, *template.tags),
            prompt=(phase.prompt or None) if phase is not None else None,
        )

    def _template(self, vault: Vault) -> tuple[TemplateView, Phase] | None:
        """The template asked for, or for a phase that of the notebook's programme; and its phase, else the first.

        Raises UsageError for a phase that it does not have.
        """
        name = self.template
        if name is None and self.phase is not None and self.notebook is not None:
            name = find_notebook(vault, self.notebook).programme
        if name is None:
            return None
        template = find_template(vault, name)
        number = self.phase or 1
        if number > len(template.phases):
            raise UsageError(f"This template has {number_of(len(template.phases), 'phase')}; choose one of them.")
        return template, template.phases[number - 1]
