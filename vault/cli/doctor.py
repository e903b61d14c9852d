"""``inkvault doctor``."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from vault.cli.call import Call
from vault.cli.output import inert_line, json_option, print_json
from vault.errors import StorageError, UsageError


@click.command()
@click.option(
    "--shrink", is_flag=True, help="Give back the room that erased text has left. The service must be stopped."
)
@click.option(
    "--new-audit-key", is_flag=True, help="Make audit.key anew when it is lost for good; asks first. Stop the service."
)
@json_option
@click.pass_context
def doctor(context: click.Context, *, shrink: bool, new_audit_key: bool, as_json: bool) -> None:
    """Look at what decides how far an erasure can be believed, and say what to do. For hosts.

    It looks at the file system, permissions, keys, the database, erasures that are not done, free space, synchronised
    folders, swap and core dumps, and says which verdict a certificate would have. Set INKVAULT_DATABASE_URL as for
    serve where the database is PostgreSQL. Ends with exit code 9 when something keeps the service from working.
    """
    from vault.cli.place import DATABASE_URL, data_directory, sqlite_directory  # noqa: PLC0415 - keeps --help quick
    from vault.erase.checkup import examine, is_safe, verdict  # noqa: PLC0415
    from vault.erase.shrink import shrink_database  # noqa: PLC0415

    call: Call = context.obj
    if new_audit_key:
        _renew_audit_key(data_directory(call))
    if shrink:
        before, after = shrink_database(sqlite_directory(call))
        click.echo(f"The database had {before:,} bytes, and has {after:,} now.", err=as_json)
    directory, database_url = data_directory(call), os.environ.get(DATABASE_URL) or None
    findings = examine(directory, database_url)
    name, reason = verdict(directory, is_sqlite=database_url is None)
    if as_json:
        shown = [{**asdict(finding), "level": finding.level.value} for finding in findings]
        print_json({"data_dir": str(directory), "verdict": name, "reason": reason, "findings": shown})
    else:
        for finding in findings:
            click.echo(f"{finding.level.value:8} {finding.subject}: {inert_line(finding.seen)}")
            if finding.advice:
                click.echo(f"{'':8} → {inert_line(finding.advice)}")
        click.echo(f"A certificate made here says {name}{f' ({reason})' if reason else ''}.")
    if not is_safe(findings):
        context.exit(StorageError.exit_code)


def _renew_audit_key(path: Path) -> None:
    from vault.storage.directory import DataDirectory  # noqa: PLC0415 - keeps --help quick

    if not (path / "keys").is_dir():
        raise UsageError(f"There are no vaults in {path}; name the right directory with --data-dir.")
    directory = DataDirectory(path)
    directory.check_audit_key_lost()
    click.confirm(
        "With a new audit.key every device refuses its vault, as if the log had been exchanged, until its writer runs "
        "inkvault audit accept there. Certificates made before still hold under the old verifier key. If a copy of the "
        "old key is left anywhere, put it back instead. The service must be stopped. Make a new key?",
        abort=True,
        err=True,
    )
    directory.audit_key(is_new=True)
    click.echo("audit.key was made anew. Tell each writer to run: inkvault audit accept", err=True)
