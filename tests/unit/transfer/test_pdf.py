"""The book: what is read, searched and copied from it is the text that was written."""

from __future__ import annotations

import io
import json
import re
import subprocess
import unicodedata
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import Destination

from vault.transfer.pdf import Book, Chapter, Entry, Packed, Paper, Part, print_book
from vault.transfer.pdf.lines import Breaker, Line
from vault.transfer.pdf.typefaces import FOLDER, Typefaces

SHARED = Path(__file__).parents[2] / "support" / "book.json"
WHEN = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
ENGLISH = "The first line of a morning, and the second one after it."
SCRIPTS = {
    "latin": "Naïve café, Łódź, Straße, “quoted” — and ﬁne.",
    "vietnamese": "Tiếng Việt có dấu",
    "greek": "Ελληνικά είναι ωραία",
    "cyrillic": "Русский язык, ещё раз",
    "chinese": "你好，世界。今天天气很好。",
    "japanese": "こんにちは、「世界」。カタカナ",
    "korean": "안녕하세요 세계",
    "arabic": "مرحبا بالعالم كيف حالك",
    "hebrew": "שלום עולם מה שלומך",
    "devanagari": "नमस्ते दुनिया, क्षत्रिय ज्ञान",
    "emoji": "😀❤️🎉 👨‍👩‍👧 🇩🇪 👍🏽",
    "unknown": "runes ᚠᛇᚻ here",
}


def book_of(texts: Iterable[str], chapters: int = 1) -> Book:
    entries = [Entry("You", True, WHEN, text) for text in texts]
    listed = [Chapter(f"Sitting number {number}", "About it", lambda: entries) for number in range(chapters)]
    return Book("Quiet lantern", "A vault", ["Two facts"], [Part("Letters", "A journal", listed)])


def printed(book: Book, paper: Paper = Paper.A4, attachment: Packed | None = None) -> bytes:
    output = io.BytesIO()
    print_book(book, output, paper=paper, attachment=attachment)
    return output.getvalue()


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def poppler(tmp_path: Path, pdf: bytes, *options: str) -> str:
    path = tmp_path / "book.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True, text=True).stdout


def squeezed(text: str) -> str:
    """Without what lines add and bidirectional marks that readers put in."""
    return re.sub(r"[\s\u200e\u200f\u202a-\u202e]+", "", unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_is_found_again_as_written(tmp_path: Path, text: str) -> None:
    pdf = printed(book_of([text]))
    assert squeezed(text) in squeezed(text_of(pdf))
    assert squeezed(text) in squeezed(poppler(tmp_path, pdf))


def test_marks_beside_narrow_letters_are_placed_in_numbers_that_a_reader_takes(tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(printed(book_of(["בְּרֵאשִׁית"])))
    assert subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stderr == b""


def test_digits_run_from_left_to_right_within_arabic(tmp_path: Path) -> None:
    assert "١٢" in poppler(tmp_path, printed(book_of(["اليوم ١٢ مارس"])))


def test_a_keycap_is_drawn_over_its_key() -> None:
    typefaces = Typefaces()
    runs = typefaces.split(typefaces.regular, "at 12\ufe0f\u20e3")
    assert [(face.is_shaped, text) for face, text in runs] == [(False, "at 1"), (True, "2\u20e3")]


def test_the_shared_book_has_its_words_in_their_order(tmp_path: Path) -> None:
    """The page prints the same book (webui/src/transfer/pdf/book.test.ts), and finds the same."""
    shared = json.loads(SHARED.read_text())
    chapters = [chapter for part in shared["parts"] for chapter in part["chapters"]]
    entries = [
        [Entry(each["role"], each["role"] == "writer", WHEN, each["text"]) for each in chapter["entries"]]
        for chapter in chapters
    ]
    listed = [
        Chapter(chapter["title"], chapter["about"], partial(list, found))
        for chapter, found in zip(chapters, entries, strict=True)
    ]
    book = Book(shared["title"], shared["subtitle"], shared["facts"], [Part("All", "", listed)], shared["language"])
    found = squeezed(poppler(tmp_path, printed(book)))
    place = 0
    for chapter in chapters:
        for text in (chapter["title"], *(each["text"] for each in chapter["entries"])):
            place = found.find(squeezed(text), place)
            assert place > 0, text


def test_brackets_and_numbers_between_words_from_right_to_left(tmp_path: Path) -> None:
    words = ["كتبت", "123", "كلمة", "في", "(دفتر)", "Inkvault", "أمس"]
    found = poppler(tmp_path, printed(book_of([" ".join(words)])))
    for word in words:
        assert squeezed(word).strip("()") in squeezed(found)


@pytest.mark.parametrize("paper", list(Paper))
def test_pages_have_their_size_numbers_and_headings(paper: Paper) -> None:
    reader = PdfReader(io.BytesIO(printed(book_of([ENGLISH] * 60, chapters=3), paper)))
    total = len(reader.pages)
    assert total > 4
    for number, page in enumerate(reader.pages, 1):
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(paper.value, abs=0.01)
        if number > 1:
            assert squeezed(f"{number} of {total}") in squeezed(page.extract_text())
    assert "Letters  ·  Sitting number 2" in reader.pages[-1].extract_text()


def test_contents_and_bookmarks_lead_to_the_pages_they_name() -> None:
    reader = PdfReader(io.BytesIO(printed(book_of([ENGLISH] * 40, chapters=5))))
    part, sittings = cast("tuple[Destination, list[Destination]]", reader.outline)
    assert part.title == "Letters"
    pages = {str(item.title): (reader.get_destination_page_number(item) or 0) + 1 for item in sittings}
    assert list(pages) == [f"Sitting number {number}" for number in range(5)]
    contents = reader.pages[1]
    names = re.findall(r"Sitting number \d", contents.extract_text())
    numbers = re.findall(r"^\d+$", contents.extract_text(), re.MULTILINE)
    assert dict(zip(["Letters", *names], map(int, numbers[:6]), strict=True)) == {"Letters": 3, **pages}
    for title, number in pages.items():
        assert title in reader.pages[number - 1].extract_text()
    annotations: Any = contents["/Annots"]
    links = [annotation.get_object()["/Dest"][0].get_object() for annotation in annotations]
    assert [(reader.get_page_number(page) or 0) + 1 for page in links] == [3, *pages.values()]


def test_title_language_and_the_file_inside() -> None:
    reader = PdfReader(io.BytesIO(printed(book_of([ENGLISH]), attachment=Packed(zlib.compress(b'{"format":1}'), 12))))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.creator) == ("Quiet lantern", "Inkvault")
    assert reader.trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]
    assert reader.attachments["inkvault-export.json"] == [b'{"format":1}']


