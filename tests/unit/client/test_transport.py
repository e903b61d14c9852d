"""Strict answers: real WSGI applications and sockets that lie."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
import pytest

from vault.client import transport as module
from vault.client.failures import LostAnswerError
from vault.client.moments import Clock
from vault.client.network import Network, connect, origin_of
from vault.client.transport import Transport
from vault.errors import (
    ConflictError,
    ErasedError,
    FormatError,
    InkvaultError,
    LockedError,
    NotFoundError,
    QuotaError,
    RateLimitError,
    ServiceError,
    UnavailableError,
    UnlockError,
    UsageError,
)
from vault.wire.codes import ErrorCode
from vault.wire.models import CommitResult, ServiceInfo

ORIGIN = "http://inkvault.embedded"
JSON = [("Content-Type", "application/json")]
RESULT = b'{"seq":2,"head_hash":"' + b"A" * 43 + b'"}'


class Liar:
    """A WSGI application that gives prepared answers in turn, the last one for ever, and remembers what it was sent."""

    def __init__(self, *answers: tuple[str, list[tuple[str, str]], Iterable[bytes]]) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], headers, body))
        status, answer_headers, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        start_response(status, answer_headers)
        return answer

    def transport(self) -> Transport:
        return Transport(ORIGIN, Network(ORIGIN, httpx.WSGITransport(self)))


def answering(body: bytes, status: str = "200 OK", headers: list[tuple[str, str]] = JSON) -> Liar:
    return Liar((status, headers, [body]))


def error(code: ErrorCode, /, **fields: Any) -> Liar:
    body = {"code": code, "message": "words of the server", "seq": None, "retry_after": None} | fields
    return answering(json.dumps(body).encode(), f"{code.status} X")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries."""
    monkeypatch.setattr(module, "RETRY_DELAYS", (0.0, 0.0, 0.0))


def test_a_right_answer_is_read() -> None:
    liar = answering(RESULT)
    assert liar.transport().get("/x", CommitResult) == CommitResult(seq=2, head_hash=bytes(32))
    method, path, headers, _ = liar.requests[0]
    assert (method, path) == ("GET", "/api/v1/x")
    assert headers["host"] == "inkvault.embedded"
    assert headers["accept_encoding"] == "identity"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        RESULT[:-1],
        RESULT + b"{}",
        RESULT.replace(b"2", b"2.0"),
        RESULT.replace(b"2", b'"2"'),
        RESULT.replace(b"2", b"true"),
        RESULT.replace(b"2", b"0"),
        RESULT.replace(b"2", b"9007199254740992"),
        RESULT.replace(b'A"', b'B"'),
        RESULT.replace(b'A"', b'A="'),
        RESULT.replace(b"AAA", b"A A"),
        RESULT.replace(b'"seq"', b'"policy":{},"seq"'),
        RESULT.replace(b'"seq"', b'"recovery_public_key":"x","seq"'),
        b"\xff" + RESULT,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"seq":' * 50_000,
        b'{"seq":NaN,"head_hash":""}',
    ],
)
def test_any_other_shape_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        answering(body).transport().get("/x", CommitResult)
    assert "policy" not in str(caught.value)


def test_lax_readings_of_json_are_refused() -> None:
    body = {"name": "inkvault", "version": "1", "sign_up": "yes", "max_records": 1, "max_bytes": 1}
    with pytest.raises(FormatError):
        answering(json.dumps(body).encode()).transport().get("/service", ServiceInfo)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP", "identity"])
def test_compressed_answers_are_never_decompressed(encoding: str) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    liar = answering(bomb, headers=[*JSON, ("Content-Encoding", encoding)])
    with pytest.raises(FormatError):
        liar.transport().get("/x", CommitResult)
    assert len(liar.requests) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("target", ["http://evil.example/api/v1/x", "/api/v1/x", "file:///etc/passwd"])
