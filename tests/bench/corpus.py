"""Text to measure with: deterministic words of several scripts in messages of about 500 bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

STOCKS = (
    "the of and to in a is that it was for on with as his they at be this from have or by one had not but what all",
    "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat",
    "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой",
    "私 は 今日 とても 元気 です 本 を 読む こと が 好き な 人 時間 ある ない 明日 学校 行く",
    "في من على أن إلى عن مع هذا كان التي الذي هو هي ما لا بعد كل بين",
)


def messages(count: int, per_session: int = 40) -> Iterator[list[str]]:
    """`count` texts in lists of `per_session`, lengths log-normal with a mean of about 500 bytes."""
    rng = random.Random(7)
    for start in range(0, count, per_session):
        words = rng.choice(STOCKS).split()
        yield [_text(rng, words) for _ in range(min(per_session, count - start))]


def from_file(path: Path) -> Iterator[list[str]]:
    """The texts of a corpus in JSON lines, one object with `session` and `text` a line, grouped by session."""
    session, texts = None, list[str]()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            if item["session"] != session and texts:
                yield texts
                texts = []
            session = item["session"]
            texts.append(item["text"])
    if texts:
        yield texts


def _text(rng: random.Random, words: list[str]) -> str:
    target = min(8000, max(20, int(rng.lognormvariate(5.61, 1.05))))
    chosen, size = list[str](), 0
    while size < target:
        chosen.append(rng.choice(words))
        size += len(chosen[-1].encode()) + 1
    return " ".join(chosen)
