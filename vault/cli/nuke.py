"""``inkvault nuke``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.call import Call
from vault.cli.erasure_words import DONE, PROBLEMS, show_proof, show_summary, summary_fields
from vault.cli.output import json_option, print_json
from vault.cli.texts import is_terminal
from vault.errors import ConflictError, UsageError

if TYPE_CHECKING:
    from vault.client import ErasurePlan, ErasureSummary, Proof, ToErase, Vault
    from vault.wire.models import Erasure

LAST_PAUSE = 5
"""Seconds in which it can still be stopped."""

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--session", "sessions", metavar="ID", multiple=True, help="This session; may be given repeatedly.")
@click.option("--message", "messages", metavar="ID", multiple=True, help="This message; may be given repeatedly.")
@click.option(
    "--earlier-texts", metavar="ID", multiple=True, help="What this message said before it was edited; it stays."
)
@click.option("--notebook", "notebooks", metavar="TITLE|ID", multiple=True, help="This notebook and its sessions.")
@click.option("--before", type=_DAY, metavar="DAY", help="Sessions last active before this day.")
@click.option("--trash", is_flag=True, help="All that is in the trash.")
@click.option("--all", "everything", is_flag=True, help="The whole vault.")
@click.option(
    "--export-first", type=_FILE, metavar="FILE", help="Make a sealed backup of it first, and read that back."
)
@click.option(
    "--backup-passphrase-file", type=_FILE, help="Read the passphrase of that backup from this file instead of asking."
)
@click.option("--dry-run", is_flag=True, help="Only show what would go, and the phrase that confirms it.")
@click.option("--confirm", metavar="PHRASE", help="The phrase, for scripts: it is not asked for, and nothing waits.")
@click.option(
    "--resume", metavar="VAULT/ERASURE", help="Wait for an erasure that was ordered before, and get its certificate."
)
@click.option(
    "--certificate",
    type=_FILE,
    metavar="FILE",
    help="Write the certificate here: JSON, or PDF (.pdf) with it inside.",
)
@json_option
@click.pass_obj
def nuke(call: Call, /, *, dry_run: bool, as_json: bool, confirm: str | None, **options: Any) -> None:
    """Erase for good: destroy the keys of what you choose, overwrite it, and certify that.

    This cannot be undone, not with a backup of the server either. It shows what goes, offers an export of it, and asks
    for a phrase and for the passphrase again. Messages are named by their ids alone, as inkvault show prints them.
    The certificate says what was erased and how, without a word of it; keep it with its verifier key.
    """
    if options["resume"] is not None:
        _print(_resume(call, options["resume"], options["certificate"]), as_json=as_json)
        return
    with call.unlock() as vault:
        what = _choice(vault, options)
        plan, summary = vault.plan_erasure(what)
        if dry_run:
            _show(summary, as_json=as_json)
            return
        if confirm is None and not is_terminal():
            raise UsageError('Nobody can be asked here; give --confirm "PHRASE", which --dry-run shows.')
        nuke = _Nuke(call, vault, confirm, options["export_first"], options["backup_passphrase_file"])
        while True:
            try:
                proof = nuke.carry_out(plan, summary, options["certificate"])
                break
            except ConflictError as error:
                if confirm is not None:
                    raise
                click.echo(f"inkvault: {error}", err=True)
                plan, summary = vault.plan_erasure(what)
    _print(proof, as_json=as_json)


def _print(proof: Proof, *, as_json: bool) -> None:
    if as_json:
        print_json({"certificate": json.loads(proof.data), "verifier_key": str(proof.key)})
    else:
        show_proof(proof)


def _resume(call: Call, ids: str, certificate: Path | None) -> Proof:
    """Wait for an erasure that goes on without anybody, and write its certificate."""
    from vault.client import Vault  # noqa: PLC0415 - keeps --help quick

    vault_id, _, erasure_id = ids.partition("/")
    path = certificate or _default_path(erasure_id)
    with _certificate_files(path) as write:
        proof = Vault.resume_erasure(vault_id, erasure_id, **call.place, on_progress=_Steps())
        write(proof)
    _tell_place(path)
    return proof


def _choice(vault: Vault, options: dict[str, Any]) -> ToErase:
    from vault.cli.choose import find_messages, find_notebook, find_sessions  # noqa: PLC0415 - keeps --help quick
    from vault.client import ToErase  # noqa: PLC0415

    found = find_messages(vault, (*options["messages"], *options["earlier_texts"]))
    number = len(options["messages"])
    before: datetime | None = options["before"]
    what = ToErase(
        sessions=tuple(find_sessions(vault, options["sessions"])),
        messages=tuple(found[:number]),
        earlier_texts=tuple(found[number:]),
        notebooks=tuple(find_notebook(vault, text).id for text in options["notebooks"]),
        before=None if before is None else _start_of(before),
        trash=options["trash"],
        everything=options["everything"],
    )
    if what == ToErase():
        raise UsageError(
            "Say what: --session, --message, --earlier-texts, --notebook, --before, --trash or --all; see --help."
        )
    return what


def _start_of(day: datetime) -> int:
    """The beginning of a day here, in milliseconds since 1970."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - keeps --help quick

    from vault.client.moments import Clock  # noqa: PLC0415

    return int(day.replace(tzinfo=ZoneInfo(Clock().now().zone)).timestamp() * 1000)


