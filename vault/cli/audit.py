"""``inkvault audit``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vault.cli.call import Call
from vault.cli.erasure_words import show_proof
from vault.cli.output import inert_line, json_option, print_json, when
from vault.errors import UsageError
from vault.wire.limits import MAX_CERTIFICATE_BYTES

if TYPE_CHECKING:
    from vault.client.auditing import LogEntry

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_MAX_PDF_BYTES: Final = 16 * 2**20
_WORDS: Final[Mapping[str, str]] = {
    "created": "vault created",
    "login": "unlocked with {kind}",
    "failed_logins": "{count} failed to unlock it before this",
    "slots": "secrets changed: {added} added, {destroyed} destroyed",
    "export": "export made, as a client of yours reported",
    "import": "import made, as a client of yours reported",
    "ordered": "erasure {order} ordered",
    "erasure": "erasure finished: {verdict}",
    "failed": "erasure {order} did not go on: {problem}",
}
_KINDS: Final[Mapping[str, str]] = {
    "passphrase": "the passphrase",
    "recovery": "the recovery key",
    "passkey": "a passkey",
}


@click.group()
def audit() -> None:
    """The log of a vault, and certificates of erasures."""


@audit.command()
@json_option
@click.pass_obj
def show(call: Call, *, as_json: bool) -> None:
    """List what happened to the vault. The log is checked entry by entry against what this device has seen of it."""
    with call.unlock() as vault:
        log = vault.audit()
    if as_json:
        entries = [{"index": each.index, "time": each.time, **each.detail} for each in log.entries]
        print_json({"entries": entries, "verifier_key": str(log.key)})
        return
    for entry in log.entries:
        click.echo(f"{when(datetime.fromtimestamp(entry.time).astimezone())}  {_words(entry)}")
    click.echo(f"{_count(len(log.entries))}: all is well.")


@audit.command()
@click.argument("certificate", type=_FILE, required=False)
@click.option("--key", metavar="KEY|FILE", help="The verifier key; without it, one that this device knows.")
@json_option
@click.pass_obj
def verify(call: Call, *, certificate: Path | None, key: str | None, as_json: bool) -> None:
    """Check a certificate (its JSON, or the PDF with it inside), offline; without one, the log of the vault.

    Ends with exit code 4 when it does not hold. Take the verifier key from where you kept it, not from whoever gives
    you the certificate.
    """
    if certificate is None:
        if key is not None:
            raise UsageError("Name the certificate that the key is for.")
        with call.unlock() as vault:
            log = vault.audit()
        state = {"size": log.checkpoint.size, "root": log.checkpoint.root}
        if as_json:
            print_json({"ok": True, **state, "verifier_key": str(log.key)})
        else:
            click.echo(f"{_count(log.checkpoint.size)}: all is well.")
        return
    from vault.client.certificates import check_certificate  # noqa: PLC0415 - keeps --help quick

    proof = check_certificate(_read(certificate), _key_text(key))
    if as_json:
        print_json({"ok": True, "statement": proof.certificate.statement.payload(), "verifier_key": str(proof.key)})
    else:
        show_proof(proof)
        click.echo("It holds.")


@audit.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def accept(call: Call, *, yes: bool) -> None:
    """Take the log that the service shows now as the true one, although this device has seen another; asks first.

    Wanted when whoever runs the service has lost the key of the log (audit.key): your devices refuse the vault until
    then. Each device that has seen the old log needs it once. Your text is checked as ever.
    """
    if not yes:
        click.confirm(
            f"The log of the vault {inert_line(call.handle)} is not the one that this device has seen. Whoever runs "
            "the service may have lost its key, or hides what happened: nobody can tell from here, and entries of the "
            "old log are proven no more. Go on only when they told you so. Accept the log as it is now?",
            abort=True,
            err=True,
        )
    with call.unlock(accept_log=True) as vault:
        log = vault.audit()
    click.echo(f"{_count(len(log.entries))}. The verifier key is now {log.key}.")


@audit.command("key")
@click.pass_obj
def key_(call: Call) -> None:
    """Print the verifier key of the vault, as this device knows it. It checks certificates, and is no secret."""
    from vault.client.certificates import verifier_key  # noqa: PLC0415 - keeps --help quick

    click.echo(str(verifier_key(call.handle, **call.place)))


def _words(entry: LogEntry) -> str:
    detail: dict[str, Any] = {name: _value(name, value) for name, value in entry.detail.items()}
    return inert_line(_WORDS[entry.detail["type"]].format_map({**_NOTHING, **detail}))


_NOTHING: Final = dict.fromkeys(("kind", "count", "added", "destroyed", "order", "verdict", "problem"), "?")
"""For what a service left out: it is its own log, and shown as it is."""


def _value(name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if name == "order":
        return str(value)[:8]
    return _KINDS.get(str(value), str(value)) if name == "kind" else str(value)


def _count(size: int) -> str:
    return f"{size:,} entry" if size == 1 else f"{size:,} entries"


def _key_text(key: str | None) -> str | None:
    """The key itself, or what is in the file of that name."""
    if key is None or "+" in key:
        return key
    try:
        return Path(key).read_text("ascii")[:1_000]
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{key} is neither a verifier key nor a file with one.") from None


def _read(path: Path) -> bytes:
    """The bytes of a certificate; out of a PDF those of the one attached. Raises UsageError."""
    with path.open("rb") as stream:
        data = stream.read(_MAX_PDF_BYTES)
    if not data.startswith(b"%PDF-"):
        return data[: MAX_CERTIFICATE_BYTES + 1]
    import io  # noqa: PLC0415 - wanted for PDFs only

    from pypdf import PdfReader  # noqa: PLC0415

    from vault.transfer.certificate import ATTACHMENT  # noqa: PLC0415

    try:
        (attached,) = PdfReader(io.BytesIO(data)).attachments[ATTACHMENT]
    except Exception as error:  # a PDF can be wrong in more ways than pypdf has errors for
        raise UsageError(f"{path.name} has no certificate of Inkvault inside.") from error
    return attached
