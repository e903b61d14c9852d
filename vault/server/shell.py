"""The outermost WSGI layer: which hosts are answered, and what every answer carries (docs/PROTOCOL.md §9).

It stands outside Flask so that nothing runs for a foreign ``Host``, and so that no answer, be it an error of Flask or
of ours, goes out without its headers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from werkzeug.http import http_date

from vault.server.logs import log_fault, logger
from vault.wire.codes import ErrorCode
from vault.wire.models import ErrorBody

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

RULE_KEY: Final = "inkvault.rule"
"""Key of the WSGI environment under which the application notes which route it took, for the log."""

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types inkvault"
)
WORKER_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types inkvault"
)
"""For worker scripts alone: key derivation is WebAssembly, and a worker has nobody to talk to but its page."""
WORKER_PATH: Final = re.compile(r"/assets/[A-Za-z0-9_-]+\.worker-[A-Za-z0-9_-]+\.js")

_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        (
            "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
            "encrypted-media=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), "
            "magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), "
            "serial=(), usb=(), xr-spatial-tracking=()"
        ),
    ),
)
_STRICT_TRANSPORT: Final = ("Strict-Transport-Security", "max-age=63072000")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def security_headers(path: str, *, is_https: bool = False) -> list[tuple[str, str]]:
    """Return the headers of every answer to a request for `path`."""
    policy = WORKER_POLICY if WORKER_PATH.fullmatch(path) else PAGE_POLICY
    headers = [("Content-Security-Policy", policy), *_HEADERS]
    return [*headers, _STRICT_TRANSPORT] if is_https else headers


def error_answer(code: ErrorCode, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body of an error that comes from outside Flask."""
    body = ErrorBody(code=code, message=message).model_dump_json().encode()
    status = HTTPStatus(code.status)
    return f"{status.value} {status.phrase}", [("Content-Type", "application/json")], body


class Shell:
    """Wraps the Flask application. `origins` are the only ones it answers to; `now` gives Unix seconds."""

    def __init__(self, application: WSGIApplication, origins: Iterable[str], now: Callable[[], float]) -> None:
        self._application = application
        self._now = now
        self._https_by_host = {host: is_https for origin in origins for host, is_https in _hosts(origin)}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        started = time.perf_counter()
        is_https = self._https_by_host.get(environ.get("HTTP_HOST", "").lower())
        headers = security_headers(environ.get("PATH_INFO", ""), is_https=bool(is_https))
        answer = _Answer(start_response, [("Date", http_date(self._now())), *headers])
        if is_https is None:
            body = answer.error(ErrorCode.BAD_HOST, "This service does not answer to that host name.")
        else:
            environ["wsgi.url_scheme"] = "https" if is_https else "http"
            try:
                body = self._application(environ, answer.start)
            except Exception as error:  # noqa: BLE001 - the last line: nothing may go out unanswered or unlogged
                log_fault(error)
                body = answer.error(ErrorCode.INTERNAL, "The service has a fault.")
        logger.info(
            "%s %s %s %.1f ms",
            method if (method := environ.get("REQUEST_METHOD", "")) in _METHODS else "-",
            environ.get(RULE_KEY, "-"),
            answer.status,
            1000 * (time.perf_counter() - started),
        )
        return body


class _Answer:
    """Adds the headers on the way out."""

    def __init__(self, start_response: StartResponse, headers: list[tuple[str, str]]) -> None:
        self._start_response = start_response
        self._headers = headers
        self.status = "-"

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        """WSGI's start_response. What does not say how it may be cached may not be."""
        self.status = status[:3]
        if not any(name.lower() == "cache-control" for name, _ in headers):
            headers = [*headers, ("Cache-Control", "no-store")]
        return self._start_response(status, [*headers, *self._headers], exc_info)

    def error(self, code: ErrorCode, message: str) -> Iterable[bytes]:
        """Answer with an error."""
        status, headers, body = error_answer(code, message)
        self.start(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]


def _hosts(origin: str) -> list[tuple[str, bool]]:
    """Every ``Host`` that a client of `origin` may send, and whether the origin is https."""
    parts = urlsplit(origin)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    names = [f"{host}:{port}"]
    if port == _DEFAULT_PORTS[parts.scheme]:
        names.append(host)
    return [(name, parts.scheme == "https") for name in names]
