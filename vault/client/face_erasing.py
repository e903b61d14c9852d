"""The part of a vault's face that erases."""

from __future__ import annotations

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
from vault.errors import UsageError
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
        ordered the service goes on by itself, and :meth:`resume_erasure` waits for it. After the whole vault was erased
        this object is locked, and this device knows nothing of the vault any more.
        """
        with self._guarded() as unlocked:
            erasing.order(unlocked, planned, Secret.entered(passphrase, recovery_key))
            routes, ids = ErasureRoutes(unlocked.service), (planned.vault_id, planned.erasure_id)
            erasing.follow(routes, *ids, on_progress, expected=planned.counted)
            proof = erasing.prove(unlocked, planned)
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

        It is checked with the key that this device has pinned, and is not compared with the order. Raises NotFoundError
        for an erasure that is not known there, UsageError when this device does not know the vault.
        """
        ids = parse_id(vault_id), parse_id(erasure_id)
        connection = connection_to(data_dir, server, state_dir, Clock())
        try:
            kept = connection.pins.load_log(ids[0])
            if kept is None:
                raise UsageError("This device does not know the log of that vault; resume where it was ordered.")
            routes = ErasureRoutes(Service(connection.transport))
            erasing.follow(routes, *ids, on_progress)
            proof = erasing.fetch_proof(routes, *ids, kept)
        finally:
            connection.transport.close()
        if proof.certificate.statement.scope == "vault":
            for handle in connection.pins.handles(connection.place):
                if connection.pins.bound_vault(connection.place, handle) == ids[0]:
                    connection.pins.forget(connection.place, handle)
        return proof
