"""The documents say what the code does: tables, commands, limits and links are compared with it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from vault import cli, errors
from vault.wire import frames, limits, models
from vault.wire.codes import ErrorCode

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
FORMAT = (ROOT / "docs/FORMAT.md").read_text()
PROTOCOL = (ROOT / "docs/PROTOCOL.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])


def test_protocol_lists_every_error_code_with_its_status() -> None:
    table = PROTOCOL.split("## 3. Errors")[1].split("## 4.")[0]
    documented = {
        (int(status), code)
        for status, codes in re.findall(r"^\| (\d{3}) \| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert documented == {(code.status, code.value) for code in ErrorCode}


def test_readme_lists_every_exit_code() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    used = {value.exit_code for value in classes if issubclass(value, errors.InkvaultError)}
    assert documented == {0, *used}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (FORMAT, f"at most {limits.MAX_ENVELOPE_BYTES:,} bytes (2 MiB), at least {limits.MIN_ENVELOPE_BYTES}"),
        (FORMAT, f"| slots in a vault | 1 to {limits.MAX_SLOTS} |"),
        (FORMAT, f"1 to {limits.MAX_HANDLE_CODE_POINTS} code points, at most {limits.MAX_HANDLE_BYTES} bytes"),
        (FORMAT, f"### 3.3 Slot layout, {limits.SLOT_BYTES} bytes"),
        (FORMAT, f"{limits.WRAPPED_KEY_BYTES} bytes; epoch starts at 1"),
        (PROTOCOL, f"{limits.MAX_BODY_BYTES // 2**20} MiB; {limits.MAX_LOGIN_BODY_BYTES // 2**10} KiB for challenge"),
        (PROTOCOL, f"| JSON nesting | {limits.MAX_JSON_DEPTH} levels |"),
        (PROTOCOL, f"| {limits.MAX_COMMIT_ITEMS:,} each |"),
        (
            PROTOCOL,
            f"{limits.MAX_PAGE_ITEMS:,}, and fewer when their envelopes pass {limits.MAX_PAGE_BYTES // 2**20} MiB",
        ),
        (PROTOCOL, f"| {limits.MAX_HISTORY_PAGE:,} | `complete: false`"),
        (PROTOCOL, f"valid for {limits.CHALLENGE_SECONDS} seconds and once"),
    ],
)
def test_limits_in_the_documents_are_those_of_the_code(document: str, sentence: str) -> None:
    assert sentence in document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_paths_named_in_the_readme_exist() -> None:
    named = re.findall(r"`((?:vault|tests|webui|docs|scripts)/[\w./-]+)`", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def every_command(command: click.Command, words: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(words, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += every_command(below, (*words, name))
    return found


COMMANDS = every_command(cli.main, ())


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) or "inkvault" for words, _ in COMMANDS])
def test_every_command_and_option_has_help(words: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    undocumented = [p.name for p in command.params if isinstance(p, click.Option) and not p.help and not p.hidden]
    assert undocumented == []


def test_commands_named_in_the_documents_exist() -> None:
    known = {" ".join(words) for words, _ in COMMANDS}
    lines = re.findall(
        r"\binkvault((?: --[\w-]+(?: [^-\s]\S*)?)*) ([a-z][\w -]*)", README + (ROOT / "SECURITY.md").read_text()
    )
    named = {rest.split(" --")[0].strip() for _, rest in lines}
    unknown = [name for name in named if not any(name == k or name.startswith(f"{k} ") for k in known if k)]
    assert unknown == []


def test_readme_lists_every_command() -> None:
    table = README.split("| Commands | |")[1].split("\n\n")[0]
    documented = re.findall(r"`([a-z -]+)`", table)
    runnable = [
        " ".join(words)
        for words, command in COMMANDS
        if words and (not isinstance(command, click.Group) or command.invoke_without_command)
    ]
    assert sorted(documented) == sorted(runnable)


def test_the_two_commands_explain_themselves() -> None:
    for name in ("run", "test", "check"):
        script = (ROOT / "scripts" / name).read_text()
        assert script.splitlines()[1].startswith("# ")
        assert subprocess.run(["sh", "-n", ROOT / "scripts" / name], check=False).returncode == 0


def test_protocol_lists_every_field_of_every_model() -> None:
    table = PROTOCOL.split("## 10. Models")[1].split("\n## ")[0]
    documented = {
        name: re.findall(r"(?:^|· )`(\w+)`", fields)
        for name, fields in re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    }
    defined = {
        name: list(model.__pydantic_fields__)
        for name, model in vars(models).items()
        if getattr(model, "__module__", "") == models.__name__ and getattr(model, "__pydantic_fields__", {})
    }
    assert documented == defined


def test_protocol_lists_every_frame_with_its_lengths() -> None:
    table = PROTOCOL.split("### 7.1 The snapshot")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d) \| (\w+) \| (.*) \| ([\d,]+)(?: to ([\d,]+))? \|$", table, re.MULTILINE)
    documented = {
        (
            getattr(frames, name.upper()),
            int(kind),
            "envelope" in body,
            *(int(n.replace(",", "")) for n in (low, high or low)),
        )
        for kind, name, body, low, high in rows
    }
    lengths = {
        frames.HEAD: frames.HEAD_LENGTH,
        frames.CONTAINER: frames.CONTAINER_LENGTH,
        frames.RECORD: frames.RECORD_LENGTH,
        frames.END: frames.END_LENGTH,
    }
    assert documented == {
        (
            kind,
            kind,
            kind != frames.END,
            length + (kind != frames.END) * limits.MIN_ENVELOPE_BYTES,
            frames.LONGEST[kind],
        )
        for kind, length in lengths.items()
    }
    assert f"`{frames.MEDIA_TYPE}`" in table
    assert f"above {frames.MAX_LENGTH:,}" in table
