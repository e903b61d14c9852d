"""Every error Inkvault raises on purpose, and the exit code each one gives the command line.

::

    InkvaultError                      1   anything below; never raised itself
    ├── UsageError                     2   the call's words are off
    ├── UnlockError                    3   vault name or secret is wrong
    │   └── LockedError                3   the login has ended; unlock again
    ├── HostileDataError               4   the family hostile bytes raise; one message for every cause
    │   ├── FormatError                4   bytes of the wrong shape
    │   ├── IntegrityError             4   right shape, failed authentication or digest
    │   ├── PolicyError                4   key derivation costs outside the bounds
    │   └── TrustError                 4   consistent data that contradicts what this device has seen
    │       ├── RollbackError          4   older than what was seen
    │       ├── ForkError              4   another history than what was seen
    │       └── SubstitutionError      4   another vault under a known name
    ├── ServiceError                   5   the service answered with an error
    │   ├── ConflictError              5   somebody else wrote first
    │   ├── NotFoundError              5   no such thing, or not yours
    │   ├── ErasedError                5   the service shows an old database: what it names was erased since
    │   ├── QuotaError                 6   a limit of this server is reached
    │   ├── RateLimitError             7   too many attempts; carries retry_after
    │   └── UnavailableError           8   not reachable, or cannot write now (disk full, read-only)
    ├── StorageError                   9   the data directory is unsafe, damaged or in use
    └── TransferError                  1   an import did not come out even, or its source changed meanwhile
        └── FailedImportError          1   the same, with the report on what was done (vault/transfer/importing.py)
"""

from __future__ import annotations

from typing import ClassVar


class InkvaultError(Exception):
    """Base of all errors. ``exit_code`` is stable; ``str(error)`` is one sentence that says what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(InkvaultError):
    """The caller asked for something that makes no sense."""

    exit_code = 2


class UnlockError(InkvaultError):
    """Vault name or secret is wrong. Never says which."""

    exit_code = 3


class LockedError(UnlockError):
    """The login has ended (idle, locked elsewhere, secret changed)."""


class HostileDataError(InkvaultError):
    """Bytes that a correct writer cannot have made."""

    exit_code = 4


class FormatError(HostileDataError):
    """Bytes of the wrong shape (docs/FORMAT.md §1)."""


class IntegrityError(HostileDataError):
    """Right shape, but authentication or a digest failed (docs/FORMAT.md §1)."""


class PolicyError(HostileDataError):
    """Key derivation costs outside the bounds of docs/FORMAT.md §3.1."""


class TrustError(HostileDataError):
    """Consistent data that contradicts what this device has seen (docs/FORMAT.md §7.1)."""


class RollbackError(TrustError):
    """The server shows an older vault than this device has seen."""


class ForkError(TrustError):
    """The server shows a history that splits from what this device has seen."""


class SubstitutionError(TrustError):
    """The server shows another vault under a name this device knows."""


class ServiceError(InkvaultError):
    """The service refused. ``code`` is a value of :class:`vault.wire.codes.ErrorCode`."""

    exit_code = 5

    def __init__(self, message: str, code: str = "internal") -> None:
        super().__init__(message)
        self.code = code


class ConflictError(ServiceError):
    """Somebody else wrote first; refresh and try again."""


class NotFoundError(ServiceError):
    """No such thing, or not yours; the service does not say which."""


class ErasedError(ServiceError):
    """The service's database is older than an erasure: what it still names was erased, and its keys are destroyed."""


class QuotaError(ServiceError):
    """A limit of this server is reached."""

    exit_code = 6


class RateLimitError(ServiceError):
    """Too many attempts. ``retry_after`` is in whole seconds."""

    exit_code = 7

    def __init__(self, message: str, code: str = "rate_limited", retry_after: int = 1) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class UnavailableError(ServiceError):
    """The service cannot be reached or cannot write now. Nothing was lost; try again."""

    exit_code = 8


class StorageError(InkvaultError):
    """The data directory is unsafe, damaged or in use."""

    exit_code = 9


class TransferError(InkvaultError):
    """An import did not come out even, or its source changed meanwhile. What was taken in until then is whole."""
