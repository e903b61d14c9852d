"""Pages: a canvas, where on the page the next line goes, and what stands at the head and foot of each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import IO, Final

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from vault.transfer.pdf.lines import Breaker, Line
from vault.transfer.pdf.typefaces import Face, Glyphs, Typefaces

_NEGLIGIBLE: Final = 0.5
"""Thousandths of the size that nobody sees."""
_TOTAL: Final = "pages"
"""The form that says how many pages there are: drawn on each page, made at the end, when that is known."""


class Paper(Enum):
    """A size of paper, in points."""

    A4 = A4
    LETTER = LETTER


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set: size and leading in points, grey from 0 (black) to 1."""

    breaker: Breaker
    face: Face
    size: float
    leading: float
    grey: float = 0.0
    indent: float = 0.0


class Pages:
    """A document being written, page after page from top to bottom."""

    margin: Final[float] = 64.0
    head: Final[float] = 78.0
    foot: Final[float] = 72.0

    def __init__(self, output: IO[bytes], paper: Paper) -> None:
        self.typefaces = Typefaces()
        self.canvas = Canvas(output, pagesize=paper.value, pageCompression=1)
        self.width: float = paper.value[0]
        self.height: float = paper.value[1]
        self.measure = self.width - 2 * self.margin
        self.number = 1
        self.heading = ""
        """What stands at the head of the pages from here on."""
        self._y: float = self.height - self.head
        self._is_plain = True
        self._small = self.style(8.5, 11, grey=0.45)

    def style(
        self, size: float, leading: float, *, bold: bool = False, grey: float = 0.0, indent: float = 0.0
    ) -> Style:
        """A style of this document."""
        face = self.typefaces.bold if bold else self.typefaces.regular
        return Style(Breaker(self.typefaces, face, size), face, size, leading, grey, indent)

    @property
    def room(self) -> float:
        """Points left on this page."""
        return self._y - self.foot

    def lines(self, text: str, style: Style, spared: float = 0.0) -> list[Line]:
        """`text` as lines, a paragraph for each of its own lines; `spared` points stay free at the right."""
        measure = self.measure - style.indent - spared
        return [line for part in text.splitlines() or [""] for line in style.breaker.paragraph(part, measure)]

    @property
    def is_fresh(self) -> bool:
        """Whether nothing stands on this page yet."""
        return self._y == self.height - self.head

    def skip_to(self, share: float) -> None:
        """Go on so far above the foot, as a share of the height of the page."""
        self._y = self.height * share

    def skip(self, points: float) -> None:
        """Leave space, but not at the head of a page."""
        if not self.is_fresh:
            self._y -= points

    def need(self, points: float) -> None:
        """Begin a new page unless this one has so much room."""
        if self.room < points:
            self.turn()

    def set(self, lines: Sequence[Line], style: Style) -> None:
        """Set lines, over as many pages as it takes. Never one line alone at the foot or head of a page."""
        start = 0
        while start < len(lines):
            left = len(lines) - start
            fitting = max(0, int(self.room / style.leading))
            if fitting >= left:
                count = left
            else:
                count = min(fitting, left - 2)
                if count < 2 and not self.is_fresh:
                    self.turn()
                    continue
                count = max(count, 1)
            self._draw(lines[start : start + count], style)
            start += count

    def link(self, lines: Sequence[Line], style: Style, target: str) -> None:
        """Set lines that lead to a place marked with ``mark(target)``."""
        top = self._y
        self._draw(lines, style)
        box = (self.margin, self._y - 3, self.width - self.margin, top - 2)
        self.canvas.linkRect("", target, box, thickness=0, relative=0)

    def mark(self, key: str, title: str, level: int, *, closed: bool = False) -> int:
        """Make this place a target and a bookmark; the number of its page."""
        self.canvas.bookmarkHorizontal(key, 0, self._y + 14)
        self.canvas.addOutlineEntry(title, key, level, closed)
        return self.number

    def turn(self, *, plain: bool = False) -> None:
        """End this page. The next one has no head and foot when `plain`."""
        self._close()
        self.number += 1
        self._is_plain = plain
        self._y = self.height - self.head

    def end(self) -> None:
        """End the document and write it."""
        self._close()
        self.canvas.beginForm(_TOTAL, 0, -4, 60, 12)
        self._text(self._small.breaker.paragraph(str(self.number), 60)[0], self._small, 0, 0)
        self.canvas.endForm()
        self.canvas.save()

    def plain(self) -> None:
        """Leave head and foot off this page."""
        self._is_plain = True

    def form(self, name: str, rows: Sequence[tuple[float, str]], style: Style) -> None:
        """Make what ``later(name)`` has left room for: texts that end at the right margin, each at its height."""
        self.canvas.beginForm(name, 0, 0, self.width, self.height)
        for y, text in rows:
            line = style.breaker.paragraph(text, self.measure)[0]
            self._text(line, style, self.width - self.margin - line.width, y)
        self.canvas.endForm()

    def later(self, name: str) -> None:
        """Draw here what is made at the end."""
        self.canvas.doForm(name)

    @property
    def baseline(self) -> float:
        """Height of the line set last."""
        return self._y + 4

    # --- inside ------------------------------------------------------------------------------------------------------

    def _draw(self, lines: Sequence[Line], style: Style) -> None:
        pen = _Pen(self.canvas, style.size, style.grey)
        x, y = self.margin + style.indent, self._y
        for line in lines:
            y -= style.leading
            pen.line(line, x + (line.measure - line.width if line.is_right_to_left else 0.0), y + 4)
        pen.end()
        self._y = y

    def _text(self, line: Line, style: Style, x: float, y: float) -> None:
        pen = _Pen(self.canvas, style.size, style.grey)
        pen.line(line, x, y)
        pen.end()

    def _close(self) -> None:
        if not self._is_plain:
            self._furniture()
        self.canvas.showPage()
        _compress(self.canvas)
        self._is_plain = False

    def _furniture(self) -> None:
        """Head and foot."""
        style = self._small
        if self.heading:
            line = style.breaker.paragraph(self.heading, self.measure * 4)[0]
            if line.width > self.measure:
                line = style.breaker.paragraph(self.heading, self.measure)[0]
            self._text(line, style, self.margin, self.height - self.head + 26)
        line = style.breaker.paragraph(f"{self.number} of ", self.measure)[0]
        x = self.width / 2 - line.width - 2
        self._text(line, style, x, self.foot - 34)
        self.canvas.saveState()
        self.canvas.translate(x + line.width + style.breaker.width(" "), self.foot - 34)
        self.canvas.doForm(_TOTAL)
        self.canvas.restoreState()


