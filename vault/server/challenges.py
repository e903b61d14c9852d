"""Login challenges: short-lived, good for one attempt, and free of memory until they are used.

A challenge carries its own proof of origin, so asking for many of them neither fills memory nor pushes out anybody
else's. Only those that came back are remembered, until they expire.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from vault.wire.limits import CHALLENGE_SECONDS, KEY_BYTES

_NONCE_BYTES: Final = KEY_BYTES // 2


class Challenges:
    """Issues and redeems challenges. ``now`` gives Unix seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._key = secrets.token_bytes(KEY_BYTES)
        self._lock = threading.Lock()
        self._redeemed: dict[bytes, int] = {}

    def issue(self, vault_id: bytes) -> tuple[bytes, int]:
        """Make a challenge for that vault, and when it expires (Unix seconds)."""
        expiry = int(self._now()) + CHALLENGE_SECONDS
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._proof(nonce, vault_id, expiry), expiry

    def redeem(self, challenge: bytes, vault_id: bytes, expiry: int) -> bool:
        """Whether this is a challenge for that vault that has not been used. It is used from now on."""
        nonce = challenge[:_NONCE_BYTES]
        if not hmac.compare_digest(challenge[_NONCE_BYTES:], self._proof(nonce, vault_id, expiry)):
            return False
        now = self._now()
        with self._lock:
            self._forget_expired(now)
            if expiry <= now or challenge in self._redeemed:
                return False
            self._redeemed[challenge] = expiry
            return True

    def _proof(self, nonce: bytes, vault_id: bytes, expiry: int) -> bytes:
        message = nonce + vault_id + expiry.to_bytes(8, "big")
        return hmac.digest(self._key, message, hashlib.sha256)[:_NONCE_BYTES]

    def _forget_expired(self, now: float) -> None:
        """All challenges live equally long and so expire about in the order in which they come back."""
        while self._redeemed:
            oldest = next(iter(self._redeemed))
            if self._redeemed[oldest] > now:
                return
            del self._redeemed[oldest]
