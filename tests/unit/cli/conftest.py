"""The command line over a data directory of its own, in this process and at next to no cost of key derivation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support import blank
from tests.support.world import PASSPHRASE
from vault.cli import main
from vault.core.params import KdfParams


class Cli:
    """Runs ``inkvault`` with a data directory or a server, and with a passphrase file unless told otherwise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data_dir = root / "data"
        self.server: str | None = None
        self.passphrase_file = root / "passphrase"
        self.passphrase_file.touch(mode=0o600)
        self.passphrase_file.write_text(f"{PASSPHRASE}\n")

    def __call__(
        self, *words: str, before: tuple[str, ...] = (), stdin: str | bytes = "", ask: bool = False, code: int = 0
    ) -> Result:
        options = ["--data-dir", str(self.data_dir)] if self.server is None else ["--server", self.server]
        if not ask:
            options += ["--passphrase-file", str(self.passphrase_file)]
        result = CliRunner().invoke(main, [*options, *before, *words], input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def json(self, *words: str, **options: Any) -> Any:
        return json.loads(self(*words, "--json", **options).stdout)


@pytest.fixture
def cli(tmp_path: Path, cheap_kdf: KdfParams, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """No vault yet; the state of the device is in the test's directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    for name in ("INKVAULT_DATA_DIR", "INKVAULT_SERVER", "INKVAULT_VAULT", "INKVAULT_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("vault.client.transport.RETRY_DELAYS", ())
    return Cli(tmp_path)


@pytest.fixture
def diary(cli: Cli) -> Cli:
    """With one vault named diary."""
    blank.prepare(cli.data_dir)
    cli("create", before=("--vault", "diary"))
    return cli


class FakeClock:
    """The device's clock, in milliseconds; a data directory has no other."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000  # 2027-01-15 08:00 UTC, a Friday

    def __call__(self) -> int:
        return self.ms

    def forward(self, *, days: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Let time pass; it goes back by negative amounts."""
        self.ms += ((days * 24 * 60 + minutes) * 60 + seconds) * 1_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of all commands from now on."""
    clock = FakeClock()
    monkeypatch.setattr("vault.client.moments.system_ms", clock)
    monkeypatch.setenv("TZ", "UTC")
    return clock


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the commands believe that standard input is a terminal, which an editor can use."""

    def pretend() -> None:
        for module in ("write", "message"):
            monkeypatch.setattr(f"vault.cli.{module}.is_terminal", lambda: True)

    return pretend
