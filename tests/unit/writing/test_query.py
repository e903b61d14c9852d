"""Searching beyond the vectors: snippets, and what must hold for every text."""

from __future__ import annotations

from time import process_time
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vault.writing.fold import fold, fold_traced
from vault.writing.query import find, parse_query, snippet, text_fits
from vault.writing.words import count_words

ODD = "aAéß \n\t\u3000e\u0301\u0323İıΣς\u0640\u200d\ufe0f\U0001f58b한が\u3099กุ่कि\ufb03\u00bd'\u2019-\u2014"
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=40)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    # But for the order of marks that nothing keeps apart any more.
    assert fold(fold(text)) == normalize("NFKD", fold(text))


@given(TEXTS)
def test_tracing_gives_the_same_text_and_places_within_the_original(text: str) -> None:
    traced = fold_traced(text)
    assert traced.folded == fold(text)
    assert len(traced.folded) == len(traced.starts) == len(traced.ends)
    assert list(traced.starts) == sorted(traced.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(traced.starts, traced.ends, strict=True))


@given(TEXTS, TEXTS, TEXTS)
@example("", "क", "\u093f")
def test_what_is_searched_for_is_found(before: str, looked_for: str, after: str) -> None:
    query = parse_query(f'"{looked_for}"')
    text = f"{before} {looked_for} {after}"
    if any(quote in looked_for for quote in '"\u201c\u201d\u201e\u00ab\u00bb'):
        return
    assert text_fits(query, fold(text))
    assert bool(find(query, text)) == bool(query.terms)


@given(TEXTS, TEXTS)
def test_spans_are_apart_and_in_order(query: str, text: str) -> None:
    spans = find(parse_query(query), text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(text) for edge in edges)


@given(TEXTS)
def test_every_text_is_a_query(text: str) -> None:
    parsed = parse_query(text)
    assert all(term and term == fold(term) for term in parsed.terms)


def test_words_do_not_depend_on_what_surrounds_them() -> None:
    assert count_words(" ".join(["one"] * 1_000)) == 1_000


@pytest.mark.parametrize(
    ("spans", "width", "expected"),
    [
        ([], 4, ("abcd", [])),
        ([(0, 2)], 4, ("abcd", [(0, 2)])),
        ([(5, 7)], 4, ("efgh", [(1, 3)])),
        ([(9, 10)], 4, ("ghij", [(3, 4)])),
        ([(2, 9)], 4, ("bcde", [(1, 4)])),
        ([(0, 1), (3, 6), (8, 9)], 5, ("abcde", [(0, 1), (3, 5)])),
        ([(0, 1), (4, 5), (5, 6)], 5, ("abcde", [(0, 1), (4, 5)])),
        ([(3, 4)], 40, ("abcdefghij", [(3, 4)])),
    ],
)
def test_snippets(spans: list[tuple[int, int]], width: int, expected: tuple[str, list[tuple[int, int]]]) -> None:
    assert snippet("abcdefghij", spans, width) == expected


@pytest.mark.parametrize("piece", ["-", "\u0301", " ", '"', "tag:", "a" * 3 + "-"])
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    """Work grows with the length alone: 64 times the text in well under 64 × 64 times the time."""

    def took(size: int) -> float:
        text = piece * (size // len(piece))
        started = process_time()
        count_words(text)
        fold(text)
        parse_query(text)
        find(parse_query("aaa"), text)
        return process_time() - started

    took(2_000)
    assert took(128_000) < 1_000 * max(took(2_000), 1e-4)
