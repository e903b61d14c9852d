"""One description of each route: it parses requests, answers them, and makes the OpenAPI document.

A view takes what its operation names as keyword arguments (``login``, ``body``, path and query parameters) and returns
the model of its answer, or a finished response.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from flask import Blueprint, Response, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from vault.server.service import current_login
from vault.server.shell import RULE_KEY
from vault.storage.refusal import Refusal, bad_request
from vault.wire.codes import ErrorCode
from vault.wire.encodings import is_nested_deeper
from vault.wire.limits import MAX_BODY_BYTES, MAX_JSON_DEPTH, MAX_LOGIN_BODY_BYTES
from vault.wire.models import Model

JSON: Final = "application/json"
P = ParamSpec("P")
T = TypeVar("T")
View = Callable[P, Model | Response | None]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path or the query."""

    name: str
    adapter: TypeAdapter[Any]
    description: str
    is_required: bool = False
    in_path: bool = False

    def parse(self, text: str | None) -> Any:
        """Return its value, or None when it is not given. Raises the 400."""
        if text is None:
            if self.is_required:
                raise bad_request(f"The parameter {self.name} is missing.")
            return None
        try:
            value = self.adapter.validate_strings(text)
        except ValidationError:
            value = None
        if value is None or (isinstance(value, int) and str(value) != text):
            raise bad_request(f"The parameter {self.name} is not valid.")
        return value


@dataclass(frozen=True)
class Binary:
    """An answer that is not JSON. `description` says where its bytes are described."""

    media_type: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One method of one route."""

    name: str
    method: str
    rule: str
    summary: str
    description: str
    body: type[Model] | None
    answer: type[Model] | Binary | None
    status: int
    needs_login: bool
    parameters: tuple[Parameter, ...]
    errors: tuple[ErrorCode, ...]
    is_small: bool
    renews: bool

    @property
    def body_limit(self) -> int:
        """The largest body, in bytes (docs/PROTOCOL.md §2)."""
        return MAX_LOGIN_BODY_BYTES if self.is_small else MAX_BODY_BYTES

    def arguments(self, path: dict[str, str]) -> dict[str, Any]:
        """Return the keyword arguments of the view. Raises Refusal."""
        arguments: dict[str, Any] = {}
        if self.needs_login:
            arguments["login"] = current_login(renew=self.renews)
        query = self._query()
        for parameter in self.parameters:
            arguments[parameter.name] = parameter.parse((path if parameter.in_path else query).get(parameter.name))
        if self.body is not None:
            arguments["body"] = self._parse_body(self.body)
        return arguments

    def _query(self) -> dict[str, str]:
        if not request.query_string:
            return {}
        query = request.args.to_dict(flat=False)
        known = {parameter.name for parameter in self.parameters if not parameter.in_path}
        if not query.keys() <= known or any(len(values) != 1 for values in query.values()):
            raise bad_request("A parameter is unknown, or given twice.")
        return {name: values[0] for name, values in query.items()}

    def _parse_body(self, model: type[Model]) -> Model:
        if request.mimetype != JSON:
            raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON}.")
        data = self._read_body()
        if is_nested_deeper(data, MAX_JSON_DEPTH):
            raise bad_request(f"The body nests more than {MAX_JSON_DEPTH} levels deep.")
        try:
            return model.model_validate_json(data)
        except ValidationError as error:
            raise bad_request(_describe(error)) from None

    def _read_body(self) -> bytes:
        # One byte more than allowed: a body of unknown length would else be cut off at the limit, and read as if whole.
        request.max_content_length = self.body_limit + 1
        try:
            data = request.get_data(cache=False)
        except ClientDisconnected:
            raise bad_request("The body was cut off.") from None
        except RequestEntityTooLarge:
            data = None
        if data is None or len(data) > self.body_limit:
            raise Refusal(ErrorCode.TOO_LARGE, f"A body here has at most {self.body_limit:,} bytes.")
        return data


OPERATIONS: Final[list[Operation]] = []
"""Every operation of the service, in the order in which they are declared."""


def operation(
    blueprint: Blueprint,
    method: str,
    rule: str,
    *,
    summary: str,
    answer: type[Model] | Binary | None = None,
    status: int = 200,
    body: type[Model] | None = None,
    needs_login: bool = True,
    parameters: tuple[Parameter, ...] = (),
    errors: tuple[ErrorCode, ...] = (),
    is_small: bool = False,
    renews: bool = False,
) -> Callable[[View[P]], View[P]]:
    """Declare a view as an operation. `errors` are those beyond the ones that follow from the rest.

    A request that `renews` keeps its login alive; every POST does (docs/PROTOCOL.md §4).
    """

    def declare(view: View[P]) -> View[P]:
        found = Operation(
            name=view.__name__,
            method=method,
            rule=rule,
            summary=summary,
            description=view.__doc__ or "",
            body=body,
            answer=answer,
            status=status,
            needs_login=needs_login,
            parameters=parameters,
            errors=errors,
            is_small=is_small,
            renews=renews or method == "POST",
        )
        OPERATIONS.append(found)

        @wraps(view)
        def handle(**path: str) -> Response:
            request.environ[RULE_KEY] = rule
            result = _call(view, found.arguments(path))
            return result if isinstance(result, Response) else json_response(result, status)

        blueprint.add_url_rule(
            rule, endpoint=view.__name__, view_func=handle, methods=[method], provide_automatic_options=False
        )
        return view

    return declare


def _call(view: Callable[..., T], arguments: dict[str, Any]) -> T:
    """Call a view; again when it found the slot of its login gone because a commit was just replacing it."""
    login = arguments.get("login")
    if login is None:
        return view(**arguments)
    slot_id = login.slot_id
    try:
        return view(**arguments)
    except Refusal as refusal:
        if refusal.error_code != ErrorCode.UNAUTHORIZED:
            raise
        with login.replacing:
            if login.slot_id == slot_id:
                raise
    return view(**arguments)


def json_response(model: Model | None, status: int) -> Response:
    """Return a model as JSON, or an empty answer."""
    if model is None:
        return Response(status=status)
    return Response(model.model_dump_json(), status=status, content_type=JSON)


def _describe(error: ValidationError) -> str:
    """Return what is wrong with a body, without quoting it: only names that the model knows."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    is_unknown = first["type"] in {"extra_forbidden", "unexpected_keyword_argument"}
    place = [part for part in first["loc"] if isinstance(part, int) or not is_unknown]
    where = ".".join(map(str, place)) or "the body"
    return f"The request does not fit its model: {where}: {first['type']}."
