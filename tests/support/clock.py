"""A clock for tests that stands still until it is told to go on."""

from __future__ import annotations

from tests.support.proxy import Answer, Forward, Request

MINUTE = 60_000
START = 1_700_000_000_000


class Time:
    """A clock that stands still until it is told to go on."""

    def __init__(self, ms: int = START) -> None:
        self.ms = ms

    def __call__(self) -> int:
        return self.ms

    def pass_(self, *, minutes: float) -> None:
        self.ms += int(minutes * MINUTE)


def without_date(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return Answer(answer.status, [each for each in answer.headers if each[0].lower() != "date"], answer.chunks)
