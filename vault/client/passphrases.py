"""Secrets to begin with: an honest estimate of a chosen passphrase, and passphrases and recovery keys made here."""

from __future__ import annotations

import secrets
import unicodedata

from vault.core.recovery import encode_recovery_key, new_recovery_key
from vault.core.text import passphrase_bytes
from vault.errors import FormatError, UsageError

MIN_SCORE = 3
"""Of zxcvbn's 0 to 4: at least 10^8 guesses, each at the full cost of the key derivation."""
_WORDS = 7
_ESTIMATED = 72
"""Characters that zxcvbn looks at; more only take it time."""


def check_strength(passphrase: str, handle: str) -> None:
    """Raise UsageError with advice for a new passphrase that can be none or is too easily guessed."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take long to load

    try:
        passphrase_bytes(passphrase)
    except FormatError as error:
        raise UsageError(str(error)) from None
    if any(unicodedata.category(char) == "Cn" for char in passphrase):
        raise UsageError("This passphrase has characters that not every device knows; choose others.")
    estimate = zxcvbn(passphrase[:_ESTIMATED], user_inputs=[handle, "inkvault"])
    if estimate["score"] < MIN_SCORE:
        feedback = estimate["feedback"]
        advice = " ".join(f"{part.rstrip('.')}." for part in [feedback["warning"], *feedback["suggestions"]] if part)
        raise UsageError(f"This passphrase is too easily guessed; choose a longer one. {advice}".rstrip())


def generate_passphrase() -> str:
    """Seven random words of the English list of BIP-39: 77 bits, joined by spaces."""
    from mnemonic import Mnemonic  # noqa: PLC0415 - seldom wanted

    words = Mnemonic("english").wordlist
    return " ".join(secrets.choice(words) for _ in range(_WORDS))


def generate_recovery_key() -> str:
    """A new recovery key, in text (docs/FORMAT.md §3.5)."""
    return encode_recovery_key(new_recovery_key())
