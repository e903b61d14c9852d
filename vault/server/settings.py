"""What the host decides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

EMBEDDED_ORIGIN = "http://inkvault.embedded"
"""Origin of a service that runs inside a client, without a port."""


@dataclass(frozen=True)
class Settings:
    """Settings of one service. The limits are generous: they keep a host alive, they do not sell space."""

    data_dir: Path
    origins: tuple[str, ...] = ()
    """Origins the service answers to (``https://ink.example``); none means those of the loopback address served."""
    database_url: str | None = None
    """``postgresql://…``; None means SQLite in the data directory."""
    sign_up: bool = True
    max_vaults: int = 10_000
    max_records: int = 2_000_000
    max_bytes: int = 20 * 2**30
    trusted_proxy: str | None = None
    """Address of the reverse proxy whose ``X-Forwarded-For`` names the caller; rate limits count by it."""
