"""``inkvault audit``: the log shown and verified, certificates checked without anything but a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.treelog import TreeLog, some_leaves
from tests.unit.cli.conftest import Cli
from vault.audit.certificate import Certificate
from vault.audit.checkpoint import VerifierKey
from vault.client import Vault
from vault.errors import UnavailableError
from vault.transfer.certificate import write_pdf


def test_the_log_is_shown_and_verified(diary: Cli, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    diary("export", "--format", "json", "-o", str(backup))
    diary("import", str(backup))
    shown = diary("audit", "show").stdout
    assert "vault created" in shown
    assert "unlocked with the passphrase" in shown
    assert "export made, as a client of yours reported" in shown
    assert "import made, as a client of yours reported" in shown
    found = diary.json("audit", "show")
    assert [entry["type"] for entry in found["entries"]][:4] == ["created", "login", "login", "export"]
    assert f"{len(found['entries']) + 1} entries: all is well" in diary("audit", "verify").stdout
    assert diary.json("audit", "verify")["ok"]
    assert diary("audit", "key").stdout.strip() == found["verifier_key"]


def test_a_failed_unlock_is_in_the_log(diary: Cli) -> None:
    diary.passphrase_file.write_text("not the passphrase")
    diary("sessions", code=3)
    diary.passphrase_file.write_text(diary_passphrase())
    assert "1 failed to unlock it before this" in diary("audit", "show").stdout


def diary_passphrase() -> str:
    from tests.support.world import PASSPHRASE

    return PASSPHRASE


def test_an_export_that_cannot_be_reported_is_made_all_the_same(
    diary: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object) -> None:
        raise UnavailableError("the service is away")

    monkeypatch.setattr(Vault, "report", unavailable)
    result = diary("export", "--format", "json", "-o", str(tmp_path / "out.json"))
    assert "not in the vault's log" in result.stderr
    diary("verify-export", str(tmp_path / "out.json"))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, str]:
    """A certificate, and the key of the log it is from."""
    log = TreeLog(some_leaves(5))
    data = log.certify().encode()
    path = tmp_path / "certificate.json"
    path.write_bytes(data)
    return path, str(log.public)


def test_a_certificate_is_checked_with_the_key_alone(cli: Cli, certificate: tuple[Path, str], tmp_path: Path) -> None:
    path, key = certificate
    shown = cli("audit", "verify", str(path), "--key", key, ask=True).stdout
    assert "VERIFIED" in shown
    assert "It holds." in shown
    key_file = tmp_path / "key"
    key_file.write_text(f"{key}\n")
    assert cli.json("audit", "verify", str(path), "--key", str(key_file), ask=True)["statement"]["keys"] == 3
    assert not cli.data_dir.exists()


def test_a_certificate_inside_a_pdf(cli: Cli, certificate: tuple[Path, str], tmp_path: Path) -> None:
    path, key = certificate
    book = tmp_path / "certificate.pdf"
    data = path.read_bytes()
    with book.open("wb") as stream:
        write_pdf(data, Certificate.parse(data), VerifierKey.parse(key), stream)
    assert cli.json("audit", "verify", str(book), "--key", key, ask=True)["ok"]
    book.write_bytes(b"%PDF-1.7\nnothing")
    cli("audit", "verify", str(book), "--key", key, code=2)


def test_a_certificate_that_was_changed_is_refused(cli: Cli, certificate: tuple[Path, str]) -> None:
    path, key = certificate
    stated = json.loads(path.read_bytes())
    stated["statement"]["records"] += 1
    path.write_bytes(json.dumps(stated, separators=(",", ":"), sort_keys=True).encode() + b"\n")
    cli("audit", "verify", str(path), "--key", key, code=4)


def test_what_is_no_certificate_is_not_blamed_on_a_server(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"a": 1}\n')
    for words in ((), ("--key", str(TreeLog().public))):
        told = cli("audit", "verify", str(path), *words, code=4).stderr
        assert "no certificate" in told
        assert "server" not in told
    assert "no verifier key" in cli("audit", "verify", str(path), "--key", "a+b", code=4).stderr


def test_without_a_key_that_is_known_nothing_is_said(diary: Cli, certificate: tuple[Path, str]) -> None:
    path, _ = certificate
    diary("audit", "verify", str(path), code=2)
    diary("audit", "verify", str(path), "--key", "nonsense", code=2)
    diary("audit", "verify", str(path), "--key", "a+b", code=4)
    diary("audit", "verify", "--key", "a+b", code=2)
    other = TreeLog(origin="inkvault/" + "ff" * 16)
    diary("audit", "verify", str(path), "--key", str(other.public), code=4)


def test_the_key_of_a_vault_that_was_never_unlocked_here_is_not_known(cli: Cli) -> None:
    cli("audit", "key", before=("--vault", "nobody"), code=2)
