"""The library's face: a vault to create, unlock, read, write and lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from vault.client import slots as slot_rules
from vault.client import unlock as unlocking
from vault.client.connect import forget, place_of
from vault.client.failures import locked
from vault.client.moments import now
from vault.client.passphrases import check_strength, generate_recovery_key
from vault.client.sessions import (
    Begin,
    Draft,
    Rename,
    Session,
    SessionSummary,
    Write,
    find_session,
    show_messages,
    summarise,
)
from vault.client.slots import Secret, SlotView
from vault.client.trusted_state import Fingerprint
from vault.client.unlock import Place
from vault.client.unlocked import Unlocked
from vault.client.verify import VerifyReport
from vault.core.keyslot import SlotKind
from vault.core.model import Role
from vault.errors import FormatError, HostileDataError, InkvaultError, IntegrityError, LockedError, UsageError
from vault.wire.encodings import id_from_text


class Vault:
    """An unlocked vault. Make one with :meth:`create` or :meth:`unlock`; use it as a context manager, whose end locks.

    Ids are 32 hexadecimal digits. All methods raise the errors of :mod:`vault.errors`: LockedError once the vault is
    locked, and after any HostileDataError the object refuses everything and sends nothing more. An UnavailableError
    from a writing method leaves open whether the service got it: call the method again, nothing is written twice.
    What was read back (:meth:`confirm`, :meth:`refresh`) is pinned on this device at once; of what was only written,
    the last 32 commits may be missing from the pin of a process that ends without :meth:`lock`.
    Not safe for use by several threads at once.
    """

    new_device: Fingerprint | None
    """Set when this device had never opened the vault: show it, so that the writer can compare with another device."""

    def __init__(self, place: Place, unlocked: Unlocked, new_device: Fingerprint | None = None) -> None:
        self.new_device = new_device
        self.handle = unlocked.slot.handle
        self.vault_id = unlocked.contents.vault_id.hex()
        self._place = place
        self._unlocked: Unlocked | None = unlocked
        self._refusal: HostileDataError | None = None

    # --- opening and closing -----------------------------------------------------------------------------------------

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
    ) -> tuple[Self, str]:
        """Make a vault and unlock it; the recovery key comes with it, in text, and can never be shown again.

        Whoever must not lose it when the answer does gives one of :func:`generate_recovery_key`.

        The vault lives in `data_dir` (embedded; the user's own when neither is given) or at `server`. `state_dir` is
        where this device keeps its pins. Raises UsageError for a weak passphrase or a name that this device knows
        (:meth:`forget`), ConflictError for a name in use.
        """
        check_strength(passphrase, handle)
        with _opening(data_dir, server, state_dir) as place:
            key = recovery_key or generate_recovery_key()
            return cls(place, unlocking.create(place, handle, passphrase, Secret.recovery(key))), key

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
    ) -> Self:
        """Unlock with a passphrase or a recovery key; the places are those of :meth:`create`.

        Raises UnlockError for a wrong name or secret. Takes as long as the key derivation, about half a second.
        """
        secret = _secret(passphrase, recovery_key)
        with _opening(data_dir, server, state_dir) as place:
            unlocked, new_device = unlocking.unlock(place, handle, secret)
            return cls(place, unlocked, new_device)

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
    ) -> VerifyReport:
        """Check a whole vault as :meth:`verify` does, also one too damaged for :meth:`unlock`, and lock it again."""
        secret = _secret(passphrase, recovery_key)
        with _opening(data_dir, server, state_dir) as place:
            report = unlocking.examine(place, handle, secret, on_record)
            place.transport.close()
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

    def lock(self) -> None:
        """End the login and forget the keys. Locking a locked vault does nothing."""
        unlocked, self._unlocked = self._unlocked, None
        if unlocked is None:
            return
        try:
            unlocked.save_pin()
            with suppress(InkvaultError):  # a login that cannot be ended now ends by itself
                self._place.transport.log_out()
        finally:
            self._place.transport.close()

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

    # --- sessions ----------------------------------------------------------------------------------------------------

    def sessions(self, limit: int | None = None) -> list[SessionSummary]:
        """The sessions as last seen, latest first; at most `limit`."""
        with self._guarded() as unlocked:
            listed = sorted(unlocked.contents.sessions(), key=lambda item: (-item[1].updated_at, item[0]))
            return [summarise(session_id, header) for session_id, header in listed[:limit]]

    def session(self, session_id: str) -> Session:
        """One session with its messages in order, as the service has it now. Raises NotFoundError."""
        with self._guarded() as unlocked:
            container_id = _id(session_id)
            find_session(unlocked.contents, container_id)
            messages = show_messages(unlocked.read(container_id))
            return Session(summarise(container_id, find_session(unlocked.contents, container_id)), messages)

    def write(
        self, text: str, *, session: str | None = None, new: str | None = None, role: Role | str = Role.WRITER
    ) -> str:
        """Add a message to a session, or begin one with it (titled `new`, or untitled); the session's id.

        Durable in the service when it returns; :meth:`confirm` reads it back.
        """
        return self.append_all(session, [(role, text)], new=new)

    def append_all(
        self, session: str | None, messages: Iterable[tuple[Role | str, str]], *, new: str | None = None
    ) -> str:
        """Add several messages (role, text) in one commit: all of them or none; the session's id.

        Raises UsageError when they are more than a commit carries (8 MiB, 5,000 messages).
        """
        if session is not None and new is not None:
            raise UsageError("Write to a session or begin a new one, not both.")
        drafts = tuple(Draft(_role(role), text) for role, text in messages)
        with self._guarded() as unlocked:
            if session is None:
                return unlocked.commit(Begin(new, drafts, now())).session_id.hex()
            return unlocked.commit(Write(_id(session), drafts, now())).session_id.hex()

    def rename(self, session_id: str, title: str | None) -> None:
        """Give a session a title; None shows the beginning of its first message again."""
        with self._guarded() as unlocked:
            unlocked.commit(Rename(_id(session_id), title))

    def refresh(self) -> list[str]:
        """Fetch what other devices wrote; the ids of the sessions that changed. Does not renew the login."""
        with self._guarded() as unlocked:
            return [container_id.hex() for container_id in unlocked.refresh()]

    def confirm(self) -> None:
        """Read back that the service has everything it accepted. Raises RollbackError when it does not.

        Also finishes a write that an UnavailableError left open.
        """
        with self._guarded() as unlocked:
            unlocked.confirm()

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
            unlocking.replace_secret(unlocked, Secret.passphrase(new))

    def replace_recovery_key(self, new: str | None = None) -> str:
        """Replace the recovery key by `new` (of :func:`generate_recovery_key`; made here when None); it, in text."""
        with self._guarded() as unlocked:
            key = new or generate_recovery_key()
            unlocking.replace_secret(unlocked, Secret.recovery(key))
            return key

    def remove_slot(self, slot_id: str) -> None:
        """Destroy a slot. Raises UsageError for the one this vault was unlocked through, NotFoundError for none."""
        with self._guarded() as unlocked:
            unlocked.commit(slot_rules.RemoveSlot(_id(slot_id), unlocked.slot.header.slot_id))

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

    # --- inside ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _guarded(self) -> Iterator[Unlocked]:
        """Fail closed: hostile data ends the use of this object, and nothing more is sent."""
        if self._refusal is not None:
            raise type(self._refusal)(str(self._refusal))
        if self._unlocked is None:
            raise locked()
        try:
            yield self._unlocked
        except HostileDataError as error:
            self._refuse(error)
            raise
        except LockedError:
            self._forget()
            raise

    def _refuse(self, error: HostileDataError) -> None:
        self._refusal = error
        self._forget()

    def _forget(self) -> None:
        self._unlocked = None
        self._place.transport.close()


@contextmanager
def _opening(data_dir: str | Path | None, server: str | None, state_dir: str | Path | None) -> Iterator[Place]:
    """A place to open a vault at. When that fails nothing more is sent."""
    place = place_of(data_dir, server, state_dir)
    try:
        yield place
    except BaseException:
        place.transport.close()
        raise


def _secret(passphrase: str | None, recovery_key: str | None) -> Secret:
    if passphrase is not None and recovery_key is None:
        return Secret.passphrase(passphrase)
    if recovery_key is not None and passphrase is None:
        return Secret.recovery(recovery_key)
    raise UsageError("Give a passphrase or a recovery key.")


def _id(text: str) -> bytes:
    try:
        return id_from_text(text)
    except FormatError:
        raise UsageError(f"{text!r} is not an id; give 32 hexadecimal digits.") from None


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise UsageError(f"{role!r} is no role; choose one of {', '.join(Role)}.") from None