def test_redirects_are_not_followed(status: int, target: str) -> None:
    liar = answering(RESULT, f"{status} Elsewhere", [*JSON, ("Location", target)])
    with pytest.raises(FormatError):
        liar.transport().post("/x", b"{}", CommitResult)
    assert len(liar.requests) == 1


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 No Content", "206 Partial Content", "299 X"])
def test_another_success_than_the_documented_one_is_refused(status: str) -> None:
    with pytest.raises(FormatError):
        answering(RESULT, status).transport().get("/x", CommitResult)


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/x-ndjson", "", "application/jsonp"])
def test_another_media_type_is_refused(kind: str) -> None:
    with pytest.raises(FormatError):
        answering(RESULT, headers=[("Content-Type", kind)]).transport().get("/x", CommitResult)


def test_the_media_type_may_name_a_charset() -> None:
    answering(RESULT, headers=[("Content-Type", "Application/JSON; charset=utf-8")]).transport().get("/x", CommitResult)


def test_an_endless_answer_is_given_up_at_the_cap() -> None:
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 65_536
            yield b" " * 65_536

    with pytest.raises(FormatError):
        Liar(("200 OK", JSON, endless())).transport().get("/x", CommitResult, cap=1_000_000)
    assert given < 1_200_000


def test_an_endless_error_is_given_up_too() -> None:
    with pytest.raises(FormatError):
        answering(b" " * 1_000_000, "400 X").transport().get("/x", CommitResult)


def test_a_dripping_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def drip() -> Iterator[bytes]:
        while True:
            clock[0] += 5
            yield b" "

    liar = Liar(*(("200 OK", JSON, drip()) for _ in range(4)))
    with pytest.raises(UnavailableError):
        liar.transport().get("/x", CommitResult)
    assert clock[0] <= 4 * (module.ANSWER_SECONDS + 10)


# --- errors ----------------------------------------------------------------------------------------------------------

MEANINGS: dict[ErrorCode, type[InkvaultError]] = {
    ErrorCode.BAD_REQUEST: ServiceError,
    ErrorCode.BAD_HOST: ServiceError,
    ErrorCode.UNAUTHORIZED: UnlockError,
    ErrorCode.FORBIDDEN: ServiceError,
    ErrorCode.SIGN_UP_CLOSED: QuotaError,
    ErrorCode.NOT_FOUND: NotFoundError,
    ErrorCode.METHOD_NOT_ALLOWED: ServiceError,
    ErrorCode.STALE: ConflictError,
    ErrorCode.HANDLE_TAKEN: ConflictError,
    ErrorCode.ERASED: ErasedError,
    ErrorCode.TOO_LARGE: QuotaError,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ServiceError,
    ErrorCode.QUOTA_RECORDS: QuotaError,
    ErrorCode.QUOTA_BYTES: QuotaError,
    ErrorCode.QUOTA_VAULTS: QuotaError,
    ErrorCode.RATE_LIMITED: RateLimitError,
    ErrorCode.INTERNAL: UnavailableError,
    ErrorCode.STORAGE: UnavailableError,
}


@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_code_has_its_error_and_one_sentence_that_says_what_to_do(code: ErrorCode) -> None:
    with pytest.raises(MEANINGS[code]) as caught:
        error(code).transport().get("/x", CommitResult)
    message = str(caught.value)
    assert message.endswith(".")
    assert message.count(". ") == 0
    assert "words of the server" not in message
    assert type(caught.value) is MEANINGS[code] or isinstance(caught.value, LostAnswerError)


def test_an_ended_login_is_told_from_a_wrong_secret() -> None:
    transport = error(ErrorCode.UNAUTHORIZED).transport()
    transport.use_login(bytes(32), 300)
    with pytest.raises(LockedError):
        transport.get("/x", CommitResult)


@pytest.mark.parametrize(("shown", "kept"), [(30, 30), (0, 1), (None, 1)])
def test_waiting_time_comes_with_the_error(shown: int | None, kept: int) -> None:
    with pytest.raises(RateLimitError) as caught:
        error(ErrorCode.RATE_LIMITED, retry_after=shown).transport().get("/x", CommitResult)
    assert caught.value.retry_after == kept


@pytest.mark.parametrize(
    "change", [{"policy": 1}, {"code": "new_code"}, {"message": None}, {"seq": "1"}, {"retry_after": -1}]
)
def test_errors_of_another_shape_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        error(ErrorCode.STALE, **change).transport().get("/x", CommitResult)


