"""What this device may believe after what it has seen (docs/FORMAT.md §7.1 rules 4, 5). Pure: no I/O, no clock.

The functions take what the device remembers and what the service shows, and return what to remember next, or raise.
They change nothing, so a caller that meets an error has nothing to undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault.audit.checkpoint import VerifierKey, origin_of
from vault.audit.merkle import verify_consistency
from vault.core.head import KeptCheckpoint, comparison_code, next_history
from vault.errors import ForkError, FormatError, IntegrityError, RollbackError, SubstitutionError

_WAY_OUT = (
    "write nothing and ask whoever runs it what happened. If an older database was restored on purpose, run inkvault "
    "forget"
)
_LOG_WAY_OUT = f"{_WAY_OUT}; if the key of the log was lost, run inkvault audit accept."


@dataclass(frozen=True, slots=True)
class Pin:
    """One head of one vault: ``vault_id`` (16 bytes), ``seq`` (≥ 1), ``head_hash`` and ``history`` (32 bytes each)."""

    vault_id: bytes
    seq: int
    head_hash: bytes
    history: bytes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a writer compares between devices (docs/FORMAT.md §7.2): at the same `seq`, the same `code`."""

    seq: int
    code: str

    @classmethod
    def of(cls, pin: Pin) -> Fingerprint:
        """The fingerprint of a head."""
        return cls(pin.seq, comparison_code(pin.vault_id, pin.seq, pin.head_hash))


def check_binding(bound: bytes | None, shown: bytes) -> None:
    """Raise SubstitutionError when a name that was opened here as vault `bound` is now shown as vault `shown`."""
    if bound is not None and bound != shown:
        raise SubstitutionError(
            "The service shows another vault under this name than the one this device knows; enter nothing more and "
            "ask whoever runs it what happened. If you erased it from another device of yours, run inkvault forget."
        )


def advance(pin: Pin | None, seen: Pin, hashes: Sequence[bytes] = ()) -> Pin:
    """The pin to keep after `seen`, a head that is already opened and checked.

    `hashes` are the head hashes of ``pin.seq`` + 1 up to ``seen.seq``, as the service tells them; they prove that
    `seen` continues what `pin` stands for. A device without a pin has nothing to compare: it takes what it sees.
    """
    if pin is None:
        return seen
    check_binding(pin.vault_id, seen.vault_id)
    if seen.seq < pin.seq:
        raise RollbackError(
            f"The service shows an older state of this vault (number {seen.seq}) than this device has seen "
            f"(number {pin.seq}); {_WAY_OUT}."
        )
    if seen.seq == pin.seq:
        if (seen.head_hash, seen.history) != (pin.head_hash, pin.history):
            raise RollbackError(
                f"The service shows another state number {seen.seq} of this vault than this device has seen; "
                f"{_WAY_OUT}."
            )
        return pin
    _check_chain(pin, seen, hashes)
    return seen


def older_log() -> RollbackError:
    """The log that the service has is smaller than what this device has seen of it."""
    return RollbackError(f"The service shows an older log of this vault than this device has seen; {_LOG_WAY_OUT}")


def advance_log(kept: KeptCheckpoint | None, key: bytes, note: str, proof: Sequence[bytes]) -> KeptCheckpoint | None:
    """The checkpoint to keep after `note`, which the service signs with `key` (docs/ERASURE.md §2.4).

    `proof` is that it goes on from the one kept. None while the log is empty and nothing was kept.
    """
    if kept is not None and (kept.key != key or kept.origin != origin_of(note)):
        raise ForkError(f"The service shows another log of this vault than this device has seen; {_LOG_WAY_OUT}")
    seen = VerifierKey(origin_of(note), key).open(note)
    if kept is None:
        return None if seen.size == 0 else KeptCheckpoint(key, seen.origin, seen.size, seen.root)
    if seen.size < kept.size:
        raise older_log()
    try:
        verify_consistency(kept.size, kept.root, seen.size, seen.root, proof)
    except IntegrityError:
        raise ForkError(f"The log of this vault was changed since this device has seen it; {_LOG_WAY_OUT}") from None
    return kept if seen.size == kept.size else KeptCheckpoint(key, seen.origin, seen.size, seen.root)


def later_log(first: KeptCheckpoint | None, second: KeptCheckpoint | None) -> KeptCheckpoint | None:
    """That of two accepted checkpoints which covers more; the first when they cover the same."""
    return max((one for one in (first, second) if one is not None), key=lambda one: one.size, default=None)


def _check_chain(pin: Pin, seen: Pin, hashes: Sequence[bytes]) -> None:
    """`seen` commits to every head before it, so a history that parted from ours gives another value (FORMAT §7)."""
    if len(hashes) != seen.seq - pin.seq:
        raise FormatError("The service gave the wrong number of head hashes; this vault cannot be trusted now.")
    history = next_history(pin.history, pin.head_hash)
    for head_hash in hashes[:-1]:
        history = next_history(history, head_hash)
    if hashes[-1] != seen.head_hash or history != seen.history:
        raise ForkError(
            "The history of this vault splits from what this device has seen; "
            "write nothing and compare the codes of your devices."
        )