def test_no_page_begins_or_ends_with_a_line_alone() -> None:
    text = " ".join(f"word{number}" for number in range(4_000))
    for lead in range(1, 8):
        reader = PdfReader(io.BytesIO(printed(book_of([ENGLISH] * lead + [text]))))
        for page in reader.pages[3:]:
            assert len(re.findall(r"word\d+ word\d+", page.extract_text())) >= 2


def test_a_long_message_loses_nothing() -> None:
    words = [f"word{number}" for number in range(20_000)]
    assert re.findall(r"word\d+", text_of(printed(book_of([" ".join(words)])))) == words


def test_indents_of_lines_are_kept(tmp_path: Path) -> None:
    code = "def f(x):\n    if x:\n\treturn 1"
    shown = poppler(tmp_path, printed(book_of([code])), "-layout").splitlines()
    first, second, third = (next(line for line in shown if word in line) for word in ("def", "if x", "return"))
    indents = [len(line) - len(line.lstrip()) for line in (first, second, third)]
    assert indents[0] < indents[1]
    assert indents[0] < indents[2]


def test_titles_from_right_to_left_do_not_cover_page_numbers() -> None:
    book = Book("ورقة", "", [], [Part("دفتر", "", [Chapter("مرحبا بالعالم", "", list)])])
    typefaces = Typefaces()
    (line,) = Breaker(typefaces, typefaces.regular, 10.5).paragraph("مرحبا بالعالم", 400)
    assert line.is_right_to_left
    assert len(PdfReader(io.BytesIO(printed(book))).pages) == 3


TYPEFACES = Typefaces()
BREAKER = Breaker(TYPEFACES, TYPEFACES.regular, 10.5)
TEXTS = st.text(st.sampled_from("aé ß—.(\u0301ع ر1ש नि你、「😀\u200d👧ᚠ\u202e\u00ad\t"), max_size=120)


def codes_of(lines: list[Line]) -> str:
    """What is printed but spaces: one before a character that is not shown stays where it is."""
    return "".join(run.codes for line in lines for run in line.runs).replace(" ", "")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.floats(60, 400))
def test_lines_fit_and_nothing_fails(text: str, measure: float) -> None:
    lines = BREAKER.paragraph(text, measure)
    assert lines
    assert all(line.width <= measure * 1.05 + 1 for line in lines)
    assert bool(codes_of(lines)) == any(not char.isspace() and char not in "\u200d\u202e\u00ad" for char in text)


def test_licences_come_with_the_typefaces() -> None:
    assert all("Open Font License" in path.read_text() for path in FOLDER.glob("*.LICENSE"))
    assert len(list(FOLDER.glob("*.LICENSE"))) == 8
