"""Where a vault lives, and the way there."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from platformdirs import user_data_path

from vault.client.pins import PinStore
from vault.client.transport import connect, origin_of
from vault.client.unlock import Place
from vault.errors import UsageError


def default_data_dir() -> Path:
    """The data directory when none is given: the user's own, as the platform has it."""
    return user_data_path("inkvault")


def place_of(data_dir: str | Path | None, server: str | None, state_dir: str | Path | None) -> Place:
    """Connect to the service in a data directory or at an address. Raises UsageError when both are given."""
    pins = PinStore(None if state_dir is None else Path(state_dir).expanduser())
    if server is None:
        directory = _directory(data_dir)
        return Place(str(directory), _embedded().embed(directory), pins)
    if data_dir is not None:
        raise UsageError("Give a data directory or a server, not both.")
    return Place(origin_of(server), connect(server), pins)


def known_handles(data_dir: str | Path | None, server: str | None) -> list[str]:
    """Names of the vaults at a place: all in a data directory; of a server, which tells nobody, those opened here."""
    if server is None:
        names: list[str] = _embedded().vault_names(_directory(data_dir))
        return names
    return PinStore().handles(origin_of(server))


def _directory(data_dir: str | Path | None) -> Path:
    return (default_data_dir() if data_dir is None else Path(data_dir).expanduser()).absolute()


def _embedded() -> ModuleType:
    # Imported only when it is wanted: a client of a remote server carries no server.
    from vault.client import embedded  # noqa: PLC0415

    return embedded
