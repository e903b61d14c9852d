"""Limits on attempts: moving windows in memory.

A refused attempt counts for nothing, so waiting always helps: nobody is kept out for longer than the longest window
that applies, and the right secret works then.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vault.storage.refusal import Refusal
from vault.wire.codes import ErrorCode

MAX_KEYS: Final = 50_000
MAX_ATTEMPTS: Final = 500_000
"""Bounds of memory, for a caller with very many addresses: the attempts that are longest ago are forgotten first."""


@dataclass(frozen=True)
class Window:
    """At most `count` attempts within `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True)
class Limit:
    """A named set of windows; the later ones are longer, so that waits grow with the attempts."""

    name: str
    windows: tuple[Window, ...]

    @property
    def count(self) -> int:
        """How many attempts need to be remembered."""
        return max(window.count for window in self.windows)

    @property
    def seconds(self) -> int:
        """For how long."""
        return max(window.seconds for window in self.windows)


@dataclass
class _Attempts:
    """The times of the last attempts, and when the last of them counts no more."""

    times: deque[float]
    ends_at: float


CREATE_BY_ADDRESS: Final = Limit("create by address", (Window(120, 60), Window(600, 600)))
CHALLENGE_BY_ADDRESS: Final = Limit("challenge by address", (Window(600, 60),))
FAILURE_BY_ADDRESS: Final = Limit("failure by address", (Window(100, 60), Window(250, 300)))
FAILURE_BY_VAULT: Final = Limit("failure by vault", (Window(60, 60), Window(150, 300)))
"""For addresses that have never logged in to the vault: a crowd of guessers does not lock its owner out."""
REPORT_BY_VAULT: Final = Limit("report by vault", (Window(60, 60), Window(600, 3_600)))
"""Each makes the log longer, for good."""
FAILURE_BY_PAIR: Final = Limit("failure by vault and address", (Window(10, 60), Window(30, 300)))


class RateLimits:
    """Counts attempts by limit and key. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: OrderedDict[tuple[str, str], _Attempts] = OrderedDict()
        self._size = 0

    def check(self, limit: Limit, key: str) -> None:
        """Raise the 429 when an attempt now would be one too many. Counts nothing."""
        now = self._clock()
        with self._lock:
            attempts = self._attempts.get((limit.name, key))
            wait = 0.0 if attempts is None else max(_wait(attempts.times, window, now) for window in limit.windows)
        if wait > 0:
            message = "Too many attempts: wait a little and try again."
            raise Refusal(ErrorCode.RATE_LIMITED, message, retry_after=max(1, math.ceil(wait)))

    def count(self, limit: Limit, key: str) -> None:
        """Count an attempt."""
        now = self._clock()
        with self._lock:
            attempts = self._attempts.setdefault((limit.name, key), _Attempts(deque(maxlen=limit.count), 0.0))
            self._size -= len(attempts.times)
            attempts.times.append(now)
            attempts.ends_at = now + limit.seconds
            self._size += len(attempts.times)
            self._attempts.move_to_end((limit.name, key))
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Forget from the longest ago on, while they have ended or are too many."""
        while self._attempts:
            oldest = next(iter(self._attempts))
            is_over = self._attempts[oldest].ends_at <= now
            if not is_over and len(self._attempts) <= MAX_KEYS and self._size <= MAX_ATTEMPTS:
                return
            self._size -= len(self._attempts.pop(oldest).times)


def _wait(attempts: deque[float], window: Window, now: float) -> float:
    """Seconds until an attempt fits the window; 0 or less when it does now."""
    if len(attempts) < window.count:
        return 0.0
    return attempts[-window.count] + window.seconds - now


def address_key(address: str | None) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 network that one IPv6 customer has."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "none"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)
