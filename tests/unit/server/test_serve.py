"""The service behind real sockets: waitress's own refusals, large bodies, stopping, addresses."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.support.answers import check_error, check_headers
from tests.support.frames import parse, render
from tests.support.service import API, Writer, new_container, new_record
from vault.errors import StorageError, UsageError
from vault.server import Settings
from vault.server.serve import Listener, serve
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_BODY_BYTES

T = TypeVar("T")


@contextlib.contextmanager
def running(settings: Settings, host: str = "127.0.0.1") -> Iterator[Listener]:
    with Listener(settings, host, 0) as listener:
        thread = threading.Thread(target=listener.run)
        thread.start()
        try:
            yield listener
        finally:
            listener.stop()
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    with running(Settings(tmp_path / "data")) as found:
        yield found


@pytest.fixture
def http(listener: Listener) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=listener.address) as client:
        yield client


def exchange(listener: Listener, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Bytes as they are, to the socket and back; the first answer."""
    port = int(listener.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.replace(b"PORT", str(port).encode()))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [line.partition(": ")[::2] for line in lines]
    assert len({name.lower() for name, _ in headers}) == len(headers)
    return int(status.split(" ")[1]), dict(headers), body


def test_a_writer_over_the_network(http: httpx.Client) -> None:
    writer = Writer(http, "ada").create()
    writer.login()
    container_id = os.urandom(16)
    for _ in range(5):
        writer.commit(writer.append(container_id))
    assert len(writer.records(container_id)) == 5
    response = writer.send("GET", "/snapshot")
    check_headers(response.headers)
    assert [each["kind"] for each in parse(response.content)].count("record") == 5


def test_both_names_of_this_machine_are_origins(listener: Listener) -> None:
    port = listener.address.rpartition(":")[2]
    for number, name in enumerate(("127.0.0.1", "localhost")):
        with httpx.Client(base_url=listener.address, headers={"Host": f"{name}:{port}"}) as client:
            writer = Writer(client, f"writer {number}", origin=f"http://{name}:{port}").create()
            writer.login()


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"GET / HTTP/1.1\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"GET http://127.0.0.1:PORT/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400, ErrorCode.BAD_HOST),
        (b"nonsense\r\n\r\n", 400, ErrorCode.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nBroken\r\n\r\n", 400, ErrorCode.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 262_144 + b"\r\n\r\n", 431, ErrorCode.BAD_REQUEST),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 99999999999\r\n\r\n", 413, ErrorCode.TOO_LARGE),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: -1\r\n\r\n", 400, ErrorCode.BAD_REQUEST),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: gzip\r\n\r\n", 501, ErrorCode.BAD_REQUEST),
    ],
    ids=lambda value: str(value)[:60],
)
def test_broken_requests_get_whole_answers(
    listener: Listener, request_bytes: bytes, status: int, code: ErrorCode
) -> None:
    _, headers, body = exchange(listener, request_bytes)
    assert check_error(code.status, headers, body).code == code
    assert status


