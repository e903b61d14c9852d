"""Where a vault lives, and the way there."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from vault.client.pins import PinStore
from vault.client.transport import Transport, connect, origin_of
from vault.client.unlock import Place
from vault.errors import UsageError


def default_data_dir() -> Path:
    """The data directory when none is given: the user's own, as the platform has it."""
    return user_data_path("inkvault")


def place_of(data_dir: str | Path | None, server: str | None, state_dir: str | Path | None) -> Place:
    """Connect to the service in a data directory or at an address. Raises UsageError when both are given."""
    pins = PinStore(None if state_dir is None else Path(state_dir).expanduser())
    if server is not None:
        if data_dir is not None:
            raise UsageError("Give a data directory or a server, not both.")
        return Place(origin_of(server), connect(server), pins)
    directory = (default_data_dir() if data_dir is None else Path(data_dir).expanduser()).absolute()
    return Place(str(directory), _embed(directory), pins)


def known_handles(data_dir: str | Path | None, server: str | None) -> list[str]:
    """The vault names this device has opened at a place."""
    place = place_of(data_dir, server, None)
    place.transport.close()
    return place.pins.handles(place.name)


def _embed(directory: Path) -> Transport:
    # Imported only here and now: a client of a remote server carries no server.
    from vault.client.embedded import embed  # noqa: PLC0415

    return embed(directory)
