"""A document as a book: what is printed and what is not, and that the whole document is inside."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from vault.core.model import Message, Role, SessionHeader
from vault.core.rootrecords import Notebook, NotebookKind
from vault.transfer.document import (
    NO_DIGEST,
    NO_NOTEBOOK,
    Document,
    Head,
    Item,
    MissingItem,
    RecordItem,
    RootItem,
    SessionItem,
)
from vault.transfer.json_export import write_json
from vault.transfer.pdf import ATTACHMENT
from vault.transfer.pdf_export import PdfOptions, write_pdf

AT = 1_795_251_900_000
WEDDING, LETTERS = "11" * 16, "22" * 16


def session(number: int, title: str, *messages: Message, **fields: object) -> SessionItem:
    header = SessionHeader(
        count=0,
        digest=NO_DIGEST,
        title=title,
        opening="",
        preview="",
        created_at=AT + number % 7,
        updated_at=AT + number,
        zone="Europe/Berlin",
        next_position=len(messages),
        **fields,  # type: ignore[arg-type]
    )
    records = [RecordItem(f"{place + 1:032x}", message) for place, message in enumerate(messages)]
    return SessionItem(f"{number:032x}", header, records)


def said(text: str, role: Role = Role.WRITER, *, trashed: bool = False) -> Message:
    return Message(role, text, 0, AT, "Europe/Berlin", trashed_at=AT if trashed else None)


def document() -> Document:
    def items() -> Iterator[Item]:
        for record_id, title in ((WEDDING, "Wedding"), (LETTERS, "letters")):
            yield RootItem(record_id, Notebook(title, NotebookKind.EVENT, AT, AT, "UTC", date="2027-05-03"))
        yield session(2, "Second", said("second text"), notebook=bytes.fromhex(LETTERS))
        yield session(3, "Third", said("third text"), notebook=bytes.fromhex(WEDDING), phase=2, tags=("family",))
        yield session(4, "Fourth", said("fourth text"), notebook=bytes.fromhex(LETTERS))
        yield session(5, "Fifth", said("fifth text"), notebook=bytes(16))
        yield session(6, "Sixth", said("sixth text"), trashed_at=AT)
        yield session(
            7,
            "Seventh",
            said("asked text"),
            said("answered text", Role.HELPER),
            said("gone text", trashed=True),
            helper="writer",
        )
        yield session(9, "Ninth", said("ninth text"))
        yield MissingItem("00" * 16, None, None, "it does not open")

    return Document(Head("33" * 16, AT, "Europe/Berlin", "inkvault/0"), items())


def printed(options: PdfOptions) -> PdfReader:
    output = io.BytesIO()
    write_pdf(document(), "Quiet lantern", output, options)
    return PdfReader(io.BytesIO(output.getvalue()))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def test_notebooks_by_title_and_sessions_in_the_order_in_which_they_were_begun() -> None:
    outline = printed(PdfOptions()).outline
    titles = [
        level.title if isinstance(level, Destination) else [str(cast("Destination", item).title) for item in level]
        for level in outline
    ]
    assert titles == [
        "letters",
        ["Second", "Fourth"],
        "Wedding",
        ["Third"],
        NO_NOTEBOOK,
        ["Seventh", "Ninth", "Fifth"],
    ]


def test_the_cover_tells_what_is_in_it() -> None:
    cover = printed(PdfOptions()).pages[0].extract_text()
    assert "Quiet lantern" in cover
    assert "Exported on 21 November 2026, 10:05 (Europe/Berlin)" in cover
    assert "2 notebooks, 7 sessions, 9 messages" in cover
    assert "1 item could not be opened and is not in here." in cover


@pytest.mark.parametrize(
    ("options", "absent"),
    [
        (PdfOptions(), {"sixth", "gone"}),
        (PdfOptions(with_trash=True), {"gone"}),
        (PdfOptions(with_helper=False), {"sixth", "gone", "answered"}),
    ],
    ids=["as it is", "with trash", "without helper"],
)
def test_what_is_printed(options: PdfOptions, absent: set[str]) -> None:
    text = text_of(printed(options))
    words = {"second", "third", "fourth", "fifth", "sixth", "asked", "answered", "gone", "ninth"}
    assert {word for word in words if f"{word} text" not in text} == absent
    assert ("writer  ·" in text) == options.with_helper
    assert "phase 2" in text
    assert "tags: family" in text


def test_nothing_is_inside_where_nothing_is_wanted() -> None:
    reader = printed(PdfOptions(with_document=False))
    assert list(reader.attachments) == []
    assert "attached" not in reader.pages[0].extract_text()


@pytest.mark.parametrize("options", [PdfOptions(), PdfOptions(with_helper=False)], ids=["all", "part"])
def test_the_whole_document_is_inside(options: PdfOptions) -> None:
    output = io.BytesIO()
    write_json(document(), output)
    assert printed(options).attachments[ATTACHMENT] == [output.getvalue()]
