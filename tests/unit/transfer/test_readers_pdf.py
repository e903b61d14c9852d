"""A PDF restores what it was made of; any other PDF is an error that says so."""

from __future__ import annotations

import io
import random
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from tests.unit.transfer.generated import held
from tests.unit.transfer.test_pdf_export import document
from vault.errors import FormatError, UsageError
from vault.transfer.pdf import ATTACHMENT, Book, Packed, Paper, print_book
from vault.transfer.pdf_export import PdfOptions, write_pdf
from vault.transfer.reading import Read, ReadOptions, choose_reader
from vault.transfer.sources import open_source

OPTIONS = ReadOptions("UTC", 0, str)


def plain(items: object) -> list[Read]:
    """Items with their records taken out, so that they can be compared."""
    return list(map(held, items))  # type: ignore[call-overload]


def read(path: Path, name: str = "auto") -> list[Read]:
    with open_source(path) as source:
        return plain(choose_reader(source, name).read(source, OPTIONS))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "vault.pdf"
    with path.open("wb") as output:
        write_pdf(document(), "Quiet lantern", output, PdfOptions(with_helper=False))
    return path


def with_inside(tmp_path: Path, packed: bytes) -> Path:
    path = tmp_path / "other.pdf"
    with path.open("wb") as output:
        print_book(Book("x", "y", [], []), output, paper=Paper.A4, attachment=Packed(packed, 0))
    return path


def test_the_pdf_alone_gives_back_the_whole_document(book: Path) -> None:
    assert read(book) == plain(document().items)


def test_also_after_another_program_has_written_it_anew(book: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(book))
    writer.compress_identical_objects()
    saved = book.with_name("saved.pdf")
    writer.write(saved)
    assert read(saved) == read(book)


def test_another_pdf_is_in_no_layout_we_know(tmp_path: Path) -> None:
    path = tmp_path / "other.pdf"
    with path.open("wb") as output:
        print_book(Book("x", "y", [], []), output, paper=Paper.A4)
    with pytest.raises(UsageError, match="no layout"):
        read(path)
    with pytest.raises(FormatError, match="no document of Inkvault inside"):
        read(path, "pdf")


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x00" * 40, zlib.compress(b"x" * 100)[:-9], zlib.compress(b"{}"), zlib.compress(b'{"format":"else"}')],
    ids=["empty", "no zlib", "cut off", "no export", "another format"],
)
def test_a_wrong_attachment_is_refused(tmp_path: Path, packed: bytes) -> None:
    with pytest.raises(FormatError):
        read(with_inside(tmp_path, packed), "pdf")


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    packed = packer.compress(b'{"format":"inkvault-export/1",\n"head":"')
    packed += b"".join(packer.compress(b" " * 2**20) for _ in range(512)) + packer.flush()
    with pytest.raises(FormatError):
        read(with_inside(tmp_path, packed), "pdf")


def test_damage_anywhere_is_an_error_of_ours_or_does_not_matter(book: Path) -> None:
    """A byte of the layout may change; what comes out is the document or nothing."""
    data, expected, choice = book.read_bytes(), read(book), random.Random(7)
    for _ in range(60):
        place = choice.randrange(len(data))
        book.write_bytes(data[:place] + bytes([data[place] ^ (1 << choice.randrange(8))]) + data[place + 1 :])
        with suppress(FormatError):
            assert read(book, "pdf") == expected
    for size in (0, 4, 100, len(data) // 2, len(data) - 30):
        book.write_bytes(data[:size])
        with suppress(FormatError):
            assert read(book, "pdf") == expected


def test_the_name_of_the_file_inside_is_the_one_documented(book: Path) -> None:
    assert list(PdfReader(io.BytesIO(book.read_bytes())).attachments) == [ATTACHMENT]
