"""The part of a vault's face that erases."""

from __future__ import annotations

from vault.client import erasing
from vault.client.erasing import ErasurePlan, OnProgress, Proof
from vault.client.erasure_routes import ErasureRoutes
from vault.client.erasure_summary import ErasureSummary, summary_of
from vault.client.face import Face
from vault.client.secrets import Secret
from vault.client.taken import ToErase
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
        ordered the service goes on by itself. After the whole vault was erased this object is locked, and this device
        knows nothing of the vault any more.
        """
        with self._guarded() as unlocked:
            erasing.order(unlocked, planned, Secret.entered(passphrase, recovery_key))
            if planned.scope.whole:
                self._connection.pins.forget(self._connection.place, self.handle)
            erasing.follow(ErasureRoutes(unlocked.service), planned, on_progress)
            proof = erasing.prove(unlocked, planned)
        if planned.scope.whole:
            self._forget()
        return proof
