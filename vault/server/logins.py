"""Logins: in memory only, ended by idle time, by locking, and by the end of their slot (docs/PROTOCOL.md §4)."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
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
    """One login. ``slot_ids`` has two members only while a commit replaces the first by the second."""

    login_id: bytes
    vault_id: bytes
    slot_ids: tuple[bytes, ...]
    carrier: Carrier
    idle_seconds: int
    resume_share: bytes
    ends_at: float


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
            slot_ids=(slot_id,),
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

    def replacing_slot(self, login: Login, new_slot_id: bytes) -> None:
        """Let either slot keep `login` alive until the commit that replaces its slot is done."""
        login.slot_ids = (login.slot_ids[0], new_slot_id)

    def slots_destroyed(self, vault_id: bytes, slot_ids: Collection[bytes], survivor: Login | None) -> None:
        """End the logins that those slots opened; `survivor` goes on under the slot that replaces its own."""
        with self._lock:
            if survivor is not None:
                survivor.slot_ids = survivor.slot_ids[-1:]
            self._drop(lambda login: login.vault_id == vault_id and login.slot_ids[0] in slot_ids)

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
