"""Logins: in memory only, ended by idle time, by locking, and by the end of their slot (docs/PROTOCOL.md §4)."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Literal

from vault.wire.limits import ID_BYTES, KEY_BYTES

Carrier = Literal["cookie", "bearer"]
MAX_LOGINS_PER_VAULT: Final = 256


def seconds_awake_or_asleep() -> float:
    """Monotonic seconds that also pass while the machine sleeps, where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass
class Login:
    """One login. It lasts while ``slot_id`` is a slot of the vault.

    ``replacing`` is held while a commit that may replace that slot is on its way: whoever finds the slot gone waits for
    it, and looks again.
    """

    login_id: bytes
    vault_id: bytes
    slot_id: bytes
    carrier: Carrier
    idle_seconds: int
    resume_share: bytes
    ends_at: float
    replacing: threading.Lock = field(default_factory=threading.Lock)


class Logins:
    """The registry. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = seconds_awake_or_asleep) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_token: dict[bytes, Login] = {}
        self._first_end = float("inf")

    def open(self, vault_id: bytes, slot_id: bytes, carrier: Carrier, idle_seconds: int) -> tuple[Login, bytes]:
        """Open a login; it and its token, of which only the SHA-256 is kept."""
        token = secrets.token_bytes(KEY_BYTES)
        login = Login(
            login_id=secrets.token_bytes(ID_BYTES),
            vault_id=vault_id,
            slot_id=slot_id,
            carrier=carrier,
            idle_seconds=idle_seconds,
            resume_share=secrets.token_bytes(KEY_BYTES),
            ends_at=self._clock() + idle_seconds,
        )
        with self._lock:
            self._sweep()
            self._make_room(vault_id)
            self._by_token[_hash(token)] = login
            self._first_end = min(self._first_end, login.ends_at)
        return login, token

    def find(self, token: bytes, *, renew: bool) -> Login | None:
        """Return the login of a token, unless it has ended."""
        with self._lock:
            self._sweep()
            login = self._by_token.get(_hash(token))
            if login is not None and renew:
                login.ends_at = self._clock() + login.idle_seconds
            return login

    def end(self, token: bytes) -> None:
        """End the login of a token, if there is one."""
        with self._lock:
            self._by_token.pop(_hash(token), None)

    def slots_destroyed(self, vault_id: bytes, slot_ids: Collection[bytes]) -> None:
        """End the logins that go by those slots."""
        with self._lock:
            self._drop(lambda login: login.vault_id == vault_id and login.slot_id in slot_ids)

    def vault_erased(self, vault_id: bytes) -> None:
        """End all logins to a vault."""
        with self._lock:
            self._drop(lambda login: login.vault_id == vault_id)

    def sweep(self) -> None:
        """Forget logins that have ended, and their resume shares with them."""
        with self._lock:
            self._sweep()

    def _sweep(self) -> None:
        now = self._clock()
        if now >= self._first_end:
            self._drop(lambda login: login.ends_at <= now)
            # Renewing only moves ends away, so this is never too late.
            self._first_end = min((login.ends_at for login in self._by_token.values()), default=float("inf"))

    def _make_room(self, vault_id: bytes) -> None:
        own = [(login.ends_at, token) for token, login in self._by_token.items() if login.vault_id == vault_id]
        if len(own) >= MAX_LOGINS_PER_VAULT:
            del self._by_token[min(own)[1]]

    def _drop(self, has_ended: Callable[[Login], bool]) -> None:
        for token in [token for token, login in self._by_token.items() if has_ended(login)]:
            del self._by_token[token]


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
