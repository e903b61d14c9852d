"""The client: a vault to create, unlock, read and write, over a service that is not trusted.

::

    from vault.client import Vault

    with Vault.unlock("diary", passphrase="…", data_dir="~/ink") as vault:
        session_id = vault.write("It rained all day.", new="Rain")
        print([message.text for message in vault.session(session_id).messages])
"""

from vault.client.changes import KEEP, SessionChange
from vault.client.erasing import ErasurePlan, Proof
from vault.client.erasure_summary import ErasedItem, ErasureSummary
from vault.client.face_shelf import Cleanup, Due
from vault.client.messages import Beginning, NewMessage
from vault.client.moments import Clock, Moment
from vault.client.passphrases import generate_passphrase, generate_recovery_key
from vault.client.searching import Hit
from vault.client.sessions import Session, SessionSummary, ShownMessage
from vault.client.shelf import Notebook, NotebookFields, TemplateFields, TemplateView, VaultSettings
from vault.client.slots import SlotView
from vault.client.taken import ToErase
from vault.client.trusted_state import Fingerprint
from vault.client.undo import Undo
from vault.client.vault import Vault
from vault.client.verify import Fault, VerifyReport
from vault.core.model import Role
from vault.core.rootrecords import Colour, NotebookKind, Phase, Retention
from vault.writing.activity import State

__all__ = [
    "KEEP",
    "Beginning",
    "Cleanup",
    "Clock",
    "Colour",
    "Due",
    "ErasedItem",
    "ErasurePlan",
    "ErasureSummary",
    "Fault",
    "Fingerprint",
    "Hit",
    "Moment",
    "NewMessage",
    "Notebook",
    "NotebookFields",
    "NotebookKind",
    "Phase",
    "Proof",
    "Retention",
    "Role",
    "Session",
    "SessionChange",
    "SessionSummary",
    "ShownMessage",
    "SlotView",
    "State",
    "TemplateFields",
    "TemplateView",
    "ToErase",
    "Undo",
    "Vault",
    "VaultSettings",
    "VerifyReport",
    "generate_passphrase",
    "generate_recovery_key",
]
