"""Choosing and making passphrases."""

from __future__ import annotations

import pytest
from mnemonic import Mnemonic

from vault.client import generate_passphrase
from vault.client.passphrases import check_strength
from vault.errors import UsageError


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "password",
        "diary",
        "diary2024",
        "qwertyuiop",
        "aaaaaaaaaaaaaaaa",
        "letmein!",
        "19841984",
        "\ud800",
        "x" * 1_025,
    ],
)
def test_weak_and_impossible_ones_are_refused_with_advice(weak: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_strength(weak, "diary")
    assert str(caught.value).endswith(".")


def test_characters_that_other_devices_may_not_know_are_refused() -> None:
    with pytest.raises(UsageError, match="not every device"):
        check_strength("quiet lantern measures the northern harbour \U0003fffd", "diary")


@pytest.mark.parametrize(
    "strong",
    ["quiet lantern measures the northern harbour", "тихий фонарь измеряет гавань дважды", "x" * 8 + "Vw3!kq9Z" * 30],
)
def test_strong_ones_are_taken(strong: str) -> None:
    check_strength(strong, "diary")


def test_made_ones_are_seven_known_words_and_strong() -> None:
    words = set(Mnemonic("english").wordlist)
    made = {generate_passphrase() for _ in range(20)}
    assert len(made) == 20
    for passphrase in made:
        assert len(passphrase.split(" ")) == 7
        assert set(passphrase.split(" ")) <= words
        check_strength(passphrase, "diary")
