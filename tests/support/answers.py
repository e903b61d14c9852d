"""What every answer of the service must look like."""

from __future__ import annotations

from collections.abc import Mapping

from vault.wire.models import ErrorBody

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types inkvault"
)
EXPECTED = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def check_headers(headers: Mapping[str, str], **changes: str) -> None:
    """Assert that the headers of design and protocol are there, each once, and none that must not be."""
    for name, value in {**EXPECTED, **changes}.items():
        assert headers.get(name) == value, name
    assert "camera=()" in headers["Permissions-Policy"]
    names = {name.lower() for name in headers}
    assert not {name for name in names if name.startswith("access-control-")}
    assert "clear-site-data" not in names
    assert "server" not in names


def check_error(status: int, headers: Mapping[str, str], body: bytes) -> ErrorBody:
    """Assert that an answer is a well-formed error; give its body."""
    check_headers(headers)
    assert headers["Content-Type"] == "application/json"
    error = ErrorBody.model_validate_json(body)
    assert error.code.status == status
    assert (error.seq is not None) == (error.code == "stale")
    assert (error.retry_after is not None) == (error.code == "rate_limited")
    if error.retry_after is not None:
        assert headers["Retry-After"] == str(error.retry_after)
    return error
