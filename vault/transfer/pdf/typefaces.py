"""The typefaces of a PDF: which of them has a character, how wide text is, and shaping where a script needs it.

reportlab draws characters one by one. Where a script needs more (Arabic joins, Devanagari conjuncts, emoji sequences),
HarfBuzz chooses and places the glyphs; each glyph then gets a code of its own that says in the file's ToUnicode table
which characters it stands for, so that what is read, searched and copied is the text and not the glyphs.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import uharfbuzz
from bidi.mirror import MIRRORED
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

FOLDER: Final = Path(__file__).parents[2] / "server" / "page" / "fonts"
"""They come with the page, which sets the same PDFs in them."""
REGULAR: Final = "Literata_400Regular"
BOLD: Final = "Literata_600SemiBold"
FALLBACKS: Final = {
    "NotoSansHebrew_400Regular": True,
    "NotoSansArabic_400Regular": True,
    "NotoSansDevanagari_400Regular": True,
    "NotoSans_400Regular": False,
    "NotoSansSC_400Regular": False,
    "NotoSansKR_400Regular": False,
    "NotoEmoji_400Regular": True,
}
"""In the order in which they are asked, and whether text in them is shaped."""

_PRIVATE: Final = range(0xF0000, 0xFFFFE)
"""Codes for glyphs that stand for no single character. Characters of this plane are drawn as boxes."""
_JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
_KEYCAP: Final = "\u20e3"
"""Makes an emoji of the key before it, which by itself is a character of any typeface."""
_KEYS: Final = frozenset("0123456789#*")
_ENTRIES: Final = 100
"""How many entries a block of a ToUnicode table may have (Adobe Technical Note 5014)."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A run of one typeface, from left to right: a code for each glyph, and where it is put. Thousandths of the size.

    `places` has the advance, the shift to the right and the shift upwards of each glyph; None where each glyph simply
    follows the one before.
    """

    face: Face
    codes: str
    width: float
    places: tuple[tuple[float, float, float], ...] | None = None


class Face(TTFont):  # type: ignore[misc]
    """One typeface in one document: reportlab keeps the subset of a document in the face."""

    def __init__(self, name: str, *, is_shaped: bool) -> None:
        super().__init__(name, str(FOLDER / f"{name}.ttf"))
        self.is_shaped = is_shaped
        self._codes: dict[tuple[int, str], int] = {}
        self._meanings: dict[int, str] = {}
        self._positions = _Positions(self)

    def has(self, char: str) -> bool:
        """Whether there is a glyph for `char`."""
        return ord(char) < _PRIVATE.start and ord(char) in self.face.charToGlyph

    @cached_property
    def _harfbuzz(self) -> uharfbuzz.Font:
        return uharfbuzz.Font(self.hbFace)

    def plain(self, text: str) -> Glyphs:
        """The glyphs of text that needs no shaping."""
        return Glyphs(self, text, sum(map(self.face.charWidths.__getitem__, map(ord, text))))

    def shape(self, text: str, *, is_right_to_left: bool) -> Glyphs:
        """The glyphs of text in one direction."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if is_right_to_left else "ltr"
        buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_GRAPHEMES
        uharfbuzz.shape(self._harfbuzz, buffer, {})
        shaped = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
        meanings = _meanings(text, shaped, is_right_to_left=is_right_to_left)
        codes = [chr(self._code(info.codepoint, meaning)) for (info, _), meaning in zip(shaped, meanings, strict=True)]
        scale = self.pdfScale
        places = tuple((scale(place.x_advance), scale(place.x_offset), scale(place.y_offset)) for _, place in shaped)
        return Glyphs(self, "".join(codes), sum(advance for advance, _, _ in places), places)

    def mirrored(self, text: str) -> Glyphs:
        """The glyphs of text from right to left that needs no shaping: brackets are turned (UAX 9 L4)."""
        known = self.face.charToGlyph
        turned = [
            chr(self._code(known[ord(MIRRORED[char])], char)) if ord(MIRRORED.get(char, "\0")) in known else char
            for char in reversed(text)
        ]
        return self.plain("".join(turned))

    def missing(self, char: str) -> str:
        """A box that stands for a character no typeface has."""
        return chr(self._code(0, char))

    def _code(self, glyph: int, meaning: str) -> int:
        code = self._codes.get((glyph, meaning))
        if code is None and len(self._codes) >= len(_PRIVATE):
            return _PRIVATE[0]  # tens of thousands of different glyphs: what is left is drawn as the first of them
        if code is None:
            code = self._codes[glyph, meaning] = _PRIVATE[len(self._codes)]
            self._meanings[code] = meaning
            self.face.charToGlyph[code] = glyph
            self.face.charWidths[code] = self.pdfScale(self._harfbuzz.get_glyph_h_advance(glyph))
        return code

    def positions(self, document: Any, codes: str) -> list[int]:
        """Where each code is in the subsets of `document`: 256 times the number of the subset, and the byte in it."""
        self._positions.document = document
        return [self._positions[code] for code in codes]

    def advance(self, code: str) -> float:
        """The width that the file's tables give a code."""
        return float(self.face.charWidths[ord(code)])

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        """Write the subsets, as reportlab does, with ToUnicode tables that know more than one character a glyph."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = b"".join((SUBSETN(number), b"+", self.face.name, self.face.subfontNameX)).decode()
            texts = [self._meanings.get(code, chr(code)) for code in subset]
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode(name, texts)


class _Positions(dict[str, int]):
    """Positions of the codes used so far. reportlab's own look-up takes most of the time that a page takes."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self.face = face
        self.document: Any = None

    def __missing__(self, code: str) -> int:
        ((subset, data),) = self.face.splitString(code, self.document)
        position: int = 256 * subset + data[0]
        self[code] = position
        return position


