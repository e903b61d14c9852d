"""What the writer enters, and the slot that it opened (docs/FORMAT.md §3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from vault.core import kdf
from vault.core.keyslot import SlotHeader, SlotKeys, SlotKind, open_slot
from vault.core.params import KdfParams
from vault.core.recovery import decode_recovery_key
from vault.core.text import passphrase_bytes
from vault.errors import FormatError, IntegrityError, UnlockError, UsageError


@dataclass(frozen=True, slots=True)
class Stretching:
    """What a passphrase is stretched with besides the vault's name. Nothing of it is secret."""

    vault_salt: bytes
    costs: KdfParams


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What the writer enters: a passphrase as typed, or the 32 bytes of a recovery key.

    `_stretched` is a derivation made already: the name, what it was made with, and its 32 bytes.
    """

    kind: SlotKind
    value: str | bytes
    _stretched: tuple[str, Stretching, bytes] | None = None

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

    def stretched(self, handle: str, known: Stretching) -> Secret:
        """The secret with the derivation for `known` made already; one that is not stretched stays as it is."""
        if self.kind is not SlotKind.PASSPHRASE:
            return self
        return replace(self, _stretched=(handle, known, self.stretch(handle, known.vault_salt, known.costs)))

    def stretch(self, handle: str, vault_salt: bytes, costs: KdfParams) -> bytes:
        """The 32-byte secret value (docs/FORMAT.md §3.1)."""
        if isinstance(self.value, bytes):
            return self.value
        if self._stretched is not None and self._stretched[:2] == (handle, Stretching(vault_salt, costs)):
            return self._stretched[2]
        return kdf.passphrase_secret(self.value, handle, vault_salt, costs)


@dataclass(frozen=True, slots=True, repr=False)
class OpenSlot:
    """The slot that this login came through, and what it takes to make others for the same vault."""

    handle: str
    vault_salt: bytes
    vault_key: bytes
    header: SlotHeader
    slot: bytes

    @property
    def stretching(self) -> Stretching | None:
        """What its passphrase is stretched with, for the next unlock; None for another kind of secret."""
        if self.header.kind is not SlotKind.PASSPHRASE:
            return None
        return Stretching(self.vault_salt, self.header.params)

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
