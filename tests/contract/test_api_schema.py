"""The OpenAPI document: complete, true of the running service, and the one in docs/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.answers import check_error, check_headers
from tests.support.service import API, Host, hosted, new_container, new_record
from vault.server import EMBEDDED_ORIGIN, Settings, create_app
from vault.server.openapi import document, document_json
from vault.server.operations import OPERATIONS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
HOST = {"Host": EMBEDDED_ORIGIN.removeprefix("http://")}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with hosted(tmp_path_factory.mktemp("schema") / "data") as running:
        yield running


def test_the_document_in_docs_is_the_one_of_the_code() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document_json()


def test_the_document_is_served(host: Host) -> None:
    assert host.http.get(f"{API}/openapi.json").json() == document()


def test_every_route_is_described(tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path / "data"))
    undescribed = {"/", "/<name>", "/assets/<name>", "/fonts/<name>", f"{API}/openapi.json"}
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method != "HEAD" and rule.rule not in undescribed
    }
    assert routes == {(operation.method, operation.rule) for operation in OPERATIONS}
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_references_resolve_and_models_forbid_more() -> None:
    found = document()
    schemas = found["components"]["schemas"]
    text = json.dumps(found)
    for name in schemas:
        assert f'"#/components/schemas/{name}"' in text
    for name, schema in schemas.items():
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, name


# --- whatever a client may send --------------------------------------------------------------------------------------


class Probe:
    """A writer who logs in again whenever a request has ended the login."""

    def __init__(self, host: Host) -> None:
        self._writer = host.writer("schema")
        container = new_container()
        self._writer.commit(self._writer.next_commit([container], [new_record(container.container_id)]))

    def headers(self) -> dict[str, str]:
        if self._writer.send("GET", "/logins/current").status_code == 401:
            self._writer.login()
        return {**HOST, **self._writer.headers}


@pytest.fixture(scope="module")
def probe(host: Host) -> Probe:
    return Probe(host)


class Served:
    """Stands for the service in the schema, which pytest needs before any fixture has run."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


served = Served()
schema = schemathesis.openapi.from_dict(document())
schema.app = served


@schema.parametrize()
@settings(max_examples=15, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Case[Any], host: Host, probe: Probe) -> None:
    """Whatever is sent, valid or not, logged in or not: a described status, a body of its model, all headers."""
    served.app = host.app
    for headers in (HOST, probe.headers()):
        response = case.call(headers=headers)
        case.validate_response(response, checks=list(CHECKS), headers=headers)
        found = {name: values[0] for name, values in response.headers.items()}
        by_name = {name.title().replace("Csp", "CSP"): value for name, value in found.items()}
        if response.status_code >= 400:
            check_error(response.status_code, httpx.Headers(by_name), response.content)
        else:
            check_headers(httpx.Headers(by_name))


CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
