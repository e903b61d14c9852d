"""The page: files that Vite has built. They hold no data, so anybody may fetch them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from vault.server.shell import RULE_KEY
from vault.storage.refusal import Refusal, not_found
from vault.wire.codes import ErrorCode

PAGE: Final = Path(__file__).parent / "page"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""All that is served, with types of our own: what a machine's type map says must not decide."""


blueprint = Blueprint("page", __name__)


@blueprint.get("/", provide_automatic_options=False)
def index() -> Response:
    """Send the page, or say that there is none."""
    if not (PAGE / "index.html").is_file():
        message = "The page has not been built. Build it with scripts/run, or use the command line."
        raise Refusal(ErrorCode.NOT_FOUND, message)
    return _send(PAGE, "index.html")


@blueprint.get("/<name>", provide_automatic_options=False)
def file(name: str) -> Response:
    """Send a file that lies beside the page."""
    return _send(PAGE, name)


@blueprint.get("/assets/<name>", provide_automatic_options=False)
def asset(name: str) -> Response:
    """Send an asset. Its name changes with its content, so browsers may keep it for good."""
    response = _send(PAGE / "assets", name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/fonts/<name>", provide_automatic_options=False)
def font(name: str) -> Response:
    """Send a typeface for PDFs."""
    return _send(PAGE / "fonts", name)


def _send(directory: Path, name: str) -> Response:
    request.environ[RULE_KEY] = "page"
    content_type = _TYPES.get(Path(name).suffix)
    if content_type is None:
        raise not_found()
    try:
        response = send_from_directory(directory, name, mimetype=content_type, etag=False, conditional=False)
    except NotFound:
        raise not_found() from None
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-store"
    del response.headers["Last-Modified"]
    return response
