"""Putting the service together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from vault.erase.run import Eraser
from vault.errors import StorageError, UsageError
from vault.server import page
from vault.server.authentication import Authentication
from vault.server.challenges import Challenges
from vault.server.logins import Logins
from vault.server.logs import log_fault
from vault.server.operations import json_response
from vault.server.ratelimits import RateLimits
from vault.server.routes import BLUEPRINTS
from vault.server.service import API, EXTENSION, Service
from vault.server.settings import Settings
from vault.server.shell import Shell
from vault.storage.commits import Quota
from vault.storage.database import UncertainError
from vault.storage.refusal import Refusal
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.models import ErrorBody

SNAPSHOTS_AT_ONCE: Final = 2
_CODES_BY_STATUS: Final = {
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
}


def create_app(
    settings: Settings,
    *,
    logins: Logins | None = None,
    challenges: Challenges | None = None,
    now: Callable[[], float] = time.time,
) -> Flask:
    """Build the service as a WSGI application that answers to the hosts of ``settings.origins`` only.

    Erasures that were ordered and are not done go on first.

    `logins` and `challenges` can be handed in for the sake of their clocks; `now`, Unix seconds, is what the ``Date``
    of answers says (docs/FORMAT.md §5.5). Raises StorageError when the data directory or the database cannot be used,
    UsageError when an origin is not one.
    """
    for origin in settings.origins:
        check_origin(origin)
    quota = Quota(settings.max_records, settings.max_bytes)
    store = Store(settings.data_dir, settings.database_url, settings.max_vaults, quota)
    eraser = Eraser(store)
    rates = RateLimits()
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.extensions[EXTENSION] = Service(
        settings=settings,
        store=store,
        logins=logins or Logins(),
        rates=rates,
        authentication=Authentication(store, challenges or Challenges(), rates, settings.origins),
        eraser=eraser,
        snapshots=threading.BoundedSemaphore(SNAPSHOTS_AT_ONCE),
    )
    app.url_map.merge_slashes = False  # a redirect would be an answer that clients do not follow
    app.before_request(_refuse_other_sites)
    app.register_error_handler(Exception, _answer_error)
    for blueprint in (*BLUEPRINTS, page.blueprint):
        app.register_blueprint(blueprint)
    app.wsgi_app = Shell(app.wsgi_app, settings.origins, now)  # type: ignore[method-assign]
    eraser.resume()
    return app


def close_app(app: Flask) -> None:
    """Close the database of an application that is no longer used."""
    of_app = cast("Service", app.extensions[EXTENSION])
    of_app.authentication.close()
    of_app.eraser.close()
    of_app.store.close()


def check_origin(origin: str) -> None:
    """Raise UsageError unless `origin` is the ASCII serialisation of an http or https origin."""
    parts = urlsplit(origin)
    is_plain = origin == f"{parts.scheme}://{parts.netloc}" and origin == origin.lower() and origin.isascii()
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or not is_plain:
        raise UsageError(f"{origin} is not an origin: write it like https://ink.example")


def _refuse_other_sites() -> None:
    """No page but our own may speak to the API, whatever it sends (docs/PROTOCOL.md §9)."""
    if request.path.startswith(API) and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise Refusal(ErrorCode.FORBIDDEN, "Requests from other sites are refused.")


def _answer_error(error: Exception) -> Response:
    """Every error as an ErrorBody."""
    if isinstance(error, Refusal):
        if error.error_code == ErrorCode.INTERNAL:
            log_fault(error.__cause__ or error)
        return _error_response(error)
    if isinstance(error, UncertainError):
        log_fault(error)
        message = "Whether the write was applied is not known: send the same again."
        return _error_response(Refusal(ErrorCode.INTERNAL, message))
    if isinstance(error, StorageError):
        log_fault(error)
        message = "The service cannot write now; nothing was changed. Try again later."
        return _error_response(Refusal(ErrorCode.STORAGE, message))
    if isinstance(error, HTTPException):
        code = _CODES_BY_STATUS.get(error.code or 500, ErrorCode.BAD_REQUEST)
        response = _error_response(Refusal(code, f"{error.name}."))
        allowed = error.get_response().headers.get("Allow")
        if allowed is not None:
            response.headers["Allow"] = allowed
        return response
    log_fault(error)
    return _error_response(Refusal(ErrorCode.INTERNAL, "The service has a fault."))


def _error_response(refusal: Refusal) -> Response:
    body = ErrorBody(code=refusal.error_code, message=str(refusal), seq=refusal.seq, retry_after=refusal.retry_after)
    response = json_response(body, refusal.error_code.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
