"""``inkvault export`` and ``inkvault verify-export``."""

from __future__ import annotations

import io
import json
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.support.faults import no_file_larger_than
from tests.unit.cli.conftest import Cli
from tests.unit.transfer.test_age import IDENTITY, RECIPIENT
from vault.core.params import KdfParams
from vault.transfer import age_keys
from vault.transfer.age_keys import SecretKey
from vault.transfer.backup import open_backup
from vault.transfer.pdf import ATTACHMENT, Book, Packed, Paper, print_book

SECRET = "eleven wooden ladders leaned against the moon"


@pytest.fixture
def full(diary: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setattr(age_keys, "WORK_FACTOR", 4)
    monkeypatch.chdir(diary.root)
    (diary.root / "secret").touch(mode=0o600)
    (diary.root / "secret").write_text(f"{SECRET}\n")
    diary("write", "--new", "Rain", stdin="It rained.")
    diary("write", "--new", "Sun \x1b[31m", stdin="It shone.")
    return diary


def test_json_is_made_verified_and_warned_of(full: Cli) -> None:
    result = full("export", "--format", "json", "-o", "out.json")
    assert result.stdout == "out.json: 2 sessions with 2 messages.\n"
    assert result.stderr.count("not encrypted") == 1
    assert json.loads(Path("out.json").read_bytes())["format"] == "inkvault-export/1"
    assert Path("out.json").stat().st_mode & 0o777 == 0o600
    assert full("verify-export", "out.json", ask=True).stdout == "2 sessions with 2 messages: all is well.\n"
    assert full.json("verify-export", "out.json")["counts"]["messages"] == 2


def test_a_backup_is_what_is_made_unless_told_otherwise(full: Cli) -> None:
    made = full.json("export", "--backup-passphrase-file", "secret")
    assert made["file"].startswith("diary-")
    assert made["file"].endswith(".inkvault.age")
    assert made["counts"]["sessions"] == 2
    assert b"rained" not in Path(made["file"]).read_bytes()
    checked = full("verify-export", made["file"], "--backup-passphrase-file", "secret")
    assert checked.stdout == "2 sessions with 2 messages: all is well.\n"
    (full.root / "other").touch(mode=0o600)
    (full.root / "other").write_text("another one")
    assert "does not open" in full("verify-export", made["file"], "--backup-passphrase-file", "other", code=3).stderr


def test_a_backup_asks_twice_for_its_passphrase(full: Cli) -> None:
    full("export", "-o", "a.age", stdin=f"{SECRET}\n{SECRET}\n")
    full("export", "-o", "b.age", stdin=f"{SECRET}\nother\n", code=2)
    full("export", "-o", "b.age", stdin="weak\nweak\n", code=2)
    assert Path("a.age").exists()
    assert not Path("b.age").exists()
    assert full("verify-export", "a.age", stdin=f"{SECRET}\n").exit_code == 0


def test_a_backup_for_a_recipient(full: Cli) -> None:
    full("export", "-o", "out.age", "--recipient", RECIPIENT)
    stream = io.BytesIO(Path("out.age").read_bytes())
    with open_backup(stream, SecretKey.parse(IDENTITY)) as entry, entry.open() as inner:
        assert b"It rained." in inner.read(1 << 20)
    assert full("verify-export", "out.age", stdin=f"{IDENTITY}\n").exit_code == 0
    full("export", "-o", "no.age", "--recipient", "age1nobody", code=2)


def test_only_a_backup_of_everything_is_noted(full: Cli) -> None:
    full("export", "--format", "json", "-o", "out.json")
    rain = next(each["id"] for each in full.json("sessions") if each["title"] == "Rain")
    full("export", "-o", "part.age", "--recipient", RECIPIENT, "--session", rain)
    assert full.json("settings")["backup_at"] is None
    assert "Backups: none of everything was made yet; a reminder after 30 days." in full("settings").output
    full("settings", "--backup-days", "7")
    assert "Another one is due in 7 days." in full("export", "-o", "all.age", "--recipient", RECIPIENT).output
    found = full.json("settings")
    assert abs(found["backup_at"] - time.time() * 1000) < 3_600_000
    assert "Backups: the last of everything was made on 20" in full("settings", "--backup-days", "0").output
    assert full.json("settings")["backup_at"] == found["backup_at"]


def test_markdown_as_a_zip_or_a_folder(full: Cli) -> None:
    full("export", "--format", "markdown", "-o", "out.zip")
    with zipfile.ZipFile("out.zip") as archive:
        names = archive.namelist()
    full("export", "--format", "markdown", "-o", "out")
    files = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.md"))
    assert len(files) == 2
    assert sorted(names) == files
    assert "\x1b" not in "".join(files)


def test_a_book_has_the_json_inside(full: Cli) -> None:
    full("export", "--format", "pdf", "-o", "out.pdf", "--paper", "letter")
    full("export", "--format", "json", "-o", "out.json")
    reader = PdfReader("out.pdf")
    assert float(reader.pages[0].mediabox.height) == 792
    assert "It rained." in "".join(page.extract_text() for page in reader.pages)
    (inside,) = reader.attachments[ATTACHMENT]
    assert inside.splitlines()[3:-2] == Path("out.json").read_bytes().splitlines()[3:-2]


def test_a_book_is_verified_by_the_json_inside(full: Cli) -> None:
    full("export", "--format", "pdf", "-o", "out.pdf")
    assert full("verify-export", "out.pdf").stdout == "2 sessions with 2 messages: all is well.\n"
    changed = PdfReader("out.pdf").attachments[ATTACHMENT][0].replace(b"It rained.", b"It poured.")
    with Path("changed.pdf").open("wb") as output:
        print_book(Book("x", "y", [], []), output, paper=Paper.A4, attachment=Packed(zlib.compress(changed), 0))
    assert "was changed" in full("verify-export", "changed.pdf", code=4).stderr
    full("export", "--format", "pdf", "--without-json", "-o", "bare.pdf")
    assert "bare.pdf is a PDF without an export inside" in full("verify-export", "bare.pdf", code=4).stderr


def test_a_part_of_it(full: Cli) -> None:
    rain = next(each["id"] for each in full.json("sessions") if each["title"] == "Rain")
    full("notebooks", "new", "Weather")
    full("session", "move", rain, "--notebook", "Weather")
    for words in (["--session", rain[:8]], ["--notebook", "weather"]):
        made = full.json("export", "--format", "json", "--force", "-o", "part.json", *words)
        assert made["counts"]["sessions"] == 1
        assert b"It rained." in Path("part.json").read_bytes()
    days = ["--since", "2000-01-01", "--until", "2999-01-01"]
    assert full.json("export", "--format", "json", "-o", "days.json", *days)["counts"]["sessions"] == 2
    full("export", "--notebook", "Nowhere", "--recipient", RECIPIENT, code=5)


def test_an_export_of_nothing_is_refused_unless_there_is_nothing(diary: Cli) -> None:
    assert diary.json("export", "--format", "json", "-o", str(diary.root / "all.json"))["counts"]["sessions"] == 0
    diary("notebooks", "new", "Weather")
    diary("write", "--new", "Rain", stdin="It rained.")
    for layout in ("json", "markdown"):
        for words in (["--since", "2999-01-01"], ["--until", "2000-01-01"], ["--notebook", "Weather"]):
            result = diary("export", "--format", layout, "-o", str(diary.root / "none"), *words, code=2)
            assert "No session is among what is chosen" in result.stderr
            assert not (diary.root / "none").exists()


def test_nothing_is_replaced_unless_told_to(full: Cli) -> None:
    Path("out.json").write_text("mine")
    assert "--force" in full("export", "--format", "json", "-o", "out.json", code=2).stderr
    assert Path("out.json").read_text() == "mine"
    full("export", "--format", "json", "-o", "out.json", "--force")
    assert full("verify-export", "out.json").exit_code == 0


def test_a_name_that_is_taken_is_found_before_a_passphrase_is_asked_for(full: Cli) -> None:
    made = full.json("export", "--recipient", RECIPIENT)["file"]
    for words in ([], ["-o", made]):
        assert "--force" in full("export", *words, code=2).stderr  # there is nothing to answer a question with
    assert "no terminal" in full("export", "-o", "free.age", code=2).stderr


def test_nothing_is_left_when_the_disk_is_full(full: Cli) -> None:
    before = sorted(Path.cwd().iterdir())
    full("write", "--new", "Long", stdin="word " * 50_000)
    full("sessions")  # a start that overwrites what the last one left of SQLite's log, which is long
    with no_file_larger_than(200_000):
        result = full("export", "--format", "json", "-o", "out.json", code=2)
    assert "Cannot write out.json" in result.stderr
    assert sorted(Path.cwd().iterdir()) == before


def test_options_that_contradict_each_other(full: Cli) -> None:
    full("export", "--format", "json", "--recipient", RECIPIENT, code=2)
    full("export", "--recipient", RECIPIENT, "--backup-passphrase-file", "secret", code=2)


def test_what_is_no_export_is_named_in_one_line(full: Cli) -> None:
    Path("x.json").write_text('{"format": "other"}')
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("a", "b")
    for name, code in (("x.json", 4), ("x.zip", 2)):
        result = full("verify-export", name, code=code)
        assert result.stderr.startswith(f"inkvault: {name}")
        assert result.stderr.count("\n") == 1


def test_from_one_vault_to_another_and_back(full: Cli, cheap_kdf: KdfParams) -> None:
    full("export", "-o", "all.age", "--backup-passphrase-file", "secret")
    (full.root / "elsewhere").mkdir()
    other = Cli(full.root / "elsewhere")
    other("create", before=("--vault", "second"))
    other("import", "all.age", "--backup-passphrase-file", "secret")
    for cli, name in ((full, "one.json"), (other, "two.json")):
        cli("export", "--format", "json", "-o", name)
    one, two = (json.loads(Path(name).read_bytes()) for name in ("one.json", "two.json"))
    assert one["items"] == two["items"]
    assert one["end"]["content"] == two["end"]["content"]
    assert one["head"]["vault"] != two["head"]["vault"]
