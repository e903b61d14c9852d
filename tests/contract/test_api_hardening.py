"""What every answer carries, and what never gets through (PROTOCOL §9; attacks 29, 30, 35)."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answers import check_error, check_headers
from tests.support.service import API, Host, SlotKey, Writer, hosted, new_container, new_record
from vault.errors import UsageError
from vault.server import EMBEDDED_ORIGIN, Settings, create_app
from vault.server.operations import OPERATIONS, Operation
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_BODY_BYTES, MAX_JSON_DEPTH, MAX_LOGIN_BODY_BYTES
from vault.wire.models import SlotChanges

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "data") as running:
        yield running


@pytest.fixture
def writer(host: Host) -> Writer:
    return host.writer()


def path_of(operation: Operation) -> str:
    path = operation.rule.replace("<container_id>", os.urandom(16).hex()).replace("<erasure_id>", os.urandom(16).hex())
    query = {"list_changes": "?since=1", "read_erasure": f"?vault_id={os.urandom(16).hex()}"}
    return path + query.get(operation.name, "")


def raw(app: Any, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    """A request as the WSGI server hands it over."""
    started: list[Any] = []
    base = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"{API}/service",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "inkvault.embedded",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    merged = {key: value for key, value in {**base, **environ}.items() if value is not None}
    answer = app(merged, lambda status, headers, _info=None: started.append((status, headers)))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    status, headers = started[0]
    assert len({name.lower() for name, _ in headers}) == len(headers), "a header is given twice"
    return int(status[:3]), dict(headers), body


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_answers_with_its_headers(writer: Writer, operation: Operation) -> None:
    """Logged in or not, with a body that is none: whatever comes back is complete."""
    for headers in (writer.headers, {}):
        for content, kind in ((None, {}), (b"{}", JSON), (b"[", JSON), (b"x", {"Content-Type": "text/plain"})):
            response = writer.http.request(
                operation.method, path_of(operation), content=content, headers={**headers, **kind}
            )
            if response.status_code >= 400:
                check_error(response.status_code, response.headers, response.content)
            else:
                check_headers(response.headers)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere.html", 404),
        ("GET", "/assets/nothing.js", 404),
        ("GET", "/fonts/nothing.ttf", 404),
        ("GET", "/fonts/literata.LICENSE", 404),
        ("GET", "/fonts/..%2findex.html", 404),
        ("GET", "/api/v1//service", 404),
        ("GET", "/api/v1/service/", 404),
        ("GET", "/../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/assets/%2e%2e/index.html", 404),
        ("GET", "/assets/..%2findex.html", 404),
        ("GET", "/a\x00b.js", 404),
        ("POST", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/containers", 405),
        ("PUT", "/api/v1/commits", 405),
        ("OPTIONS", "/api/v1/commits", 405),
        ("TRACE", "/api/v1/commits", 405),
        ("POST", "/", 405),
        ("BREW", "/api/v1/service", 405),
    ],
)
def test_what_is_not_there_answers_with_its_headers(host: Host, method: str, path: str, status: int) -> None:
    found, headers, body = raw(host.app, REQUEST_METHOD=method, PATH_INFO=path)
    assert found == status
    check_error(found, headers, body)
    assert ("Allow" in headers) == (status == 405)


def test_a_fault_answers_with_its_headers_and_without_its_text(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("needle-in-a-fault")

    monkeypatch.setattr(Store, "check", fails)
    response = host.http.get("/readyz")
    assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.INTERNAL
    assert "needle" not in response.text + caplog.text
    assert re.search(r"fault RuntimeError at test_api_hardening.py:\d+", caplog.text)


def test_a_fault_outside_flask_answers_too(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("needle-in-a-fault")

    monkeypatch.setattr(host.app.wsgi_app, "_application", fails)
    response = host.http.get("/healthz")
    assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.INTERNAL


def test_strict_transport_over_https_only(tmp_path: Path, host: Host) -> None:
    assert "Strict-Transport-Security" not in host.http.get("/healthz").headers
    app = create_app(Settings(tmp_path / "other", origins=("https://ink.example",)))
    _, headers, _ = raw(app, PATH_INFO="/healthz", HTTP_HOST="ink.example")
    assert headers["Strict-Transport-Security"] == "max-age=63072000"


# --- hosts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "evil.example",
        "inkvault.embedded.evil.example",
        "evil.example#inkvault.embedded",
        "inkvault.embedded, inkvault.embedded",
        "inkvault.embedded,evil.example",
        "inkvault.embedded:8080",
        "inkvault.embedded:",
        "inkvault.embedded.",
        "user@inkvault.embedded",
        " inkvault.embedded",
        "127.0.0.1",
        "localhost",
        "[::1]",
    ],
)
@pytest.mark.parametrize("path", ["/", f"{API}/service", "/healthz", "/assets/x.js"])
def test_foreign_hosts_are_refused_before_any_code(
    host: Host, monkeypatch: pytest.MonkeyPatch, name: str | None, path: str
) -> None:
    def runs(*_: object) -> None:
        raise AssertionError("the application ran")

    monkeypatch.setattr(host.app.wsgi_app, "_application", runs)
    status, headers, body = raw(host.app, HTTP_HOST=name, PATH_INFO=path)
    assert check_error(status, headers, body).code == ErrorCode.BAD_HOST


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("http://localhost:8765", "LOCALHOST:8765"),
        ("http://[::1]:8765", "[::1]:8765"),
        ("https://ink.example", "ink.example"),
        ("https://ink.example", "ink.example:443"),
        ("http://ink.example", "ink.example:80"),
        ("https://ink.example:8443", "ink.example:8443"),
    ],
)
def test_own_hosts_are_answered(tmp_path: Path, origin: str, name: str) -> None:
    app = create_app(Settings(tmp_path / "data", origins=(origin,)))
    assert raw(app, HTTP_HOST=name, PATH_INFO="/healthz")[0] == 200


@pytest.mark.parametrize(
    "origin",
    ["ink.example", "https://ink.example/", "https://Ink.example", "ftp://ink.example", "https://", "https://a@b"],
)
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(UsageError):
        create_app(Settings(tmp_path / "data", origins=(origin,)))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("environ", "status"),
    [({}, 200), ({"PATH_INFO": f"{API}/containers"}, 401), ({"HTTP_HOST": "elsewhere.example"}, 400)],
    ids=["answer", "refusal", "foreign host"],
)
def test_every_answer_says_what_time_it_is(tmp_path: Path, environ: dict[str, str], status: int) -> None:
    app = create_app(Settings(tmp_path / "data", origins=(EMBEDDED_ORIGIN,)), now=lambda: 1_800_000_000.9)
    found, headers, _ = raw(app, **environ)
    assert (found, headers["Date"]) == (status, "Fri, 15 Jan 2027 08:00:00 GMT")


# --- other sites -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation", [item for item in OPERATIONS if item.rule.startswith(API)], ids=lambda item: item.name
)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin", "none, none"])
def test_other_sites_are_refused(writer: Writer, operation: Operation, site: str) -> None:
    before = writer.send("GET", "/snapshot").content
    response = writer.http.request(
        operation.method,
        path_of(operation),
        content=writer.next_commit().model_dump_json() if operation.body else None,
        headers={**writer.headers, **JSON, "Sec-Fetch-Site": site},
    )
    assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.FORBIDDEN
    assert writer.send("GET", "/snapshot").content == before


def test_a_form_of_another_page_changes_nothing(host: Host) -> None:
    """As an old browser would send it: with the cookie, without fetch metadata, as text/plain."""
    writer = Writer(host.http, "ada").create()
    login = writer.login(carrier="cookie")
    commit = writer.next_commit().model_dump_json()
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, JSON):
        response = host.http.post(f"{API}/commits", content=commit, headers=headers)
        assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.UNAUTHORIZED
    own = {"Inkvault-Login": login.login_id.hex(), "Sec-Fetch-Site": "same-origin"}
    response = host.http.post(f"{API}/commits", content=commit, headers={"Content-Type": "text/plain", **own})
    assert response.status_code == 415
    assert host.http.get(f"{API}/changes?since=1", headers=own).json()["seq"] == 1


def test_no_site_is_told_that_it_may_read(host: Host) -> None:
    for method in ("GET", "OPTIONS"):
        response = host.http.request(
            method,
            f"{API}/service",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
        )
        check_headers(response.headers)


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "text/json", "application/json5", "multipart/form-data", "application/ld+json"])
def test_bodies_must_be_json(writer: Writer, kind: str) -> None:
    for operation in OPERATIONS:
        if operation.body is not None:
            response = writer.http.post(
                path_of(operation), content=b"{}", headers={**writer.headers, "Content-Type": kind}
            )
            check_error(response.status_code, response.headers, response.content)
            assert response.status_code == 415


@pytest.mark.parametrize("operation", [item for item in OPERATIONS if item.body], ids=lambda item: item.name)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_bodies_have_a_limit(host: Host, writer: Writer, operation: Operation, is_chunked: bool) -> None:
    is_small = "logins" in operation.rule or "reports" in operation.rule
    limit = MAX_LOGIN_BODY_BYTES if is_small else MAX_BODY_BYTES
    token = {f"HTTP_{name.upper()}": value for name, value in writer.headers.items()}
    for size, is_accepted in ((limit, True), (limit + 1, False)):
        body = b"{" + b" " * (size - 1)
        length = {"wsgi.input_terminated": True} if is_chunked else {"CONTENT_LENGTH": str(size)}
        status, headers, answer = raw(
            host.app,
            REQUEST_METHOD="POST",
            PATH_INFO=path_of(operation),
            CONTENT_TYPE="application/json",
            **{"wsgi.input": io.BytesIO(body), **length, **token},
        )
        expected = ErrorCode.BAD_REQUEST if is_accepted else ErrorCode.TOO_LARGE
        assert check_error(status, headers, answer).code == expected


def test_nesting_is_limited_before_anything_is_parsed(writer: Writer) -> None:
    for depth, expected in ((MAX_JSON_DEPTH, False), (MAX_JSON_DEPTH + 1, True)):
        text = '{"expected_seq":' + "[" * (depth - 1) + '"]}{[' + '"' + "]" * (depth - 1) + "}"
        response = writer.http.post(f"{API}/commits", content=text, headers={**writer.headers, **JSON})
        assert (f"{MAX_JSON_DEPTH} levels" in response.json()["message"]) == expected


@pytest.mark.parametrize("depth", [17, 1_000, 1_000_000])
def test_deep_json_is_refused(writer: Writer, depth: int) -> None:
    for text in (
        "[" * depth,
        "[" * depth + "]" * depth,
        '{"head":' * depth,
        '{"handle":' + "[" * depth + "]" * depth + "}",
    ):
        response = writer.http.post(f"{API}/commits", content=text, headers={**writer.headers, **JSON})
        assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.BAD_REQUEST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        "\x00",
        "{'a':1}",
        '{"expected_seq":1}',
        "NaN",
        "\ufeff{}",
        b"\xff\xfe",
        b'{"\xed\xa0\x80":1}',
    ],
)
def test_odd_json_is_refused(writer: Writer, text: str | bytes) -> None:
    response = writer.http.post(f"{API}/commits", content=text, headers={**writer.headers, **JSON})
    assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.BAD_REQUEST


def test_unknown_fields_and_spellings_are_refused(writer: Writer) -> None:
    container = new_container()
    good = json.loads(writer.next_commit([container], [new_record(container.container_id)]).model_dump_json())
    head = good["head"]

    def changed(**values: object) -> str:
        return json.dumps({**good, **values})

    for text in (
        changed(policy={"escrow": True}),
        changed(containers=[{**good["containers"][0], "needle": 1}]),
        changed(expected_seq=True),
        changed(expected_seq="1"),
        changed(expected_seq=1.0),
        changed(expected_seq=0),
        changed(expected_seq=2**53),
        changed(head=head + "="),
        changed(head=head[:-1] + "!"),
        changed(head=head.replace(head[5], " ", 1)),
        changed(head=head[:100]),
        changed(head=None),
        changed(records=[{**good["records"][0], "record_id": "00" * 16}]),
        changed(records=[{**good["records"][0], "record_id": good["records"][0]["record_id"].upper()}]),
        changed(records=[{**good["records"][0], "record_id": good["records"][0]["record_id"] + " "}]),
    ):
        response = writer.http.post(f"{API}/commits", content=text, headers={**writer.headers, **JSON})
        error = check_error(response.status_code, response.headers, response.content)
        assert error.code == ErrorCode.BAD_REQUEST
        assert "needle" not in error.message
    assert writer.http.post(f"{API}/commits", content=json.dumps(good), headers={**writer.headers, **JSON}).is_success


@pytest.mark.parametrize(
    "query",
    [
        "since=0",
        "since=01",
        "since=+1",
        "since=%201",
        "since=1.0",
        "since=1_0",
        "since=9007199254740992",
        "since=1&since=2",
        "since=1&more=1",
        "since",
        "",
    ],
)
def test_parameters_have_one_spelling(writer: Writer, query: str) -> None:
    response = writer.send("GET", f"/changes?{query}")
    assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.BAD_REQUEST


@pytest.mark.parametrize("after", ["", "00", "AB" * 16, "zz" * 16, "00" * 17])
def test_ids_have_one_spelling(writer: Writer, after: str) -> None:
    for path in (f"/containers?after={after}", f"/containers/{writer.vault_id.hex()}/records?after={after}"):
        response = writer.send("GET", path)
        assert check_error(response.status_code, response.headers, response.content).code == ErrorCode.BAD_REQUEST


# --- strangers -------------------------------------------------------------------------------------------------------


def test_without_a_login_every_operation_gives_the_same_answer(host: Host) -> None:
    writer = host.writer()
    answers = set()
    for operation in OPERATIONS:
        if not operation.needs_login:
            continue
        for headers in (
            {},
            {"Authorization": f"Bearer {'A' * 43}"},
            {"Authorization": "Bearer x"},
            {"Inkvault-Login": os.urandom(16).hex(), "Sec-Fetch-Site": "same-origin"},
        ):
            for path in (path_of(operation), operation.rule.replace("<container_id>", writer.vault_id.hex())):
                response = host.http.request(
                    operation.method, path, headers={**headers, **JSON}, content=b"{}" if operation.body else None
                )
                del response.headers["date"]  # a second may pass meanwhile
                answers.add((response.status_code, response.content, tuple(sorted(response.headers.items()))))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_another_writers_things_are_like_nothing(host: Host, writer: Writer) -> None:
    other = host.writer("bea")
    container = new_container()
    other.commit(other.next_commit([container], [new_record(container.container_id)]))
    answers = set()
    for container_id in (container.container_id, other.vault_id, os.urandom(16), bytes(16)):
        for query in ("", f"?after={os.urandom(16).hex()}"):
            response = writer.send("GET", f"/containers/{container_id.hex()}/records{query}")
            answers.add((response.status_code, response.content))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert {item.container_id for item in writer.containers()} == {writer.vault_id}
    assert container.container_id not in writer.send("GET", "/snapshot").content
    assert container.container_id.hex() not in writer.send("GET", "/changes?since=1").text


# --- logs ------------------------------------------------------------------------------------------------------------


def test_logs_hold_nothing_of_the_writer(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    writer = Writer(host.http, "needle-name").create()
    writer.login(carrier="cookie")
    writer.login()
    container = new_container()
    writer.commit(writer.next_commit([container], [new_record(container.container_id)]))
    writer.records(container.container_id)
    writer.send("GET", f"/containers?after={container.container_id.hex()}")
    writer.send("GET", "/changes?since=needle-query")
    writer.send("POST", "/needle-path", writer.next_commit())
    writer.http.get("/needle-file.js")
    writer.http.request("NEEDLE-METHOD", "/api/v1/service")
    writer.http.post(f"{API}/commits", content='{"needle-field": "needle-body"}', headers={**writer.headers, **JSON})
    slot = SlotKey(writer.vault_id)
    writer.commit(writer.next_commit(slots=SlotChanges(add=[slot.new()])))

    def fails(*_: object) -> None:
        raise RuntimeError(f"needle-fault {writer.vault_id.hex()}")

    monkeypatch.setattr(Store, "reading", fails)
    writer.send("GET", "/containers")
    records = [record for record in caplog.records if not record.name.startswith("httpx")]
    logged = "\n".join(logging.Formatter().format(record) for record in records) + "".join(capfd.readouterr())
    assert f"GET {API}/containers/<container_id>/records 200" in logged
    assert "needle" not in logged.lower()
    for secret in (
        writer.vault_id.hex(),
        container.container_id.hex(),
        slot.slot_id.hex(),
        writer.headers["Authorization"].removeprefix("Bearer "),
        "127.0.0.1",
    ):
        assert secret not in logged
    lines = [record.getMessage() for record in records if record.name == "inkvault.service"]
    for line in lines:
        assert re.fullmatch(r"[A-Z-]+ \S+ \d{3} \d+\.\d ms|fault \w+ at .*", line), line


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    for name in ("index.html", "favicon.svg", "notes.secret", "assets/index-Ab12.js", "assets/a.woff2"):
        (folder / name).write_text(name)
    (folder / "assets" / "kdf.worker-Ab12_-x.js").write_text("worker")
    (tmp_path / "outside.js").write_text("outside")
    monkeypatch.setattr("vault.server.page.PAGE", folder)
    with hosted(tmp_path / "data") as host:
        yield host.http


def test_the_page_is_not_kept_and_its_assets_are(page: httpx.Client) -> None:
    for path, kind in (
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
    ):
        response = page.get(path)
        assert response.headers["Content-Type"] == kind
        check_headers(response.headers)
    for path, kind in (("/assets/index-Ab12.js", "text/javascript; charset=utf-8"), ("/assets/a.woff2", "font/woff2")):
        response = page.get(path)
        assert response.headers["Content-Type"] == kind
        check_headers(response.headers, **{"Cache-Control": "public, max-age=31536000, immutable"})


def test_worker_scripts_alone_may_compile_webassembly(page: httpx.Client) -> None:
    policy = page.get("/assets/kdf.worker-Ab12_-x.js").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")
    assert "connect-src" not in policy
    for path in ("/", "/assets/index-Ab12.js", "/kdf.worker-Ab12_-x.js", "/assets/worker-Ab12.js"):
        assert "wasm-unsafe-eval" not in page.get(path).headers["Content-Security-Policy"]


def test_only_files_of_the_page_are_served(page: httpx.Client) -> None:
    for path in (
        "/notes.secret",
        "/assets",
        "/assets/",
        "/outside.js",
        "/%2e%2e/outside.js",
        "/assets/%2e%2e/favicon.svg",
    ):
        assert page.get(path).status_code == 404


def test_a_page_that_was_not_built_says_so(host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vault.server.page.PAGE", tmp_path / "nothing")
    response = host.http.get("/")
    assert "has not been built" in check_error(response.status_code, response.headers, response.content).message


def test_the_embedded_origin_is_answered_only_when_asked_for(tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path / "data", origins=("http://127.0.0.1:1",)))
    host = EMBEDDED_ORIGIN.removeprefix("http://")
    assert raw(app, HTTP_HOST=host, PATH_INFO="/healthz")[0] == 400
