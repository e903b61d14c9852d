"""``inkvault search``."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vault.cli.call import Call
from vault.cli.output import inert_line, json_option, number_of, print_json
from vault.cli.sessions import SHORT_ID

if TYPE_CHECKING:
    from vault.client import Hit

_NOTES = {
    "bad_date": "{!r} is no day; write 2026-03-31, 2026-03 or 2026.",
    "bad_role": "{!r} is no role; choose writer, helper, system or tool.",
    "bad_is": "is: asks for pinned, archived or trashed, not {!r}.",
}


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="At most so many hits.")
@json_option
@click.pass_obj
def search(call: Call, *, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search titles, texts, tags and notes.

    It happens on this device; sessions active last come first. All words of QUERY must be found in one text, part of
    a word is enough; accents and cases make no difference. "A phrase" stands in double quotes, which your shell wants
    quoted again: inkvault search '"on the roof" tag:home'. Filters: tag:, in: (a notebook), role:, before: and after:
    (2026-03-31, 2026-03, 2026), is:pinned, is:archived, is:trashed.
    """
    from vault.writing.query import parse_query  # noqa: PLC0415 - keeps --help quick

    text = " ".join(query)
    for note in parse_query(text).notes:
        name, _, value = note.partition(":")
        click.echo(f"inkvault: left out: {inert_line(_NOTES[name].format(value))}", err=True)
    with call.unlock() as vault:
        place: dict[str | None, int] = {
            session.id: number for number, session in enumerate(vault.sessions(include_trashed=True))
        }
        found = _Counted(vault.search(text))
        hits = heapq.nsmallest(limit, found, key=lambda hit: place.get(hit.session_id, -1))
    if as_json:
        print_json(hits)
        return
    shown = object()
    for hit in hits:
        if hit.session_id != shown or hit.session_id is None:
            click.echo(f"{(hit.session_id or hit.notebook_id or '')[:SHORT_ID]}  {inert_line(hit.title)}")
        shown = hit.session_id
        if hit.where != "title":
            click.echo(f"{'':{SHORT_ID + 2}}{_marked(hit)}")
    if found.count > len(hits):
        click.echo(f"inkvault: {number_of(found.count - len(hits), 'more hit')}; ask for them with --limit.", err=True)


class _Counted:
    """Hits as they come, counted."""

    def __init__(self, hits: Iterator[Hit]) -> None:
        self._hits = hits
        self.count = 0

    def __iter__(self) -> Iterator[Hit]:
        for hit in self._hits:
            self.count += 1
            yield hit


def _marked(hit: Hit) -> str:
    """The snippet on one line, what was looked for in bold on a terminal."""
    parts, place = [], 0
    for start, end in hit.spans:
        parts += [_flat(hit.snippet[place:start]), click.style(_flat(hit.snippet[start:end]), bold=True)]
        place = end
    return "".join([*parts, _flat(hit.snippet[place:])]).strip()


def _flat(text: str) -> str:
    """`text` on one line; the space at its ends stays."""
    return inert_line(f"|{text}|")[1:-1]
