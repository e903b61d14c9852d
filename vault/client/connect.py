"""Where a vault lives, and the way there."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from platformdirs import user_data_path

from vault.client.moments import Clock
from vault.client.pins import PinStore
from vault.client.secrets import Secret
from vault.client.unlock import Connection, check_handle
from vault.errors import UsageError


def default_data_dir() -> Path:
    """The data directory when none is given: the user's own, as the platform has it."""
    return user_data_path("inkvault")


def connection_to(
    data_dir: str | Path | None, server: str | None, state_dir: str | Path | None, clock: Clock
) -> Connection:
    """Connect to the service in a data directory or at an address. Raises UsageError when both are given."""
    name, pins = place_name(data_dir, server), pins_of(state_dir)
    transport = _embedded().embed(Path(name)) if server is None else _network().connect(server, clock)
    return Connection(name, transport, pins, clock)


def stretched_ahead(
    secret: Secret, handle: str, data_dir: str | Path | None, server: str | None, state_dir: str | Path | None
) -> Secret:
    """`secret` stretched as at the last unlock here, before there is a connection: then a service is loaded after it.

    The derivation takes 134 MB, and a service of this process 25 MB before it has done anything. Should the service
    show another salt or other costs, the secret is stretched for those.
    """
    name = check_handle(handle)
    known = pins_of(state_dir).stretching(place_name(data_dir, server), name)
    return secret if known is None else secret.stretched(name, known)


def place_name(data_dir: str | Path | None, server: str | None) -> str:
    """What pins call a place: the directory's absolute path or the server's origin. Raises UsageError."""
    if server is None:
        return str((default_data_dir() if data_dir is None else Path(data_dir).expanduser()).absolute())
    if data_dir is not None:
        raise UsageError("Give a data directory or a server, not both.")
    origin: str = _network().origin_of(server)
    return origin


def known_handles(data_dir: str | Path | None, server: str | None) -> list[str]:
    """Names of the vaults at a place: the one opened here, if it is one; else all in a data directory.

    A server tells nobody: of its vaults those opened here.
    """
    place = place_name(data_dir, server)
    opened = PinStore().handles(place)
    if server is not None or len(opened) == 1:
        return opened
    names: list[str] = _embedded().vault_names(Path(place))
    return names


def forget(handle: str, data_dir: str | Path | None, server: str | None, state_dir: str | Path | None) -> None:
    """Forget what this device knows of a vault, without asking the service. Raises UsageError when that is nothing."""
    place, pins, name = place_name(data_dir, server), pins_of(state_dir), check_handle(handle)
    if not pins.knows(place, name):
        raise UsageError(f"This device knows no vault of this name at {place}; there is nothing to forget.")
    pins.forget(place, name)


def pins_of(state_dir: str | Path | None) -> PinStore:
    """The pins of this device. `state_dir` is where it keeps them; None is the user's own state directory."""
    return PinStore(None if state_dir is None else Path(state_dir).expanduser())


# Each is imported only when it is wanted: a client of a remote server carries no server, and a vault in a directory
# no HTTP.


def _embedded() -> ModuleType:
    from vault.client import embedded  # noqa: PLC0415

    return embedded


def _network() -> ModuleType:
    from vault.client import network  # noqa: PLC0415

    return network
