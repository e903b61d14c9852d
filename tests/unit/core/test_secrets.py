"""Keys and secrets: fresh nonces, hidden keys, costs, login proofs."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import vault.core
from vault.core import envelope, kdf, params, recovery, resume
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.keyring import Keyring
from vault.core.keyslot import SlotHeader, SlotKeys, SlotKind, login_message, open_slot, seal_slot
from vault.core.params import NO_PARAMS, KdfParams
from vault.errors import FormatError, PolicyError

VAULT_ID, SLOT_ID, SECRET, VAULT_KEY = os.urandom(16), os.urandom(16), os.urandom(32), os.urandom(32)
KEYS = SlotKeys.derive(SECRET, VAULT_ID, SLOT_ID)
HEADER = SlotHeader(SlotKind.RECOVERY, NO_PARAMS, VAULT_ID, SLOT_ID, 1)
CONTEXT = Context(EnvelopeClass.HEADER, VAULT_ID, VAULT_ID, ZERO_ID, 1)

SEALS: dict[str, tuple[Callable[[], bytes], int]] = {
    "slot": (lambda: seal_slot(HEADER, KEYS, VAULT_KEY), 44),
    "envelope": (lambda: envelope.seal(SECRET, CONTEXT, {"type": "x"}), 1),
    "wrapped key": (lambda: Keyring(VAULT_ID, VAULT_KEY).wrap(VAULT_ID, 1, SECRET), 0),
    "resume value": (lambda: resume.seal_resume(SECRET, VAULT_ID, SLOT_ID, VAULT_KEY, SLOT_ID), 1),
}


@pytest.mark.parametrize("what", SEALS)
def test_every_seal_has_its_own_nonce(what: str) -> None:
    seal, start = SEALS[what]
    assert len({seal()[start : start + 12] for _ in range(200)}) == 200


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    for module in pkgutil.iter_modules(vault.core.__path__):
        if module.name.startswith("_"):
            continue
        content = importlib.import_module(f"vault.core.{module.name}")
        for owner in (content, *(item for _, item in inspect.getmembers(content, inspect.isclass))):
            for name, item in inspect.getmembers(owner, inspect.isroutine):
                if not name.startswith("_") and str(getattr(item, "__module__", "")).startswith("vault.core"):
                    yield f"{module.name}.{name}", item


def test_no_public_function_takes_a_nonce() -> None:
    found = dict(public_callables())
    assert "envelope.seal" in found
    assert "keyring.wrap" in found
    assert not [
        name for name, item in found.items() if any("nonce" in part for part in inspect.signature(item).parameters)
    ]


@pytest.mark.parametrize("holder", [KEYS, Keyring(VAULT_ID, VAULT_KEY)])
def test_keys_are_not_printed(holder: object) -> None:
    shown = repr(holder) + str(holder)
    for key in (KEYS.wrap, KEYS.mac, KEYS.login, VAULT_KEY):
        assert repr(key)[2:-1] not in shown
        assert key.hex() not in shown


def test_login_key_signs_for_its_public_key() -> None:
    challenge = os.urandom(32)
    where = ("http://127.0.0.1:8765", VAULT_ID, SLOT_ID, challenge, 1_800_000_000)
    public_key = Ed25519PublicKey.from_public_bytes(KEYS.login_public_key())
    public_key.verify(KEYS.sign_login(*where), login_message(*where))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_secrets_have_32_bytes(size: int) -> None:
    with pytest.raises(FormatError):
        SlotKeys.derive(bytes(size), VAULT_ID, SLOT_ID)
    with pytest.raises(FormatError):
        recovery.encode_recovery_key(bytes(size))
    with pytest.raises(FormatError):
        Keyring(VAULT_ID, bytes(size))
    with pytest.raises(FormatError):
        seal_slot(HEADER, KEYS, bytes(size))
    with pytest.raises(FormatError):
        Keyring(VAULT_ID, VAULT_KEY).wrap(VAULT_ID, 1, bytes(size))
    with pytest.raises(FormatError):
        resume.seal_resume(bytes(size), VAULT_ID, SLOT_ID, VAULT_KEY, SLOT_ID)
    with pytest.raises(FormatError):
        resume.seal_resume(SECRET, VAULT_ID, SLOT_ID, bytes(size), SLOT_ID)


def test_a_slot_header_is_valid_from_the_start() -> None:
    with pytest.raises(PolicyError):
        SlotHeader(SlotKind.PASSPHRASE, KdfParams(8_192, 3, 1), VAULT_ID, SLOT_ID, 1)
    with pytest.raises(PolicyError):
        SlotHeader(SlotKind.PASSKEY, params.PROFILE, VAULT_ID, SLOT_ID, 1)
    with pytest.raises(FormatError):
        SlotHeader(SlotKind.RECOVERY, NO_PARAMS, VAULT_ID[:-1], SLOT_ID, 1)
    with pytest.raises(FormatError):
        SlotHeader(SlotKind.RECOVERY, NO_PARAMS, VAULT_ID, SLOT_ID, 2**32)


def test_recovery_keys_are_random() -> None:
    keys = {recovery.new_recovery_key() for _ in range(50)}
    assert len(keys) == 50
    assert {len(key) for key in keys} == {32}


def test_passphrase_opens_its_slot(cheap_kdf: KdfParams) -> None:
    salt = os.urandom(32)
    header = SlotHeader(SlotKind.PASSPHRASE, cheap_kdf, VAULT_ID, SLOT_ID, 1)

    def keys(passphrase: str, handle: str) -> SlotKeys:
        return SlotKeys.derive(kdf.passphrase_secret(passphrase, handle, salt, cheap_kdf), VAULT_ID, SLOT_ID)

    slot = seal_slot(header, keys("caf\u00e9", "Ada"), VAULT_KEY)
    assert open_slot(slot, header, keys("cafe\u0301", " ada ")) == VAULT_KEY


def test_only_smaller_memory_or_fewer_passes_are_weaker() -> None:
    profile = params.PROFILE
    assert not params.is_weaker(profile)
    assert not params.is_weaker(KdfParams(profile.m_kib * 2, profile.t + 1, 4))
    assert params.is_weaker(KdfParams(profile.m_kib - 1, profile.t + 1, 1))
    assert params.is_weaker(KdfParams(profile.m_kib * 2, profile.t - 1, 1))
    assert params.is_weaker(params.FLOOR)


def test_the_profile_is_within_its_own_bounds() -> None:
    for costs in (params.PROFILE, params.FLOOR, params.CAP):
        params.check_params(SlotKind.PASSPHRASE, costs)


OUT_OF_MEMORY = """
import resource
from vault.core import kdf, params
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
try:
    kdf.passphrase_secret("x", "ada", bytes(32), params.CAP)
except MemoryError as error:
    print(error)
"""


def test_costs_that_do_not_fit_in_memory_are_a_memory_error() -> None:
    answer = subprocess.run([sys.executable, "-c", OUT_OF_MEMORY], capture_output=True, text=True, check=True)
    assert answer.stdout == "There is not enough free memory to derive the key.\n"
