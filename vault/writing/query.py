"""What the writer looks for: words and "phrases", which must all be found in one and the same text, and filters.

Part of a word is enough. A filter is ``name:value`` or ``name:"value with spaces"``: ``tag:``, ``in:`` (part of the
notebook's title), ``role:``, ``before:`` (earlier days), ``after:`` (that day and later), ``is:`` (``pinned``,
``archived``, ``trashed``). A day may be a month or a year: ``after:2026-03``. A filter that has no value yet is left
out; an unknown name makes a plain word. What is in the trash is found with ``is:trashed`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from vault.core.model import Role
from vault.core.optional import is_day
from vault.writing.fold import fold, fold_traced

Span: TypeAlias = tuple[int, int]
"""From and to, in code points of a text."""

_Choice = TypeVar("_Choice", bound=StrEnum)

SNIPPET = 160
"""Code points."""

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_SPACES = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# `name:"value"`, `name:value`, `"phrase"` or a word; a closing quote may be missing.
_TOKEN = re.compile(f"(?:([A-Za-z]+):)?(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?)|([^{_SPACES}]+)")
_FILTER = re.compile("([A-Za-z]+):(.*)", re.DOTALL)
_DATE = re.compile("[0-9]{4}(?:-[0-9]{2}){0,2}")


class Flag(StrEnum):
    """What ``is:`` asks of a session."""

    PINNED = "pinned"
    ARCHIVED = "archived"
    TRASHED = "trashed"


@dataclass(frozen=True, slots=True)
class Filters:
    """`tags` and `flags` must all hold; of `notebooks` (parts of titles) and `roles` one. Tags and titles are folded.

    `before` and `after` are ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    """

    tags: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    before: str | None = None
    after: str | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Folded words and phrases, filters, and what could not be read: ``bad_date:…``, ``bad_role:…``, ``bad_is:…``."""

    terms: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What filters ask of a session; tags and the title of its notebook are folded."""

    tags: tuple[str, ...] = ()
    notebook: str | None = None
    flags: frozenset[Flag] = frozenset()


def parse_query(text: str) -> Query:
    """Read what the writer typed. Everything is a query."""
    draft = _Draft()
    for name, quoted, word in _TOKEN.findall(text):
        if not word:
            draft.take(name, quoted)
        elif found := _FILTER.fullmatch(word):
            draft.take(found[1], found[2])
        else:
            draft.take("", word)
    return draft.query()


def session_fits(query: Query, facts: SessionFacts) -> bool:
    """Whether a session may have hits."""
    filters = query.filters
    if Flag.TRASHED in facts.flags and Flag.TRASHED not in filters.flags:
        return False
    return (
        facts.flags.issuperset(filters.flags)
        and set(filters.tags) <= set(facts.tags)
        and (not filters.notebooks or any(part in (facts.notebook or "") for part in filters.notebooks))
    )


def day_fits(query: Query, day: str) -> bool:
    """Whether a day, ``YYYY-MM-DD``, is within the bounds."""
    before, after = query.filters.before, query.filters.after
    return (before is None or day < before) and (after is None or day >= after)


def role_fits(query: Query, role: Role | None) -> bool:
    """Whether a message of this role may be a hit; `role` is None for what is no message: a title, a tag, notes."""
    return not query.filters.roles or role in query.filters.roles


def text_fits(query: Query, folded: str) -> bool:
    """Whether a folded text has all words and phrases."""
    return all(term in folded for term in query.terms)


def find(query: Query, text: str) -> list[Span]:
    """Where a text has the words and phrases: whole clusters, in order, apart from each other."""
    traced = fold_traced(text)
    spans: list[Span] = []
    for first, last in sorted(_places(query.terms, traced.folded)):
        start, end = traced.starts[first], traced.ends[last - 1]
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def snippet(text: str, spans: list[Span], width: int = SNIPPET) -> tuple[str, list[Span]]:
    """At most `width` code points of `text` around the first span, and the spans in it, counted from its start."""
    first = spans[0][0] if spans else 0
    start = max(0, min(first - width // 4, len(text) - width))
    end = start + width
    return text[start:end], [(a - start, min(b, end) - start) for a, b in spans if a < end]


def _places(terms: Iterable[str], folded: str) -> Iterator[Span]:
    """Where each term stands; occurrences of one term do not overlap."""
    for term in terms:
        start = folded.find(term)
        while start >= 0:
            yield start, start + len(term)
            start = folded.find(term, start + len(term))


class _Draft:
    """A query while it is read. Dictionaries keep the order and nothing twice."""

    def __init__(self) -> None:
        self._terms: dict[str, None] = {}
        self._tags: dict[str, None] = {}
        self._notebooks: dict[str, None] = {}
        self._roles: dict[Role, None] = {}
        self._flags: dict[Flag, None] = {}
        self._bounds: dict[str, str] = {}
        self._notes: list[str] = []

    def take(self, name: str, given: str) -> None:
        """Take a filter, or a word when `name` is empty or none of a filter."""
        value = fold(given).strip(" ")
        match name.lower():
            case "tag":
                _add(self._tags, value)
            case "in":
                _add(self._notebooks, value)
            case "role":
                self._choose(self._roles, Role, "bad_role", value)
            case "is":
                self._choose(self._flags, Flag, "bad_is", value)
            case ("before" | "after") as bound:
                self._bound(bound, value)
            case "":
                _add(self._terms, value)
            case _:
                _add(self._terms, fold(f"{name}:{given}").strip(" "))

    def query(self) -> Query:
        filters = Filters(
            tags=tuple(self._tags),
            notebooks=tuple(self._notebooks),
            roles=tuple(self._roles),
            before=self._bounds.get("before"),
            after=self._bounds.get("after"),
            flags=tuple(self._flags),
        )
        return Query(tuple(self._terms), filters, tuple(self._notes))

    def _choose(self, into: dict[_Choice, None], kind: type[_Choice], note: str, value: str) -> None:
        if value:
            try:
                into[kind(value)] = None
            except ValueError:
                self._notes.append(f"{note}:{value}")

    def _bound(self, name: str, value: str) -> None:
        if not value:
            return
        if _DATE.fullmatch(value) and is_day(f"{value}-01-01"[:10]):
            self._bounds[name] = value
        else:
            self._notes.append(f"bad_date:{value}")


def _add(to: dict[str, None], value: str) -> None:
    if value:
        to[value] = None
