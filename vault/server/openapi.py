"""The OpenAPI 3.1 document, made from the operations and the wire models."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final, Literal

from pydantic.json_schema import models_json_schema

import vault
from vault.server.operations import JSON, OPERATIONS, Binary, Operation, Parameter
from vault.server.service import COOKIE_PREFIX, LOGIN_HEADER
from vault.wire.codes import ErrorCode
from vault.wire.models import ErrorBody, Model

_REF: Final = "#/components/schemas/{model}"
_BEARER: Final = "bearer"
_COOKIE: Final = "cookie"
_LOGIN_ID: Final = "login_id"
_MEANINGS: Final = {
    204: "Done",
    400: "The request does not fit its model, or the host is unknown",
    401: "No login, or it has ended",
    403: "Not allowed from there, or a limit of this host",
    404: "No such thing, or not this vault's",
    409: "Somebody was first",
    410: "The database is older than an erasure: what it still names was erased",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many attempts",
    500: "A fault of the service",
    507: "The service cannot write now; nothing was changed",
}


@cache
def document_json() -> str:
    """Return the document as indented JSON, with a final newline."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        path = operation.rule.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inkvault",
            "version": vault.__version__,
            "description": "A blind store of sealed envelopes. What the bytes mean is in docs/FORMAT.md, "
            "how they travel in docs/PROTOCOL.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                _BEARER: {"type": "http", "scheme": "bearer", "description": "The token of a login."},
                _COOKIE: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": f"{COOKIE_PREFIX}<hash>",
                    "description": (
                        "Named after the first 16 hexadecimal digits of the SHA-256 of the login id. "
                        f"Speaks only with {LOGIN_HEADER} and Sec-Fetch-Site: same-origin."
                    ),
                },
                _LOGIN_ID: {
                    "type": "apiKey",
                    "in": "header",
                    "name": LOGIN_HEADER,
                    "description": "The login id: says which cookie speaks.",
                },
            },
        },
    }


def _schemas() -> dict[str, Any]:
    """Schemas of all models: requests as they are validated, answers as they are written."""
    models: dict[tuple[type[Model], Literal["validation", "serialization"]], None] = {
        (ErrorBody, "serialization"): None
    }
    for operation in OPERATIONS:
        if operation.body is not None:
            models[operation.body, "validation"] = None
        if operation.answer is not None and not isinstance(operation.answer, Binary):
            models[operation.answer, "serialization"] = None
    _, definitions = models_json_schema(list(models), ref_template=_REF)
    return dict(definitions["$defs"])


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "security": [{_BEARER: []}, {_COOKIE: [], _LOGIN_ID: []}] if operation.needs_login else [],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(operation.body)}}}
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.is_required,
        "description": parameter.description,
        "schema": parameter.adapter.json_schema(),
    }


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": _MEANINGS.get(operation.status, operation.summary)}
    answer = operation.answer
    if isinstance(answer, Binary):
        schema = {"type": "string", "format": "binary", "description": answer.description}
        success["content"] = {answer.media_type: {"schema": schema}}
    elif answer is not None:
        success["content"] = {JSON: {"schema": _ref(answer)}}
    return {str(operation.status): success} | {
        str(status): {
            "description": _MEANINGS[status],
            "content": {JSON: {"schema": _ref(ErrorBody)}},
        }
        for status in sorted({code.status for code in _errors(operation)})
    }


def _errors(operation: Operation) -> set[ErrorCode]:
    """Return what can go wrong: what every operation shares, what follows from its parts, and its own."""
    codes = {ErrorCode.BAD_REQUEST, ErrorCode.FORBIDDEN, ErrorCode.INTERNAL, ErrorCode.STORAGE, *operation.errors}
    if operation.needs_login:
        codes.add(ErrorCode.UNAUTHORIZED)
    if operation.body is not None:
        codes |= {ErrorCode.TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE}
    return codes


def _ref(model: type[Model]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
