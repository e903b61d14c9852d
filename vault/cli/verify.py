"""``inkvault verify``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from vault.cli.call import Call
from vault.cli.output import inert_line, json_option, number_of, print_json
from vault.errors import IntegrityError

if TYPE_CHECKING:
    from vault.client import Fault


@click.command()
@json_option
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Open and check every record of the vault. Names all that is wrong, and then ends with exit code 4."""
    from vault.client import Vault  # noqa: PLC0415 - keeps --help quick

    call: Call = context.obj
    with _progress() as on_record:
        report = Vault.examine(call.handle, **call.secret_arguments(), **call.place, on_record=on_record)
    if as_json:
        print_json({"ok": report.ok} | {item.name: getattr(report, item.name) for item in fields(report)})
    else:
        for fault in report.faults:
            click.echo(_line(fault))
        verdict = number_of(len(report.faults), "fault") if report.faults else "all is well"
        click.echo(f"{number_of(report.containers, 'container')}, {number_of(report.records, 'record')}: {verdict}.")
        if report.ok and report.fingerprint is not None:
            click.echo(f"State number {report.fingerprint.seq}, code {report.fingerprint.code}.")
    if not report.ok:
        context.exit(IntegrityError.exit_code)


def _line(fault: Fault) -> str:
    place = [f"session {inert_line(fault.title)}" if fault.title else ""]
    place += [
        f"container {fault.container}" if fault.container else "",
        f"record {fault.record}" if fault.record else "",
    ]
    named = ", ".join(part for part in place if part)
    return f"{inert_line(fault.what)} ({named})" if named else inert_line(fault.what)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console  # noqa: PLC0415 - wanted at terminals only

    with Console(stderr=True).status("Reading…") as status:

        def on_record(count: int) -> None:
            if count % 500 == 0:
                status.update(f"{count} records checked")

        yield on_record
