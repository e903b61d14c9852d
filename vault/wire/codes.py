"""The closed list of error codes in answers of the service (docs/PROTOCOL.md §3)."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Value of ``code`` in an :class:`vault.wire.models.ErrorBody`, with its HTTP status."""

    BAD_REQUEST = "bad_request"
    BAD_HOST = "bad_host"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    SIGN_UP_CLOSED = "sign_up_closed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    STALE = "stale"
    HANDLE_TAKEN = "handle_taken"
    ERASED = "erased"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    QUOTA_RECORDS = "quota_records"
    QUOTA_BYTES = "quota_bytes"
    QUOTA_VAULTS = "quota_vaults"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    STORAGE = "storage"

    @property
    def status(self) -> int:
        """The HTTP status that goes with this code."""
        return _STATUS[self]


_STATUS = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.BAD_HOST: 400,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.SIGN_UP_CLOSED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.STALE: 409,
    ErrorCode.HANDLE_TAKEN: 409,
    ErrorCode.ERASED: 410,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.QUOTA_RECORDS: 403,
    ErrorCode.QUOTA_BYTES: 403,
    ErrorCode.QUOTA_VAULTS: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.STORAGE: 507,
}
