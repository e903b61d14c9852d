"""Vectors of searching: folding, queries, where they are found, what filters let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.group import Group

MODULE = "vault/writing"


def groups() -> Iterator[Group]:
    yield _fold()
    yield _query()
    yield _find()
    yield _fits()


def _fold() -> Group:
    group = Group(MODULE, "fold")
    for name, text, expected in (
        ("empty", "", ""),
        ("plain", "rain", "rain"),
        ("cases", "RAIN Rain", "rain rain"),
        ("accents, composed", "Crème Brûlée, Ångström", "creme brulee, angstrom"),
        ("accents, decomposed", "Cre\u0300me", "creme"),
        ("accents piled up", "e\u0301\u0302\u0303\u0323", "e"),
        ("only an accent", "\u0301", ""),
        (
            "letters without decomposition",
            "Straße ẞ Æsir œuvre Øl Łódź Đà eð Þór",
            "strasse ss aesir oeuvre ol lodz da ed thor",
        ),
        ("Turkish i", "İstanbul Iı", "istanbul ii"),
        ("final sigma", "ΟΔΟΣ οδός ςσ", "οδοσ οδοσ σσ"),
        ("Greek with polytonic marks", "Ἀθηνᾶ", "αθηνα"),
        ("Cyrillic", "Ёлка йод", "елка иод"),
        ("Vietnamese", "Đặng Thị Ngọc", "dang thi ngoc"),
        ("full width and half width", "ＡＢＣ１２３ ｶﾞ", "abc123 \u30ab\u3099"),
        ("ligatures", "ﬁn oﬃce", "fin office"),
        ("superscript, fraction, circled", "x² ½ ①", "x2 1\u20442 1"),
        ("CJK stays", "私は日本人", "私は日本人"),
        ("CJK compatibility ideograph", "\uf9fb", "\u7099"),
        ("kana keep their voicing", "がか パハ", "\u304b\u3099\u304b \u30cf\u309a\u30cf"),
        ("Hangul comes apart", "한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("Arabic points and tatweel", "المَكْتَبَـــة", "\u0627\u0644\u0645\u0643\u062a\u0628\u0647"),
        ("Arabic alefs and yehs", "أإآٱا ىي", "\u0627\u0627\u0627\u0627\u0627 \u064a\u064a"),
        ("Persian letters", "کی", "\u0643\u064a"),
        ("Arabic presentation forms", "\ufef3\ufe8e", "\u064a\u0627"),
        ("Hebrew points", "שָׁלוֹם", "\u05e9\u05dc\u05d5\u05dd"),
        ("Devanagari keeps its vowels", "कि की", "कि की"),
        ("Thai keeps its vowels and tones", "กุ่ กู", "กุ่ กู"),
        ("without width", "a\u00adb\u200bc\u200dd\ufeffe\u202ef\u2066g", "abcdefg"),
        (
            "emoji with variation selector and joiner",
            "\U0001f58b\ufe0f \U0001f468\u200d\U0001f469",
            "\U0001f58b \U0001f468\U0001f469",
        ),
        ("astral letters", "\U00010400 \U0001d400", "\U00010428 a"),
        ("apostrophes", "don\u2019t \u2018so\u2019 don't", "don't 'so' don't"),
        ("dashes", "a\u2010b\u2011c\u2013d\u2014e\u2212f-g", "a-b-c-d-e-f-g"),
        ("quotes stay", '\u201cso\u201d "so"', '\u201cso\u201d "so"'),
        ("white space of every kind", "a \t\r\n b\u00a0\u3000c\u2028d\u0085e\u1680f", "a b c d e f"),
        ("white space at the ends stays, as one", "  a\n\n", " a "),
        ("spacing accent", "a\u00b4b", "a b"),
        ("controls stay", "a\u0000b\u001fc", "a\u0000b\u001fc"),
        ("plain text with a delete", "a\u007fB", "a\u007fb"),
    ):
        group.known(expected, name, text=text)
    return group


def _parsed(terms: list[str], notes: list[str] | None = None, **filters: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"tags": [], "notebooks": [], "roles": [], "before": None, "after": None, "is": []}
    return {"terms": terms, "filters": empty | filters, "notes": notes or []}


def _query() -> Group:
    group = Group(MODULE, "query")
    for name, text, expected in (
        ("empty", "", _parsed([])),
        ("white space alone", " \t\u3000\n", _parsed([])),
        ("words", "Rain  café", _parsed(["rain", "cafe"])),
        ("a word twice", "rain RAIN", _parsed(["rain"])),
        ("a phrase", '"in the  Rain" now', _parsed(["in the rain", "now"])),
        ("a phrase in curly quotes", "“in the rain”", _parsed(["in the rain"])),
        ("a phrase in angle quotes", "«sous la pluie»", _parsed(["sous la pluie"])),
        ("a phrase that is not closed", '"in the rai', _parsed(["in the rai"])),
        ("a quote alone", '"', _parsed([])),
        ("empty quotes", '"" “”', _parsed([])),
        ("a quote within a word", 'ra"in', _parsed(['ra"in'])),
        ("a phrase right after a word's end", '"a b"c', _parsed(["a b", "c"])),
        ("an accent alone", "\u0301 x", _parsed(["x"])),
        ("CJK between ideographic spaces", "日本\u3000手紙", _parsed(["日本", "手紙"])),
        ("tag", "tag:Rome", _parsed([], tags=["rome"])),
        ("two tags", "tag:a tag:B tag:a", _parsed([], tags=["a", "b"])),
        ("tag in quotes", 'tag:"New York" x', _parsed(["x"], tags=["new york"])),
        ("tag in curly quotes", "tag:“New York”", _parsed([], tags=["new york"])),
        ("notebook", "in:Straße", _parsed([], notebooks=["strasse"])),
        ("name in capitals", "TAG:x IN:y", _parsed([], tags=["x"], notebooks=["y"])),
        ("roles", "role:writer role:Helper role:writer", _parsed([], roles=["writer", "helper"])),
        ("unknown role", "role:me", _parsed([], ["bad_role:me"])),
        ("flags", "is:pinned is:archived is:trashed", _parsed([], **{"is": ["pinned", "archived", "trashed"]})),
        ("unknown flag", "is:Lost x", _parsed(["x"], ["bad_is:lost"])),
        ("days", "after:2026-03-01 before:2026-03-31", _parsed([], after="2026-03-01", before="2026-03-31")),
        ("month and year", "after:2025 before:2026-02", _parsed([], after="2025", before="2026-02")),
        ("the last of several bounds", "before:2026 before:2025", _parsed([], before="2025")),
        ("digits of full width", "before:２０２６", _parsed([], before="2026")),
        ("a leap day", "before:2024-02-29", _parsed([], before="2024-02-29")),
        ("no such day", "before:2026-02-29", _parsed([], ["bad_date:2026-02-29"])),
        ("no such month", "after:2026-13", _parsed([], ["bad_date:2026-13"])),
        ("year 0", "after:0000", _parsed([], ["bad_date:0000"])),
        ("half a day", "after:202", _parsed([], ["bad_date:202"])),
        ("a bad bound leaves the good one", "after:2026 after:x", _parsed([], ["bad_date:x"], after="2026")),
        ("a filter without a value", "tag: x", _parsed(["x"])),
        ("a date without a value", "before:", _parsed([])),
        ("a filter with empty quotes", 'tag:""', _parsed([])),
        ("a value that folds to nothing", "tag:\u0640", _parsed([])),
        ("unknown filter", "foo:bar", _parsed(["foo:bar"])),
        ("unknown filter in quotes", 'foo:"a b"', _parsed(["foo:a b"])),
        ("an address", "https://ink.example/a", _parsed(["https://ink.example/a"])),
        ("a colon first", ":x", _parsed([":x"])),
        ("a filter's name within a word", "heritage:x", _parsed(["heritage:x"])),
        ("a filter that is no letter", "tag1:x", _parsed(["tag1:x"])),
        ("a filter in a phrase", '"tag:x"', _parsed(["tag:x"])),
        (
            "all together",
            'rain "on the roof" tag:home in:house role:writer after:2026 is:pinned',
            _parsed(
                ["rain", "on the roof"],
                tags=["home"],
                notebooks=["house"],
                roles=["writer"],
                after="2026",
                **{"is": ["pinned"]},
            ),
        ),
    ):
        group.known(expected, name, text=text)
    return group


def _find() -> Group:
    group = Group(MODULE, "find")
    for name, query, text, fits, spans in (
        ("nothing looked for", "", "rain", True, []),
        ("in an empty text", "rain", "", False, []),
        ("a word", "rain", "Rain, and rain", True, [[0, 4], [10, 14]]),
        ("part of a word", "rai", "trains", True, [[1, 4]]),
        ("not there", "snow", "rain", False, []),
        ("one of two", "rain snow", "rain", False, [[0, 4]]),
        ("both, in any order", "roof rain", "rain on a roof", True, [[0, 4], [10, 14]]),
        ("a phrase", '"on a"', "rain on  a roof", True, [[5, 10]]),
        ("a phrase over a line end", '"on a"', "rain on \r\n\t a roof", True, [[5, 13]]),
        ("overlapping terms", "abc bcd", "xabcdx", True, [[1, 5]]),
        ("touching terms", "ab cd", "abcd", True, [[0, 4]]),
        ("occurrences of one term do not overlap", "aa", "aaa a", True, [[0, 2]]),
        ("accents, composed", "creme", "la crème", True, [[3, 8]]),
        ("accents, decomposed, with the mark", "creme", "la cre\u0300me", True, [[3, 9]]),
        ("a mark after the end belongs to it", "e", "ne\u0301n", True, [[1, 3]]),
        ("accent in the query alone", "crème", "creme", True, [[0, 5]]),
        ("half of what a letter folds to", "s", "Straße", True, [[0, 1], [4, 5]]),
        ("half of a ligature", "ffi", "oﬃce", True, [[1, 2]]),
        ("shifted by letters that grow", "x", "ßæx", True, [[2, 3]]),
        ("final sigma", "οδος", "ΟΔΟΣ", True, [[0, 4]]),
        ("CJK", "日本", "私は日本人です", True, [[2, 4]]),
        ("kana apart by voicing", "が", "かが", True, [[1, 2]]),
        ("first letters of a Hangul syllable", "하", "한국", True, [[0, 1]]),
        ("Arabic without points", "المكتبة", "في المَكْتَبَة", True, [[3, 14]]),
        ("astral before it", "b", "\U0001f58b\ufe0fa\U0001d400b", True, [[4, 5]]),
        ("astral itself", "\U0001f58b", "a\U0001f58b\ufe0fb", True, [[1, 3]]),
        ("a soft hyphen inside", "rain", "ra\u00adin", True, [[0, 5]]),
        ("apostrophe", "don't", "I don\u2019t", True, [[2, 7]]),
        ("Devanagari: a letter with its vowel sign", "क", "कि", True, [[0, 2]]),
        ("marks out of order", "กุ่", "x\u0e01\u0e48\u0e38", True, [[1, 4]]),
        ("a mark first in the text", "a", "\u0301a", True, [[1, 2]]),
        ("a mark that stays, first in the text", "\u3099", "\u3099x", True, [[0, 1]]),
        ("one letter grows and another goes", "s", "ß\u00ad", True, [[0, 1]]),
        ("one letter grows and another goes, the other way round", "s", "\u00adß", True, [[1, 2]]),
    ):
        group.known({"fits": fits, "spans": spans}, name, query=query, text=text)
    return group


def _fits() -> Group:
    group = Group(MODULE, "fits")
    plain: dict[str, Any] = {"tags": [], "notebook": None, "is": [], "day": "2026-03-15", "role": "writer"}
    for name, query, facts, expected in (
        ("no filters", "rain", {}, True),
        ("a tag", "tag:rome", {"tags": ["Rome"]}, True),
        ("not the beginning of a tag", "tag:rom", {"tags": ["Rome"]}, False),
        ("all tags", "tag:a tag:b", {"tags": ["a", "b", "c"]}, True),
        ("one of two tags", "tag:a tag:b", {"tags": ["a"]}, False),
        ("part of the notebook", "in:hous", {"notebook": "The House"}, True),
        ("one of two notebooks", "in:house in:garden", {"notebook": "Garden"}, True),
        ("no notebook", "in:house", {}, False),
        ("role", "role:writer", {}, True),
        ("other role", "role:helper", {}, False),
        ("one of two roles", "role:helper role:writer", {}, True),
        ("a title has no role", "role:writer", {"role": None}, False),
        ("a title without a role asked for", "x", {"role": None}, True),
        ("before the day", "before:2026-03-16", {}, True),
        ("before the same day", "before:2026-03-15", {}, False),
        ("after the same day", "after:2026-03-15", {}, True),
        ("after the day before", "after:2026-03-16", {}, False),
        ("before its month", "before:2026-03", {}, False),
        ("before the next month", "before:2026-04", {}, True),
        ("from its month on", "after:2026-03", {}, True),
        ("from its year on", "after:2026", {}, True),
        ("before its year", "before:2026", {}, False),
        ("pinned", "is:pinned", {"is": ["pinned"]}, True),
        ("not pinned", "is:pinned", {}, False),
        ("archived is found", "x", {"is": ["archived"]}, True),
        ("trashed is not found", "x", {"is": ["trashed"]}, False),
        ("trashed when asked for", "is:trashed", {"is": ["trashed"]}, True),
        ("only trashed when asked for", "is:trashed", {}, False),
        ("pinned and archived", "is:pinned is:archived", {"is": ["pinned"]}, False),
    ):
        group.known(expected, name, query=query, **(plain | facts))
    return group
