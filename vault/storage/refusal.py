"""How storage and the service say no to a request (docs/PROTOCOL.md §3)."""

from __future__ import annotations

from vault.errors import ServiceError
from vault.wire.codes import ErrorCode


class Refusal(ServiceError):  # noqa: N818 - a word of the domain: most refusals are no error of anybody
    """A request that is answered with an error. Becomes an ``ErrorBody``.

    Nothing was changed, but for ``INTERNAL``: then nobody can tell, and the same request must be sent again.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, seq: int | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, code)
        self.error_code = code
        self.seq = seq
        self.retry_after = retry_after


def bad_request(message: str) -> Refusal:
    """Say that the request is well formed but impossible."""
    return Refusal(ErrorCode.BAD_REQUEST, message)


def not_found() -> Refusal:
    """Say that there is no such thing, or not this vault's: the answer is the same."""
    return Refusal(ErrorCode.NOT_FOUND, "There is no such thing here.")


def erased() -> Refusal:
    """Say that the database names keys that are not there: it is older than an erasure, or came without key files."""
    message = "The database names keys that were erased, or not restored with it: inkvault doctor tells which."
    return Refusal(ErrorCode.ERASED, message)


def unauthorized() -> Refusal:
    """Say that a login failed or has ended; the answer is the same, whatever the reason."""
    return Refusal(ErrorCode.UNAUTHORIZED, "Unlock the vault: there is no login, or it has ended.")
