"""The service inside this process, without a port. The one module of the client that may import the service."""

from __future__ import annotations

from pathlib import Path

import httpx

from vault.client.transport import Transport
from vault.server import Settings, create_app

ORIGIN = "http://inkvault.embedded"


def embed(data_dir: Path) -> Transport:
    """A transport to a service of its own over `data_dir`; closing it closes the service. Raises StorageError.

    Safe beside a running server on the same directory: the storage takes turns between processes.
    """
    app = create_app(Settings(data_dir=data_dir, origins=(ORIGIN,)))
    return Transport(ORIGIN, httpx.WSGITransport(app, raise_app_exceptions=False), dispose=app.close)
