"""``inkvault import``."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from vault.cli.call import Call, ask_secret, read_secret
from vault.cli.output import inert_line, json_option, number_of, print_json
from vault.cli.transfer import report as report_event
from vault.errors import UsageError

if TYPE_CHECKING:
    from vault.transfer.passes import Job, OnProgress
    from vault.transfer.report import Report
    from vault.transfer.sources import Source

_LISTED = 20
_DOUBTS = {
    "zone_missing": ("time", "without a time zone; --zone says which one to take"),
    "time_missing": ("item", "without a time"),
    "time_ambiguous": ("time", "at an hour that summer time skips or has twice"),
    "cut": ("item", "with a part too long for its place, whole in the source item alone"),
    "split": ("text", "too long for one message, which became several"),
    "repaired": ("text", "with half a character, replaced"),
    "unknown_part": ("part", "of a kind that is not known"),
    "file_left_out": ("item", "with files, which are not taken over"),
    "missing_there": ("thing", "missing in the source itself"),
}
"""What there is of each doubt, and what is doubtful about it, of one and of many."""


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--from",
    "layout",
    default="auto",
    show_default=True,
    metavar="LAYOUT",
    help="What wrote it: inkvault, inkvault-backup, chatgpt, claude, dayone, jrnl, standardnotes, markdown, chat, pdf.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--duplicates",
    type=click.Choice(["skip", "replace", "copy"]),
    default="skip",
    show_default=True,
    help="What to do with what is there already: leave it; put it into the trash and take the other; take both.",
)
@click.option("--zone", default="UTC", show_default=True, metavar="NAME", help="The time zone of times without one.")
@click.option(
    "--backup-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the passphrase or identity of a sealed backup from this file instead of asking.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the full report here, as JSON.")
@json_option
@click.pass_obj
def import_(call: Call, /, *, source: Path, layout: str, report: Path | None, as_json: bool, **options: Any) -> None:
    """Take in what another tool, or Inkvault, has exported: a file, a zip, or a folder.

    FILE is read twice: once to see what would become of each item, then to take it in. Nothing that is there is
    changed unless --duplicates says so, and nothing is ever erased. Interrupt it (Ctrl-C) at any time: what is in
    stays, and the same command goes on from there. The report is saved with the vault.
    """
    from vault.transfer.importing import FailedImportError, preview, run  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.sources import open_source  # noqa: PLC0415

    dry_run: bool = options["dry_run"]
    failure: FailedImportError | None = None
    with open_source(source) as opened:
        job = _job(opened, layout, options)
        with call.unlock() as vault, _written(report) as write, _interruptible() as is_cancelled, _progress() as tell:
            receiver = vault.receiver()
            plan = preview(replace(job, is_cancelled=is_cancelled, on_progress=tell), receiver)
            done = plan.report
            if not dry_run and done.state != "cancelled":
                try:
                    done = run(plan, receiver)
                except FailedImportError as error:
                    failure, done = error, error.report
            write(done)
            if done.state == "done" and not dry_run:
                report_event(vault, "import")
    if as_json:
        print_json(done.fields())
    else:
        _show(done)
    if failure is not None:
        raise failure
    if done.state == "cancelled":
        whole = "what is in is whole, and the same command goes on from there"
        click.echo(f"Stopped: {'nothing was changed' if done.is_preview else whole}.", err=True)
        raise click.exceptions.Exit(130)


def _job(source: Source, layout: str, options: dict[str, Any]) -> Job:
    from vault.client.moments import Clock  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.passes import Job  # noqa: PLC0415
    from vault.transfer.plan import Duplicates  # noqa: PLC0415
    from vault.transfer.reading import ReadOptions, choose_reader  # noqa: PLC0415
    from vault.transfer.times import is_zone  # noqa: PLC0415

    if not is_zone(options["zone"]):
        raise UsageError(f"{options['zone']!r} is no time zone; give a name such as Europe/Lisbon.")
    passphrase_file: Path | None = options["backup_passphrase_file"]

    @cache
    def secret(prompt: str) -> str:
        if passphrase_file is not None:
            return read_secret(passphrase_file)
        interrupting = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return ask_secret(inert_line(prompt))
        finally:
            signal.signal(signal.SIGINT, interrupting)

    reader = choose_reader(source, layout)
    click.echo(f"{inert_line(source.path.name)} is read as: {reader.title} ({reader.name}).", err=True)
    read_options = ReadOptions(zone=options["zone"], now=Clock().now().ms, secret=secret)
    return Job(source, reader, read_options, Duplicates(options["duplicates"]))


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether the writer has interrupted; a second time interrupts at once."""
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: interrupted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A line that tells how far it is, where somebody can see it."""
    shown = False

    def tell(done: int, total: int) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            shown = True
            text = f"{done:,} of {total:,} messages" if total else f"{done:,} messages read"
            click.echo(f"\r{text}", nl=False, err=True)

    yield tell
    if shown:
        click.echo(err=True)


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[Report], None]]:
    """Writes the report to a file that is not there yet; finds that out before anything is done."""
    if path is None:
        yield lambda _report: None
        return
    from vault.transfer.files import new_file  # noqa: PLC0415 - keeps --help quick

    with new_file(path) as stream:
        yield lambda report: _put(stream.write, report)


def _put(write: Callable[[bytes], Any], report: Report) -> None:
    write(json.dumps(report.fields(), indent=2).encode() + b"\n")


def _show(report: Report) -> None:
    would = "would be " if report.is_preview else ""
    for kind, tally in sorted(report.tallies.items()):
        if tally.read:
            click.echo(
                f"{kind}: {tally.read:,} read, {tally.created:,} {would}created, {tally.duplicate:,} there already, "
                f"{tally.skipped:,} skipped"
            )
    if not any(tally.read for tally in report.tallies.values()):
        click.echo("There is nothing in it.")
    listed = [line for line in report.lines if line.outcome != "created"]
    for line in listed[:_LISTED]:
        click.echo(f"  {line.kind} {inert_line(line.name)[:60]}: {line.outcome}, {inert_line(line.reason)}")
    if len(listed) > _LISTED:
        click.echo(f"  and {len(listed) - _LISTED:,} more; --report FILE or --json has all")
    for doubt, found in report.doubts.items():
        what, why = _DOUBTS[doubt]
        examples = "; ".join(map(_example, found.examples))
        click.echo(f"Uncertain: {number_of(found.count, what)} {why} ({examples})")
    for name in report.left_out[:_LISTED]:
        click.echo(f"Left alone, being a link or no file: {inert_line(name)}")


def _example(text: str) -> str:
    return inert_line(text)[:60]
