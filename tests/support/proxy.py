"""A WSGI layer around the real service that records what clients send and can lie to them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a client sent: method, path with its query, headers as CGI names them, body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def route(self) -> str:
        """Method and path below ``/api/v1`` without the query, ids as ``{id}``."""
        parts = self.path.partition("?")[0].removeprefix("/api/v1").split("/")
        return f"{self.method} {'/'.join('{id}' if len(part) == 32 else part for part in parts)}"

    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Answer:
    """What the service answers. `chunks` is the body, whole or in parts as they go out."""

    status: str
    headers: list[tuple[str, str]]
    chunks: Iterable[bytes]

    @classmethod
    def of(cls, body: object, status: str = "200 OK", **headers: str) -> Answer:
        """An answer of JSON."""
        data = json.dumps(body, separators=(",", ":")).encode()
        extra = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return cls(status, [("Content-Type", "application/json"), *extra], [data])

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found

    def with_body(self, body: bytes) -> Answer:
        kept = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        return replace(self, headers=kept, chunks=[body])


Forward = Callable[[Request], Answer]
Lie = Callable[[Request, Forward], Answer]
"""Makes the answer to a request, with or without asking the real service."""


@dataclass
class Proxy:
    """Forwards to `app` as long as there is no `lie`. `traffic` has every request."""

    app: WSGIApplication
    lie: Lie | None = None
    traffic: list[Request] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers["content_type"] = environ.get("CONTENT_TYPE", "")
        request = Request(environ["REQUEST_METHOD"], path, headers, body)
        self.traffic.append(request)
        answer = self.forward(request) if self.lie is None else self.lie(request, self.forward)
        start_response(answer.status, answer.headers)
        return answer.chunks

    @contextmanager
    def lying(self, lie: Lie) -> Iterator[None]:
        """Answer with `lie` for a while."""
        before, self.lie = self.lie, lie
        try:
            yield
        finally:
            self.lie = before

    def routes(self) -> list[str]:
        """The routes of all requests so far."""
        return [request.route for request in self.traffic]

    def forward(self, request: Request) -> Answer:
        """What the real service answers."""
        path, _, query = request.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "proxy",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(request.body)),
            "CONTENT_TYPE": request.headers["content_type"],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        environ |= {f"HTTP_{name.upper()}": value for name, value in request.headers.items()}
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _info: object = None
        ) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return lambda _data: None

        result = self.app(environ, start_response)
        try:
            chunks = list(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        return Answer(started[0], started[1], chunks)
