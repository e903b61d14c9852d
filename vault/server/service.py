"""What the routes work with, and the login that a request speaks for."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from flask import Response, current_app, request

from vault.erase.run import Eraser
from vault.errors import FormatError
from vault.server.authentication import Authentication
from vault.server.logins import Login, Logins
from vault.server.ratelimits import RateLimits, address_key
from vault.server.settings import Settings
from vault.storage.refusal import unauthorized
from vault.storage.store import Store
from vault.wire.encodings import b64decode, b64encode, id_from_text

EXTENSION: Final = "inkvault"
API: Final = "/api/v1"
COOKIE_PREFIX: Final = "inkvault_"
LOGIN_HEADER: Final = "Inkvault-Login"
_BEARER: Final = "Bearer "


@dataclass(frozen=True)
class Service:
    """The parts of one service."""

    settings: Settings
    store: Store
    logins: Logins
    rates: RateLimits
    authentication: Authentication
    eraser: Eraser
    snapshots: threading.BoundedSemaphore
    """Snapshots that may run at once: each keeps a thread, and the database from tidying its log."""


def service() -> Service:
    """Return the service that handles this request."""
    return cast("Service", current_app.extensions[EXTENSION])


def caller_address() -> str:
    """Return what the caller's rate limits count by."""
    return address_key(request.remote_addr)


def is_same_origin() -> bool:
    """Whether a browser says that a page of this very origin made the request."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def current_login(*, renew: bool) -> Login:
    """Return the login that the request speaks for. Raises the 401."""
    token, carrier = _token()
    login = service().logins.find(token, renew=renew) if token else None
    if login is None or login.carrier != carrier:
        raise unauthorized()
    if carrier == "cookie" and login.login_id.hex() != request.headers.get(LOGIN_HEADER):
        raise unauthorized()
    return login


def cookie_tokens() -> Iterator[tuple[str, bytes]]:
    """Names and tokens of the login cookies that came along, if they may speak at all."""
    if is_same_origin():
        for name, value in request.cookies.items():
            if name.startswith(COOKIE_PREFIX):
                yield name, _decode(value)


def bearer_token() -> bytes:
    """Return the token of the Authorization header, or nothing."""
    header = request.headers.get("Authorization", "")
    return _decode(header.removeprefix(_BEARER)) if header.startswith(_BEARER) else b""


def cookie_name(login_id: bytes) -> str:
    """Return the name of a login's cookie, which does not give the login id away.

    Cookies ignore ports, so they also go to other services of the same host: those then lack the header.
    """
    return COOKIE_PREFIX + hashlib.sha256(login_id).hexdigest()[:16]


def set_cookie(response: Response, login: Login, token: bytes, origin: str) -> None:
    """Let a cookie carry the token: out of reach of scripts, and of other sites."""
    response.set_cookie(
        cookie_name(login.login_id),
        b64encode(token),
        path=API,
        httponly=True,
        samesite="Strict",
        secure=origin.startswith("https:"),
    )


def delete_cookie(response: Response, name: str) -> None:
    """Make the browser forget a login cookie."""
    response.delete_cookie(name, path=API, httponly=True, samesite="Strict", secure=request.is_secure)


def _token() -> tuple[bytes, str]:
    if "Authorization" in request.headers:
        return bearer_token(), "bearer"
    try:
        login_id = id_from_text(request.headers.get(LOGIN_HEADER, ""))
    except FormatError:
        return b"", "cookie"
    return dict(cookie_tokens()).get(cookie_name(login_id), b""), "cookie"


def _decode(text: str) -> bytes:
    try:
        return b64decode(text)
    except (FormatError, UnicodeEncodeError):
        return b""