class _Pen:
    """Writes text operators (ISO 32000-1 §9.4). reportlab's own places shaped text wrongly, and is slower."""

    def __init__(self, canvas: Canvas, size: float, grey: float) -> None:
        self._canvas = canvas
        self._document = canvas._doc  # noqa: SLF001 - the operators go around reportlab's text object
        self._size = size
        self._font: tuple[str, int] | None = None
        self._code = [f"BT {grey:.2f} g"]

    def line(self, line: Line, x: float, y: float) -> None:
        """One line that begins at a point."""
        self._code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        for run in line.runs:
            positions = run.face.positions(self._document, run.codes)
            if run.places is None:
                self._plain(run.face, positions)
            else:
                self._placed(run, positions)

    def end(self) -> None:
        """Hand the text to the page."""
        self._canvas._code.append(" ".join([*self._code, "ET"]))  # noqa: SLF001

    def _plain(self, face: Face, positions: list[int]) -> None:
        start = 0
        while start < len(positions):
            subset = positions[start] >> 8
            end = next((i for i in range(start, len(positions)) if positions[i] >> 8 != subset), len(positions))
            self._choose(face, subset)
            self._code.append(f"<{bytes(position & 255 for position in positions[start:end]).hex()}> Tj")
            start = end

    def _placed(self, run: Glyphs, positions: list[int]) -> None:
        """Each glyph where the shaper put it: moves to the right are in TJ, moves upwards are a rise."""
        rise, shows = 0.0, list[str]()
        for code, position, (advance, right, up) in zip(run.codes, positions, run.places or (), strict=True):
            if self._font != (run.face.fontName, position >> 8) or up != rise:
                self._show(shows)
                self._choose(run.face, position >> 8)
                if up != rise:
                    self._code.append(f"{up * self._size / 1000:.3f} Ts")
                rise, shows = up, []
            after = run.face.advance(code) + right - advance
            before = f" {-right:.1f}" if right else ""  # two numbers may meet
            shows.append(f"{before}<{position & 255:02x}>{f'{after:.1f}' if abs(after) > _NEGLIGIBLE else ''}")
        self._show(shows)
        if rise:
            self._code.append("0 Ts")

    def _show(self, shows: list[str]) -> None:
        if shows:
            self._code.append(f"[{''.join(shows)}] TJ".replace("><", ""))

    def _choose(self, face: Face, subset: int) -> None:
        if self._font != (face.fontName, subset):
            self._font = (face.fontName, subset)
            self._code.append(f"{face.getSubsetInternalName(subset, self._document)} {self._size} Tf")


def _compress(canvas: Canvas) -> None:
    """Compress the page just ended: reportlab would keep it as text until the whole document is written."""
    page = canvas._doc.Pages.pages[-1]  # noqa: SLF001 - there is no other way to it
    content = zlib.compress(page.stream.encode("latin-1"))
    page.stream = None
    page.Contents = pdfdoc.PDFStream(pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFName("FlateDecode")}), content)
