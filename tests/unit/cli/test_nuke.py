"""``inkvault nuke``: what it shows, what it asks for, what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from pypdf import PdfReader

from tests.support.world import PASSPHRASE
from tests.unit.cli.conftest import Cli
from tests.unit.cli.test_transfer import SECRET
from vault.audit.certificate import verify
from vault.audit.checkpoint import VerifierKey
from vault.cli.erasure_words import DONE
from vault.cli.nuke import _what_becomes
from vault.client.erasing import ErasurePlan
from vault.client.failures import LostAnswerError
from vault.errors import ConflictError, LockedError, QuotaError, UnavailableError
from vault.transfer import age_keys


@pytest.fixture
def full(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two sessions, in a directory of its own; the last pause takes no time."""
    monkeypatch.setattr(age_keys, "WORK_FACTOR", 4)
    monkeypatch.setattr("vault.cli.nuke.LAST_PAUSE", 0)
    monkeypatch.chdir(diary.root)
    (diary.root / "secret").touch(mode=0o600)
    (diary.root / "secret").write_text(f"{SECRET}\n")
    diary("write", "--new", "Rain \x1b[31m", stdin="It rained.")
    diary("write", "--new", "Sun", stdin="It shone.")
    return diary


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits there."""
    monkeypatch.setattr("vault.cli.nuke.is_terminal", lambda: True)


def ids(cli: Cli) -> dict[str, str]:
    return {each["title"]: each["id"] for each in cli.json("sessions")}


def checked(path: str) -> Any:
    """The statement of a certificate that holds under the key beside it."""
    key = VerifierKey.parse(Path(f"{path}.key").read_text().strip())
    return verify(Path(path).read_bytes(), key)[0].statement


def test_a_dry_run_shows_what_would_go_and_changes_nothing(full: Cli) -> None:
    before = ids(full)
    shown = full.json("nuke", "--session", ids(full)["Sun"], "--dry-run")
    assert shown["confirm"] == "erase 1 session"
    assert shown["counts"] == {"notebooks": 0, "sessions": 1, "messages": 0, "templates": 0, "earlier_texts": 0}
    assert (shown["records"], shown["everything"], shown["items"][0]["title"]) == (1, False, "Sun")
    words = full("nuke", "--all", "--dry-run").stdout
    assert "Rain \\x1b[31m" in words
    assert words.endswith('To confirm: "erase everything".\n')
    assert ids(full) == before
    assert not list(Path().glob("*.json"))


def test_a_script_gives_the_phrase_and_the_passphrase_in_a_file(full: Cli) -> None:
    done = full.json("nuke", "--session", ids(full)["Sun"], "--confirm", "erase 1 session", "--certificate", "c.json")
    assert checked("c.json").containers == 1
    assert json.loads(Path("c.json").read_bytes()) == done["certificate"]
    assert Path("c.json.key").read_text() == done["verifier_key"] + "\n"
    assert list(ids(full)) == ["Rain \x1b[31m"]
    assert full("verify").stdout.startswith("2 containers, 1 record: all is well.")


def test_nothing_goes_without_the_right_phrase(full: Cli) -> None:
    before = ids(full)
    for words in (("--confirm", "erase 2 sessions"), ("--confirm", "")):
        refused = full("nuke", "--session", ids(full)["Sun"], *words, code=2)
        assert 'The phrase is "erase 1 session"; nothing was erased.' in refused.stderr
    assert "--confirm" in full("nuke", "--all", code=2).stderr
    assert "Say what" in full("nuke", "--dry-run", code=2).stderr
    assert "nothing to erase" in full("nuke", "--trash", "--dry-run", code=5).stderr
    assert "nothing beside it" in full("nuke", "--trash", "--all", "--dry-run", code=2).stderr
    assert ids(full) == before


@pytest.mark.usefixtures("asked")
def test_a_writer_is_shown_it_offered_a_backup_and_asked_twice(full: Cli) -> None:
    answers = ["y", "before.age", "erase 1 session", PASSPHRASE]
    done = full(
        *("nuke", "--session", ids(full)["Sun"], "--backup-passphrase-file", "secret"), stdin="\n".join(answers) + "\n"
    )
    assert "session   " in done.stdout
    assert "before.age: 1 session with 1 message, read back." in done.stderr
    assert "Ctrl-C stops it now" in done.stderr
    assert [line for line in done.stderr.splitlines() if line in DONE.values()] == list(DONE.values())
    assert "Not covered:" in done.stdout
    (made,) = Path().glob("inkvault-certificate-*.json")
    assert checked(str(made)).scope == "part"

    full("import", "before.age", "--backup-passphrase-file", "secret")
    assert set(ids(full)) == {"Sun", "Rain \x1b[31m"}
    assert "It shone." in full("show", ids(full)["Sun"]).stdout


@pytest.mark.usefixtures("asked")
def test_a_writer_who_is_not_sure_loses_nothing(full: Cli) -> None:
    words = ("nuke", "--session", ids(full)["Sun"])
    before = ids(full)
    for answers, code in (
        (["n", "erase 2 sessions"], 2),
        (["n", "erase 1 session", "another passphrase"], 3),
        (["n"], 1),
    ):
        done = full(*words, stdin="\n".join(answers) + "\n", code=code)
        assert "Ctrl-C stops it now" not in done.stderr
        assert code == 1 or "othing was erased" in done.stderr
    assert ids(full) == before
    assert not list(Path().glob("inkvault-certificate-*"))


@pytest.mark.usefixtures("asked")
def test_a_vault_that_changed_meanwhile_is_shown_again(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from vault.client.vault import Vault

    carry_out = Vault.carry_out
    times = iter([True])

    def late(self: Vault, plan: ErasurePlan, *words: Any, **options: Any) -> Any:
        if next(times, False):
            raise ConflictError("The vault has changed.", "stale")
        return carry_out(self, plan, *words, **options)

    monkeypatch.setattr(Vault, "carry_out", late)
    once = ["erase 1 session", PASSPHRASE]
    done = full("nuke", "--session", ids(full)["Sun"], stdin="\n".join(["n", *once, *once]) + "\n")
    assert done.stdout.count("session   ") == 2
    assert done.stderr.count("Make a sealed backup") == 1
    assert list(ids(full)) == ["Rain \x1b[31m"]


def test_a_message_its_earlier_texts_and_what_is_old(full: Cli) -> None:
    rain = ids(full)["Rain \x1b[31m"]
    full("write", "--session", rain, stdin="It stopped.")
    first, second = (each["id"] for each in full.json("show", rain)["messages"])
    full("message", "edit", rain, second, stdin="It did not stop.")
    assert full.json("nuke", "--earlier-texts", second[:8], "--dry-run")["confirm"] == "erase 1 earlier text"
    full("nuke", "--message", first[:8], "--earlier-texts", second, "--confirm", "erase 1 message and 1 earlier text")
    (left,) = full.json("show", rain)["messages"]
    assert (left["text"], left["versions"]) == ("It did not stop.", [])
    assert full.json("nuke", "--before", "2999-01-01", "--dry-run")["counts"]["sessions"] == 2
    assert "nothing to erase" in full("nuke", "--before", "1999-01-01", "--dry-run", code=5).stderr


def test_a_notebook_and_a_certificate_to_print(full: Cli) -> None:
    full("notebooks", "new", "Journey")
    full("session", "move", ids(full)["Sun"], "--notebook", "Journey")
    full(*("nuke", "--notebook", "journey", "--confirm", "erase 1 notebook and 1 session", "--certificate", "c.pdf"))
    assert "Journey" not in full("notebooks").stdout
    printed = PdfReader("c.pdf")
    assert len(printed.pages) == 1
    text = " ".join(printed.pages[0].extract_text().split())
    assert "Certificate of an erasure" in text
    assert "Copies of the key directory made earlier." in text
    (inside,) = printed.attachments["inkvault-certificate.json"]
    key = VerifierKey.parse(Path("c.pdf.key").read_text().strip())
    assert str(key) in text.replace(" ", "")
    assert verify(inside, key)[0].statement.containers == 1


def test_the_whole_vault_leaves_nothing_of_itself_on_the_device(full: Cli) -> None:
    full("nuke", "--all", "--confirm", "erase everything", "--certificate", "c.json")
    assert checked("c.json").scope == "vault"
    assert not list((full.root / "state").rglob("pins/*.json"))
    assert full("sessions", before=("--vault", "diary"), code=3).stderr == (
        "inkvault: The vault name or the secret is wrong; check both and try again.\n"
    )
    full("create", before=("--vault", "diary"))
    assert full.json("sessions") == []


def test_a_certificate_that_has_no_place_stops_it_before_anything_goes(full: Cli) -> None:
    Path("taken.json").write_text("here")
    before = ids(full)
    words = ("nuke", "--all", "--confirm", "erase everything", "--certificate")
    refused = full(*words, "taken.json", code=2).stderr
    assert "taken.json" in refused
    assert "--force" not in refused
    full(*words, "missing/c.json", code=2)
    assert ids(full) == before


@pytest.mark.parametrize(
    ("error", "code", "words", "has_hint"),
    [
        (QuotaError("The vault is as large as this server allows.", "quota_bytes"), 6, "Nothing was erased.", False),
        (UnavailableError("The service cannot use its disk now.", "storage"), 8, "Nothing was erased.", False),
        (LockedError("The vault is locked; unlock it again."), 3, "Nothing was erased.", False),
        (LostAnswerError("Cannot reach the service."), 8, "not known whether the order arrived", True),
    ],
)
def test_what_is_said_of_an_order_is_true(  # noqa: PLR0917 - parameters and fixtures
    full: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, words: str, has_hint: bool
) -> None:
    def refuse(*_: object) -> None:
        raise error

    before = ids(full)
    with monkeypatch.context() as patch:
        patch.setattr("vault.client.erasure_routes.ErasureRoutes.confirm", refuse)
        told = full("nuke", "--session", before["Sun"], "--confirm", "erase 1 session", code=code).stderr
    assert words in told
    assert "order was sent" not in told
    assert ("--resume" in told) == has_hint
    assert bool(list((full.root / "state").rglob("orders/*/*.json"))) == has_hint
    assert ids(full) == before
    if has_hint:
        order = told.split()[told.split().index("--resume") + 1]
        assert "not ordered" in full("nuke", "--resume", order, "--certificate", "c.json", ask=True, code=2).stderr
        assert not Path("c.json").exists()


def test_a_certificate_that_is_false_is_not_to_be_asked_for_again(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.client.erasure_routes.ErasureRoutes.certificate", lambda *_: b"{}\n")
    told = full("nuke", "--session", ids(full)["Sun"], "--confirm", "erase 1 session", code=4).stderr
    assert "does not prove that it was carried out" in told
    assert "--resume" not in told


def test_a_server_goes_on_and_a_data_directory_at_the_next_command() -> None:
    plan = Mock(ordered=object(), is_accepted=True, vault_id=b"v", erasure_id=b"e")
    assert "at the next inkvault command" in _what_becomes(plan, KeyboardInterrupt(), is_embedded=True)
    assert "without you" in _what_becomes(plan, KeyboardInterrupt(), is_embedded=False)


def test_a_backup_without_a_passphrase_is_found_out_before_anything_is_shown(
    full: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.cli.call._has_terminal", lambda: False)
    words = ("nuke", "--session", "nothing of the kind", "--confirm", "erase 1 session", "--export-first", "b.age")
    assert "give --backup-passphrase-file" in full(*words, code=2).stderr
    assert not Path("b.age").exists()


def test_nothing_that_a_service_logs_is_printed_among_the_words_of_a_command(full: Cli) -> None:
    """In a process of its own: the tests' logging would hide it."""
    log = "import logging, vault.cli as cli; cli.main([*'--data-dir . audit key'.split(), '-h'], standalone_mode=False)"
    words = [sys.executable, "-c", f"{log}; logging.getLogger('inkvault.erase').warning('needle')"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "needle" not in done.stdout + done.stderr


def test_whoever_stops_waiting_gets_the_certificate_later(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vault.client.erasing.follow", interrupt)
        stopped = full("nuke", "--all", "--confirm", "erase everything", code=1)
    assert "goes on at the next inkvault command here" in stopped.stderr
    ids = stopped.stderr.split()[stopped.stderr.split().index("--resume") + 1]
    full("nuke", "--resume", ids, "--certificate", "c.json", ask=True)
    assert checked("c.json").scope == "vault"
    assert not list((full.root / "state").rglob("pins/*.json"))
    again = full("nuke", "--resume", ids, "--certificate", "d.json", ask=True, code=2)
    assert "has not ordered that erasure" in again.stderr
    assert not Path("d.json").exists()
