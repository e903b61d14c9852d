"""``inkvault export`` and ``inkvault verify-export``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

import click

from vault.cli.call import Call, ask_secret, read_secret
from vault.cli.choose import find_notebook, find_sessions
from vault.cli.output import inert_line, json_option, number_of, print_json
from vault.errors import InkvaultError, ServiceError, UsageError

if TYPE_CHECKING:
    from vault.client import Vault
    from vault.client.moments import Moment
    from vault.transfer.age_keys import Recipient
    from vault.transfer.document import Counts, Document, MissingItem, Selection

_ENDINGS = {"json": ".json", "pdf": ".pdf", "markdown": ".zip", "backup": ".inkvault.age"}
_DAY = click.DateTime(formats=["%Y-%m-%d"])
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--format",
    "layout",
    type=click.Choice(list(_ENDINGS)),
    default="backup",
    show_default=True,
    help="backup is encrypted; anybody can read the others.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to make; with markdown also a folder.")
@click.option("--notebook", metavar="TITLE|ID", help="Only this notebook.")
@click.option("--session", "sessions", metavar="ID", multiple=True, help="Only this session; may be given repeatedly.")
@click.option("--since", type=_DAY, metavar="DAY", help="Only sessions last active on this day or later.")
@click.option("--until", type=_DAY, metavar="DAY", help="Only sessions last active on this day or earlier.")
@click.option("--recipient", metavar="age1…", help="Seal the backup for this key of age instead of a passphrase.")
@click.option(
    "--backup-passphrase-file", type=_FILE, help="Read the passphrase of the backup from this file instead of asking."
)
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of a PDF.")
@click.option("--with-trash", is_flag=True, help="Print sessions in the trash too.")
@click.option("--without-helper", is_flag=True, help="Do not print what the helper wrote.")
@click.option("--without-json", is_flag=True, help="Put nothing into the PDF but what is printed.")
@click.option("--skip-damaged", is_flag=True, help="Leave out what does not open, and list it, instead of stopping.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
@click.pass_obj
def export(call: Call, /, *, layout: str, output: Path | None, force: bool, as_json: bool, **options: Any) -> None:
    """Bring out everything, or a part.

    A backup is sealed with a passphrase of its own in the age format, so that any age tool opens it; it is read back
    before this ends. JSON holds everything too, and a PDF is a book with the JSON inside: inkvault import takes all
    three and loses nothing. (That JSON has everything, printed or not: to give the book to somebody, use
    --without-json.) Markdown is for reading. Sessions in the trash come along, marked as such. The file appears when
    it is whole, or not at all.
    """
    from vault.client.moments import Clock  # noqa: PLC0415 - keeps --help quick
    from vault.client.unlock import check_handle  # noqa: PLC0415
    from vault.transfer.collect import document_of  # noqa: PLC0415

    moment = Clock().now()
    path = output or Path(f"{_safe(check_handle(call.handle))}-{moment.day}{_ENDINGS[layout]}")
    if path.is_file() and not force:
        raise UsageError(f"{path} is there already; choose another name, or replace it with --force.")
    recipient = _recipient(call, layout, options)
    with call.unlock() as vault, _progress() as on_session:
        begun = vault.now()
        selection = _selection(vault, moment, options)
        with document_of(
            vault, moment, selection, skip_damaged=options["skip_damaged"], on_session=on_session
        ) as document:
            watched, missing = _watched(_something(document))
            book = _Book(vault.handle, options)
            counts = _write(watched, layout, path, recipient, book, force=force)
        if layout == "backup" and selection.is_all and not missing:
            _note_backup(vault, begun)
        report(vault, "export")
    if as_json:
        print_json({"file": str(path), "counts": counts, "missing": missing})
        return
    click.echo(f"{inert_line(str(path))}: {_summary(counts)}.")
    for item in missing:
        click.echo(f"Missing: {_line(item)}", err=True)


@click.command("verify-export")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--backup-passphrase-file", type=_FILE, help="Read the passphrase or identity of a backup from this file."
)
@json_option
def verify_export(*, file: Path, backup_passphrase_file: Path | None, as_json: bool) -> None:
    """Check a JSON export, the one inside a PDF, or a backup without a vault: its form, hashes and counts."""
    from vault.transfer.age_keys import parse_identity  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.verify import verify_file  # noqa: PLC0415

    def identity() -> Any:
        if backup_passphrase_file is not None:
            return parse_identity(read_secret(backup_passphrase_file))
        return parse_identity(ask_secret(f"Passphrase or identity of {inert_line(file.name)}"))

    found = verify_file(file, identity)
    if as_json:
        print_json({"ok": True, "vault_id": found.head.vault_id, "tool": found.head.tool, "counts": found.counts})
        return
    lacks = f"; it lacks {number_of(found.missing, 'item')} that did not open when it was made" if found.missing else ""
    click.echo(f"{_summary(found.counts)}: all is well{lacks}.")


def backup_recipient(call: Call, passphrase_file: Path | None) -> Recipient:
    """Whom a backup is sealed for that needs a passphrase: from the file, or asked for."""
    from vault.client.passphrases import check_strength  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.age_keys import Passphrase  # noqa: PLC0415

    text = (
        read_secret(passphrase_file)
        if passphrase_file is not None
        else ask_secret("New passphrase of the backup", twice=True, option="--backup-passphrase-file")
    )
    check_strength(text, call.handle)
    return Passphrase(text)


def back_up(vault: Vault, path: Path, recipient: Recipient, sessions: Collection[str] | None) -> str:
    """Make a sealed backup of these sessions, or of everything, and read it back; what it holds, in words.

    Nothing is noted in the vault, which stays in the state it is in.
    """
    from vault.client.moments import Clock  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.collect import document_of  # noqa: PLC0415
    from vault.transfer.document import Selection  # noqa: PLC0415

    selection = Selection(sessions=None if sessions is None else frozenset(sessions))
    with (
        _progress() as on_session,
        document_of(vault, Clock().now(), selection, skip_damaged=False, on_session=on_session) as document,
    ):
        counts = _write(document, "backup", path, recipient, _Book(vault.handle, {}), force=False)
    report(vault, "export")
    return _summary(counts)


def report(vault: Vault, event: Literal["export", "import"]) -> None:
    """Have the vault's log say so. What was done is done: that it cannot be logged is no failure."""
    try:
        vault.report(event)
    except InkvaultError as error:
        click.echo(f"inkvault: warning: the {event} is made, but not in the vault's log: {error}", err=True)


