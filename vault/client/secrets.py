"""What the writer enters, and the slot that it opened (docs/FORMAT.md §3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from vault.core import kdf
from vault.core.keyslot import SlotHeader, SlotKeys, SlotKind, open_slot
from vault.core.params import KdfParams
from vault.core.recovery import decode_recovery_key
from vault.core.text import passphrase_bytes
from vault.errors import FormatError, IntegrityError, UnlockError, UsageError


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What the writer enters: a passphrase as typed, or the 32 bytes of a recovery key."""

    kind: SlotKind
    value: str | bytes

    @classmethod
    def passphrase(cls, text: str) -> Secret:
        """A passphrase. Raises UnlockError for text that can be none."""
        try:
            passphrase_bytes(text)
        except FormatError as error:
            raise UnlockError(str(error)) from None
        return cls(SlotKind.PASSPHRASE, text)

    @classmethod
    def recovery(cls, text: str) -> Secret:
        """A recovery key in text. Raises UnlockError when it is mistyped."""
        try:
            return cls(SlotKind.RECOVERY, decode_recovery_key(text))
        except FormatError as error:
            raise UnlockError(str(error)) from None

    @classmethod
    def entered(cls, passphrase: str | None, recovery_key: str | None) -> Secret:
        """The one of the two that is given. Raises UsageError, or UnlockError for what can be none."""
        if passphrase is not None and recovery_key is None:
            return cls.passphrase(passphrase)
        if recovery_key is not None and passphrase is None:
            return cls.recovery(recovery_key)
        raise UsageError("Give a passphrase or a recovery key.")

    def stretch(self, handle: str, vault_salt: bytes, costs: KdfParams) -> bytes:
        """The 32-byte secret value (docs/FORMAT.md §3.1)."""
        if isinstance(self.value, bytes):
            return self.value
        return kdf.passphrase_secret(self.value, handle, vault_salt, costs)


@dataclass(frozen=True, slots=True, repr=False)
class OpenSlot:
    """The slot that this login came through, and what it takes to make others for the same vault."""

    handle: str
    vault_salt: bytes
    vault_key: bytes
    header: SlotHeader
    slot: bytes

    def keys(self, secret: Secret) -> SlotKeys:
        """The keys that `secret` gives for this slot. Costs a full key derivation for a passphrase."""
        stretched = secret.stretch(self.handle, self.vault_salt, self.header.params)
        return SlotKeys.derive(stretched, self.header.vault_id, self.header.slot_id)

    def check_secret(self, secret: Secret) -> SlotKeys:
        """The keys of `secret`, which opens this slot: else UnlockError."""
        if secret.kind is self.header.kind:
            with suppress(IntegrityError):
                keys = self.keys(secret)
                open_slot(self.slot, self.header, keys)
                return keys
        raise UnlockError("That is not the secret this vault was unlocked with; check it and try again.")
