"""``inkvault create``."""

from __future__ import annotations

import sys

import click

from vault.cli.call import Call, ask_secret, read_secret
from vault.cli.output import json_option, print_json, shown_unless_refused
from vault.errors import UsageError


@click.command()
@click.option("--generate-passphrase", is_flag=True, help="Make a passphrase of seven random words and print it.")
@json_option
@click.pass_obj
def create(call: Call, *, generate_passphrase: bool, as_json: bool) -> None:
    """Make a vault named with --vault. Prints its recovery key, once.

    The recovery key opens the vault when the passphrase is forgotten; nothing else does. Keep it on paper.
    """
    from vault import client  # noqa: PLC0415 - keeps --help quick

    name = call.vault
    if name is None:
        if not sys.stdin.isatty():
            raise UsageError("Name the vault: inkvault --vault NAME create.")
        name = click.prompt("Name of the vault", err=True)
    if generate_passphrase:
        if call.passphrase_file is not None:
            raise UsageError("Give --passphrase-file or --generate-passphrase, not both.")
        passphrase = client.generate_passphrase()
    elif call.passphrase_file is not None:
        passphrase = read_secret(call.passphrase_file)
    else:
        passphrase = ask_secret("New passphrase", twice=True)
    made = {"vault": name, "recovery_key": client.generate_recovery_key()}
    if generate_passphrase:
        made["passphrase"] = passphrase

    def show() -> None:
        if as_json:
            print_json(made)
            return
        click.echo("Write this down now: it is never shown again.", err=True)
        if generate_passphrase:
            click.echo(f"Passphrase: {passphrase}")
        click.echo(f"Recovery key: {made['recovery_key']}")

    with shown_unless_refused(show):
        vault, _ = client.Vault.create(name, passphrase, recovery_key=made["recovery_key"], **call.place)
        with vault:
            made |= {"vault": vault.handle, "vault_id": vault.vault_id}
