"""The part of a vault's face that carries everything out, and in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vault.client.face import Face
from vault.client.receiving import Receiver
from vault.client.transferring import OnDamage, Reading, read_vault
from vault.core.model import SessionHeader


class TransferFace(Face):
    """Reading all there is; taking in what was read elsewhere."""

    @contextmanager
    def reading(
        self,
        wanted: Callable[[bytes, SessionHeader], bool] = lambda _id, _header: True,
        on_damage: OnDamage | None = None,
    ) -> Iterator[Reading]:
        """The vault as the service has it now, in the trash or not: :func:`vault.client.transferring.read_vault`."""
        with self._guarded() as unlocked:
            reading = read_vault(unlocked, wanted, on_damage)
            try:
                yield reading
            finally:
                reading.sessions.close()

    def receiver(self) -> Receiver:
        """A way to take in sessions and records with ids of their own: :mod:`vault.client.receiving`."""
        return Receiver(self._guarded, self.now)
