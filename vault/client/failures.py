"""What each answer of 400 and above means here (docs/PROTOCOL.md §3).

The service's own words are never shown: they are a stranger's text.
"""

from __future__ import annotations

from pydantic import ValidationError

from vault.errors import (
    ConflictError,
    ErasedError,
    FormatError,
    InkvaultError,
    LockedError,
    NotFoundError,
    QuotaError,
    RateLimitError,
    ServiceError,
    UnavailableError,
    UnlockError,
)
from vault.wire.codes import ErrorCode
from vault.wire.models import ErrorBody


class LostAnswerError(UnavailableError):
    """It is not known whether the request was carried out. Sending the same bytes again tells."""


_SERVICE_ERRORS: dict[ErrorCode, tuple[type[ServiceError], str]] = {
    ErrorCode.BAD_REQUEST: (
        ServiceError,
        "The service refused the request as malformed; update inkvault and try again.",
    ),
    ErrorCode.BAD_HOST: (
        ServiceError,
        "The service does not answer to this host name; use the address it was set up for.",
    ),
    ErrorCode.FORBIDDEN: (ServiceError, "The service refused the request as one from another site; connect directly."),
    ErrorCode.SIGN_UP_CLOSED: (QuotaError, "This server takes no new vaults; ask whoever runs it."),
    ErrorCode.ERASED: (
        ErasedError,
        "The service runs on a database from before an erasure: what was erased is gone, import the rest from exports.",
    ),
    ErrorCode.NOT_FOUND: (NotFoundError, "The service does not have it; refresh and choose from what is listed."),
    ErrorCode.METHOD_NOT_ALLOWED: (ServiceError, "The service does not know this request; update it or inkvault."),
    ErrorCode.STALE: (ConflictError, "Somebody else wrote first; refresh and try again."),
    ErrorCode.HANDLE_TAKEN: (ConflictError, "A vault of this name exists already; choose another name."),
    ErrorCode.TOO_LARGE: (QuotaError, "This is more than the service takes at once; save it in parts."),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (ServiceError, "The service did not take the request; update it or inkvault."),
    ErrorCode.QUOTA_RECORDS: (
        QuotaError,
        "The vault holds as many messages as this server allows; ask whoever runs it.",
    ),
    ErrorCode.QUOTA_BYTES: (QuotaError, "The vault is as large as this server allows; ask whoever runs it."),
    ErrorCode.QUOTA_VAULTS: (QuotaError, "This server holds as many vaults as it may; ask whoever runs it."),
    ErrorCode.INTERNAL: (LostAnswerError, "The service had a fault; nothing is lost here, try again."),
    ErrorCode.STORAGE: (
        UnavailableError,
        "The service cannot use its disk now (full, read-only, key file gone); nothing was changed, mend it and retry.",
    ),
}


def error_for(status: int, body: bytes | None, *, with_login: bool) -> InkvaultError:
    """The error of an answer. `body` is its JSON, or None when it has none (a proxy's page, say)."""
    if body is None:
        if status >= 500:
            return LostAnswerError(f"The service is out of reach (HTTP {status}); try again in a while.")
        return ServiceError(f"No Inkvault service answers at this address (HTTP {status}); check the address.")
    try:
        answer = ErrorBody.model_validate_json(body, strict=True)
    except ValidationError:
        return foreign_answer()
    return _meaning(answer, with_login=with_login) if answer.code.status == status else foreign_answer()


def _meaning(answer: ErrorBody, *, with_login: bool) -> InkvaultError:
    if answer.code is ErrorCode.UNAUTHORIZED:
        return locked() if with_login else wrong_secret()
    if answer.code is ErrorCode.RATE_LIMITED:
        seconds = max(1, answer.retry_after or 1)
        return RateLimitError(f"Too many attempts; wait {seconds} s and try again.", answer.code, seconds)
    kind, message = _SERVICE_ERRORS[answer.code]
    return kind(message, answer.code)


def unreachable(origin: str) -> LostAnswerError:
    """No connection, or one that broke."""
    return LostAnswerError(f"Cannot reach the service at {origin}; check that it runs and try again.")


def foreign_answer() -> FormatError:
    """An answer outside the protocol. One message for every cause (docs/FORMAT.md §1)."""
    return FormatError("The service gave an answer outside the protocol, so nothing of it was used; check the server.")


def wrong_secret() -> UnlockError:
    """The login failed. The service does not say why, and neither do we."""
    return UnlockError("The vault name or the secret is wrong; check both and try again.")


def locked() -> LockedError:
    """The login has ended."""
    return LockedError("The vault is locked; unlock it again.")
