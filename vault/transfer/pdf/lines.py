"""From a paragraph to lines: words, breaks, and in which order their runs stand (Unicode Annexes 9 and 14, in part)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bidi import algorithm as bidi

from vault.transfer.pdf.typefaces import Face, Glyphs, Typefaces

_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_CONTROLS: Final = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), 0xAD, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
"""What is not drawn: controls, and marks that only steer a display."""
_OPENERS: Final = "\u2018\u201c\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\uff08\uff3b\uff5b"
_CLOSERS: Final = (
    "\u2019\u201d\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u30fb\u30fc"
    "\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d"
)
_WIDE: Final = (
    "\u2e80-\u30ff\u3100-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    "\U0001f300-\U0001faff\U00020000-\U0003ffff"
)
_JOINED: Final = rf"(?:(?<=\u200d)[{_WIDE}\u2600-\u27bf][\u200d\ufe0f]*)*"
_PIECE: Final = re.compile(
    rf"[{_OPENERS}]*[{_WIDE}][\u200d\ufe0f\U0001f3fb-\U0001f3ff{_CLOSERS}]*{_JOINED}|[^{_WIDE}]+"
)
"""East Asian text breaks between its characters, but not before a closing mark or after an opening one."""
_IS_WIDE: Final = re.compile(f"[{_WIDE}]")
_REMEMBERED: Final = 10_000
"""How many widths of words are remembered at most."""
_REMEMBERED_RUNS: Final = 1_000
"""How many shaped runs; one takes some hundred times as much memory."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its runs from left to right, the points it takes and may take, and at which side it stands."""

    runs: tuple[Glyphs, ...]
    width: float
    measure: float
    is_right_to_left: bool


class Breaker:
    """Breaks paragraphs of one typeface and size."""

    def __init__(self, typefaces: Typefaces, face: Face, size: float) -> None:
        self._typefaces = typefaces
        self._face = face
        self._points = size / 1000
        self._widths: dict[str, float] = {}
        self._shaped: dict[tuple[str, str, bool], Glyphs] = {}
        self._space = self.width(" ")

    def paragraph(self, text: str, measure: float) -> list[Line]:
        """Break one paragraph (text without line feeds) into lines at most `measure` points wide."""
        text = text.translate(_CONTROLS).replace("\t", "    ")
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if _RIGHT_TO_LEFT.search(text) is not None:
            return self._mixed(text, measure)
        return [
            Line(tuple(self._glyphs(shown)), width, measure, is_right_to_left=False)
            for shown, width in self._fill(text, measure)
        ]

    def width(self, text: str) -> float:
        """Points that `text` takes in one line."""
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) > _REMEMBERED:
                self._widths.clear()
            found = self._widths[text] = self._points * sum(run.width for run in self._glyphs(text))
        return found

    # --- breaking ----------------------------------------------------------------------------------------------------

    def _fill(self, text: str, measure: float) -> Iterator[tuple[str, float]]:
        """The text of each line, as much as fits, and its width. Spaces at a break belong to neither line."""
        shown, used = "", 0.0
        for space, word, width in self._words(text, measure):
            needed = width + len(space) * self._space
            if shown and used + needed > measure:
                yield shown, used
                shown, used = word, width
            else:
                shown += space + word
                used += needed
        yield shown, used

    def _words(self, text: str, measure: float) -> Iterator[tuple[str, str, float]]:
        """What is not broken: the spaces before it, itself, its width."""
        space = ""
        is_wide = _IS_WIDE.search(text) is not None
        for part in text.split(" "):
            if part == "":
                space += " "
                continue
            for piece in _PIECE.findall(part) if is_wide else (part,):
                width = self.width(piece)
                if width <= measure:
                    yield space, piece, width
                else:
                    yield from self._cut(space, piece, measure)
                space = ""
            space = " "

    def _cut(self, space: str, text: str, measure: float) -> Iterator[tuple[str, str, float]]:
        """A word wider than a line, in parts that are not."""
        start, used = 0, 0.0
        for index, char in enumerate(text):
            width = self.width(char)
            if used + width > measure and index > start and not unicodedata.combining(char):
                yield space, text[start:index], used
                start, used, space = index, 0.0, ""
            used += width
        yield space, text[start:], used

    # --- order -------------------------------------------------------------------------------------------------------

    def _mixed(self, text: str, measure: float) -> list[Line]:
        """Lines of a paragraph with text from right to left: levels for the whole, order line by line (UAX 9 L2)."""
        levels, base = _levels(text)
        lines, start = [], 0
        for shown, _ in self._fill(text, measure):
            start = text.index(shown, start)
            runs = self._ordered(shown, levels[start : start + len(shown)])
            width = self._points * sum(run.width for run in runs)
            lines.append(Line(runs, width, measure, is_right_to_left=base == 1))
            start += len(shown)
        return lines

    def _ordered(self, text: str, levels: list[int]) -> tuple[Glyphs, ...]:
        parts: list[tuple[int, Glyphs]] = []
        start = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or levels[end] != levels[start]:
                parts += [(levels[start], run) for run in self._glyphs(text[start:end], levels[start])]
                start = end
        for level in range(max(levels, default=0), 0, -1):
            parts = _reversed_from(parts, level)
        return tuple(run for _, run in parts)

    # --- glyphs ------------------------------------------------------------------------------------------------------

    def _glyphs(self, text: str, level: int = 0) -> list[Glyphs]:
        """`text`, all of one level, as runs in reading order."""
        if level == 0 and self._typefaces.covers(self._face, text):
            return [self._face.plain(text)]
        runs = self._typefaces.split(self._face, text)
        return [
            self._shape(face, part, level) if face.is_shaped else face.mirrored(part) if level % 2 else face.plain(part)
            for face, part in runs
        ]

    def _shape(self, face: Face, text: str, level: int) -> Glyphs:
        # Digits of Arabic are of its script, and run from left to right: the level decides, not the script.
        is_right_to_left = level % 2 == 1 or (level == 0 and _RIGHT_TO_LEFT.search(text) is not None)
        key = (face.fontName, text, is_right_to_left)
        found = self._shaped.get(key)
        if found is None:
            if len(self._shaped) > _REMEMBERED_RUNS:
                self._shaped.clear()
            found = self._shaped[key] = face.shape(text, is_right_to_left=is_right_to_left)
        return found


def _levels(text: str) -> tuple[list[int], int]:
    """The embedding level of each character, and that of the paragraph."""
    storage = bidi.get_empty_storage()
    base: int = bidi.get_base_level(text)
    storage["base_level"], storage["base_dir"] = base, "R" if base else "L"
    bidi.get_embedding_levels(text, storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, debug=False)
    bidi.resolve_implicit_levels(storage, debug=False)
    found = iter(storage["chars"])
    levels, waiting = [], next(found, None)
    for char in text:
        if waiting is not None and waiting["ch"] == char:
            levels.append(waiting["level"])
            waiting = next(found, None)
        else:  # left out by rule X9: it goes with what it follows
            levels.append(levels[-1] if levels else base)
    return levels, base


def _reversed_from(parts: list[tuple[int, Glyphs]], level: int) -> list[tuple[int, Glyphs]]:
    """`parts` with each stretch of this level and above turned round."""
    result: list[tuple[int, Glyphs]] = []
    stretch: list[tuple[int, Glyphs]] = []
    for part in parts:
        if part[0] >= level:
            stretch.insert(0, part)
        else:
            result += [*stretch, part]
            stretch = []
    return result + stretch
