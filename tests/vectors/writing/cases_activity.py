"""Vectors of words and activity (FORMAT §5.4, §5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.group import Group

NOW = 1_800_000_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
A, B, C = "0a" * 16, "0b" * 16, "0c" * 16
NOTEBOOK, OTHER_NOTEBOOK = "11" * 16, "22" * 16


def groups() -> Iterator[Group]:
    yield _words()
    yield _standing()
    yield _active_session()
    yield _last_of_notebook()


def _words() -> Group:
    group = Group("FORMAT §5.4", "words")
    for name, text, expected in (
        ("empty", "", 0),
        ("white space", " \t\n\u3000\u00a0", 0),
        ("one", "rain", 1),
        ("several", "It rained all day.", 4),
        (
            "around white space of every kind",
            "\na\tb\rc\u0085d\u00a0e\u1680f\u2003g\u2028h\u2029i\u202fj\u205fk\u3000l ",
            12,
        ),
        ("apostrophe and hyphen join", "don't well-known don\u2019t", 3),
        ("dashes part", "rain\u2013sun\u2014wind\u2015fog", 4),
        ("punctuation alone", "... -- !? \u2026 \u00ab \u00bb", 0),
        ("punctuation around", "(rain) \u201crain\u201d \u2014 \u00abrain\u00bb", 3),
        ("a long run of punctuation", "-" * 1_000 + " x", 1),
        ("punctuation before letters in one piece", "--rain--", 1),
        ("digits", "3 1,000 2026-03-15 4\u00bd", 4),
        ("accents, composed and not", "cr\u00e8me cre\u0300me", 2),
        ("ordinal and micro", "\u00aa \u00b5 \u00ba", 3),
        ("signs below U+00C0 are none", "\u00a7 \u00a9 \u00b7 \u00bf", 0),
        (
            "Cyrillic, Greek, Arabic, Hebrew",
            "\u0434\u043e\u0436\u0434\u044c \u03b2\u03c1\u03bf\u03c7\u03ae \u0645\u0637\u0631 \u05d2\u05e9\u05dd",
            4,
        ),
        ("Devanagari with vowel signs", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u093f", 2),
        ("Thai has no spaces", "\u0e1d\u0e19\u0e15\u0e01", 1),
        ("Hangul by spaces", "\ube44\uac00 \uc628\ub2e4", 2),
        ("CJK: each character", "\u96e8\u304c\u964d\u308b", 4),
        ("CJK and punctuation of its own", "\u96e8\u3002\u3001\u300c\u96e8\u300d", 4),
        ("CJK iteration mark joins nothing", "\u4eba\u3005", 2),
        ("CJK and Latin without a space", "Rain\u96e8Rain", 3),
        ("kana of half width are letters", "\uff76\uff9e", 1),
        ("compatibility ideographs", "\uf900\ufaff", 2),
        ("ideographs beyond the basic plane", "\U00020000\U0003ffff", 2),
        ("just outside of them", "\U0001ffff\U00040000", 1),
        ("borders of characters of their own", "\u303f\u3040\u30ff\u3100", 4),
        ("borders of the others", "\u33ff\u3400\u4dbf\u4dc0\u4dff\u4e00\u9fff\ua000", 7),
        ("emoji", "\U0001f58b \U0001f58b\ufe0f\U0001f327", 2),
        ("emoji joined to a word", "rain\U0001f327", 1),
        ("general punctuation is no letter", "\u2020 \u2022 \u206f", 0),
        ("from U+2070 on it is", "\u2070 \u2fff", 2),
        ("U+3004 is none, U+3005 is", "\u3004 \u3005", 1),
        ("without width", "a\u200bb c\u200dd", 2),
        ("controls do not part", "a\u0000b", 1),
        ("U+001F does not part", "a\u001fb", 1),
    ):
        group.known(expected, name, text=text)
    return group


def _standing() -> Group:
    group = Group("FORMAT §5.5", "standing")
    for name, session, limit, state, left in (
        ("just now", {"active_at": NOW}, 5, "active", 5 * MINUTE),
        ("a second ago", {"active_at": NOW - SECOND}, 5, "active", 5 * MINUTE - SECOND),
        ("just before idle", {"active_at": NOW - 59_999}, 5, "active", 240_001),
        ("idle", {"active_at": NOW - MINUTE}, 5, "idle", 4 * MINUTE),
        ("last millisecond", {"active_at": NOW - 299_999}, 5, "idle", 1),
        ("ended by itself", {"active_at": NOW - 5 * MINUTE}, 5, "ended", 0),
        ("long ended", {"active_at": 0}, 60, "ended", 0),
        ("limit of one minute knows no idle", {"active_at": NOW - 59_999}, 1, "active", 1),
        ("limit of one minute, over", {"active_at": NOW - MINUTE}, 1, "ended", 0),
        ("limit of an hour", {"active_at": NOW - 59 * MINUTE}, 60, "idle", MINUTE),
        ("a clock ahead by little", {"active_at": NOW + SECOND}, 5, "active", 5 * MINUTE),
        ("a clock ahead by almost the limit", {"active_at": NOW + 299_999}, 5, "active", 5 * MINUTE),
        ("a clock ahead by the limit", {"active_at": NOW + 5 * MINUTE}, 5, "ended", 0),
        ("a clock ahead by years", {"active_at": 2**53 - 1}, 5, "ended", 0),
        ("a clock before 1970", {"active_at": -(2**53) + 1}, 5, "ended", 0),
        ("without activity its last change counts", {"updated_at": NOW - MINUTE}, 5, "idle", 4 * MINUTE),
        ("activity stands above the last change", {"updated_at": 0, "active_at": NOW}, 5, "active", 5 * MINUTE),
        ("resumed", {"active_at": NOW, "resumed_at": NOW}, 5, "resumed", 5 * MINUTE),
        ("resumed, then idle", {"active_at": NOW - 2 * MINUTE, "resumed_at": NOW - 2 * MINUTE}, 5, "idle", 3 * MINUTE),
        ("resumed, then over", {"active_at": NOW - 6 * MINUTE, "resumed_at": NOW - 6 * MINUTE}, 5, "ended", 0),
        ("ended now", {"active_at": NOW, "ended_at": NOW}, 5, "ended", 0),
        ("new", {"active_at": NOW, "count": 0}, 5, "new", 0),
        ("new and old", {"active_at": 0, "count": 0}, 5, "new", 0),
        ("archived", {"active_at": NOW, "archived_at": NOW}, 5, "archived", 0),
        ("archived stands above new", {"count": 0, "archived_at": NOW}, 5, "archived", 0),
        ("trashed", {"active_at": NOW, "trashed_at": NOW}, 5, "trashed", 0),
        ("trashed stands above archived", {"trashed_at": NOW, "archived_at": NOW, "ended_at": NOW}, 5, "trashed", 0),
        ("archived stands above ended", {"archived_at": NOW, "ended_at": NOW}, 5, "archived", 0),
        ("archived at 0", {"active_at": NOW, "archived_at": 0}, 5, "archived", 0),
    ):
        group.known({"state": state, "left": left}, name, session=session, now=NOW, limit=limit)
    return group


def _session(id_: str, ago: int, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "active_at": NOW - ago, **fields}


def _active_session() -> Group:
    group = Group("FORMAT §5.5", "active_session")
    for name, sessions, expected in (
        ("none at all", [], None),
        ("one", [_session(A, MINUTE)], A),
        ("the latest", [_session(A, MINUTE), _session(B, SECOND), _session(C, 2 * MINUTE)], B),
        ("of two at once the lower id", [_session(B, SECOND), _session(A, SECOND)], A),
        ("all over", [_session(A, 5 * MINUTE), _session(B, 6 * MINUTE)], None),
        ("the latest has ended", [_session(A, SECOND, ended_at=NOW), _session(B, MINUTE)], B),
        ("the latest is archived", [_session(A, SECOND, archived_at=NOW), _session(B, MINUTE)], B),
        ("the latest is in the trash", [_session(A, SECOND, trashed_at=NOW), _session(B, MINUTE)], B),
        ("a new one is not written in yet", [_session(A, SECOND, count=0), _session(B, MINUTE)], B),
        ("resumed", [_session(A, SECOND, resumed_at=NOW), _session(B, MINUTE)], A),
        ("a device whose clock runs ahead", [_session(A, -MINUTE), _session(B, 0)], A),
        ("a device whose clock is far ahead", [_session(A, -10 * MINUTE), _session(B, MINUTE)], B),
    ):
        group.known(expected, name, sessions=sessions, now=NOW, limit=5)
    return group


def _last_of_notebook() -> Group:
    group = Group("FORMAT §5.5", "last_of_notebook")
    mine = {"notebook": NOTEBOOK}
    for name, sessions, expected in (
        ("none at all", [], None),
        ("none of its own", [_session(A, 0), _session(B, 0, notebook=OTHER_NOTEBOOK)], None),
        ("the latest", [_session(A, MINUTE, **mine), _session(B, SECOND, **mine), _session(C, 0)], B),
        ("of two at once the lower id", [_session(B, SECOND, **mine), _session(A, SECOND, **mine)], A),
        ("however long ago", [_session(A, NOW, **mine)], A),
        (
            "ended or archived",
            [_session(A, SECOND, archived_at=NOW, ended_at=NOW, **mine), _session(B, MINUTE, **mine)],
            A,
        ),
        ("not from the trash", [_session(A, SECOND, trashed_at=NOW, **mine), _session(B, MINUTE, **mine)], B),
        ("only trash", [_session(A, SECOND, trashed_at=NOW, **mine)], None),
    ):
        group.known(expected, name, sessions=sessions, notebook=NOTEBOOK)
    return group
