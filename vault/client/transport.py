"""Requests and answers as bytes and models: strict, bounded, and nothing automatic (docs/PROTOCOL.md §1, §2, §3).

What carries them is a :class:`Way`: over a network (network.py), or to a service in this process (embedded.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar, overload

from pydantic import BaseModel, ValidationError

from vault.client.failures import LostAnswerError, error_for, foreign_answer, unreachable
from vault.client.moments import Clock
from vault.wire.encodings import b64encode
from vault.wire.frames import MEDIA_TYPE

API = "/api/v1"
ANSWER_BYTES = 16 * 1024 * 1024
ERROR_BYTES = 16 * 1024
ANSWER_SECONDS = 60.0
"""An answer that is not complete by then is given up, however steadily it drips."""
PACE_BYTES = 16 * 1024
"""So much must come of a stream in any ANSWER_SECONDS of waiting for it."""
RETRY_DELAYS = (0.0, 0.5, 2.0)
"""Seconds before each further try of a request whose repetition is harmless."""

_JSON = "application/json"

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has begun: its headers by lower-case name, and its body as it comes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Way(Protocol):
    """Carries single requests to one service, and no more: it follows, keeps, decompresses and repeats nothing."""

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> AbstractContextManager[Answer]:
        """Send one request; its answer, until the block ends. Raises LostAnswerError, in the block too."""

    def close(self) -> None:
        """Close what the way is made of. Closing it again does nothing."""


class Transport:
    """Sends requests to one origin. Not safe for use by several threads at once.

    `clock` notes the ``Date`` of each answer, None when the service has the clock of this device.
    """

    def __init__(self, origin: str, way: Way, *, clock: Clock | None = None) -> None:
        self.origin = origin
        self._way = way
        self._clock = clock
        self._headers = {
            "Accept": f"{_JSON}, {MEDIA_TYPE}",
            "Accept-Encoding": "identity",
            "User-Agent": "inkvault",
        }
        self._idle_seconds: int | None = None
        self._renewed = 0.0

    def use_login(self, token: bytes, idle_seconds: int) -> None:
        """Carry this login from now on (docs/PROTOCOL.md §4, carrier ``bearer``)."""
        self._headers["Authorization"] = f"Bearer {b64encode(token)}"
        self._idle_seconds = idle_seconds
        self._renewed = time.monotonic()

    def get(self, path: str, answer: type[M], *, cap: int = ANSWER_BYTES) -> M:
        """Read `answer`, of at most `cap` bytes; tried again when the connection fails."""
        return _parse(answer, _retried(lambda: self._exchange("GET", path, None, 200, cap)))

    @overload
    def post(self, path: str, body: bytes, answer: type[M], *, status: int = ..., repeatable: bool = ...) -> M: ...
    @overload
    def post(self, path: str, body: bytes, answer: None, *, status: int = ..., repeatable: bool = ...) -> None: ...
    def post(
        self, path: str, body: bytes, answer: type[M] | None, *, status: int = 200, repeatable: bool = True
    ) -> M | None:
        """Send JSON and read `answer`, None for an empty one.

        A `repeatable` request is sent again, the same bytes, if its answer is lost.
        """
        delays = RETRY_DELAYS if repeatable else ()
        cap = 0 if answer is None else ANSWER_BYTES
        reply = _retried(lambda: self._exchange("POST", path, body, status, cap), delays)
        self._renewed = time.monotonic()
        return None if answer is None else _parse(answer, reply)

    def keep_alive(self) -> None:
        """Renew the login when a third of its idle time has passed: for loops that only read (docs/PROTOCOL.md §4)."""
        if self._idle_seconds is not None and time.monotonic() - self._renewed > self._idle_seconds / 3:
            _retried(lambda: self._exchange("POST", "/logins/current/heartbeat", b"{}", 204, 0))
            self._renewed = time.monotonic()

    def log_out(self) -> None:
        """End the login at the service. Raises like any request, and is not tried again."""
        if self._idle_seconds is not None:
            try:
                self._exchange("DELETE", "/logins/current", None, 204, 0)
            finally:
                self._idle_seconds = None

    def stream(self, path: str, media_type: str) -> Iterator[bytes]:
        """The bytes of an answer of any length as they come, for a reader that bounds what it keeps.

        Renews the login meanwhile. Raises LostAnswerError when the connection breaks, or drips.
        """
        with self._answer("GET", path, None, 200, media_type) as answer:
            size, deadline = 0, time.monotonic() + ANSWER_SECONDS
            for chunk in answer.chunks:
                came = time.monotonic()
                size += len(chunk)
                if size >= PACE_BYTES:
                    size, deadline = 0, came + ANSWER_SECONDS
                elif came > deadline:
                    raise unreachable(self.origin)
                yield chunk
                self.keep_alive()
                deadline += time.monotonic() - came  # what the reader took is not waiting

    def close(self) -> None:
        """Forget the login and close connections; for an embedded service, the service too."""
        self._idle_seconds = None
        self._headers.pop("Authorization", None)
        self._way.close()

    def _exchange(self, method: str, path: str, body: bytes | None, status: int, cap: int) -> bytes:
        """The body of one answer, at most `cap` bytes; a `cap` of 0 expects none."""
        with self._answer(method, path, body, status, _JSON if cap else None) as answer:
            return self._read(answer, cap)

    @contextmanager
    def _answer(
        self, method: str, path: str, body: bytes | None, status: int, media_type: str | None
    ) -> Iterator[Answer]:
        """Send one request; its answer, once status and headers are as expected."""
        headers = self._headers if body is None else {**self._headers, "Content-Type": _JSON}
        sent_ms = 0 if self._clock is None else self._clock.device_ms()
        with self._way.exchange(method, API + path, headers, body) as answer:
            if self._clock is not None:
                self._clock.note(answer.headers.get("date", ""), sent_ms)
            self._check(answer, status, media_type)
            yield answer

    def _check(self, answer: Answer, status: int, media_type: str | None) -> None:
        if "content-encoding" in answer.headers or 300 <= answer.status < 400:
            raise foreign_answer()
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status >= 400:
            body = self._read(answer, ERROR_BYTES) if kind == _JSON else None
            raise error_for(answer.status, body, with_login=self._idle_seconds is not None)
        if answer.status != status or (media_type is not None and kind != media_type):
            raise foreign_answer()

    def _read(self, answer: Answer, cap: int) -> bytes:
        """The body, given up at `cap` bytes or when it drips for too long."""
        deadline = time.monotonic() + ANSWER_SECONDS
        chunks, size = [], 0
        for chunk in answer.chunks:
            size += len(chunk)
            if size > cap:
                raise foreign_answer()
            if time.monotonic() > deadline:
                raise unreachable(self.origin)
            chunks.append(chunk)
        return b"".join(chunks)


def _retried(attempt: Callable[[], bytes], delays: Sequence[float] | None = None) -> bytes:
    for delay in RETRY_DELAYS if delays is None else delays:
        try:
            return attempt()
        except LostAnswerError:
            time.sleep(delay)
    return attempt()


def _parse(answer: type[M], body: bytes) -> M:
    try:
        return answer.model_validate_json(body, strict=True)
    except ValidationError:
        raise foreign_answer() from None
