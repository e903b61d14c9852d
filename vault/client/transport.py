"""Requests and answers as bytes and models: strict, bounded, and nothing automatic (docs/PROTOCOL.md §1, §2, §3).

It drives an httpx *transport*, one layer below ``httpx.Client``, because there is nothing there to switch off: no
redirect is followed, no cookie kept, no body decompressed, no proxy, ``.netrc`` or other environment obeyed.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar, overload

import httpx
from pydantic import BaseModel, ValidationError

from vault.client.failures import LostAnswerError, error_for, foreign_answer, unreachable
from vault.client.moments import Clock
from vault.errors import UsageError
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

_TIMEOUTS = {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 5.0}
_JSON = "application/json"

_HOST = re.compile(r"[a-z0-9._:-]+")

M = TypeVar("M", bound=BaseModel)


class Transport:
    """Sends requests to one origin. Not safe for use by several threads at once.

    `http` is an httpx transport (a network one, or a WSGI application); `clock` notes the ``Date`` of each answer,
    None when the service has the clock of this device; `dispose` runs at :meth:`close`.
    """

    def __init__(
        self,
        origin: str,
        http: httpx.BaseTransport,
        *,
        clock: Clock | None = None,
        dispose: Callable[[], None] | None = None,
    ) -> None:
        self.origin = origin
        self._http = http
        self._clock = clock
        self._dispose = dispose
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
        with self._answer("GET", path, None, 200, media_type) as response:
            size, deadline = 0, time.monotonic() + ANSWER_SECONDS
            for chunk in response.iter_raw():
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
        self._http.close()
        if self._dispose is not None:
            self._dispose()
            self._dispose = None

    def _exchange(self, method: str, path: str, body: bytes | None, status: int, cap: int) -> bytes:
        """The body of one answer, at most `cap` bytes; a `cap` of 0 expects none."""
        with self._answer(method, path, body, status, _JSON if cap else None) as response:
            return self._read(response, cap)

    @contextmanager
    def _answer(
        self, method: str, path: str, body: bytes | None, status: int, media_type: str | None
    ) -> Iterator[httpx.Response]:
        """Send one request; its answer, once status and headers are as expected."""
        headers = self._headers if body is None else {**self._headers, "Content-Type": _JSON}
        request = httpx.Request(
            method, _url(self.origin, path), headers=headers, content=body, extensions={"timeout": _TIMEOUTS}
        )
        sent_ms = 0 if self._clock is None else self._clock.device_ms()
        try:
            response = self._http.handle_request(request)
            try:
                if self._clock is not None:
                    self._clock.note(response.headers.get("date", ""), sent_ms)
                self._check(response, status, media_type)
                yield response
            finally:
                response.close()
        except httpx.TransportError:
            raise unreachable(self.origin) from None

    def _check(self, response: httpx.Response, status: int, media_type: str | None) -> None:
        if "content-encoding" in response.headers or 300 <= response.status_code < 400:
            raise foreign_answer()
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code >= 400:
            body = self._read(response, ERROR_BYTES) if kind == _JSON else None
            raise error_for(response.status_code, body, with_login=self._idle_seconds is not None)
        if response.status_code != status or (media_type is not None and kind != media_type):
            raise foreign_answer()

    def _read(self, response: httpx.Response, cap: int) -> bytes:
        """The body, given up at `cap` bytes or when it drips for too long."""
        deadline = time.monotonic() + ANSWER_SECONDS
        chunks, size = [], 0
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > cap:
                raise foreign_answer()
            if time.monotonic() > deadline:
                raise unreachable(self.origin)
            chunks.append(chunk)
        return b"".join(chunks)


def connect(server: str, clock: Clock) -> Transport:
    """A transport to the service at an address such as ``https://ink.example``. Raises UsageError for a wrong one."""
    origin = origin_of(server)
    # The system's certificates, which also obey SSL_CERT_FILE; httpx alone would know certifi's only.
    verify = ssl.create_default_context() if origin.startswith("https:") else False
    return Transport(origin, httpx.HTTPTransport(verify=verify, trust_env=False), clock=clock)


def origin_of(server: str) -> str:
    """The ASCII serialisation of the origin (RFC 6454 §6.2) of an address. Plain http is for this machine only."""
    try:
        url = httpx.URL(server)
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        raise UsageError(f"{server!r} is not an address; give one such as https://ink.example.") from None
    if (
        url.scheme not in ("http", "https")
        or not _HOST.fullmatch(host)
        or url.path != "/"
        or url.query
        or url.fragment
        or url.userinfo
    ):
        raise UsageError(f"{server!r} is not the address of a service; give one such as https://ink.example.")
    if url.scheme == "http" and not _is_loopback(host):
        raise UsageError("Plain http reaches services on this machine only; give an address that starts with https.")
    host = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{host}" if url.port is None else f"{url.scheme}://{host}:{url.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)
def _url(origin: str, path: str) -> httpx.URL:
    return httpx.URL(origin + API + path)


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
