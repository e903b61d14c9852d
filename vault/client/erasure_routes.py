"""The routes of erasures as typed calls (docs/PROTOCOL.md §11)."""

from __future__ import annotations

from vault.client.failures import foreign_answer
from vault.client.service import Service
from vault.wire import models as wire


class ErasureRoutes:
    """The erasures of a service. :meth:`state` and :meth:`certificate` need no login: whoever knows the ids may ask."""

    def __init__(self, service: Service) -> None:
        self._transport = service.transport

    def plan(self, request: wire.NewErasure) -> wire.Erasure:
        """Freeze and count a scope."""
        body = request.model_dump_json().encode()
        return _checked(request.erasure_id, self._transport.post("/erasures", body, wire.Erasure))

    def stage(self, erasure_id: bytes, body: bytes) -> None:
        """Send records that stay: the bytes of a :class:`vault.wire.models.StagedRecords`."""
        self._transport.post(f"/erasures/{erasure_id.hex()}/records", body, None, status=204)

    def confirm(self, erasure_id: bytes, body: bytes) -> wire.Erasure:
        """Send the order: the bytes of a :class:`vault.wire.models.ConfirmErasure`; the same bytes do no harm.

        Not tried again: whoever sends it must know whether it was sent before.
        """
        path = f"/erasures/{erasure_id.hex()}/confirm"
        return _checked(erasure_id, self._transport.post(path, body, wire.Erasure, repeatable=False))

    def state(self, erasure_id: bytes, vault_id: bytes) -> wire.Erasure:
        """How far it is."""
        path = f"/erasures/{erasure_id.hex()}?vault_id={vault_id.hex()}"
        return _checked(erasure_id, self._transport.get(path, wire.Erasure))

    def certificate(self, erasure_id: bytes, vault_id: bytes) -> bytes:
        """The bytes of the certificate, unchecked."""
        path = f"/erasures/{erasure_id.hex()}/certificate?vault_id={vault_id.hex()}"
        return self._transport.get(path, wire.CertificateFile).certificate.encode()

    def keep_alive(self) -> None:
        """Renew the login when that is due."""
        self._transport.keep_alive()


def _checked(erasure_id: bytes, answer: wire.Erasure) -> wire.Erasure:
    if answer.erasure_id != erasure_id:
        raise foreign_answer()
    return answer
