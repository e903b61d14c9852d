"""``inkvault``: the options common to all commands, and the commands themselves."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from vault import __version__
from vault.cli.audit import audit
from vault.cli.backup_db import backup_db
from vault.cli.call import Call
from vault.cli.cleanup import cleanup
from vault.cli.create import create
from vault.cli.doctor import doctor
from vault.cli.forget import forget
from vault.cli.imports import import_
from vault.cli.insights import insights
from vault.cli.message import message
from vault.cli.notebooks import notebooks
from vault.cli.nuke import nuke
from vault.cli.output import inert_line
from vault.cli.search import search
from vault.cli.secrets import passphrase, recovery, slots
from vault.cli.serve import serve
from vault.cli.session import session
from vault.cli.sessions import sessions, show
from vault.cli.settings import settings
from vault.cli.templates import templates
from vault.cli.transfer import export, verify_export
from vault.cli.verify import verify
from vault.cli.write import write
from vault.errors import InkvaultError, UsageError


class _Commands(click.Group):
    """Commands whose errors end the program with one line on standard error and their exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; see vault/errors.py for the exit codes."""
        try:
            return super().invoke(ctx)
        except InkvaultError as error:
            click.echo(f"inkvault: {inert_line(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except MemoryError as error:
            raise click.ClickException(str(error) or "There is not enough free memory.") from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="inkvault")
@click.option(
    "--data-dir",
    envvar="INKVAULT_DATA_DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Use the vaults in this directory; needs no running server. Default: your own data directory.",
)
@click.option("--server", envvar="INKVAULT_SERVER", metavar="URL", help="Use the vaults of this server instead.")
@click.option(
    "--vault",
    envvar="INKVAULT_VAULT",
    metavar="NAME",
    help="The name of the vault; may be left out where there is only one, or only one was opened on this device.",
)
@click.option(
    "--passphrase-file",
    envvar="INKVAULT_PASSPHRASE_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the passphrase (or recovery key) from this file instead of asking; one newline at its end is dropped.",
)
@click.pass_context
def main(
    context: click.Context, data_dir: Path | None, server: str | None, vault: str | None, passphrase_file: Path | None
) -> None:
    """A private place to write. Text is encrypted here; what keeps it cannot read it.

    Secrets are asked for or read from a file, never taken from the command line. Options can also be given as
    environment variables (INKVAULT_DATA_DIR, INKVAULT_SERVER, INKVAULT_VAULT, INKVAULT_PASSPHRASE_FILE).

    \b
    Exit codes: 0 done, 1 unexpected fault, 2 wrong usage, 3 wrong name or secret, 4 hostile or damaged data,
    5 refused by the service, 6 limit reached, 7 too many attempts, 8 not reachable, 9 unsafe data directory.
    """  # noqa: D301 - click wants the character itself: it keeps the lines below it as they are
    if data_dir is not None and server is not None and context.invoked_subcommand != "serve":
        data_dir, server = _nearer(context, data_dir, server)
    for logged in ("inkvault", "pypdf"):
        # Else what a service logs is printed here too, and what pypdf finds wrong beside what we say of it.
        logging.getLogger(logged).addHandler(logging.NullHandler())
    context.obj = Call(data_dir, server, vault, passphrase_file)


def _nearer(context: click.Context, data_dir: Path, server: str) -> tuple[Path | None, str | None]:
    """What the command line says stands above the environment; both in one place contradict each other."""
    line = click.core.ParameterSource.COMMANDLINE
    if context.get_parameter_source("data_dir") is context.get_parameter_source("server"):
        raise UsageError("Give a data directory or a server, not both.")
    return (data_dir, None) if context.get_parameter_source("data_dir") is line else (None, server)


for _command in (
    serve,
    doctor,
    backup_db,
    create,
    write,
    sessions,
    show,
    session,
    message,
    search,
    notebooks,
    templates,
    insights,
    cleanup,
    nuke,
    settings,
    export,
    verify_export,
    passphrase,
    recovery,
    slots,
    import_,
    verify,
    audit,
    forget,
):
    main.add_command(_command)
