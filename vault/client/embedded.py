"""The service inside this process, without a port. The one module of the client that may import the service."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vault.client.transport import Answer, Transport
from vault.server import EMBEDDED_ORIGIN, Settings, close_app, create_app, vault_names

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from flask import Flask

__all__ = ["embed", "vault_names"]

_HOST = urlsplit(EMBEDDED_ORIGIN).netloc


class _Inside:
    """A way to an application of this process: requests and answers as WSGI has them (PEP 3333)."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._is_open = True

    @contextmanager
    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Iterator[Answer]:
        """Send one request; its answer, until the block ends."""
        status, named = "", list[tuple[str, str]]()

        def start(line: str, given: list[tuple[str, str]], _fault: object = None, /) -> Callable[[bytes], object]:
            nonlocal status, named
            status, named = line, given
            return _write

        chunks = self._app(_environ(method, path, headers, body), start)
        try:
            yield Answer(int(status[:3]), {name.lower(): value for name, value in named}, iter(chunks))
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def close(self) -> None:
        """Close the service."""
        if self._is_open:
            self._is_open = False
            close_app(self._app)


def embed(data_dir: Path) -> Transport:
    """A transport to a service of its own over `data_dir`; closing it closes the service. Raises StorageError.

    Safe beside a running server on the same directory: the storage takes turns between processes.
    """
    return Transport(EMBEDDED_ORIGIN, _Inside(create_app(Settings(data_dir=data_dir, origins=(EMBEDDED_ORIGIN,)))))


def _write(_data: bytes) -> None:
    raise NotImplementedError  # the way of writing that PEP 3333 has for old applications


def _environ(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> WSGIEnvironment:
    name, _, query = path.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": name,
        "QUERY_STRING": query,
        "SERVER_NAME": _HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": _HOST,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, value in headers.items():
        key = header.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ if body is None else environ | {"CONTENT_LENGTH": str(len(body))}
