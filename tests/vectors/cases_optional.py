"""Cases of the fields that may be left out, and of the records of the root container (FORMAT §5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Change = dict[str, Any]

EMOJI = "\U0001f58b"
TIMES = {"created_at": 1_800_000_000_000, "updated_at": 1_800_000_060_000, "zone": "Europe/Vienna"}
PHASE = {"title": "Day one", "prompt": "Write about what happened.", "minutes": 15}
RETENTION = {"archive_days": 30, "trash_days": 365, "remind_days": 7}
DAY = {"day": "2027-01-15", "words": 120, "seconds": 900}
VERSION = {"text": "First wrods", "at": 1_800_000_000_000}

ROOT_RECORDS: dict[str, Change] = {
    "notebook": {"type": "notebook", "title": "The move", "kind": "event", **TIMES},
    "template": {"type": "template", "title": "My evening", "phases": [PHASE], **TIMES},
    "settings": {"type": "settings"},
    "backup": {"type": "backup", "begun_at": 1_800_000_500_000},
}

_ENDED = {"archived_at": 1_800_000_300_000, "trashed_at": 1_800_000_400_000}
_SESSION: Change = {
    "active_at": 1_800_000_060_001,
    "ended_at": 1_800_000_200_000,
    **_ENDED,
    "notebook": "0f" * 16,
    "phase": 2,
    "template": "expressive-writing",
    "helper": "Ada",
    "tags": ["Zwei", "eins", "\u00e4hnlich", EMOJI],
    "pinned": True,
    "thread": "https://talk.example/t/1?x=\u00e4",
    "days": [DAY, {"day": "2027-01-16", "words": 0, "seconds": 5}, {"day": "2028-02-29", "words": 1, "seconds": 0}],
}
_MESSAGE: Change = {
    "seconds": 61,
    "edited_at": 1_800_000_100_000,
    "versions": [VERSION, {"text": "", "at": 1_800_000_050_000, "later": [1]}],
    "trashed_at": 1_800_000_400_000,
    "sources": [{"title": "A book", "url": "https://book.example", "page": 3}, {}],
    "tool_calls": [{"name": "look", "input": "{}", "output": {"found": [None]}}],
    "flags": ["gentle", "heavy"],
}
_NOTEBOOK: Change = {
    "notes": "Boxes.\n\nKeys.",
    "colour": "teal",
    "date": "2027-02-28",
    "programme": "ab" * 16,
    **_ENDED,
    "retention": {**RETENTION, "later": True},
}
_TEMPLATE: Change = {
    "phases": [{**PHASE, "later": 1}, {"title": "", "prompt": "", "minutes": 0}],
    "about": "For evenings.",
    "tags": ["evening"],
    "trashed_at": 1_800_000_400_000,
}
_SETTINGS: Change = {
    "continue_minutes": 12,
    "retention": {"trash_days": 36_500},
    "backup_days": 90,
}


def all_optional() -> dict[str, Change]:
    """One payload of each type that has every field there is."""
    digest = {"count": 2, "digest": "0a" * 32}
    shown = {"title": None, "opening": "First", "preview": "Last", "next_position": 2}
    message = {"role": "writer", "text": "First words", "position": 0}
    return {
        "session": {"type": "session", **TIMES, **digest, **shown, **_SESSION},
        "message": {"type": "message", "created_at": 1, "zone": "UTC", **message, **_MESSAGE},
        "notebook": {**ROOT_RECORDS["notebook"], **_NOTEBOOK},
        "template": {**ROOT_RECORDS["template"], **_TEMPLATE},
        "settings": {**ROOT_RECORDS["settings"], **_SETTINGS},
    }


def valid_optional() -> Iterator[tuple[str, Change]]:
    """Values at the edges of what is allowed, one change at a time."""
    for name in ("active_at", "ended_at", "resumed_at", "archived_at", "trashed_at"):
        yield "session", {name: 0}
        yield "session", {name: -(2**53 - 1)}
    yield from (("session", {"phase": value}) for value in (1, 99))
    yield from (("session", {"template": value}) for value in ("0", "blank", "-", "a" * 31, "0123456789abcdef" * 2))
    yield from (("session", {"helper": value}) for value in (" ", EMOJI * 100))
    yield from (
        ("session", {"tags": value}) for value in ([EMOJI * 50], [f"{n:02}" for n in range(50)], ["\uffff", EMOJI])
    )
    yield "session", {"thread": EMOJI * 500}
    yield from (("session", {"days": [{**DAY, "day": value}]}) for value in ("0001-01-01", "9999-12-31", "2000-02-29"))
    yield "session", {"days": [{**DAY, "later": 1}]}
    yield "message", {"seconds": 1}
    yield "message", {"seconds": 2**53 - 1}
    yield "message", {"edited_at": 0, "versions": [{"text": "later", "at": 5}, {"text": "earlier", "at": -5}]}
    yield "message", {"flags": [f"{n:03}" for n in range(60)]}
    yield "notebook", {"title": EMOJI * 200, "kind": "project"}
    yield "notebook", {"notes": "\n", "kind": "journal"}
    yield "notebook", {"notes": "x" * 100_000}
    for colour in ("red", "orange", "yellow", "green", "blue", "violet", "rose"):
        yield "notebook", {"colour": colour}
    for name in ("archive_days", "trash_days", "remind_days"):
        yield "notebook", {"retention": {name: 1}}
        yield "settings", {"retention": {name: 36_500}}
    yield "template", {"phases": [PHASE] * 20}
    yield "template", {"phases": [{"title": EMOJI * 200, "prompt": "x" * 20_000, "minutes": 600}]}
    yield "template", {"about": EMOJI * 2_000}
    yield from (("settings", {"continue_minutes": value}) for value in (1, 60))
    yield from (("settings", {"backup_days": value}) for value in (0, 36_500))
    yield "backup", {"begun_at": 0}


def _lists(name: str, most: int | None) -> Iterator[tuple[str, Change]]:
    """What no list of labels may be."""
    yield "empty", {name: []}
    yield "with an empty string", {name: [""]}
    yield "with 51 code points", {name: ["x" * 51]}
    yield "with a number", {name: [1]}
    yield "with null", {name: [None]}
    yield "twice the same", {name: ["a", "a"]}
    yield "out of order", {name: ["b", "a"]}
    yield "sorted by UTF-16 units", {name: [EMOJI, "\uffff"]}
    yield "a string", {name: "a"}
    yield "an object", {name: {}}
    if most is not None:
        yield f"of {most + 1}", {name: [f"{n:02}" for n in range(most + 1)]}


def _texts(name: str, most: int) -> Iterator[tuple[str, Change]]:
    yield "empty", {name: ""}
    yield f"of {most + 1} code points", {name: "x" * (most + 1)}
    yield f"of {most + 1} code points beyond the basic plane", {name: EMOJI * (most + 1)}
    yield "a number", {name: 1}


def _integers(name: str, low: int, high: int | None) -> Iterator[tuple[str, Change]]:
    yield str(low - 1), {name: low - 1}
    if high is not None:
        yield str(high + 1), {name: high + 1}
    yield "a bool", {name: True}
    yield "a string", {name: "1"}


def _template_names(name: str) -> Iterator[tuple[str, Change]]:
    yield from _each(name, "", "x" * 32, "A", "a_b", "a b", "f" * 33, "blank\n", "FF" * 16, 1)


def _days(name: str) -> Iterator[tuple[str, Change]]:
    return _each(
        name,
        *("", "2027-1-15", "2027-01-15 ", "20270115", "2027-W02-5", "2027-015", "27-01-15", "+2027-01-15"),
        *("2027-01-15T00", "0000-01-01", "2027-00-01", "2027-13-01", "2027-01-00", "2027-01-32", "2027-04-31"),
        *("2027-02-29", "1900-02-29", "\u0662\u0660\u0662\u0667-01-15", 20_270_115),
    )


def _wrong_session() -> Iterator[tuple[str, Change]]:
    for name in ("active_at", "ended_at", "resumed_at", "archived_at", "trashed_at"):
        yield f"{name} a string", {name: "1"}
        yield f"{name} a bool", {name: True}
    yield "ended and resumed", {"ended_at": 1, "resumed_at": 2}
    yield from _each("notebook", "0f" * 15, "0F" * 16, "0f" * 17, "", 1)
    yield from _named("phase", _integers("phase", 1, 99))
    yield from _template_names("template")
    yield from _named("helper", _texts("helper", 100))
    yield from _named("thread", _texts("thread", 500))
    yield from _named("tags", _lists("tags", 50))
    yield from _each("pinned", False, 1, "true")
    later = {**DAY, "day": "2027-01-16"}
    for name, days in (
        ("empty", []),
        ("an object", {}),
        ("with a string", ["2027-01-15"]),
        ("out of order", [later, DAY]),
        ("with a day twice", [DAY, {**DAY, "words": 1}]),
        ("with nothing on a day", [{**DAY, "words": 0, "seconds": 0}]),
        ("with words below 0", [{**DAY, "words": -1}]),
        ("with seconds below 0", [{**DAY, "seconds": -1}]),
        ("with words a string", [{**DAY, "words": "1"}]),
        ("without words", [{"day": "2027-01-15", "seconds": 1}]),
        ("without seconds", [{"day": "2027-01-15", "words": 1}]),
        ("without a day", [{"words": 1, "seconds": 1}]),
    ):
        yield f"days {name}", {"days": days}
    for name, change in _days("day"):
        yield f"days with {name}", {"days": [{**DAY, **change}]}


def _wrong_message() -> Iterator[tuple[str, Change]]:
    yield from _named("seconds", _integers("seconds", 1, None))
    yield "edited without versions", {"edited_at": 1}
    yield "versions without being edited", {"versions": [VERSION]}
    for name, versions in (
        ("empty", []),
        ("an object", VERSION),
        ("with a string", ["First"]),
        ("without a text", [{"at": 1}]),
        ("without a time", [{"text": "First"}]),
        ("with a time in words", [{"text": "First", "at": "1"}]),
        ("with a text null", [{"text": None, "at": 1}]),
    ):
        yield f"versions {name}", {"edited_at": 1, "versions": versions}
    yield "edited at no time", {"edited_at": "1", "versions": [VERSION]}
    yield "trashed at no time", {"trashed_at": True}
    for field in ("sources", "tool_calls"):
        yield from _each(field, [], {}, "x", ["x"], [None], [[]])
    yield from _named("flags", _lists("flags", None))


def _wrong_retention() -> Iterator[tuple[str, Change]]:
    yield from _each("retention", {}, [], "30", 30, {"later": 1})
    for days in RETENTION:
        for name, change in _integers(days, 1, 36_500):
            yield f"retention {days} {name}", {"retention": change}


def _wrong_notebook() -> Iterator[tuple[str, Change]]:
    yield from _named("title", _texts("title", 200))
    yield from _each("kind", "diary", "Event", "", 1)
    yield from _each("colour", "pink", "Red", "#ff0000", "", 1)
    yield "notes empty", {"notes": ""}
    yield "notes of 100,001 code points", {"notes": "x" * 100_001}
    yield from _days("date")
    yield from _template_names("programme")
    yield "archived at no time", {"archived_at": "1"}
    yield "trashed at no time", {"trashed_at": False}
    yield from _wrong_retention()


def _wrong_template() -> Iterator[tuple[str, Change]]:
    yield from _named("title", _texts("title", 200))
    for name, phases in (
        ("empty", []),
        ("of 21", [PHASE] * 21),
        ("an object", PHASE),
        ("with a string", ["Day one"]),
        ("with a title too long", [{**PHASE, "title": "x" * 201}]),
        ("with a prompt too long", [{**PHASE, "prompt": "x" * 20_001}]),
        ("with 601 minutes", [{**PHASE, "minutes": 601}]),
        ("with -1 minutes", [{**PHASE, "minutes": -1}]),
        ("with minutes null", [{**PHASE, "minutes": None}]),
        *((f"without {name}", [{key: value for key, value in PHASE.items() if key != name}]) for name in PHASE),
    ):
        yield f"phases {name}", {"phases": phases}
    yield from _named("about", _texts("about", 2_000))
    yield from _named("tags", _lists("tags", 50))
    yield "trashed at no time", {"trashed_at": "1"}


def _wrong_settings() -> Iterator[tuple[str, Change]]:
    yield from _named("continue_minutes", _integers("continue_minutes", 1, 60))
    yield from _named("backup_days", _integers("backup_days", 0, 36_500))
    yield from _wrong_retention()


def _each(name: str, *values: Any) -> Iterator[tuple[str, Change]]:
    return ((f"{name} {value!r}", {name: value}) for value in values)


def _named(field: str, cases: Iterator[tuple[str, Change]]) -> Iterator[tuple[str, Change]]:
    return ((f"{field} {name}", change) for name, change in cases)


def wrong_optional() -> Iterator[tuple[str, str, Change]]:
    """What has to be refused: of each type every field of another form, and every optional one that is null."""
    for kind, cases in (
        ("session", _wrong_session()),
        ("message", _wrong_message()),
        ("notebook", _wrong_notebook()),
        ("template", _wrong_template()),
        ("settings", _wrong_settings()),
        ("backup", _each("begun_at", None, "1", True, 1.5)),
    ):
        yield from ((kind, name, change) for name, change in cases)
    for kind, fields in (
        ("session", {**_SESSION, "resumed_at": 1}),
        ("message", _MESSAGE),
        ("notebook", _NOTEBOOK),
        ("template", _TEMPLATE),
        ("settings", _SETTINGS),
    ):
        yield from ((kind, f"{name} null", {name: None}) for name in fields)
