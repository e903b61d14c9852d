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
from vault.errors import ConflictError, HostileDataError, UsageError

if TYPE_CHECKING:
    from vault.client import ErasurePlan, ErasureSummary, Proof, ToErase, Vault
    from vault.transfer.age_keys import Recipient
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
        backup = _Backup(call, vault, options["export_first"], options["backup_passphrase_file"])
        if not dry_run:
            backup.prepare()
        what = _choice(vault, options)
        plan, summary = vault.plan_erasure(what)
        if dry_run:
            _show(summary, as_json=as_json)
            return
        if confirm is None and not is_terminal():
            raise UsageError('Nobody can be asked here; give --confirm "PHRASE", which --dry-run shows.')
        nuke = _Nuke(call, vault, confirm, backup)
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
class _Backup:
    """The backup of what goes: of the sessions that go or lose something; where other things go too, of everything."""

    call: Call
    vault: Vault
    path: Path | None
    passphrase_file: Path | None
    _recipient: Recipient | None = None
    _is_settled: bool = False

    def prepare(self) -> None:
        """Have its passphrase before anything else, where it is known that there will be one."""
        if self.path is not None:
            self._sealed_for()

    def make(self, plan: ErasurePlan, *, is_asked: bool) -> None:
        """Make it and read it back, or have it declined; once, however often what goes must be shown."""
        if self._is_settled:
            return
        if (
            self.path is None
            and is_asked
            and click.confirm("Make a sealed backup of it first?", default=True, err=True)
        ):
            default = Path(f"before-nuke-{plan.erasure_id.hex()[:8]}.inkvault.age")
            self.path = click.prompt("File", type=_FILE, default=default, err=True)
        if self.path is not None:
            from vault.cli.transfer import back_up  # noqa: PLC0415 - keeps --help quick

            taken = plan.taken
            is_all = taken.everything or bool(taken.root)
            sessions = None if is_all else {each.hex() for each in (*taken.sessions, *taken.parts)}
            held = back_up(self.vault, self.path, self._sealed_for(), sessions)
            click.echo(f"{self.path}: {held}, read back.", err=True)
        self._is_settled = True

    def _sealed_for(self) -> Recipient:
        from vault.cli.transfer import backup_recipient  # noqa: PLC0415 - keeps --help quick

        if self._recipient is None:
            self._recipient = backup_recipient(self.call, self.passphrase_file)
        return self._recipient


@dataclass(slots=True)
class _Nuke:
    """Everything that stands between what goes and its certificate. `confirm` None: somebody is there to be asked."""

    call: Call
    vault: Vault
    confirm: str | None
    backup: _Backup

    def carry_out(self, plan: ErasurePlan, summary: ErasureSummary, certificate: Path | None) -> Proof:
        """Show it, back it up, have it confirmed twice, wait, erase. ConflictError: it must be shown anew."""
        is_asked = self.confirm is None
        if is_asked:
            show_summary(summary)
        self.backup.make(plan, is_asked=is_asked)
        phrase = self.confirm
        if phrase is None:
            phrase = click.prompt(f'To erase this for good, type "{summary.phrase}"', err=True)
        if not summary.is_confirmed_by(phrase):
            raise UsageError(f'The phrase is "{summary.phrase}"; nothing was erased.')
        path = certificate or _default_path(plan.erasure_id.hex())
        proof = None
        try:
            with _certificate_files(path) as write:
                with _telling(plan, is_embedded=self.call.server is None):
                    secret = self.call.secret_again(is_asked=is_asked)
                    if is_asked:
                        self.vault.check_secret(**secret)
                        _last_pause()
                    proof = self.vault.carry_out(plan, **secret, on_progress=_Steps())
                write(proof)
        except BaseException:
            if proof is not None:
                click.echo("inkvault: it is erased, but its certificate could not be written; keep this:", err=True)
                click.echo(f"{proof.data.decode()}{proof.key}")
            raise
        _tell_place(path)
        return proof


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
def _telling(plan: ErasurePlan, *, is_embedded: bool) -> Iterator[None]:
    """Whoever stops waiting, or cannot wait any more, is told what becomes of the erasure."""
    try:
        yield
    except BaseException as error:
        click.echo(err=True)
        click.echo(_what_becomes(plan, error, is_embedded=is_embedded), err=True)
        raise


def _what_becomes(plan: ErasurePlan, error: BaseException, *, is_embedded: bool) -> str:
    if plan.ordered is None:
        return "Nothing was erased."
    ids = f"{plan.vault_id.hex()}/{plan.erasure_id.hex()}"
    if not plan.is_accepted:
        return f"It is not known whether the order arrived. This tells: inkvault nuke --resume {ids}"
    if isinstance(error, HostileDataError):
        return "The order was sent, and the service does not prove that it was carried out."
    way = "goes on at the next inkvault command here" if is_embedded else "goes on without you"
    return f"The order was sent; what it orders {way}.\nFor its certificate: inkvault nuke --resume {ids}"


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
