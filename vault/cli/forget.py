"""``inkvault forget``."""

from __future__ import annotations

import click

from vault.cli.call import Call
from vault.cli.output import inert_line


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(call: Call, *, yes: bool) -> None:
    """Forget what this device knows of a vault; asks first. The vault itself stays as it is.

    Wanted when a server was set up anew or restored from a backup on purpose: this device refuses both until then.
    """
    from vault.client import Vault  # noqa: PLC0415 - keeps --help quick
    from vault.client.connect import place_name  # noqa: PLC0415

    if not yes:
        named = inert_line(f"{call.handle} at {place_name(call.data_dir, call.server)}")
        click.confirm(
            f"Of the vault {named} this device forgets which vault it is and the newest state it has seen. "
            "The next unlock will not notice when the vault was exchanged or is older; compare the code it shows then. "
            "Forget it?",
            abort=True,
            err=True,
        )
    Vault.forget(call.handle, **call.place)
