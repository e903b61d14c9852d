"""A vault as a book: cover, contents, notebooks, sessions, messages (docs/EXPORT.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final

from reportlab.pdfbase import pdfdoc

from vault.transfer.pdf.pages import Pages, Paper

_NUMBERS: Final = 40.0
"""Points that page numbers take in the contents."""
ATTACHMENT: Final = "inkvault-export.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message: who wrote it, whether that is the writer, and when, in the writer's zone of then."""

    who: str
    is_own: bool
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A session. `entries` gives its messages anew each time, so that they need not be kept."""

    title: str
    about: str
    entries: Callable[[], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class Part:
    """A notebook with its sessions, or those that belong to none."""

    title: str
    about: str
    chapters: Sequence[Chapter]


@dataclass(frozen=True, slots=True)
class Packed:
    """A file to put inside: compressed as by zlib, and how large it is when it is not."""

    data: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Book:
    """All that is printed. `facts` stand on the cover; `language` is a tag of BCP 47."""

    title: str
    subtitle: str
    facts: Sequence[str]
    parts: Sequence[Part]
    language: str = "en"


def print_book(
    book: Book,
    output: IO[bytes],
    *,
    paper: Paper,
    attachment: Packed | None = None,
    on_chapter: Callable[[int], None] = lambda _done: None,
) -> int:
    """Write `book` as a PDF with `attachment` inside; the number of its pages."""
    return _Printer(book, output, paper).run(attachment, on_chapter)


class _Printer:
    def __init__(self, book: Book, output: IO[bytes], paper: Paper) -> None:
        self._book = book
        self._pages = pages = Pages(output, paper)
        self._title = pages.style(30, 38, bold=True)
        self._subtitle = pages.style(13, 20, grey=0.35)
        self._fact = pages.style(10, 16, grey=0.35)
        self._part = pages.style(21, 28, bold=True)
        self._chapter = pages.style(14.5, 20, bold=True)
        self._about = pages.style(9, 13, grey=0.45)
        self._row = pages.style(10.5, 17)
        self._row_part = pages.style(10.5, 24, bold=True)
        self._text = pages.style(10.5, 16)
        self._quoted = pages.style(10.5, 16, indent=18, grey=0.2)

    def run(self, attachment: Packed | None, on_chapter: Callable[[int], None]) -> int:
        pages, book = self._pages, self._book
        canvas = pages.canvas
        canvas.setTitle(book.title)
        canvas.setAuthor(book.title)
        canvas.setSubject(book.subtitle)
        canvas.setCreator("Inkvault")
        canvas._doc.Catalog.Lang = pdfdoc.PDFString(book.language)  # noqa: SLF001 - reportlab has no name for it
        canvas.showOutline()
        self._cover()
        rows = self._contents()
        numbers: list[int] = []
        for index, part in enumerate(book.parts):
            numbers.append(self._begin_part(index, part))
            for place, chapter in enumerate(part.chapters):
                numbers.append(self._print_chapter(f"{index}-{place}", part, chapter, is_first=place == 0))
                on_chapter(len(numbers))
        for name, places in rows.items():
            pages.form(name, [(y, str(numbers[row])) for row, y in places], self._row)
        if attachment is not None:
            attach(pages, attachment, ATTACHMENT)
        pages.end()
        return pages.number

    def _cover(self) -> None:
        pages, book = self._pages, self._book
        pages.plain()
        pages.skip_to(0.62)
        pages.set(pages.lines(book.title, self._title), self._title)
        pages.skip(6)
        pages.set(pages.lines(book.subtitle, self._subtitle), self._subtitle)
        pages.skip(28)
        for fact in book.facts:
            pages.set(pages.lines(fact, self._fact), self._fact)
        pages.turn()

    def _contents(self) -> dict[str, list[tuple[int, float]]]:
        """Titles with links now, their page numbers later: form by form, which row stands at which height."""
        pages = self._pages
        pages.heading = "Contents"
        pages.set(pages.lines("Contents", self._part), self._part)
        pages.skip(10)
        rows: dict[str, list[tuple[int, float]]] = {}
        row = 0
        for index, part in enumerate(self._book.parts):
            titles = [(f"part-{index}", part.title, self._row_part)]
            titles += [
                (f"chapter-{index}-{place}", chapter.title, self._row) for place, chapter in enumerate(part.chapters)
            ]
            for key, title, style in titles:
                pages.need(style.leading)
                name = f"contents-{pages.number}"
                if name not in rows:
                    rows[name] = []
                    pages.later(name)
                pages.link(pages.lines(title, style, _NUMBERS)[:1], style, key)
                rows[name].append((row, pages.baseline))
                row += 1
        pages.turn()
        return rows

    def _begin_part(self, index: int, part: Part) -> int:
        pages = self._pages
        if not pages.is_fresh:
            pages.turn()
        pages.heading = part.title
        number = pages.mark(f"part-{index}", part.title, 0, closed=True)
        pages.set(pages.lines(part.title, self._part), self._part)
        if part.about:
            pages.skip(4)
            pages.set(pages.lines(part.about, self._about), self._about)
        pages.skip(18)
        return number

    def _print_chapter(self, key: str, part: Part, chapter: Chapter, *, is_first: bool) -> int:
        pages = self._pages
        if not is_first:
            pages.skip(26)
        title = pages.lines(chapter.title, self._chapter)
        pages.need(len(title) * self._chapter.leading + self._about.leading + 4 * self._text.leading)
        pages.heading = f"{part.title}  ·  {chapter.title}"
        number = pages.mark(f"chapter-{key}", chapter.title, 1)
        pages.set(title, self._chapter)
        if chapter.about:
            pages.set(pages.lines(chapter.about, self._about)[:3], self._about)
        day = None
        for entry in chapter.entries():
            self._print_entry(entry, with_day=entry.written_at.date() != day)
            day = entry.written_at.date()
        return number

    def _print_entry(self, entry: Entry, *, with_day: bool) -> None:
        pages = self._pages
        when = f"{entry.written_at:%H:%M}"
        if with_day:
            when = f"{entry.written_at:%A}, {entry.written_at.day} {entry.written_at:%B %Y}, {when}"
        pages.skip(10)
        pages.need(self._about.leading + 2 * self._text.leading)
        label = f"{entry.who}  ·  {when}"
        pages.set(pages.lines(label, self._about), self._about)
        style = self._text if entry.is_own else self._quoted
        pages.set(pages.lines(entry.text, style), style)


def attach(pages: Pages, file: Packed, title: str) -> None:
    """Embed a file that any reader of PDF can save under this name (ISO 32000-1 §7.11.4)."""
    canvas = pages.canvas
    document = canvas._doc  # noqa: SLF001 - reportlab has no call for this
    about = {
        "Type": pdfdoc.PDFName("EmbeddedFile"),
        "Filter": pdfdoc.PDFName("FlateDecode"),
        "Params": pdfdoc.PDFDictionary({"Size": file.size}),
    }
    stream = pdfdoc.PDFStream(pdfdoc.PDFDictionary(about), file.data)
    embedded = document.Reference(stream, "inkvault-attachment")
    name = pdfdoc.PDFString(title)
    specification = pdfdoc.PDFDictionary(
        {"Type": pdfdoc.PDFName("Filespec"), "F": name, "UF": name, "EF": pdfdoc.PDFDictionary({"F": embedded})}
    )
    files = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray([name, specification])})
    document.Catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": files})
