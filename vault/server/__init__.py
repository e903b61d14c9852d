"""The blind service: it keeps ciphertext and never learns a word or a key (docs/PROTOCOL.md)."""

from vault.server.app import close_app, create_app
from vault.server.names import vault_names
from vault.server.settings import EMBEDDED_ORIGIN, Settings

__all__ = ["EMBEDDED_ORIGIN", "Settings", "close_app", "create_app", "vault_names"]
