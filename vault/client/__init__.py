"""The client: a vault to create, unlock, read and write, over a service that is not trusted.

::

    from vault.client import Vault

    with Vault.unlock("diary", passphrase="…", data_dir="~/ink") as vault:
        session_id = vault.write("It rained all day.", new="Rain")
        print([message.text for message in vault.session(session_id).messages])
"""

from vault.client.passphrases import generate_passphrase, generate_recovery_key
from vault.client.sessions import Session, SessionSummary, ShownMessage
from vault.client.slots import SlotView
from vault.client.trusted_state import Fingerprint
from vault.client.vault import Vault
from vault.client.verify import Fault, VerifyReport
from vault.core.model import Role

__all__ = [
    "Fault",
    "Fingerprint",
    "Role",
    "Session",
    "SessionSummary",
    "ShownMessage",
    "SlotView",
    "Vault",
    "VerifyReport",
    "generate_passphrase",
    "generate_recovery_key",
]
