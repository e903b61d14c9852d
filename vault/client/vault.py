"""The library's face: a vault to create, unlock, read, write and lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from vault.client import slots as slot_rules
from vault.client import unlock as unlocking
from vault.client.connect import connection_to, forget, stretched_ahead
from vault.client.face_audit import AuditFace
from vault.client.face_erasing import EraseFace
from vault.client.face_shelf import ShelfFace
from vault.client.face_transfer import TransferFace
from vault.client.moments import Clock
from vault.client.passphrases import check_strength, generate_recovery_key
from vault.client.secrets import Secret
from vault.client.sessions import parse_id
from vault.client.slots import SlotView
from vault.client.trusted_state import Fingerprint
from vault.client.unlock import Connection
from vault.client.verify import VerifyReport
from vault.core.keyslot import SlotKind
from vault.errors import IntegrityError


class Vault(ShelfFace, TransferFace, EraseFace, AuditFace):
    """An unlocked vault. Make one with :meth:`create` or :meth:`unlock`; use it as a context manager, whose end locks.

    Ids are 32 hexadecimal digits. All methods raise the errors of :mod:`vault.errors`: LockedError once the vault is
    locked, and after any HostileDataError the object refuses everything and sends nothing more. An UnavailableError
    from a writing method leaves open whether the service got it: call the method again, nothing is written twice.
    What was read back (:meth:`confirm`, :meth:`refresh`) is pinned on this device at once; of what was only written,
    the last 32 commits may be missing from the pin of a process that ends without :meth:`lock`.
    Not safe for use by several threads at once.
    """

    # --- opening --------------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        handle: str,
        passphrase: str,
        *,
        recovery_key: str | None = None,
        data_dir: str | Path | None = None,
        server: str | None = None,
        state_dir: str | Path | None = None,
        clock: Clock | None = None,
    ) -> tuple[Self, str]:
        """Make a vault and unlock it; the recovery key comes with it, in text, and can never be shown again.

        Whoever must not lose it when the answer does gives one of :func:`generate_recovery_key`.

        The vault lives in `data_dir` (embedded; the user's own when neither is given) or at `server`. `state_dir` is
        where this device keeps its pins, `clock` its clock. Raises UsageError for a weak passphrase or a name that this
        device knows (:meth:`forget`), ConflictError for a name in use.
        """
        check_strength(passphrase, handle)
        with _opening(data_dir, server, state_dir, clock) as connection:
            key = recovery_key or generate_recovery_key()
            return cls(connection, unlocking.create(connection, handle, passphrase, Secret.recovery(key))), key

    @classmethod
    def unlock(
        cls,
        handle: str,
        passphrase: str | None = None,
        *,
        recovery_key: str | None = None,
        data_dir: str | Path | None = None,
        server: str | None = None,
        state_dir: str | Path | None = None,
        clock: Clock | None = None,
        accept_log: bool = False,
    ) -> Self:
        """Unlock with a passphrase or a recovery key; the places are those of :meth:`create`.

        Raises UnlockError for a wrong name or secret. Takes as long as the key derivation, about half a second.

        `accept_log`: although the log is another than this device has seen, and that one is true from now on. For when
        whoever runs the service has lost the key of the log: nobody can tell then what the old one said. Everything
        else is checked as ever. Raises UsageError when there is nothing to accept.
        """
        entered = Secret.entered(passphrase, recovery_key)
        secret = stretched_ahead(entered, handle, data_dir, server, state_dir)
        with _opening(data_dir, server, state_dir, clock) as connection:
            open_with = unlocking.accept_log if accept_log else unlocking.unlock
            return cls(connection, *open_with(connection, handle, secret))

    @staticmethod
    def examine(
        handle: str,
        passphrase: str | None = None,
        *,
        recovery_key: str | None = None,
        data_dir: str | Path | None = None,
        server: str | None = None,
        state_dir: str | Path | None = None,
        on_record: Callable[[int], None] = lambda _count: None,
        clock: Clock | None = None,
    ) -> VerifyReport:
        """Check a whole vault as :meth:`verify` does, also one too damaged for :meth:`unlock`, and lock it again."""
        entered = Secret.entered(passphrase, recovery_key)
        secret = stretched_ahead(entered, handle, data_dir, server, state_dir)
        with _opening(data_dir, server, state_dir, clock) as connection:
            report = unlocking.examine(connection, handle, secret, on_record)
            connection.transport.close()
            return report

    @staticmethod
    def forget(
        handle: str,
        *,
        data_dir: str | Path | None = None,
        server: str | None = None,
        state_dir: str | Path | None = None,
    ) -> None:
        """Forget on this device which vault a name stands for and the newest state seen of it; sends nothing.

        The next unlock is that of a new device, which notices neither another vault nor an older state: it shows a
        code to compare. Raises UsageError when this device knows no such vault.
        """
        forget(handle, data_dir, server, state_dir)

    # --- secrets -----------------------------------------------------------------------------------------------------

    def slots(self) -> list[SlotView]:
        """The slots of this vault, oldest first."""
        with self._guarded() as unlocked:
            infos = unlocked.slot_infos()
            return slot_rules.view_slots(unlocked.contents, infos, unlocked.slot.header.slot_id)

    def change_passphrase(self, current: str, new: str) -> None:
        """Replace the passphrase. `current` is the passphrase or recovery key that unlocked this vault.

        Raises UnlockError when it is not, UsageError for a new one too weak.
        """
        with self._guarded() as unlocked:
            check_strength(new, self.handle)
            is_recovery = unlocked.slot.header.kind is SlotKind.RECOVERY
            unlocked.slot.check_secret(Secret.recovery(current) if is_recovery else Secret.passphrase(current))
            unlocking.replace_secret(unlocked, Secret.passphrase(new), self._moment())

    def replace_recovery_key(self, new: str | None = None) -> str:
        """Replace the recovery key by `new` (of :func:`generate_recovery_key`; made here when None); it, in text."""
        with self._guarded() as unlocked:
            key = new or generate_recovery_key()
            unlocking.replace_secret(unlocked, Secret.recovery(key), self._moment())
            return key

    def remove_slot(self, slot_id: str) -> None:
        """Destroy a slot. Raises UsageError for the one this vault was unlocked through, NotFoundError for none."""
        with self._guarded() as unlocked:
            unlocked.commit(slot_rules.RemoveSlot(parse_id(slot_id), unlocked.slot.header.slot_id))

    # --- checking ----------------------------------------------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        """Number and code of the state this device has last seen, to compare with what another device shows."""
        with self._guarded() as unlocked:
            return Fingerprint.of(unlocked.contents.seen)

    def verify(self, on_record: Callable[[int], None] = lambda _count: None) -> VerifyReport:
        """Open and check every record against its header and the head. Never stops at a fault; names each.

        After a report with faults the vault refuses everything, as after any hostile data.
        """
        with self._guarded() as unlocked:
            report = unlocked.verify(on_record)
        if not report.ok:
            self._refuse(IntegrityError("This vault was found damaged; run verify and see what it names."))
        return report


@contextmanager
def _opening(
    data_dir: str | Path | None, server: str | None, state_dir: str | Path | None, clock: Clock | None
) -> Iterator[Connection]:
    """A connection to open a vault over. When that fails nothing more is sent."""
    connection = connection_to(data_dir, server, state_dir, clock or Clock())
    try:
        yield connection
    except BaseException:
        connection.transport.close()
        raise
