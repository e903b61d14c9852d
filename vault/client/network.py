"""The way to a service over HTTP. The one module of the client that knows httpx: a vault in a directory needs none.

It drives an httpx *transport*, one layer below ``httpx.Client``, because there is nothing there to switch off: no
redirect is followed, no cookie kept, no body decompressed, no proxy, ``.netrc`` or other environment obeyed.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import httpx

from vault.client.failures import unreachable
from vault.client.moments import Clock
from vault.client.transport import Answer, Transport
from vault.errors import UsageError

_TIMEOUTS = {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 5.0}
_HOST = re.compile(r"[a-z0-9._:-]+")


class Network:
    """A way to the service at `origin` through an httpx transport."""

    def __init__(self, origin: str, http: httpx.BaseTransport) -> None:
        self._origin = origin
        self._http = http

    @contextmanager
    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Iterator[Answer]:
        """Send one request; its answer, until the block ends."""
        url = _url(self._origin, path)
        request = httpx.Request(method, url, headers=headers, content=body, extensions={"timeout": _TIMEOUTS})
        try:
            response = self._http.handle_request(request)
            try:
                yield Answer(response.status_code, response.headers, response.iter_raw())
            finally:
                response.close()
        except httpx.TransportError:
            raise unreachable(self._origin) from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def connect(server: str, clock: Clock) -> Transport:
    """A transport to the service at an address such as ``https://ink.example``. Raises UsageError for a wrong one."""
    origin = origin_of(server)
    # The system's certificates, which also obey SSL_CERT_FILE; httpx alone would know certifi's only.
    verify = ssl.create_default_context() if origin.startswith("https:") else False
    return Transport(origin, Network(origin, httpx.HTTPTransport(verify=verify, trust_env=False)), clock=clock)


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
    return httpx.URL(origin + path)
