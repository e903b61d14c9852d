"""``inkvault backup-db``."""

from __future__ import annotations

from pathlib import Path

import click

from vault.cli.call import Call
from vault.cli.output import json_option, print_json


@click.command("backup-db")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_obj
def backup_db(call: Call, *, file: Path, as_json: bool) -> None:
    """Copy the database of a data directory to FILE, for hosts; the service may go on.

    The copy holds ciphertext and never keys: what is erased later stays erased, whoever has the copy. To restore it,
    stop the service and put it in the place of inkvault.db, without the files inkvault.db-wal and inkvault.db-shm.
    Leave keys/ as it is. A device that has unlocked or written since the copy was made then refuses its vault as rolled
    back, as it must, until its writer says that it was on purpose: inkvault forget. What a writer wants for a backup is
    the encrypted export.
    """
    from vault.cli.place import sqlite_directory  # noqa: PLC0415 - keeps --help quick
    from vault.storage.backup import back_up_database  # noqa: PLC0415

    size = back_up_database(sqlite_directory(call), file)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        click.echo(f"{file}: {size:,} bytes, without keys. It opens with the key files as they are then.")
