"""Serving over HTTP with waitress.

One process with threads, because logins and resume shares live in its memory and nowhere else. The loop is ours, so
that a stop lets answers go out first, and so that resume shares are forgotten on time when nobody asks for anything.
"""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Self, cast

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask

from vault.errors import UsageError
from vault.server.app import check_origin, close_app, create_app
from vault.server.logs import logger
from vault.server.service import EXTENSION, Service
from vault.server.settings import Settings
from vault.server.shell import error_answer, security_headers
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_BODY_BYTES

THREADS: Final = 16
_STOP_SECONDS: Final = 10.0
_SWEEP_SECONDS: Final = 1.0
_MEMORY_BYTES: Final = 64 * 2**20
"""More than any body or answer holds: neither is ever written to a temporary file."""
_STALLED_MILLISECONDS: Final = 60_000


def serve(settings: Settings, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one.

    `on_ready` gets the address (``http://127.0.0.1:8765``) once connections are accepted. Raises UsageError when the
    address cannot be served, StorageError when the data directory cannot be used.
    """
    with Listener(settings, host, port) as listener, _stopped_by_signals(listener), _logged():
        _warn_of_one_address(settings)
        on_ready(listener.address)
        listener.run()


class Listener:
    """A service that accepts connections. ``run`` serves until ``stop``, which any thread may call; ``with`` closes.

    `now` gives the Unix seconds that its answers say it is.
    """

    def __init__(self, settings: Settings, host: str, port: int, now: Callable[[], float] = time.time) -> None:
        _check_address(settings, host)
        bound = _bind(host, port)
        try:
            self.address = _address(host, bound.getsockname()[1])
            origins = settings.origins or _loopback_origins(self.address)
            self._app = create_app(replace(settings, origins=origins), now=now)
        except BaseException:
            bound.close()
            raise
        self._server = _waitress(self._app, bound, settings.trusted_proxy)
        self._service = cast("Service", self._app.extensions[EXTENSION])
        self._is_stopping = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._server._map)  # noqa: SLF001 - as waitress's own close does for many sockets
        close_app(self._app)

    def run(self) -> None:
        """Serve, and at the end let the answers go out that are being made."""
        while not self._is_stopping.is_set():
            self._turn()
            self._service.logins.sweep()
        wasyncore.dispatcher.close(self._server)  # no new connections
        deadline = time.monotonic() + _STOP_SECONDS
        while self._is_answering() and time.monotonic() < deadline:
            self._turn()

    def stop(self) -> None:
        """Make ``run`` return."""
        self._is_stopping.set()
        self._server.pull_trigger()

    def _turn(self) -> None:
        wasyncore.loop(timeout=_SWEEP_SECONDS, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001

    def _is_answering(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


class _SafeErrorTask(ErrorTask):
    """Waitress's own refusals (a broken request line, too large a body) in our shape, with our headers."""

    def execute(self) -> None:
        """Answer."""
        found = {413: ErrorCode.TOO_LARGE, 500: ErrorCode.INTERNAL}.get(self.request.error.code)
        self.status, headers, body = error_answer(found or ErrorCode.BAD_REQUEST, "The request cannot be read.")
        self.response_headers.extend([*headers, ("Cache-Control", "no-store"), *security_headers("")])
        self.set_close_on_finish()
        self.content_length = len(body)  # type: ignore[assignment]  # waitress is not typed: inferred as None
        self.write(body)  # type: ignore[no-untyped-call]


class _Channel(HTTPChannel):
    error_task_class = _SafeErrorTask


def _waitress(app: Any, bound: socket.socket, trusted_proxy: str | None) -> TcpWSGIServer:
    forwarded = {"trusted_proxy": trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for"}} if trusted_proxy else {}
    server: TcpWSGIServer = create_server(
        app,
        sockets=[bound],
        threads=THREADS,
        ident=None,
        max_request_body_size=2 * MAX_BODY_BYTES,  # above the limit of ours, which gives the better answer
        inbuf_overflow=_MEMORY_BYTES,
        outbuf_overflow=_MEMORY_BYTES,
        clear_untrusted_proxy_headers=True,
        **forwarded,
    )
    server.channel_class = _Channel
    server.adj.socket_options = _socket_options()
    return server


def _socket_options() -> list[tuple[int, int, int]]:
    """Small answers go out at once, and a reader that takes nothing for a minute is let go with its thread."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED_MILLISECONDS))
    return options


def _check_address(settings: Settings, host: str) -> None:
    """Secrets of a login would travel in clear beyond this machine, unless something adds TLS in front."""
    for origin in settings.origins:
        check_origin(origin)
    if not _is_loopback(host) and not any(origin.startswith("https:") for origin in settings.origins):
        raise UsageError(f"Serving on {host} needs an https origin (and TLS in front): without one use 127.0.0.1.")


def _warn_of_one_address(settings: Settings) -> None:
    """Behind a proxy that is not known as one, all callers look like it: one of them could use up the limits of all."""
    if settings.trusted_proxy is None and any(origin.startswith("https:") for origin in settings.origins):
        logger.warning("an https origin without --trusted-proxy: rate limits count all callers as one")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{host}:{port} cannot be served ({error}): choose another port.") from error


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loopback_origins(address: str) -> tuple[str, ...]:
    """Return the names that reach a loopback address. Passkeys work under ``localhost`` only."""
    port = address.rpartition(":")[2]
    return tuple(dict.fromkeys((address, f"http://127.0.0.1:{port}", f"http://localhost:{port}")))


@contextmanager
def _stopped_by_signals(listener: Listener) -> Iterator[None]:
    """SIGINT and SIGTERM stop the listener. Python delivers them to the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: listener.stop()) for number in wanted]
    try:
        yield
    finally:
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _logged() -> Iterator[None]:
    """Log to standard error. Waitress's own words quote addresses and paths: they stay out."""
    logging.getLogger("waitress").setLevel(logging.CRITICAL + 1)
    root = logging.getLogger("inkvault")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
