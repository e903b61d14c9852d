"""Unlocking, staying unlocked, locking (docs/PROTOCOL.md §4)."""

from flask import Blueprint, Response

from vault.server.logins import Login
from vault.server.operations import json_response, operation
from vault.server.service import (
    API,
    bearer_token,
    caller_address,
    cookie_tokens,
    delete_cookie,
    service,
    set_cookie,
)
from vault.storage.refusal import bad_request
from vault.wire.codes import ErrorCode
from vault.wire.handles import normal_form
from vault.wire.models import Challenge, ChallengeRequest, CurrentLogin, LoginRequest, Model
from vault.wire.models import Login as LoginAnswer

blueprint = Blueprint("logins", __name__)


class Heartbeat(Model):
    """The writer is typing."""


@operation(
    blueprint,
    "POST",
    f"{API}/logins/challenge",
    summary="Ask for a login challenge",
    body=ChallengeRequest,
    answer=Challenge,
    needs_login=False,
    errors=(ErrorCode.RATE_LIMITED, ErrorCode.ERASED),
    is_small=True,
)
def create_challenge(body: ChallengeRequest) -> Challenge:
    """Return what is needed to derive and to sign. A name that nobody uses gets an answer of the same shape."""
    if normal_form(body.handle) != body.handle:
        raise bad_request("The name is not in its normal form.")
    return service().authentication.challenge(body.handle, caller_address())


@operation(
    blueprint,
    "POST",
    f"{API}/logins",
    summary="Log in",
    body=LoginRequest,
    answer=LoginAnswer,
    needs_login=False,
    errors=(ErrorCode.UNAUTHORIZED, ErrorCode.RATE_LIMITED, ErrorCode.ERASED),
    is_small=True,
)
def create_login(body: LoginRequest) -> Response:
    """Answer a challenge with a signature; get the slot that signed, and the resume share of the new login."""
    stored = service().authentication.login(body, caller_address())
    login, token = service().logins.open(body.vault_id, body.slot_id, body.carrier, body.idle_seconds)
    answer = LoginAnswer(
        login_id=login.login_id,
        token=token if body.carrier == "bearer" else None,
        idle_seconds=login.idle_seconds,
        slot=stored.slot,
        resume_share=login.resume_share,
    )
    response = json_response(answer, 200)
    if body.carrier == "cookie":
        _forget_dead_cookies(response)
        set_cookie(response, login, token, body.origin)
    return response


@operation(blueprint, "GET", f"{API}/logins/current", summary="The login that asks", answer=CurrentLogin, renews=True)
def current_login(login: Login) -> CurrentLogin:
    """Return the login and renew it. Used after a refresh of the page."""
    service().store.check_access(login)
    return CurrentLogin(
        login_id=login.login_id,
        vault_id=login.vault_id,
        slot_id=login.slot_id,
        idle_seconds=login.idle_seconds,
        resume_share=login.resume_share,
    )


@operation(
    blueprint,
    "POST",
    f"{API}/logins/current/heartbeat",
    summary="Keep the login alive",
    body=Heartbeat,
    status=204,
    is_small=True,
)
def renew_login(login: Login, body: Heartbeat) -> None:
    """Renew the login: the writer is typing."""
    del body
    service().store.check_access(login)


@operation(blueprint, "DELETE", f"{API}/logins/current", summary="Lock", status=204)
def end_login(login: Login) -> Response:
    """End the login; with a cookie, every login whose cookie came along, which is every tab of this browser."""
    response = Response(status=204)
    if login.carrier == "bearer":
        service().logins.end(bearer_token())
    else:
        for name, token in cookie_tokens():
            service().logins.end(token)
            delete_cookie(response, name)
    return response


def _forget_dead_cookies(response: Response) -> None:
    """Cookies of logins that have ended would otherwise pile up in the browser."""
    for name, token in cookie_tokens():
        if service().logins.find(token, renew=False) is None:
            delete_cookie(response, name)
