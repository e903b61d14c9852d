"""The certificate of an erasure in words, to be shown or printed (docs/ERASURE.md §4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Final, NamedTuple

from vault.audit.certificate import Certificate
from vault.audit.checkpoint import VerifierKey
from vault.audit.statement import NOT_COVERED, Statement

TITLE: Final = "Certificate of an erasure"
ATTACHMENT: Final = "inkvault-certificate.json"
VERDICTS: Final[Mapping[str, str]] = {
    "VERIFIED": "The keys were destroyed and that was read back; the encrypted text was overwritten where it lay, on a "
    "file system that writes in place; the search found none of the samples.",
    "LIMITED": "The keys were destroyed and that was read back; the encrypted text was overwritten; the search found "
    "none of the samples. But this file system may keep older blocks of keys or text, which no program can reach.",
    "KEYS_ONLY": "The keys were destroyed and that was read back, and the rows were deleted. Overwriting the encrypted "
    "text is not claimed, since this database (PostgreSQL) does not let anybody see to that.",
}
REASONS: Final[Mapping[str, str]] = {
    "copy_on_write": "it writes what changes to another place",
    "journaled_data": "it writes data to a journal first",
    "layered": "it is stacked on another one",
    "memory": "it lies in memory, which may be swapped out",
    "network": "it lies on another machine",
    "unknown_file_system": "it is one that Inkvault does not know",
    "database_server": "a database server keeps the text",
}
_CHECKING: Final = (
    "It can be checked without the service, with the verifier key alone: inkvault audit verify, or by hand after "
    "docs/ERASURE.md §4.2."
)


class Row(NamedTuple):
    """One thing that a certificate says."""

    name: str
    value: str


def meaning_of(statement: Statement) -> str:
    """The verdict in a sentence or two, with the reason."""
    words = VERDICTS[statement.verdict]
    if statement.verdict != "LIMITED":
        return words
    return f"{words[:-1]}: {REASONS[statement.reason]} ({statement.file_system})."


def rows_of(certificate: Certificate) -> Iterator[Row]:
    """What was done, for writers."""
    stated = certificate.statement
    whole = "the whole vault: " if stated.scope == "vault" else ""
    yield Row("What", f"{whole}{_number(stated.containers, 'session')}, {_number(stated.records, 'record')} in all")
    if stated.rekeyed:
        rest = f"{_number(stated.resealed, 'record')} sealed anew"
        yield Row("What stayed beside it", f"{rest} under {_number(stated.rekeyed, 'new key')}")
    yield Row("How much", f"{stated.bytes:,} bytes of encrypted text")
    yield Row("Ordered", _moment(stated.requested_at))
    yield Row("Finished", _moment(stated.finished_at))
    yield Row("Keys", f"{_number(stated.keys, 'entry', 'entries')} overwritten, each read back")
    if stated.scan is None:
        yield Row("Search", "not made")
    else:
        scan = stated.scan
        where = f"{_number(scan.files, 'file')} ({scan.bytes:,} bytes)"
        yield Row("Search", f"{_number(scan.samples, 'sample')} looked for in {where}, {scan.found:,} found")
    options = f" ({stated.options})" if stated.options else ""
    yield Row("File system", f"{stated.file_system}{options}")
    yield Row("Done by", stated.service)


def evidence_of(certificate: Certificate, key: VerifierKey) -> Iterator[Row]:
    """What experts check it by."""
    order = certificate.statement.order
    yield Row("Order", order.hash.hex())
    yield Row("Signed by", order.key.hex())
    yield Row("Signature", order.signature.hex())
    yield Row("Entry of the log", f"{certificate.index}: {certificate.leaf.hex()}")
    yield Row("Salt", certificate.salt.hex())
    yield Row("Proof that it is in the log", " ".join(each.hex() for each in certificate.proof) or "it is the only one")
    yield Row("Checkpoint of the log", "  ".join(line for line in certificate.checkpoint.split("\n") if line))
    yield Row("Verifier key", str(key))


def write_pdf(data: bytes, certificate: Certificate, key: VerifierKey, output: IO[bytes]) -> None:
    """One page that says all of it, with the certificate itself, `data`, inside."""
    from vault.transfer.pdf import Packed, Paper  # noqa: PLC0415 - reportlab is slow to load, the words are not
    from vault.transfer.pdf.book import attach  # noqa: PLC0415
    from vault.transfer.pdf.pages import Pages  # noqa: PLC0415

    pages = Pages(output, Paper.A4)
    pages.canvas.setTitle(TITLE)
    pages.canvas.setCreator("Inkvault")
    title, lead = pages.style(20, 26, bold=True), pages.style(11, 16)
    text, small = pages.style(9, 12.5), pages.style(6.5, 8.5, grey=0.25)
    heading, name = pages.style(10.5, 17, bold=True), pages.style(7.5, 10.5, grey=0.45)
    pages.set(pages.lines(TITLE, title), title)
    pages.skip(6)
    verdict = f"{certificate.statement.verdict}. {meaning_of(certificate.statement)}"
    pages.set(pages.lines(verdict, lead), lead)
    for caption, rows, style in (
        ("What was done", rows_of(certificate), text),
        ("Evidence", evidence_of(certificate, key), small),
    ):
        pages.skip(8)
        pages.set(pages.lines(caption, heading), heading)
        for row in rows:
            pages.set(pages.lines(row.name, name), name)
            pages.set(pages.lines(row.value, style), style)
            pages.skip(2)
    pages.skip(8)
    pages.set(pages.lines("Not covered", heading), heading)
    for sentence in (*NOT_COVERED, _CHECKING):
        pages.set(pages.lines(sentence, text), text)
    attach(pages, Packed(zlib.compress(data), len(data)), ATTACHMENT)
    pages.end()


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
