"""Whatever fails: text that was read and keys that may be the only ones are not lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.unit.cli.conftest import Cli
from vault.client.failures import unreachable
from vault.client.transport import Transport
from vault.errors import (
    ConflictError,
    FormatError,
    HostileDataError,
    InkvaultError,
    QuotaError,
    RollbackError,
    StorageError,
    UnlockError,
    UsageError,
)

KEY = re.compile(r"Recovery key: ([0-9A-Z-]{69})")
FAILURES = [
    UnlockError("wrong"),
    HostileDataError("hostile"),
    QuotaError("full"),
    StorageError("unsafe"),
    MemoryError(),
    KeyboardInterrupt(),
    ZeroDivisionError(),
]


def kept(cli: Cli) -> list[bytes]:
    """The texts kept for this user."""
    return [path.read_bytes() for path in sorted((cli.root / "run").glob("inkvault-*/*"))]


def secret_file(cli: Cli, text: str) -> tuple[str, str]:
    path = cli.root / "secret"
    path.touch(mode=0o600)
    path.write_text(text)
    return "--passphrase-file", str(path)


class Faults:
    """Makes requests to a path fail, once the service has carried them out or instead of that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path: str | None = None
        for name in ("post", "get"):
            monkeypatch.setattr(Transport, name, self._wrapped(getattr(Transport, name)))

    def set(self, path: str, error: BaseException, *, done: bool = False) -> None:
        self._path, self._error, self._done = path, error, done

    def clear(self) -> None:
        self._path = None

    def _wrapped(self, request: Any) -> Any:
        def wrapped(transport: Transport, path: str, *words: Any, **options: Any) -> Any:
            if self._path is None or not path.startswith(self._path):
                return request(transport, path, *words, **options)
            if self._done:
                request(transport, path, *words, **options)
            raise self._error

        return wrapped


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(monkeypatch)


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/logins/challenge", "/commits", "/changes"])
@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_piped_text_is_kept(diary: Cli, faults: Faults, path: str, error: BaseException) -> None:
    faults.set(path, error)
    result = diary("write", stdin="needle in a pipe\n", code=getattr(error, "exit_code", 1))
    assert kept(diary) == [b"needle in a pipe\n"]
    (found,) = (diary.root / "run").glob("inkvault-*/*")
    assert f"kept in {found}" in result.stderr
    assert found.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("words", [["--session", "aa"], ["--session", "aa", "--new", "b"], ["--new", "t" * 201]])
def test_piped_text_is_kept_when_the_call_is_wrong(diary: Cli, words: list[str]) -> None:
    result = diary("write", *words, stdin="needle", code=5 if words == ["--session", "aa"] else 2)
    # What is seen to be wrong before anything is read leaves the pipe alone.
    assert kept(diary) == ([] if len(words) == 4 else [b"needle"])
    assert ("kept in" in result.stderr) == (len(words) != 4)


def test_piped_text_is_kept_when_there_is_no_passphrase_file(diary: Cli) -> None:
    diary("write", before=("--passphrase-file", str(diary.root / "missing")), ask=True, stdin="needle", code=2)
    assert kept(diary) == [b"needle"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x" * 5_000_000])
def test_what_cannot_be_saved_is_kept_whole(diary: Cli, data: bytes) -> None:
    diary("write", stdin=data, code=2)
    assert kept(diary) == [data]


@pytest.mark.parametrize("data", [b"", b"\n", b" \n \n"])
def test_nothing_is_not_kept(diary: Cli, data: bytes) -> None:
    diary("write", stdin=data, code=2)
    assert kept(diary) == []


def test_saved_text_is_not_kept(diary: Cli) -> None:
    diary("write", stdin="text")
    assert kept(diary) == []


def test_when_it_cannot_be_kept_that_is_said(diary: Cli, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(**_options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", no_room)
    faults.set("/commits", QuotaError("The vault is full."))
    result = diary("write", stdin="text", code=6)
    assert "could not be kept" in result.stderr
    assert "The vault is full." in result.stderr


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "error", "done"),
    [
        ("/vaults", unreachable("there"), True),
        ("/vaults", FormatError("nonsense"), True),
        ("/vaults", KeyboardInterrupt(), True),
        ("/logins/challenge", UnlockError("no"), False),
        ("/containers", StorageError("no"), False),
        ("/changes", unreachable("there"), False),
    ],
)
def test_create_shows_the_secrets_of_a_vault_that_may_be_there(
    cli: Cli, faults: Faults, path: str, error: BaseException, done: bool
) -> None:
    faults.set(path, error, done=done)
    code = getattr(error, "exit_code", 1)
    result = cli("create", "--generate-passphrase", before=("--vault", "diary"), ask=True, code=code)
    faults.clear()
    assert "not known whether" in result.stderr
    for secret in (*KEY.findall(result.stdout), *re.findall(r"Passphrase: (.*)", result.stdout)):
        cli("sessions", before=secret_file(cli, secret), ask=True)
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize("error", [ConflictError("in use"), QuotaError("full"), UsageError("no")], ids=str)
def test_create_shows_nothing_when_no_vault_was_made(cli: Cli, faults: Faults, error: InkvaultError) -> None:
    faults.set("/vaults", error)
    assert cli("create", before=("--vault", "diary"), code=error.exit_code).stdout == ""


@pytest.mark.parametrize(
    ("path", "error", "done"),
    [
        ("/commits", unreachable("there"), True),
        ("/commits", FormatError("nonsense"), True),
        ("/commits", KeyboardInterrupt(), True),
        ("/changes", RollbackError("old"), False),
        ("/changes", unreachable("there"), False),
    ],
)
def test_recovery_replace_shows_a_key_that_may_be_the_only_one(
    diary: Cli, faults: Faults, path: str, error: BaseException, done: bool
) -> None:
    faults.set(path, error, done=done)
    result = diary("recovery", "replace", code=getattr(error, "exit_code", 1))
    faults.clear()
    assert "not known whether" in result.stderr
    diary("sessions", before=secret_file(diary, KEY.findall(result.stdout)[0]), ask=True)
    faults.set(path, error, done=done)
    result = diary("recovery", "replace", "--json", code=getattr(error, "exit_code", 1))
    faults.clear()
    diary("sessions", before=secret_file(diary, json.loads(result.stdout)["recovery_key"]), ask=True)


def test_recovery_replace_shows_nothing_when_it_was_refused(diary: Cli, faults: Faults) -> None:
    faults.set("/commits", QuotaError("full"))
    assert diary("recovery", "replace", code=6).stdout == ""
    faults.set("/logins", UnlockError("wrong"))
    assert diary("recovery", "replace", code=3).stdout == ""