class Typefaces:
    """All typefaces of one document, registered with reportlab under names of this document."""

    def __init__(self) -> None:
        self.regular = Face(REGULAR, is_shaped=False)
        self.bold = Face(BOLD, is_shaped=False)
        self._fallbacks = [Face(name, is_shaped=is_shaped) for name, is_shaped in FALLBACKS.items()]
        self._emoji = self._fallbacks[-1]
        for face in (self.regular, self.bold, *self._fallbacks):
            pdfmetrics.registerFont(face)
        self._found: dict[tuple[str, str], Face | None] = {}

    def covers(self, face: Face, text: str) -> bool:
        """Whether `face` has every character of `text`."""
        return all(map(face.has, set(text)))

    def find(self, wanted: Face, char: str) -> Face | None:
        """The first typeface with a glyph for `char`, `wanted` before all others; None when none has it."""
        key = (wanted.fontName, char)
        if key not in self._found:
            emoji = [self._emoji] if unicodedata.category(char) == "So" else []
            faces = (wanted, *emoji, *self._fallbacks)
            self._found[key] = next((face for face in faces if face.has(char)), None)
        return self._found[key]

    def split(self, wanted: Face, text: str) -> list[tuple[Face, str]]:
        """`text` cut where the typeface changes. Marks, joiners and spaces stay with what they follow."""
        runs: list[tuple[Face, str]] = []
        for char in text:
            before = runs[-1] if runs else None
            if char in _JOINERS:  # invisible, and of use to a shaper alone
                if before is not None and before[0].is_shaped:
                    runs[-1] = (before[0], before[1] + char)
                continue
            if char == _KEYCAP and before is not None and before[1][-1] in _KEYS and self._emoji.has(char):
                runs[-1:] = [(before[0], before[1][:-1])] if before[1][1:] else []
                runs.append((self._emoji, before[1][-1] + char))
                continue
            face = self.find(wanted, char)
            if before is not None and unicodedata.combining(char) and before[0].has(char):
                face = before[0]
            if char == " " and before is not None and before[0] is not self._emoji and before[0].has(char):
                face = before[0]  # words of one script are shaped together
            if face is None:
                face, char = wanted, wanted.missing(char)  # noqa: PLW2901 - drawn as a box that keeps its meaning
            if before is not None and before[0] is face:
                runs[-1] = (face, before[1] + char)
            else:
                runs.append((face, char))
        return runs


def _meanings(text: str, glyphs: list[tuple[Any, Any]], *, is_right_to_left: bool) -> list[str]:
    """What each glyph stands for.

    The characters of a cluster go to its glyphs in reading order, one each and the rest to the last; glyphs without
    width (marks) stand for nothing where there are others, so that readers of the file see no gaps between them.
    """
    starts = sorted({info.cluster for info, _ in glyphs})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    clusters: dict[int, list[int]] = {}
    for index, (info, _) in enumerate(glyphs):
        clusters.setdefault(info.cluster, []).append(index)
    meanings = [""] * len(glyphs)
    for start, members in clusters.items():
        seen = [index for index in members if glyphs[index][1].x_advance] or members
        if is_right_to_left:
            seen.reverse()
        chars = text[start : ends[start]]
        for place, index in enumerate(seen[: len(chars)]):
            is_last = place == min(len(seen), len(chars)) - 1
            meanings[index] = chars[place:] if is_last else chars[place]
    return meanings


def _to_unicode(name: str, texts: list[str]) -> str:
    """A ToUnicode table (ISO 32000-1 §9.10.3): what each code of a subset stands for, in UTF-16."""
    entries = [
        f"<{code:02X}> <{text.encode('utf-16-be', 'surrogatepass').hex()}>"
        for code, text in enumerate(texts)
        if text != "\x00"
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for start in range(0, len(entries), _ENTRIES):
        block = entries[start : start + _ENTRIES]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join([*lines, "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"])
