"""The service inside this process, without a port. The one module of the client that may import the service."""

from __future__ import annotations

from pathlib import Path

import httpx

from vault.client.transport import Transport
from vault.server import EMBEDDED_ORIGIN, Settings, close_app, create_app, vault_names

__all__ = ["embed", "vault_names"]


def embed(data_dir: Path) -> Transport:
    """A transport to a service of its own over `data_dir`; closing it closes the service. Raises StorageError.

    Safe beside a running server on the same directory: the storage takes turns between processes.
    """
    app = create_app(Settings(data_dir=data_dir, origins=(EMBEDDED_ORIGIN,)))
    return Transport(EMBEDDED_ORIGIN, httpx.WSGITransport(app), dispose=lambda: close_app(app))