def _show(summary: ErasureSummary, *, as_json: bool) -> None:
    if as_json:
        print_json(summary_fields(summary))
    else:
        show_summary(summary)
        click.echo(f'To confirm: "{summary.phrase}".')


@dataclass(slots=True)
class _Nuke:
    """Everything that stands between what goes and its certificate. `confirm` None: somebody is there to be asked."""

    call: Call
    vault: Vault
    confirm: str | None
    backup: Path | None
    backup_passphrase_file: Path | None
    has_backup: bool = False

    def carry_out(self, plan: ErasurePlan, summary: ErasureSummary, certificate: Path | None) -> Proof:
        """Show it, back it up, have it confirmed twice, wait, erase. ConflictError: it must be shown anew."""
        if self.confirm is None:
            show_summary(summary)
        if not self.has_backup:
            self._back_up(plan)
            self.has_backup = True  # one is enough, however often it must be shown
        phrase = self.confirm
        if phrase is None:
            phrase = click.prompt(f'To erase this for good, type "{summary.phrase}"', err=True)
        if not summary.is_confirmed_by(phrase):
            raise UsageError(f'The phrase is "{summary.phrase}"; nothing was erased.')
        secret = self.call.secret_again(is_asked=self.confirm is None)
        path = certificate or _default_path(plan.erasure_id.hex())
        proof = None
        try:
            with _certificate_files(path) as write:
                if self.confirm is None:
                    _last_pause()
                with _telling(plan):
                    proof = self.vault.carry_out(plan, **secret, on_progress=_Steps())
                write(proof)
        except BaseException:
            if proof is not None:
                click.echo("inkvault: it is erased, but its certificate could not be written; keep this:", err=True)
                click.echo(f"{proof.data.decode()}{proof.key}")
            raise
        _tell_place(path)
        return proof

    def _back_up(self, plan: ErasurePlan) -> None:
        """Make a sealed backup of the sessions that go or lose something; where other things go too, of everything."""
        path = self.backup
        if path is None and self.confirm is None:
            if not click.confirm("Make a sealed backup of it first?", default=True, err=True):
                return
            default = Path(f"before-nuke-{plan.erasure_id.hex()[:8]}.inkvault.age")
            path = click.prompt("File", type=_FILE, default=default, err=True)
        if path is None:
            return
        from vault.cli.transfer import back_up  # noqa: PLC0415 - keeps --help quick

        taken = plan.taken
        is_all = taken.everything or bool(taken.root)
        sessions = None if is_all else {each.hex() for each in (*taken.sessions, *taken.parts)}
        held = back_up(self.call, self.vault, path, self.backup_passphrase_file, sessions)
        click.echo(f"{path}: {held}, read back.", err=True)


@contextmanager
def _certificate_files(path: Path) -> Iterator[Callable[[Proof], None]]:
    """Writes the certificate and the key that checks it to files that are not there yet; finds that out first."""
    from vault.transfer.certificate import write_pdf  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.files import new_file  # noqa: PLC0415

    with new_file(path) as file, new_file(_key_path(path)) as key_file:

        def write(proof: Proof) -> None:
            if path.suffix.lower() == ".pdf":
                write_pdf(proof.data, proof.certificate, proof.key, file)
            else:
                file.write(proof.data)
            key_file.write(f"{proof.key}\n".encode())

        yield write


def _key_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.key")


def _last_pause() -> None:
    click.echo("Ctrl-C stops it now; after that nothing does.", err=True)
    for left in range(LAST_PAUSE, 0, -1):
        click.echo(f"\rErasing in {left} s … ", nl=False, err=True)
        time.sleep(1)
    click.echo(err=True)


@contextmanager
def _telling(plan: ErasurePlan) -> Iterator[None]:
    """Whoever stops waiting, or cannot wait any more, is told that the erasure does not stop."""
    try:
        yield
    except BaseException:
        if plan.ordered is not None:
            ids = f"{plan.vault_id.hex()}/{plan.erasure_id.hex()}"
            click.echo("\nThe order was sent, and what it orders goes on without you.", err=True)
            click.echo(f"For its certificate: inkvault nuke --resume {ids}", err=True)
        raise


class _Steps:
    """Says step by step how far it is, also of steps that passed unseen, and what is in the way."""

    def __init__(self) -> None:
        self._left = list(DONE)

    def __call__(self, state: Erasure) -> None:
        while state.state in self._left:
            click.echo(DONE[self._left.pop(0)], err=True)
        if state.problem is not None:
            click.echo(PROBLEMS[state.problem], err=True)


def _default_path(erasure_id: str) -> Path:
    return Path(f"inkvault-certificate-{erasure_id[:8]}.json")


def _tell_place(path: Path) -> None:
    click.echo(f"The certificate is in {path}; its verifier key is in {_key_path(path)}. Keep both.", err=True)
