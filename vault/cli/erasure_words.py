"""How the command line speaks of erasures. The words of the verdicts are those of docs/ERASURE.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import click

from vault.cli.output import inert_line, number_of, when

if TYPE_CHECKING:
    from vault.client import ErasedItem, ErasureSummary, Proof

_LISTED = 20
_KINDS: Final[Mapping[str, str]] = {
    "notebook": "notebook",
    "session": "session",
    "message": "message",
    "template": "template",
    "earlier_texts": "earlier text",
    "report": "report of an import",
}
DONE: Final[Mapping[str, str]] = {
    "requested": "Ordered. Nobody can read or change any of it any more.",
    "keys": "Its keys were overwritten, and that was read back.",
    "rows": "The encrypted text was taken out of the database.",
    "scrubbed": "What the database kept of it was overwritten.",
    "done": "Searched for samples of it, and certified.",
}
"""What has been done when a state is reached."""
PROBLEMS: Final[Mapping[str, str]] = {
    "busy": "Somebody reads the database for long, so it cannot be overwritten yet; it is tried again.",
    "keys": "A key can still be read, or its file cannot be written; look at the disk of the key directory.",
    "disk": "The disk of the service is full, read-only or faulty; mend that, it is tried again.",
    "found": "The search found a sample of what should be gone; it is overwritten and searched again.",
    "scan": "The search could not be made; it is tried again.",
}


def show_summary(summary: ErasureSummary) -> None:
    """Print what would go."""
    for item in summary.items[:_LISTED]:
        span = (
            "" if item.first_at is None or item.last_at is None else f"  {when(item.first_at)} – {when(item.last_at)}"
        )
        number = f"  ({number_of(item.count, 'record')})" if item.kind == "session" else ""
        click.echo(f"{_KINDS[item.kind]:<9} {item.id[:8]}  {inert_line(item.title)}{span}{number}")
    if len(summary.items) > _LISTED:
        click.echo(f"and {len(summary.items) - _LISTED:,} more; --dry-run --json lists all")
    click.echo(f"{number_of(summary.records, 'record')} in all, {summary.bytes:,} bytes, sealed.")
    if summary.resealed:
        rest = number_of(summary.resealed, "record")
        click.echo(f"{rest} beside it stay as they are, sealed anew under {number_of(summary.rekeyed, 'new key')}.")


def _about(item: ErasedItem) -> str:
    span = "" if item.first_at is None or item.last_at is None else f"  {when(item.first_at)} – {when(item.last_at)}"
    if item.kind == "session":
        return f"{span}  ({number_of(item.count, 'record')})"
    return f"{span}  ({number_of(item.count, 'text')})" if item.kind == "earlier_texts" else span


def summary_fields(summary: ErasureSummary) -> dict[str, Any]:
    """What would go, as plain data; `confirm` is the phrase."""
    shown = {each.name: getattr(summary, each.name) for each in fields(summary)}
    return {**shown, "counts": dict(summary.counts), "confirm": shown.pop("phrase")}


def show_proof(proof: Proof) -> None:
    """Print what a certificate says."""
    from vault.audit.statement import NOT_COVERED  # noqa: PLC0415 - keeps --help quick
    from vault.transfer.certificate import TITLE, evidence_of, meaning_of, rows_of  # noqa: PLC0415

    statement = proof.certificate.statement
    click.echo(f"{TITLE}: {statement.verdict}")
    click.echo(meaning_of(statement))
    for row in (*rows_of(proof.certificate), *evidence_of(proof.certificate, proof.key)):
        click.echo(f"{row.name}: {inert_line(row.value)}")
    click.echo("Not covered:")
    for sentence in NOT_COVERED:
        click.echo(f"  {sentence}")
