"""Certificates that are checked on this device alone, without any service (docs/ERASURE.md §4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vault.audit.certificate import Certificate, verify
from vault.audit.checkpoint import VerifierKey, origin_of
from vault.client.connect import pins_of, place_name
from vault.client.erasing import Proof
from vault.client.unlock import check_handle
from vault.errors import FormatError, IntegrityError, UsageError


def check_certificate(data: bytes, key: str | None = None, *, state_dir: str | Path | None = None) -> Proof:
    """Check a certificate with a verifier key; without one, with that of a log which this device has seen.

    Raises FormatError or IntegrityError when it does not hold, UsageError when no key is known.
    """
    with _saying("This is no verifier key; take it from where you kept it."):
        parsed = None if key is None else VerifierKey.parse(key.strip())
    with _saying("This is no certificate that holds: it was changed, is of another key, or is something else."):
        found = parsed or _known_key(origin_of(Certificate.parse(data).checkpoint), state_dir)
        return Proof(data, *verify(data, found), found)


def verifier_key(
    handle: str,
    *,
    data_dir: str | Path | None = None,
    server: str | None = None,
    state_dir: str | Path | None = None,
) -> VerifierKey:
    """The key that checks the certificates of a vault which was unlocked on this device. Raises UsageError."""
    pins = pins_of(state_dir)
    vault_id = pins.bound_vault(place_name(data_dir, server), check_handle(handle))
    log = None if vault_id is None else pins.load_log(vault_id)
    if log is None:
        raise UsageError("This device has not seen the log of that vault; unlock it here first.")
    return VerifierKey(log.origin, log.key)


@contextmanager
def _saying(words: str) -> Iterator[None]:
    """Name what is at fault: there is no service here that could be."""
    try:
        yield
    except (FormatError, IntegrityError) as error:
        raise type(error)(words) from None


def _known_key(origin: str, state_dir: str | Path | None) -> VerifierKey:
    for log in pins_of(state_dir).logs():
        if log.origin == origin:
            return VerifierKey(origin, log.key)
    raise UsageError(
        "This device has not seen the log that this certificate is from; give its verifier key with --key."
    )