def _note_backup(vault: Vault, begun: int) -> None:
    """Let all devices know of it. The file is there and was read back: that it cannot be noted is no failure."""
    try:
        vault.note_backup(begun)
    except ServiceError as error:
        click.echo(f"inkvault: warning: the backup is made, but the vault could not note it: {error}", err=True)
        return
    days = vault.settings().backup_days
    click.echo(f"Another one is due in {number_of(days, 'day')}." if days else "Backups are not asked for.", err=True)


def _recipient(call: Call, layout: str, options: dict[str, Any]) -> Recipient | None:
    """Whom a backup is sealed for, asked before the vault is opened; for what is not sealed, a warning."""
    from vault.transfer.age_keys import PublicKey  # noqa: PLC0415 - keeps --help quick

    key, path = options["recipient"], options["backup_passphrase_file"]
    if layout != "backup":
        if key is not None or path is not None:
            raise UsageError("Only a backup is sealed; leave out its passphrase or choose --format backup.")
        click.echo("inkvault: warning: this file is not encrypted; whoever gets it can read all of it.", err=True)
        return None
    if key is not None:
        if path is not None:
            raise UsageError("Give --recipient or --backup-passphrase-file, not both.")
        return PublicKey.parse(key)
    return backup_recipient(call, path)


def _selection(vault: Vault, moment: Moment, options: dict[str, Any]) -> Selection:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - keeps --help quick

    from vault.transfer.document import Selection  # noqa: PLC0415

    def start(day: datetime | None, later: int = 0) -> int | None:
        if day is None:
            return None
        return int((day + timedelta(days=later)).replace(tzinfo=ZoneInfo(moment.zone)).timestamp() * 1000)

    notebook = options["notebook"]
    return Selection(
        notebook=None if notebook is None else find_notebook(vault, notebook).id,
        sessions=frozenset(find_sessions(vault, options["sessions"])) if options["sessions"] else None,
        since=start(options["since"]),
        until=start(options["until"], 1),
    )


class _Book(NamedTuple):
    """How a PDF is to be printed: the name on its cover, and the options of the command."""

    name: str
    options: Mapping[str, Any]


def _write(
    document: Document, layout: str, path: Path, recipient: Recipient | None, book: _Book, *, force: bool
) -> Counts:
    from vault.transfer.backup import make_backup  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.files import new_file  # noqa: PLC0415
    from vault.transfer.json_export import write_json  # noqa: PLC0415
    from vault.transfer.markdown import write_folder, write_zip  # noqa: PLC0415

    if layout == "markdown" and path.suffix.lower() != ".zip":
        return write_folder(document, path)
    with new_file(path, force=force) as stream:
        if recipient is not None:
            return make_backup(document, stream, recipient).counts
        if layout == "pdf":
            return _print(document, stream, book)
        return write_zip(document, stream) if layout == "markdown" else write_json(document, stream)


def _print(document: Document, stream: BinaryIO, book: _Book) -> Counts:
    from vault.transfer.pdf import Paper  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.pdf_export import PdfOptions, write_pdf  # noqa: PLC0415

    given = book.options
    paper = Paper[given["paper"].upper()]
    options = PdfOptions(paper, given["with_trash"], not given["without_helper"], not given["without_json"])
    return write_pdf(document, book.name, stream, options)


def _something(document: Document) -> Document:
    """The document. Raises UsageError when nothing is among what was chosen; a whole vault may be empty."""
    from vault.transfer.document import Document  # noqa: PLC0415 - keeps --help quick

    first = next(document.items, None)
    if first is None and not document.head.selection.is_all:
        raise UsageError("No session is among what is chosen; choose another notebook or other days.")
    return Document(document.head, document.items if first is None else chain((first,), document.items))


def _watched(document: Document) -> tuple[Document, list[MissingItem]]:
    """The document, and what it turns out to lack."""
    from vault.transfer.document import Document, MissingItem  # noqa: PLC0415 - keeps --help quick

    missing: list[MissingItem] = []

    def items() -> Iterator[Any]:
        for item in document.items:
            if isinstance(item, MissingItem):
                missing.append(item)
            yield item

    return Document(document.head, items()), missing


def _summary(counts: Counts) -> str:
    return f"{number_of(counts.sessions, 'session')} with {number_of(counts.messages, 'message')}"


def _line(item: MissingItem) -> str:
    named = [f"session {inert_line(item.title)}" if item.title else f"session {item.session}"]
    named += [f"record {item.record}"] if item.record else []
    return f"{inert_line(item.reason)} ({', '.join(named)})"


def _safe(name: str) -> str:
    """The vault's name as part of a file name."""
    return re.sub(r"[^\w-]+", "-", name, flags=re.UNICODE).strip("-") or "vault"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - wanted at terminals only

    with Console(stderr=True).status("Reading…") as status:
        yield lambda done, total: status.update(f"{done:,} of {number_of(total, 'session')}")
