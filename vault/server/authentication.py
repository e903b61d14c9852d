"""Challenge and login: the same answers and the same work, whether a name is in use or not (docs/PROTOCOL.md §4)."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault.errors import StorageError
from vault.server.challenges import Challenges
from vault.server.failures import Failures
from vault.server.logs import logger
from vault.server.ratelimits import (
    CHALLENGE_BY_ADDRESS,
    FAILURE_BY_ADDRESS,
    FAILURE_BY_PAIR,
    FAILURE_BY_VAULT,
    RateLimits,
)
from vault.storage.decoy import DECOY_ID
from vault.storage.refusal import unauthorized
from vault.storage.slots import StoredSlot
from vault.storage.store import Store
from vault.wire.limits import ID_BYTES
from vault.wire.models import Challenge, ConfirmErasure, LoginRequest
from vault.wire.orders import order_message
from vault.wire.slots import SUITE, HeaderFields, login_message

_FAKE_KINDS: Final = ((1, 131_072, 3, 1), (2, 0, 0, 0))
"""Kind, m, t, p of the slots of a new vault (docs/FORMAT.md §3.1)."""
_MAX_PROVEN: Final = 10_000


class Authentication:
    """Issues challenges and checks the signatures that answer them."""

    def __init__(self, store: Store, challenges: Challenges, rates: RateLimits, origins: Collection[str]) -> None:
        self._store = store
        self._challenges = challenges
        self._rates = rates
        self._origins = frozenset(origins)
        self._secret = store.server_secret()
        nobody = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        self._decoy = store.decoy(nobody)
        self._failures = Failures()
        self._proven: OrderedDict[tuple[bytes, str], None] = OrderedDict()

    def challenge(self, handle: str, address: str) -> Challenge:
        """Return the answer to a challenge request. Raises the 429."""
        fake_id, fake_salt, fake_headers = self._fake(handle)
        target = self._store.login_target(handle)
        if target is None:
            self._decoy.slots()
            vault_id, salt, headers = fake_id, fake_salt, fake_headers
        else:
            vault_id, salt = target.vault.vault_id, target.vault.vault_salt
            headers = [slot.header for slot in target.slots]
        self._check_rates(vault_id, address)
        self._rates.check(CHALLENGE_BY_ADDRESS, address)
        self._rates.count(CHALLENGE_BY_ADDRESS, address)
        challenge, expiry = self._challenges.issue(vault_id)
        return Challenge(vault_id=vault_id, vault_salt=salt, slots=headers, challenge=challenge, expiry=expiry)

    def login(self, request: LoginRequest, address: str) -> StoredSlot:
        """Return the slot that the signature proves. Raises the 401, the same for every failure, or the 429."""
        self._check_rates(request.vault_id, address)
        is_fresh = self._challenges.redeem(request.challenge, request.vault_id, request.expiry)
        is_ours = request.origin in self._origins
        slot = self._store.login_slot(request.vault_id, request.slot_id)
        known = slot or self._decoy.slots()[0]
        is_signed = _is_signed(request, known.login_key)
        if slot is None or not (is_fresh and is_ours and is_signed):
            self._count_failure(request.vault_id, address)
            self._failures.count(DECOY_ID if slot is None else request.vault_id)
            raise unauthorized()
        self._note_success(slot, request.vault_id, address)
        return slot

    def check_order(self, order: ConfirmErasure, vault_id: bytes, hashed: bytes, address: str) -> bytes:
        """Return the public key under which an order is signed. Raises the 401 or the 429, as for a login.

        `hashed` is the hash of the order (docs/ERASURE.md §3).
        """
        self._check_rates(vault_id, address)
        slot = self._store.login_slot(vault_id, order.slot_id)
        is_ours = order.origin in self._origins
        if slot is None or not is_ours or not _holds(slot.login_key, order.signature, order_message(hashed)):
            self._count_failure(vault_id, address)
            raise unauthorized()
        return slot.login_key

    def close(self) -> None:
        """Log the failures that no login has logged. What cannot be written now is forgotten."""
        try:
            self._store.note_failed_logins(self._failures.take_all())
        except StorageError:
            logger.warning("failed logins could not be noted")

    def _check_rates(self, vault_id: bytes, address: str) -> None:
        self._rates.check(FAILURE_BY_PAIR, _pair(vault_id, address))
        self._rates.check(FAILURE_BY_ADDRESS, address)
        if (vault_id, address) not in self._proven:
            self._rates.check(FAILURE_BY_VAULT, vault_id.hex())

    def _count_failure(self, vault_id: bytes, address: str) -> None:
        self._rates.count(FAILURE_BY_PAIR, _pair(vault_id, address))
        self._rates.count(FAILURE_BY_ADDRESS, address)
        self._rates.count(FAILURE_BY_VAULT, vault_id.hex())

    def _note_success(self, slot: StoredSlot, vault_id: bytes, address: str) -> None:
        self._proven[(vault_id, address)] = None
        if len(self._proven) > _MAX_PROVEN:
            self._proven.popitem(last=False)
        failed = self._failures.take(vault_id)
        try:
            self._store.note_login(vault_id, slot, failed)
        except StorageError:
            # A full disk must not keep the writer from reading.
            self._failures.count(vault_id, failed)
            logger.warning("a login could not be noted")

    def _fake(self, handle: str) -> tuple[bytes, bytes, list[bytes]]:
        """Vault id, salt and slot headers of a name that nobody uses: a keyed hash of it, the same each time."""
        vault_id = self._keyed_hash("vault", handle)[:ID_BYTES]
        slot_ids = sorted(self._keyed_hash(f"slot {kind}", handle)[:ID_BYTES] for kind, *_ in _FAKE_KINDS)
        kinds = _FAKE_KINDS if self._keyed_hash("order", handle)[0] % 2 else _FAKE_KINDS[::-1]
        headers = [
            HeaderFields(SUITE, *kind, vault_id, slot_id, 1).encode()
            for kind, slot_id in zip(kinds, slot_ids, strict=True)
        ]
        return vault_id, self._keyed_hash("salt", handle), headers

    def _keyed_hash(self, purpose: str, handle: str) -> bytes:
        return hmac.digest(self._secret, f"{purpose}\x00{handle}".encode(), hashlib.sha256)


def _is_signed(request: LoginRequest, login_key: bytes) -> bool:
    """Whether the request is signed with the other half of `login_key` (docs/FORMAT.md §3.4)."""
    message = login_message(request.origin, request.vault_id, request.slot_id, request.challenge, request.expiry)
    return _holds(login_key, request.signature, message)


def _holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _pair(vault_id: bytes, address: str) -> str:
    return f"{vault_id.hex()} {address}"
