"""What every part of an unlocked vault's face shares: it fails closed, and it locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Self

from vault.client.failures import locked
from vault.client.moments import Moment
from vault.client.trusted_state import Fingerprint
from vault.client.undo import Undo
from vault.client.unlock import Connection
from vault.client.unlocked import Unlocked
from vault.errors import HostileDataError, InkvaultError, LockedError


class Face:
    """An unlocked vault and the connection it came by."""

    new_device: Fingerprint | None
    """Set when this device had never opened the vault: show it, so that the writer can compare with another device."""

    def __init__(self, connection: Connection, unlocked: Unlocked, new_device: Fingerprint | None = None) -> None:
        self.new_device = new_device
        self.handle = unlocked.slot.handle
        self.vault_id = unlocked.contents.vault_id.hex()
        self._connection = connection
        self._unlocked: Unlocked | None = unlocked
        self._refusal: HostileDataError | None = None

    def lock(self) -> None:
        """End the login and forget the keys. Locking a locked vault does nothing."""
        unlocked, self._unlocked = self._unlocked, None
        if unlocked is None:
            return
        try:
            unlocked.save_pin()
            with suppress(InkvaultError):  # a login that cannot be ended now ends by itself
                self._connection.transport.log_out()
        finally:
            self._connection.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._unlocked is not None:
                self.confirm()
        finally:
            self.lock()

    def refresh(self) -> list[str]:
        """Fetch what other devices wrote; the ids of sessions that changed or are gone. Does not renew the login."""
        with self._guarded() as unlocked:
            changed = unlocked.refresh()
            return [container_id.hex() for container_id in changed if container_id != unlocked.contents.vault_id]

    def confirm(self) -> None:
        """Read back that the service has everything it accepted. Raises RollbackError when it does not.

        Also finishes a write that an UnavailableError left open.
        """
        with self._guarded() as unlocked:
            unlocked.confirm()

    def now(self) -> int:
        """The present moment by the service's clock, in milliseconds since 1970 (docs/FORMAT.md §5.5)."""
        return self._moment().service_ms

    def _moment(self) -> Moment:
        return self._connection.clock.now()

    def _undo(self, *steps: Callable[[Unlocked], object]) -> Undo:
        """What takes back, by these steps, the last first."""

        def run(step: Callable[[Unlocked], object]) -> None:
            with self._guarded() as unlocked:
                step(unlocked)

        return Undo([partial(run, step) for step in steps])

    @contextmanager
    def _guarded(self) -> Iterator[Unlocked]:
        """Fail closed: hostile data ends the use of this object, and nothing more is sent."""
        try:
            yield self._usable()
        except HostileDataError as error:
            self._refuse(error)
            raise
        except LockedError:
            self._forget()
            raise

    def _usable(self) -> Unlocked:
        """The unlocked vault. Raises LockedError once it is locked, after hostile data the error that it was."""
        if self._refusal is not None:
            raise type(self._refusal)(str(self._refusal))
        if self._unlocked is None:
            raise locked()
        return self._unlocked

    def _refuse(self, error: HostileDataError) -> None:
        self._refusal = error
        self._forget()

    def _forget(self) -> None:
        self._unlocked = None
        self._connection.transport.close()
