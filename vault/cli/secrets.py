"""``inkvault passphrase``, ``recovery`` and ``slots``."""

from __future__ import annotations

from pathlib import Path

import click

from vault.cli.call import Call, ask_secret, read_secret
from vault.cli.choose import find_id
from vault.cli.output import inert_line, json_option, print_json, shown_unless_refused, when


@click.group()
def passphrase() -> None:
    """Change the passphrase."""


@passphrase.command()
@click.option(
    "--new-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the new passphrase from this file instead of asking.",
)
@click.pass_obj
def change(call: Call, *, new_passphrase_file: Path | None) -> None:
    """Replace the passphrase; the old one opens nothing any more.

    The vault is unlocked with the passphrase or, when that is forgotten, with the recovery key.
    """
    with call.unlock() as vault:
        new = (
            ask_secret("New passphrase", twice=True)
            if new_passphrase_file is None
            else read_secret(new_passphrase_file)
        )
        vault.change_passphrase(call.secret(), new)


@click.group()
def recovery() -> None:
    """Replace the recovery key."""


@recovery.command()
@json_option
@click.pass_obj
def replace(call: Call, *, as_json: bool) -> None:
    """Make a new recovery key and print it, once; the old one opens nothing any more."""
    from vault.client import generate_recovery_key  # noqa: PLC0415 - keeps --help quick

    key = generate_recovery_key()

    def show() -> None:
        if as_json:
            print_json({"recovery_key": key})
            return
        click.echo("Write this down now: it is never shown again.", err=True)
        click.echo(f"Recovery key: {key}")

    with call.unlock() as vault, shown_unless_refused(show):
        vault.replace_recovery_key(key)
        vault.confirm()


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def slots(context: click.Context, *, as_json: bool) -> None:
    """List what opens the vault; or remove one.

    When each was last used is said as far as the service tells.
    """
    if context.invoked_subcommand is not None:
        return
    call: Call = context.obj
    with call.unlock() as vault:
        listed = vault.slots()
    if as_json:
        print_json(listed)
        return
    for slot in listed:
        used = "never used" if slot.last_used_at is None else f"last used {when(slot.last_used_at)}"
        note = ", opened this vault now" if slot.current else ""
        click.echo(
            f"{slot.id[:8]}  {slot.kind:<10}  made {when(slot.created_at)}, {used}{note}  {inert_line(slot.label)}"
        )


@slots.command()
@click.argument("slot_id", metavar="ID")
@click.pass_obj
def remove(call: Call, *, slot_id: str) -> None:
    """Destroy a slot: its secret opens nothing any more. ID may be shortened."""
    with call.unlock() as vault:
        vault.remove_slot(find_id("slot", slot_id, (slot.id for slot in vault.slots())))
