"""The service as `inkvault serve` runs it, in a thread of the test process, with an ear on all that it receives."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import APIResponse, Route

from vault.server import Settings
from vault.server.serve import Listener

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Lines(logging.Handler):
    """Keeps what is logged, formatted."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))


@dataclass
class LiveServer:
    """`start` and `stop` may be repeated: the port and the data directory stay, the logins do not."""

    data_dir: Path
    port: int = 0
    ahead: float = 0.0
    """Seconds that its clock is ahead of ours; may be set while it runs."""
    received: list[bytes] = field(default_factory=list)
    """Every request: its WSGI environment, a line feed, its body."""
    log: Lines = field(default_factory=Lines)

    @property
    def url(self) -> str:
        """By name, because passkeys need one."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        logger = logging.getLogger("inkvault")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(self.log)
        self._listener = Listener(Settings(data_dir=self.data_dir), "127.0.0.1", self.port, self._now)
        self.port = int(self._listener.address.rpartition(":")[2])
        server = self._listener._server
        server.application = self._ear(server.application)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _now(self) -> float:
        return time.time() + self.ahead

    def _run(self) -> None:
        with self._listener as listener:
            listener.run()

    def stop(self) -> None:
        self._listener.stop()
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()
        logging.getLogger("inkvault").removeHandler(self.log)

    def _ear(self, application: WSGIApplication) -> WSGIApplication:
        def listening(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            head = "\n".join(f"{key}={value}" for key, value in environ.items() if isinstance(value, str))
            self.received.append(head.encode() + b"\n" + body)
            environ["wsgi.input"] = io.BytesIO(body)
            return application(environ, start_response)

        return listening


def forward(route: Route) -> APIResponse:
    """Send an intercepted request on. The header that says where it comes from is added after interception."""
    return route.fetch(headers={**route.request.all_headers(), "Sec-Fetch-Site": "same-origin"})
