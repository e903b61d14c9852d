"""Every command, its output, and its exit codes."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from tests.support.world import PASSPHRASE
from tests.unit.cli.conftest import Cli, FakeClock
from vault.cli import main
from vault.cli.call import Call
from vault.client import (
    Beginning,
    NewMessage,
    NotebookFields,
    Phase,
    Retention,
    SessionSummary,
    ShownMessage,
    TemplateFields,
    Vault,
)
from vault.storage.directory import DataDirectory

NEW = "seven copper kettles sang beneath a borrowed moon"


def commands(command: click.Command, words: list[str]) -> list[list[str]]:
    below = command.commands if isinstance(command, click.Group) else {}
    return [words, *(found for name, each in below.items() for found in commands(each, [*words, name]))]


COMMANDS = commands(main, [])


def secret_file(cli: Cli, text: str, name: str = "secret") -> str:
    path = cli.root / name
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)


# --- help ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_for_people(words: list[str]) -> None:
    assert "\\" not in CliRunner().invoke(main, [*words, "--help"]).stdout


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'cryptography', 'pydantic', 'httpx', 'flask', 'sqlalchemy', 'rich', 'zxcvbn', 'argon2'}"
    code = (
        "import sys\nfrom vault.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"


def test_a_service_is_loaded_after_the_derivation_and_http_never(diary: Cli) -> None:
    """The derivation takes 134 MB of the 200 that an export may take: before it comes what it needs."""
    code = (
        "import sys\nfrom vault.cli import main\nfrom vault.core import kdf, params\n"
        "params.FLOOR, params.PROFILE = params.KdfParams(8, 1, 1), params.KdfParams(64, 1, 1)\n"
        "derive = kdf.hash_secret_raw\n"
        "def watched(*given, **costs):\n"
        "    print('derived with', sorted({'flask', 'sqlalchemy', 'httpx', 'rich'} & set(sys.modules)))\n"
        "    return derive(*given, **costs)\n"
        "kdf.hash_secret_raw = watched\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as end: print('ended with', end.code)\n"
        "print(sorted({'sqlalchemy', 'httpx', 'rich', 'reportlab', 'pypdf'} & set(sys.modules)))\n"
    )
    options = ["--data-dir", str(diary.data_dir), "--passphrase-file", str(diary.passphrase_file)]
    command = [sys.executable, "-c", code, *options, "export", "--format", "json", "-o", str(diary.root / "out.json")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[0] == "derived with []", result.stderr
    assert result.stdout.splitlines()[2:] == ["ended with 0", "['sqlalchemy']"]


def test_without_a_command_it_explains_itself() -> None:
    assert "Commands:" in CliRunner().invoke(main, []).output


# --- create ----------------------------------------------------------------------------------------------------------


def test_create_prints_the_recovery_key_once(cli: Cli) -> None:
    result = cli("create", before=("--vault", "Diary"))
    (key,) = re.findall(r"^Recovery key: ([0-9A-Z-]{69})$", result.stdout, re.MULTILINE)
    assert PASSPHRASE not in result.output
    path = secret_file(cli, key)
    assert cli("sessions", before=("--passphrase-file", path), ask=True).stdout == ""


def test_create_asks_twice(cli: Cli) -> None:
    cli("create", before=("--vault", "diary"), ask=True, stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    cli("sessions", ask=True, stdin=f"{PASSPHRASE}\n")
    cli("sessions", ask=True, stdin="wrong\n", code=3)


def test_create_can_make_the_passphrase(cli: Cli) -> None:
    made = cli.json("create", "--generate-passphrase", before=("--vault", "diary"), ask=True)
    assert set(made) == {"vault", "vault_id", "recovery_key", "passphrase"}
    assert len(made["passphrase"].split()) == 7
    cli("sessions", before=("--passphrase-file", secret_file(cli, made["passphrase"])), ask=True)
    shown = cli("create", "--generate-passphrase", before=("--vault", "second"), ask=True).stdout
    assert shown.startswith("Passphrase: ")
    cli("create", "--generate-passphrase", before=("--vault", "third"), code=2)


@pytest.mark.parametrize(
    ("secret", "words"), [("password1", "guessed"), ("", "no passphrase"), ("\n", "no passphrase")]
)
def test_create_refuses_weak_passphrases(cli: Cli, secret: str, words: str) -> None:
    path = secret_file(cli, secret)
    result = cli("create", before=("--vault", "d", "--passphrase-file", path), ask=True, code=2)
    assert words in result.stderr
    assert result.stdout == ""


def test_create_needs_a_name_and_takes_it_once(diary: Cli) -> None:
    diary("create", code=2)
    assert "inkvault forget" in diary("create", before=("--vault", "DIARY"), code=2).stderr
    diary("forget", "--yes")
    diary("create", before=("--vault", "DIARY"), code=5)


# --- which vault, which secret ---------------------------------------------------------------------------------------


def test_the_name_may_be_left_out_where_there_is_one(diary: Cli) -> None:
    diary("sessions")
    diary("create", before=("--vault", "second"))
    result = diary("sessions", code=2)
    assert "diary, second" in result.stderr
    diary("sessions", before=("--vault", "second"))
    diary("forget", "--yes", before=("--vault", "diary"))
    diary("write", stdin="For the one that this device has opened.")
    assert "this device has opened" in diary("sessions", before=("--vault", "second")).stdout


def test_the_name_may_be_left_out_on_a_device_that_never_opened_it(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(diary.root / "another device"))
    assert "first time" in diary("sessions").stderr


def test_no_vault_at_all(cli: Cli) -> None:
    assert "inkvault create" in cli("sessions", code=2).stderr
    assert not cli.data_dir.exists()
    cli.data_dir.mkdir(mode=0o700)
    assert "inkvault create" in cli("sessions", code=2).stderr


def test_options_from_the_environment(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKVAULT_DATA_DIR", str(diary.data_dir))
    monkeypatch.setenv("INKVAULT_VAULT", "diary")
    monkeypatch.setenv("INKVAULT_PASSPHRASE_FILE", str(diary.passphrase_file))
    assert CliRunner().invoke(main, ["sessions"]).exit_code == 0
    # The command line stands above the environment:
    result = CliRunner().invoke(main, ["--server", "http://127.0.0.1:9", "sessions"])
    assert result.exit_code == 8
    monkeypatch.setenv("INKVAULT_SERVER", "http://127.0.0.1:9")
    assert CliRunner().invoke(main, ["sessions"]).exit_code == 2
    assert CliRunner().invoke(main, ["--data-dir", str(diary.data_dir), "sessions"]).exit_code == 0


def test_a_file_that_others_can_read_is_warned_of(diary: Cli) -> None:
    diary.passphrase_file.chmod(0o644)
    result = diary("sessions")
    assert "chmod 600" in result.stderr
    diary.passphrase_file.chmod(0o600)
    assert diary("sessions").stderr == ""


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_one_line_ending_is_dropped(diary: Cli, ending: str) -> None:
    diary.passphrase_file.write_bytes(f"{PASSPHRASE}{ending}".encode())
    diary("sessions")
    diary.passphrase_file.write_bytes(f"{PASSPHRASE}{ending}\n\n".encode())
    diary("sessions", code=3)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 5_000])
def test_files_that_hold_no_passphrase(diary: Cli, content: bytes) -> None:
    diary.passphrase_file.write_bytes(content)
    diary("sessions", code=2)


def test_a_file_that_is_not_there(diary: Cli) -> None:
    diary("sessions", before=("--passphrase-file", str(diary.root / "missing")), ask=True, code=2)


def test_without_any_terminal_there_must_be_a_file(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.cli.call._has_terminal", lambda: False)
    result = diary("sessions", ask=True, code=2)
    assert "--passphrase-file" in result.stderr


def test_exit_codes_and_one_line(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for result in (
        diary("sessions", before=("--vault", "nobody"), code=3),
        diary("show", "zz", code=5),
        diary("sessions", before=("--server", "http://127.0.0.1:9"), code=2),
    ):
        assert re.fullmatch(r"inkvault: [^\n]+\.\n", result.stderr)
        assert result.stdout == ""
    for path in diary.data_dir.glob("*"):
        path.chmod(0o777)
    assert "chmod" in diary("sessions", code=9).stderr


def test_the_secret_of_a_call_is_not_printed() -> None:
    assert "needle" not in repr(Call(None, None, "diary", None, "needle"))


# --- writing and reading ---------------------------------------------------------------------------------------------


def test_write_sessions_show(diary: Cli, clock: FakeClock) -> None:
    first = diary("write", "--new", "Rain", stdin="It rained all day.\n").stdout.strip()
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert diary.json("write", "--session", first[:6], stdin="And all night.") == {"session": first}
    clock.forward(seconds=1)
    second = diary("write", "--new", stdin="An untitled one\nwith two lines\n").stdout.strip()
    listed = diary.json("sessions")
    assert [session["id"] for session in listed] == [second, first]
    assert set(listed[0]) == {*SessionSummary.__slots__, "words"}
    assert listed[0]["title"] == "An untitled one with two lines"
    assert diary.json("sessions", "--limit", "1") == listed[:1]
    shown = diary.json("show", first)
    assert shown["title"] == "Rain"
    assert [message["text"] for message in shown["messages"]] == ["It rained all day.", "And all night."]
    assert set(shown["messages"][0]) == set(ShownMessage.__slots__)
    text = diary("show", first[:8]).stdout
    assert text.startswith(f"Rain  [active, ends in 5 min]\n{first}\n\nwriter, ")
    assert text.endswith("\nAnd all night.\n")
    table = diary("sessions").stdout.splitlines()
    assert table[0].startswith(second[:8])
    assert "with two lines" in table[1]
    assert diary("sessions", "--limit", "2").stderr == ""
    assert diary("sessions", "--limit", "1").stderr == "inkvault: 1 more session; --limit 2 shows all.\n"
    assert diary("sessions", "--limit", "1", "--json").stderr == ""


@pytest.mark.parametrize(
    ("text", "kept"), [("a", "a"), ("a\n", "a"), ("a\n\n", "a\n"), (" a\r\n", " a\r"), ("日本", "日本")]
)
def test_one_newline_at_the_end_is_dropped(diary: Cli, text: str, kept: str) -> None:
    session = diary("write", stdin=text.encode()).stdout.strip()
    assert diary.json("show", session)["messages"][0]["text"] == kept


@pytest.mark.parametrize("data", [b"", b"\n", b" \n \n", b"\xff\xfe\x00", b"x" * 2_200_000])
def test_what_is_no_text_is_refused(diary: Cli, data: bytes) -> None:
    diary("write", stdin=data, code=2)
    assert diary.json("sessions") == []


def test_write_wants_one_place(diary: Cli) -> None:
    diary("write", "--session", "aa", "--new", "b", stdin="x", code=2)
    diary("write", "--session", "aa", stdin="x", code=5)


def test_ids_may_be_shortened_as_long_as_they_are_unique(diary: Cli) -> None:
    ids = [diary("write", "--new", stdin=f"{number}").stdout.strip() for number in range(17)]
    starts = [session[0] for session in ids]
    twice = next(start for start in starts if starts.count(start) > 1)
    assert "more of the id" in diary("show", twice, code=2).stderr
    diary("show", ids[0].upper()[:31])


def test_a_new_device_is_told_what_to_compare(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert diary("sessions").stderr == ""
    monkeypatch.setenv("XDG_STATE_HOME", str(diary.root / "another device"))
    result = diary("sessions", before=("--vault", "diary"))
    assert re.search(r"first time: state number 1, code [0-9A-Z]{4}-[0-9A-Z]{4}", result.stderr)
    assert diary("sessions").stderr == ""


def test_forget_names_what_it_forgets_and_asks(diary: Cli) -> None:
    for answer in ("", "n\n"):
        result = diary("forget", stdin=answer, code=1)
        assert "diary" in result.stderr
        assert str(diary.data_dir) in result.stderr
        assert diary("sessions").stderr == ""
    diary("forget", stdin="y\n")
    assert "first time" in diary("sessions").stderr
    diary("forget", "--yes")
    assert "knows no vault" in diary("forget", "--yes", code=2).stderr


# --- what a terminal could obey --------------------------------------------------------------------------------------

EVIL = [
    "\x1b[2J\x1b[31mred",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;title\x1b\\",
    "\x9b31m",
    "\x90q\x9c",
    "safe\rEVIL",
    "back\b\b\bspace",
    "nul\x00",
    "\x7f",
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "line\u2028separator\u2029",
]
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def hold(vault: Vault, evil: str) -> tuple[str, str, str]:
    """The text in every place of a vault that a command shows; the ids of two sessions and a template."""
    notebook = vault.save_notebook(NotebookFields(f"N {evil}", notes=f"needle {evil}"))
    message = NewMessage(
        f"{evil}\nsecond line needle",
        sources=({"title": evil, "url": evil},),
        tool_calls=({"name": evil, "output": evil},),
        flags=(f"flag {evil}",),
    )
    beginning = Beginning(title=f"T {evil}", notebook=notebook, phase=1, helper=f"H {evil}", tags=(f"needle {evil}",))
    session = vault.append_all(None, [message], new=beginning)
    untitled = vault.append_all(None, [NewMessage(evil)])
    template = vault.save_template(TemplateFields(f"T {evil}", (Phase(f"P {evil}", f"Say {evil}", 1),), f"A {evil}"))
    return session, untitled, template


def test_decrypted_text_is_inert(diary: Cli, clock: FakeClock) -> None:
    with Vault.unlock("diary", PASSPHRASE, data_dir=diary.data_dir) as vault:
        held = {evil: hold(vault, evil) for evil in EVIL}
        vault.save_settings(retention=Retention(remind_days=1))
    clock.forward(days=2)
    commands = [
        ["sessions"],
        ["search", "needle", "--limit", "99"],
        ["search", "needle", "--limit", "99", "--json"],
        ["notebooks"],
        ["notebooks", "--json"],
        ["templates"],
        ["insights"],
        ["cleanup"],
        ["sessions", "--json"],
    ]
    for evil, (session, untitled, template) in held.items():
        commands += [
            ["search", f"role:{evil}"],
            ["templates", "show", template],
            ["show", session],
            ["show", untitled],
            ["show", session, "--json"],
        ]
    for words in commands:
        result = diary(*words)
        assert not OBEYED.search(result.output), words
    assert diary.json("show", session)["messages"][0]["text"] == f"{evil}\nsecond line needle"
    assert diary("sessions", "--json").stdout.isascii()


def test_harmless_text_is_shown_as_it_is(diary: Cli) -> None:
    text = "naïve – “quotes” 👩‍👩‍👧 नमस्ते سلام‌دنیا\n\tindented\r\nnext"
    session = diary("write", stdin=text.encode()).stdout.strip()
    assert text.replace("\r\n", "\n") in diary("show", session).stdout


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_passphrase_change(diary: Cli) -> None:
    new = secret_file(diary, NEW)
    diary("passphrase", "change", "--new-passphrase-file", new)
    diary("sessions", code=3)
    diary("sessions", before=("--passphrase-file", new), ask=True)
    again = f"{NEW}\n{PASSPHRASE}\n{PASSPHRASE}\n"
    diary("passphrase", "change", ask=True, stdin=again)
    diary("sessions")
    diary("passphrase", "change", "--new-passphrase-file", secret_file(diary, "password1"), code=2)


def test_a_forgotten_passphrase(cli: Cli) -> None:
    key = cli.json("create", before=("--vault", "diary"))["recovery_key"]
    new = secret_file(cli, NEW, "new")
    cli(
        "passphrase",
        "change",
        "--new-passphrase-file",
        new,
        before=("--passphrase-file", secret_file(cli, key.lower())),
        ask=True,
    )
    cli("sessions", before=("--passphrase-file", new), ask=True)


def test_recovery_replace(cli: Cli) -> None:
    old = secret_file(cli, cli.json("create", before=("--vault", "diary"))["recovery_key"], "old")
    new = secret_file(cli, cli.json("recovery", "replace")["recovery_key"], "new")
    cli("sessions", before=("--passphrase-file", old), ask=True, code=3)
    cli("sessions", before=("--passphrase-file", new), ask=True)
    assert "Recovery key: " in cli("recovery", "replace").stdout


def test_slots(diary: Cli) -> None:
    listed = diary.json("slots")
    assert sorted(slot["kind"] for slot in listed) == ["passphrase", "recovery"]
    assert set(listed[0]) == {"id", "kind", "label", "created_at", "last_used_at", "current"}
    table = diary("slots").stdout
    assert "never used" in table
    assert "opened this vault now" in table
    current, other = sorted(listed, key=lambda slot: not slot["current"])
    diary("slots", "remove", current["id"], code=2)
    diary("slots", "remove", "zz", code=5)
    diary("slots", "remove", other["id"][:12])
    assert [slot["id"] for slot in diary.json("slots")] == [current["id"]]


# --- verify ----------------------------------------------------------------------------------------------------------


def test_verify(diary: Cli) -> None:
    diary("write", stdin="text")
    found = diary.json("verify")
    fingerprint = found.pop("fingerprint")
    assert found == {"ok": True, "containers": 2, "records": 1, "faults": []}
    assert fingerprint["seq"] == 2
    assert diary("verify").stdout == (
        f"2 containers, 1 record: all is well.\nState number 2, code {fingerprint['code']}.\n"
    )


def test_verify_shows_what_a_new_device_is_told_to_compare(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = diary.json("verify")["fingerprint"]
    monkeypatch.setenv("XDG_STATE_HOME", str(diary.root / "another device"))
    assert f"state number {shown['seq']}, code {shown['code']}" in diary("sessions").stderr


def test_verify_names_what_is_wrong(diary: Cli) -> None:
    session = diary("write", "--new", "Title\x1b[31m", stdin="text").stdout.strip()
    with sqlite3.connect(DataDirectory(diary.data_dir).database) as connection:
        ((envelope,),) = connection.execute("SELECT envelope FROM records").fetchall()
        connection.execute("UPDATE records SET envelope = ?", (envelope[:-1] + bytes([envelope[-1] ^ 1]),))
    connection.close()
    found = diary.json("verify", code=4)
    assert found["ok"] is False
    assert [(fault["container"], fault["title"]) for fault in found["faults"]] == [(session, "Title\x1b[31m")]
    text = diary("verify", code=4).stdout
    assert f"container {session}" in text
    assert "session Title\\x1b[31m" in text
    assert text.endswith("2 containers, 1 record: 1 fault.\n")
    assert diary("show", session, code=4).stdout == ""


# --- as a program ----------------------------------------------------------------------------------------------------


def run(cli: Cli, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vault.cli", "--data-dir", str(cli.data_dir), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_as_a_program(cli: Cli) -> None:
    secret = ("--passphrase-file", str(cli.passphrase_file))
    assert run(cli, "--vault", "diary", *secret, "create").returncode == 0
    written = run(cli, *secret, "write", stdin="over the pipe\n")
    assert written.returncode == 0, written.stderr
    assert cli("show", written.stdout.strip()[:4]).output.endswith("over the pipe\n")
    wrong = run(cli, "--passphrase-file", "/dev/null", "sessions")
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_serve_says_where_and_stops_when_told(cli: Cli) -> None:
    command = [sys.executable, "-m", "vault.cli", "serve", "--port", "0", "--data-dir", str(cli.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://localhost:\d+", line)
        assert address, line
        assert str(cli.data_dir) in line
        vault, _ = Vault.create("diary", PASSPHRASE, server=address[0])
        with vault:
            vault.write("over HTTP")
        secret = ("--passphrase-file", str(cli.passphrase_file))
        result = CliRunner().invoke(main, ["--server", address[0], *secret, "sessions"])
        assert "over HTTP" in result.output
        assert len(cli.json("sessions", before=("--vault", "diary"))) == 1
        process.terminate()
        assert process.wait() == 0


def test_serve_behind_a_proxy_says_also_where_it_listens(cli: Cli) -> None:
    command = [sys.executable, "-m", "vault.cli", "serve", "--port", "0", "--data-dir", str(cli.data_dir)]
    with subprocess.Popen(
        [*command, "--origin", "https://ink.example"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert "https://ink.example/" in line
    assert re.search(r"listening at http://127\.0\.0\.1:[1-9]\d*\)", line)


def test_serve_refuses_what_cannot_be_served(cli: Cli) -> None:
    assert cli("serve", "--host", "0.0.0.0", "--port", "0", code=2).stderr.startswith("inkvault: ")
    cli("serve", "--origin", "not an origin", "--port", "0", code=2)
    cli("serve", "--port", "99999", code=2)
    cli.data_dir.mkdir(mode=0o755)
    cli.data_dir.chmod(0o755)
    cli("serve", "--port", "0", code=9)
