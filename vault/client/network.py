"""HTTP/1.1 over kept connections, by the standard library: a quarter of the time that httpx takes for a small request.

It follows nothing, decompresses nothing, keeps no cookie and obeys no environment.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

import httpx

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""How long the other side may say nothing."""


class Network(httpx.BaseTransport):
    """Connections to one origin. A request while another answer is being read takes a connection of its own."""

    def __init__(self, origin: str) -> None:
        url = httpx.URL(origin)
        self._host = url.raw_host.decode("ascii")
        self._port = url.port
        # The system's certificates, which also obey SSL_CERT_FILE; httpx alone would know certifi's only.
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._idle: list[HTTPConnection] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its answer, of which the body is still to be read. Raises httpx.TransportError."""
        connection = self._idle.pop() if self._idle else self._open()
        try:
            if connection.sock is None:
                connection.connect()
                connection.sock.settimeout(SILENCE_SECONDS)
            connection.request(
                request.method, request.url.raw_path.decode("ascii"), request.read() or None, dict(request.headers)
            )
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            connection.close()
            raise httpx.TransportError(str(error)) from None
        body = _Body(response, connection, self._idle)
        return httpx.Response(response.status, headers=response.getheaders(), stream=body)

    def close(self) -> None:
        """Close the connections that wait for another request."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        return HTTPSConnection(self._host, self._port, timeout=CONNECT_SECONDS, context=self._tls)


class _Body(httpx.SyncByteStream):
    """The bytes of an answer as they come. Read to its end, it gives its connection back; left before, it closes it."""

    def __init__(self, response: HTTPResponse, connection: HTTPConnection, idle: list[HTTPConnection]) -> None:
        self._response = response
        self._connection = connection
        self._idle = idle
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        response = self._response
        try:
            # What has come is given at once: who counts seconds must not wait until a large buffer is full.
            while not response.isclosed() and (chunk := response.read(len(response.peek()) or 1)):
                yield chunk
        except (OSError, HTTPException) as error:
            raise httpx.ReadError(str(error)) from None
        if response.length:
            raise httpx.ReadError("cut off")
        self._is_whole = True

    def close(self) -> None:
        if self._is_whole and self._connection.sock is not None:
            self._idle.append(self._connection)
        else:
            self._connection.close()
        self._is_whole = False
