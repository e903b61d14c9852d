"""What anybody may know: the service, its health, its description (docs/PROTOCOL.md §7)."""

from flask import Blueprint, Response

import vault
from vault.server.openapi import document_json
from vault.server.operations import JSON, operation
from vault.server.service import API, service
from vault.wire.models import Health, ServiceInfo

blueprint = Blueprint("info", __name__)


@operation(blueprint, "GET", f"{API}/service", summary="About this service", answer=ServiceInfo, needs_login=False)
def about_service() -> ServiceInfo:
    """Return what a client may show before unlocking."""
    settings = service().settings
    return ServiceInfo(
        name="inkvault",
        version=vault.__version__,
        sign_up=settings.sign_up,
        max_records=settings.max_records,
        max_bytes=settings.max_bytes,
    )


@operation(blueprint, "GET", "/healthz", summary="Whether the service runs", answer=Health, needs_login=False)
def is_healthy() -> Health:
    """Answer: the process runs."""
    return Health(status="ok")


@operation(blueprint, "GET", "/readyz", summary="Whether the service can write", answer=Health, needs_login=False)
def is_ready() -> Health:
    """Check that the database can be written."""
    service().store.check()
    return Health(status="ok")


@blueprint.get(f"{API}/openapi.json", provide_automatic_options=False)
def openapi() -> Response:
    """Return the OpenAPI document."""
    return Response(document_json(), content_type=JSON)
