"""The twin of webui/src/ui/state/own-words.test.ts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.writing import own_words as module
from vault.writing.own_words import own_words


@pytest.mark.parametrize(
    ("base", "mine", "own"),
    [
        ("It rained all day.", "It rained cats and dogs all day, sadly.", "cats and dogs\nsadly"),
        ("", "all of it", "all of it"),
        ("kept", "kept", ""),
        ("much goes here", "much here", ""),
        ("one two", "one\n\ntwo three", "three"),
        ("First. Last.", "First. A line\n\nand another. Last!", "A line\n\nand another"),
        ("我喜欢猫", "我喜欢大狗和猫", "大狗和"),
        ("ฉันชอบแมว", "ฉันชอบหมาและแมว", "หมาและ"),
    ],
)
def test_the_words_of_a_writer(base: str, mine: str, own: str) -> None:
    assert own_words(base, mine) == own


@pytest.mark.parametrize("most", [module.MOST_CELLS, 0])
@given(
    old=st.lists(st.sampled_from("abc"), max_size=30),
    own=st.lists(st.tuples(st.integers(0, 30), st.from_regex("[A-Z]{1,3}", fullmatch=True)), max_size=9),
)
def test_they_are_found_wherever_they_stand(most: int, old: list[str], own: list[tuple[int, str]]) -> None:
    words = list(old)
    for place, word in own:
        words.insert(place, word)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CELLS", most)
        found = own_words(" ".join(old), " ".join(words))
    assert found.split() == [word for word in words if word.isupper()]
