"""Encrypted backups."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.unit.transfer.generated import HEAD, as_json, documents, entry_of, held
from tests.unit.transfer.test_age import IDENTITY, RECIPIENT
from tests.unit.transfer.test_json import SMALL
from vault.errors import FormatError
from vault.transfer.age import AgeWriter
from vault.transfer.age_keys import Passphrase, PublicKey, SecretKey
from vault.transfer.backup import make_backup, open_backup, verify_backup, write_backup
from vault.transfer.document import Counts, Document, Item
from vault.transfer.json_import import JsonReader, verify_json
from vault.transfer.sources import Entry


def backup(items: list[Item]) -> bytes:
    sink = io.BytesIO()
    write_backup(Document(HEAD, iter(items)), sink, PublicKey.parse(RECIPIENT))
    return sink.getvalue()


def sealed(data: bytes) -> bytes:
    sink = io.BytesIO()
    writer = AgeWriter(sink, PublicKey.parse(RECIPIENT))
    writer.write(data)
    writer.finish()
    return sink.getvalue()


def items_of(entry: Entry) -> list[Item]:
    return [held(item) for item in JsonReader(entry).items()]


@given(documents)
@settings(max_examples=25)
def test_a_backup_holds_the_very_export(items: list[Item]) -> None:
    with open_backup(io.BytesIO(backup(items)), SecretKey.parse(IDENTITY)) as entry:
        assert items_of(entry) == items


def test_a_backup_is_verified_by_opening_it() -> None:
    found = verify_backup(io.BytesIO(backup(SMALL)), SecretKey.parse(IDENTITY))
    assert found == verify_json(entry_of(as_json(SMALL)))
    assert found.counts == Counts(sessions=2, messages=4)


def test_the_age_program_and_unzip_open_it_without_us(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(IDENTITY)
    done = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key.txt"], input=backup(SMALL), capture_output=True, check=True
    )
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["export.json"]
        assert archive.read("export.json") == as_json(SMALL)


def test_a_passphrase_seals_at_the_costs_that_age_itself_takes() -> None:
    sink = io.BytesIO()
    assert make_backup(Document(HEAD, iter([])), sink, Passphrase("correct")).counts == Counts()
    assert sink.getvalue().split(b"\n")[1].endswith(b" 18")


class Forgetful(io.BytesIO):
    """A disk that loses what is written behind its first bytes."""

    def flush(self) -> None:
        self.truncate(300)


def test_a_backup_that_the_disk_did_not_keep_is_noticed_at_once() -> None:
    assert make_backup(Document(HEAD, iter(SMALL)), io.BytesIO(), PublicKey.parse(RECIPIENT)).missing == 1
    with pytest.raises(FormatError):
        make_backup(Document(HEAD, iter(SMALL)), Forgetful(), PublicKey.parse(RECIPIENT))


def zipped(name: str, data: bytes, kind: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        sealed(b""),
        sealed(b"no zip at all"),
        sealed(zipped("other.json", b"{}")),
        sealed(zipped("export.json", b"{}")),
        sealed(zipped("export.json", bytes(50_000_000), zipfile.ZIP_DEFLATED)),
        sealed(zipped("export.json", as_json(SMALL))[:-30]),
        sealed(zipped("export.json", as_json(SMALL)).replace(b"Dear", b"Fear")),
    ],
)
def test_what_is_no_backup_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        verify_backup(io.BytesIO(data), SecretKey.parse(IDENTITY))