def test_an_error_under_another_status_is_refused() -> None:
    body = json.dumps({"code": "not_found", "message": ""}).encode()
    with pytest.raises(FormatError):
        answering(body, "409 Conflict").transport().get("/x", CommitResult)


def test_pages_of_others_are_named_as_such() -> None:
    html = [("Content-Type", "text/html")]
    with pytest.raises(UnavailableError, match="502"):
        answering(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", html).transport().get("/x", CommitResult)
    with pytest.raises(ServiceError, match="address"):
        answering(b"<h1>Not Found</h1>", "404 Not Found", html).transport().get("/x", CommitResult)


# --- trying again ----------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes() -> None:
    fault = ("500 X", [("Content-Type", "text/plain")], [b"oops"])
    liar = Liar(fault, fault, ("200 OK", JSON, [RESULT]))
    assert liar.transport().post("/commits", b'{"a":1}', CommitResult).seq == 2
    assert len(liar.requests) == 3
    assert {request[3] for request in liar.requests} == {b'{"a":1}'}


def test_what_must_not_be_repeated_is_not() -> None:
    liar = answering(b"oops", "500 X", [("Content-Type", "text/plain")])
    with pytest.raises(UnavailableError):
        liar.transport().post("/logins", b"{}", CommitResult, repeatable=False)
    assert len(liar.requests) == 1


def test_a_definite_refusal_is_not_asked_again() -> None:
    liar = error(ErrorCode.STORAGE)
    with pytest.raises(UnavailableError):
        liar.transport().post("/commits", b"{}", CommitResult)
    assert len(liar.requests) == 1


# --- the login -------------------------------------------------------------------------------------------------------


def test_the_login_goes_along_until_it_is_ended() -> None:
    liar = Liar(("200 OK", JSON, [RESULT]), ("204 No Content", [], []), ("200 OK", JSON, [RESULT]))
    transport = liar.transport()
    transport.use_login(b"\x01" * 32, 300)
    transport.get("/x", CommitResult)
    transport.log_out()
    transport.log_out()
    assert [request[:2] for request in liar.requests] == [
        ("GET", "/api/v1/x"),
        ("DELETE", "/api/v1/logins/current"),
    ]
    assert all(request[2]["authorization"].startswith("Bearer AQEB") for request in liar.requests)
    transport.close()
    transport.get("/x", CommitResult)
    assert "authorization" not in liar.requests[-1][2]


def test_cookies_are_not_kept() -> None:
    liar = answering(RESULT, headers=[*JSON, ("Set-Cookie", "inkvault_x=1; Path=/")])
    transport = liar.transport()
    transport.get("/x", CommitResult)
    transport.get("/x", CommitResult)
    assert "cookie" not in liar.requests[1][2]


def test_long_reading_renews_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    liar = Liar(("204 No Content", [], []))
    transport = liar.transport()
    transport.use_login(bytes(32), 300)
    transport.keep_alive()
    clock[0] = 99
    transport.keep_alive()
    assert liar.requests == []
    clock[0] = 101
    transport.keep_alive()
    transport.keep_alive()
    assert [request[:2] for request in liar.requests] == [("POST", "/api/v1/logins/current/heartbeat")]
    clock[0] = 202
    transport.keep_alive()
    assert len(liar.requests) == 2


# --- streams ---------------------------------------------------------------------------------------------------------

MEDIA_TYPE = "application/vnd.inkvault.snapshot"
FRAMES = [("Content-Type", MEDIA_TYPE)]


def stream(liar: Liar, transport: Transport | None = None) -> Iterator[bytes]:
    return (transport or liar.transport()).stream("/snapshot", MEDIA_TYPE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass when told to."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return clock


def test_a_stream_comes_as_it_is_sent() -> None:
    liar = Liar(("200 OK", FRAMES, [b"one", b"\n\x00\xff", b"two"]))
    assert b"".join(stream(liar)) == b"one\n\x00\xfftwo"
    assert MEDIA_TYPE in liar.requests[0][2]["accept"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "application/octet-stream", ""])
def test_a_stream_of_another_media_type_is_refused(kind: str) -> None:
    with pytest.raises(FormatError):
        next(stream(Liar(("200 OK", [("Content-Type", kind)], [b"one"]))))


def test_a_stream_is_not_read_before_it_is_wanted() -> None:
    """Whoever reads it bounds what is kept: no more is taken in than is given on."""
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(65_536)

    chunks = stream(Liar(("200 OK", FRAMES, endless())))
    for _ in range(3):
        next(chunks)
    assert given <= 4


def test_a_dripping_stream_is_given_up(clock: list[float]) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(3):
            yield bytes(module.PACE_BYTES)
        while True:
            clock[0] += 5
            yield b" "

    with pytest.raises(UnavailableError):
        for _ in stream(Liar(("200 OK", FRAMES, drip()))):
            pass
    assert clock[0] <= module.ANSWER_SECONDS + 10


def test_a_slow_stream_and_a_slow_reader_are_not_given_up(clock: list[float]) -> None:
    def slow() -> Iterator[bytes]:
        for _ in range(20):
            clock[0] += module.ANSWER_SECONDS / 2
            yield bytes(module.PACE_BYTES // 2 + 1)

    for _ in stream(Liar(("200 OK", FRAMES, slow()))):
        clock[0] += 1_000
    assert clock[0] > 20_000


def test_a_stream_renews_the_login(clock: list[float]) -> None:
    liar = Liar(("200 OK", FRAMES, [b"one", b"two", b"three"]), ("204 No Content", [], []))
    transport = liar.transport()
    transport.use_login(bytes(32), 300)
    for _ in stream(liar, transport):
        clock[0] += 60
    routes = [path for _, path, _, _ in liar.requests]
    assert routes == ["/api/v1/snapshot", "/api/v1/logins/current/heartbeat"]


# --- real sockets ----------------------------------------------------------------------------------------------------


@contextmanager
def raw_server(behave: Callable[[socket.socket, int], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A TCP server on an ephemeral port; `behave` gets each connection after its request was read, and its number."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        number = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = connection.recv(65_536)
                    if not part:
                        break
                    request += part
                seen.append(request)
                if request:
                    behave(connection, number)
            number += 1

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_nobody_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}"):
        connect(f"http://127.0.0.1:{port}", Clock()).get("/x", CommitResult)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        HEAD + b"Content-Length: 999\r\n\r\n" + RESULT,
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"seq',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 66\r\n\r\n" + RESULT,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        HEAD + b"X: " + b"y" * 300_000,
    ],
)
def test_broken_answers_are_asked_for_again_then_unavailable(answer: bytes) -> None:
    with raw_server(lambda connection, _number: connection.sendall(answer)) as (url, seen):
        transport = connect(url, Clock())
        with pytest.raises(UnavailableError):
            transport.get("/x", CommitResult)
        transport.close()
    assert len(seen) == 4


def test_a_connection_that_breaks_once_is_made_good() -> None:
    whole = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(RESULT) + RESULT

    def behave(connection: socket.socket, number: int) -> None:
        connection.sendall(whole if number else whole[:-9])

    with raw_server(behave) as (url, seen):
        transport = connect(url, Clock())
        assert transport.get("/x", CommitResult).seq == 2
        transport.close()
    assert len(seen) == 2


def test_the_environment_does_not_steer_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    whole = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(RESULT) + RESULT
    with raw_server(lambda connection, _number: connection.sendall(whole)) as (url, seen):
        transport = connect(url, Clock())
        assert transport.get("/x", CommitResult).seq == 2
        transport.close()
    assert seen[0].startswith(b"GET /api/v1/x HTTP/1.1\r\n")


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://ink.example", "https://ink.example"),
        ("https://INK.example/", "https://ink.example"),
        ("https://ink.example:443", "https://ink.example"),
        ("https://ink.example:8443", "https://ink.example:8443"),
        ("https://tinte-für.example", "https://xn--tinte-fr-d6a.example"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("http://127.8.9.1", "http://127.8.9.1"),
    ],
)
def test_addresses_have_one_origin(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ink.example",
        "ftp://ink.example",
        "https://",
        "https://ink.example/path",
        "https://ink.example/?q=1",
        "https://ink.example/#x",
        "https://me:pass@ink.example",
        "http://ink.example",
        "http://192.168.1.2",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://ink.example:notaport",
        "https://[::1",
        "https://a b",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(UsageError):
        origin_of(address)