def test_large_bodies_stay_in_memory(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a body went to a temporary file")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, forbidden)
    writer = Writer(http, "ada").create()
    writer.login()
    for _ in range(2):
        containers = [new_container() for _ in range(2500)]
        commit = writer.next_commit(containers, [new_record(item.container_id) for item in containers])
        assert 4 * 2**20 < len(commit.model_dump_json()) < MAX_BODY_BYTES
        writer.commit(commit)
    assert len(writer.send("GET", "/snapshot").content) > 4 * 2**20


def test_chunked_bodies_have_the_same_limit(http: httpx.Client) -> None:
    writer = Writer(http, "ada").create()
    writer.login()

    def chunks(count: int) -> Iterator[bytes]:
        yield b"{"
        for _ in range(count):
            yield b" " * 2**20

    headers = {**writer.headers, "Content-Type": "application/json"}
    for count, code in ((7, ErrorCode.BAD_REQUEST), (8, ErrorCode.TOO_LARGE), (20, ErrorCode.TOO_LARGE)):
        with httpx.Client(base_url=http.base_url) as client:
            response = client.post(f"{API}/commits", content=chunks(count), headers=headers)
            assert check_error(response.status_code, response.headers, response.content).code == code


def test_stopping_lets_answers_go_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, go = threading.Event(), threading.Event()
    real = Store.check

    def slow(self: Store) -> None:
        started.set()
        go.wait(30)
        real(self)

    monkeypatch.setattr(Store, "check", slow)
    statuses: list[int] = []
    with running(Settings(tmp_path / "data")) as listener:
        asking = threading.Thread(target=lambda: statuses.append(httpx.get(f"{listener.address}/readyz").status_code))
        asking.start()
        assert started.wait(30)
        listener.stop()
        go.set()
        asking.join(30)
    assert statuses == [200]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{listener.address}/healthz")


def test_stopping_waits_for_a_slow_reader(tmp_path: Path) -> None:
    """An answer larger than what the system buffers is sent to its end."""
    with running(Settings(tmp_path / "data")) as listener:
        with httpx.Client(base_url=listener.address) as http:
            writer = Writer(http, "ada").create()
            writer.login()
            containers = [new_container() for _ in range(4)]
            for item in containers:
                record = replace(new_record(item.container_id), envelope=os.urandom(2 * 2**20))
                writer.commit(writer.next_commit([item], [record]))
        end = render([{"kind": "end", "containers": 5, "records": 4}])
        port = int(listener.address.rpartition(":")[2])
        with socket.socket() as connection:
            connection.settimeout(30)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            token = writer.headers["Authorization"]
            connection.sendall(
                f"GET {API}/snapshot HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n\r\n".encode()
            )
            (channel,) = wait_for(lambda: [item for item in channels(listener) if item.total_outbufs_len])
            wait_for(lambda: not channel.requests)
            listener.stop()
            answer = b""
            while end not in answer[-200:]:
                answer += connection.recv(65536)
    assert len(answer) > 4 * 2 * 2**20


def channels(listener: Listener) -> list[Any]:
    return list(listener._server.active_channels.values())


def wait_for(find: Callable[[], T]) -> T:
    """What `find` gives as soon as it gives something."""
    tick = threading.Event()
    while not (found := find()):
        tick.wait(0.005)
    return found


def test_serve_says_its_address_and_stops(tmp_path: Path) -> None:
    """Outside the main thread there are no signals: the caller stops it, here by an error from on_ready."""
    found: list[str] = []

    def ready(address: str) -> None:
        found.append(address)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(Settings(tmp_path / "data"), "127.0.0.1", 0, ready)
    assert found[0].startswith("http://127.0.0.1:")
    port = int(found[0].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="another port"):
        Listener(Settings(tmp_path / "data"), "127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "ink.example", ""])
@pytest.mark.parametrize("origins", [(), ("http://ink.example",)])
def test_other_machines_are_served_over_tls_only(tmp_path: Path, host: str, origins: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="https"):
        Listener(Settings(tmp_path / "data", origins=origins), host, 0)
    assert not (tmp_path / "data").exists()


def test_behind_a_proxy_its_callers_are_told_apart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", origins=("https://ink.example",), trusted_proxy="127.0.0.1")
    with running(settings, "0.0.0.0") as listener:
        port = listener.address.rpartition(":")[2]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Host": "ink.example"}) as client:
            writer = Writer(client, "nobody", origin="https://ink.example")
            statuses = []
            for address in ["192.0.2.1"] * 12 + ["192.0.2.2"]:
                client.headers["X-Forwarded-For"] = address
                challenge = writer.send("POST", "/logins/challenge", None, {"Content-Type": "application/json"})
                assert challenge.status_code == 400
                statuses.append(guess(writer))
            check_headers(client.get("/healthz").headers, **{"Strict-Transport-Security": "max-age=63072000"})
    assert statuses == [401] * 10 + [429] * 2 + [401]


def guess(writer: Writer) -> int:
    from tests.support.service import RefusedError

    try:
        challenge = writer.challenge()
        writer.vault_id = challenge.vault_id
        writer.keys[0].vault_id = challenge.vault_id
        response = writer.send("POST", "/logins", writer.login_request())
    except RefusedError as refused:
        return refused.status
    return response.status_code


def test_an_unsafe_directory_is_refused_and_the_port_given_back(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data").chmod(0o755)
    with pytest.raises(StorageError):
        Listener(Settings(tmp_path / "data"), "127.0.0.1", 0)


def test_resume_shares_are_forgotten_while_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept = threading.Event()
    monkeypatch.setattr("vault.server.logins.Logins.sweep", lambda _: swept.set())
    with running(Settings(tmp_path / "data")):
        assert swept.wait(30)


@pytest.mark.parametrize(
    ("changes", "is_warned"),
    [
        ({}, False),
        ({"origins": ("https://ink.example",)}, True),
        ({"origins": ("https://ink.example",), "trusted_proxy": "127.0.0.1"}, False),
    ],
)
def test_a_proxy_that_is_not_trusted_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, changes: Any, is_warned: bool
) -> None:
    monkeypatch.setattr(Listener, "run", lambda _self: None)
    serve(Settings(tmp_path / "data", **changes), "127.0.0.1", 0, lambda _address: None)
    assert ("--trusted-proxy" in caplog.text) == is_warned
