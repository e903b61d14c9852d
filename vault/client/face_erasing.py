"""The part of a vault's face that erases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vault.client import erasing
from vault.client.connect import connection_to
from vault.client.erasing import ErasurePlan, OnProgress, Proof
from vault.client.erasure_routes import ErasureRoutes
from vault.client.erasure_summary import ErasureSummary, summary_of
from vault.client.face import Face
from vault.client.moments import Clock
from vault.client.secrets import Secret
from vault.client.service import Service
from vault.client.sessions import parse_id
from vault.client.taken import ToErase
from vault.errors import NotFoundError, UsageError
from vault.wire import models as wire


def _nothing(_state: wire.Erasure) -> None:
    """Tell nobody."""


class EraseFace(Face):
    """Planning an erasure, ordering it, and getting the proof of it."""

    def plan_erasure(self, what: ToErase) -> tuple[ErasurePlan, ErasureSummary]:
        """What would go, and what to show the writer of it. Changes nothing.

        Raises NotFoundError when there is nothing of the kind, UsageError for what cannot be chosen together.
        """
        with self._guarded() as unlocked:
            planned = erasing.plan(unlocked, what)
            return planned, summary_of(planned)

    def check_secret(self, passphrase: str | None = None, *, recovery_key: str | None = None) -> None:
        """Raise UnlockError unless this secret is the one that unlocked the vault. Sends nothing."""
        with self._guarded() as unlocked:
            unlocked.slot.check_secret(Secret.entered(passphrase, recovery_key))

    def carry_out(
        self,
        planned: ErasurePlan,
        passphrase: str | None = None,
        *,
        recovery_key: str | None = None,
        on_progress: OnProgress = _nothing,
    ) -> Proof:
        """Erase what was planned, and nothing else; its certificate, checked. This cannot be undone.

        The secret is the one that unlocked this vault. `on_progress` is told each state of the erasure and what is in
        its way. Raises UnlockError for another secret; ConflictError when the vault has changed since: then nothing
        was erased, plan anew and show it. Called again after an UnavailableError it goes on where it was; once it is
        ordered the service goes on by itself, and :meth:`resume_erasure` waits for it. After the whole vault was erased
        this object is locked, and this device knows nothing of the vault any more.
        """
        with self._guarded() as unlocked:
            order = erasing.order(unlocked, planned, Secret.entered(passphrase, recovery_key))
            erasing.follow(ErasureRoutes(unlocked.service), order, on_progress, is_accepted=True)
            proof = erasing.prove(unlocked, order)
        if planned.scope.whole:
            self._connection.pins.forget(self._connection.place, self.handle)
            self._forget()
        return proof

    @staticmethod
    def resume_erasure(
        vault_id: str,
        erasure_id: str,
        *,
        data_dir: str | Path | None = None,
        server: str | None = None,
        state_dir: str | Path | None = None,
        on_progress: OnProgress = _nothing,
    ) -> Proof:
        """Wait for an erasure that was ordered from this device before; its certificate. Needs no secret.

        The certificate is held to the order that this device has kept, and to the log as it was then. Raises UsageError
        when this device keeps no such order or it was not carried out, NotFoundError for one that is not known there.
        """
        connection = connection_to(data_dir, server, state_dir, Clock())
        try:
            order = connection.pins.load_order(parse_id(vault_id), parse_id(erasure_id))
            if order is None:
                raise UsageError("This device has not ordered that erasure; resume it where it was ordered.")
            routes = ErasureRoutes(Service(connection.transport))
            with _unknown_named():
                erasing.follow(routes, order, on_progress, is_accepted=False)
                proof = erasing.fetch_proof(routes, order)
        finally:
            connection.transport.close()
        if order.whole:
            for handle in connection.pins.handles(connection.place):
                if connection.pins.bound_vault(connection.place, handle) == order.vault_id:
                    connection.pins.forget(connection.place, handle)
        return proof


@contextmanager
def _unknown_named() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        words = "No such erasure is known there: it was not ordered, or it was done more than 30 days ago."
        raise NotFoundError(words, error.code) from None
