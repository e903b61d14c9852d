"""``inkvault write``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.call import Call
from vault.cli.choose import find_notebook, find_session, find_template
from vault.cli.output import inert, json_option, number_of, print_json
from vault.core.model import MAX_PHASE
from vault.errors import UsageError
from vault.wire.limits import MAX_ENVELOPE_BYTES

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
    inkvault settings) it begins a new session in the same notebook.

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
        with _edited() as text, call.unlock() as vault:
            written = vault.write(text, **target)
    else:
        data = sys.stdin.buffer.read(MAX_ENVELOPE_BYTES + 1)
        with _kept(data):
            text = _text(data)
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


def is_terminal() -> bool:
    """Whether somebody sits there who can use an editor."""
    return sys.stdin.isatty()


@contextmanager
def _edited() -> Iterator[str]:
    """What the writer types in the editor. The file is removed when the text was saved, and stays when it was not."""
    directory = _private_directory()
    path = directory / "text.md"
    path.touch(mode=0o600)
    try:
        click.edit(filename=str(path))
        text = _text(path.read_bytes())
    except BaseException:
        if path.exists() and path.stat().st_size == 0:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            _tell(path)
        raise
    try:
        yield text
    except BaseException:
        _tell(path)
        raise
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _kept(data: bytes) -> Iterator[None]:
    """Keep what came through a pipe when it is not saved, whatever the reason: the pipe cannot be read again."""
    try:
        yield
    except BaseException:
        if data.strip():
            _keep(data)
        raise


def _keep(data: bytes) -> None:
    """Write `data`, and what the pipe still holds, to a file of its own."""
    try:
        path = _private_directory() / "text.md"
        path.touch(mode=0o600)
        with path.open("wb") as stream:
            stream.write(data)
            shutil.copyfileobj(sys.stdin.buffer, stream)
    except (OSError, UsageError):
        click.echo("inkvault: your text could not be kept: there is no room for a file; send it again.", err=True)
    else:
        _tell(path)


def _tell(path: Path) -> None:
    click.echo(
        f"inkvault: your text is kept in {path}; if inkvault sessions does not show it, save it with "
        f"inkvault write < {path}, then remove that file.",
        err=True,
    )


def _private_directory() -> Path:
    """A new directory of mode 0700, in memory where the system has such a place."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", None):  # noqa: S108 - mkdtemp makes it safe
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="inkvault-", dir=base))
    raise UsageError("There is no place for a temporary file; make room or set TMPDIR.")


def _text(data: bytes) -> str:
    if len(data) > MAX_ENVELOPE_BYTES:
        raise UsageError("This text is too long for one message; save it in parts.")
    try:
        text = data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("This is not text in UTF-8; convert it and try again.") from None
    if not text.strip():
        raise UsageError("There is nothing to save.")
    return text
