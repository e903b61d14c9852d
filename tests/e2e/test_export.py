"""Everything out, from the page: what it saves is what the command line reads."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.writer import Writer
from vault.transfer.age_keys import Passphrase
from vault.transfer.backup import verify_backup
from vault.transfer.json_import import verify_json
from vault.transfer.pdf import ATTACHMENT
from vault.transfer.sources import open_source

BACKUP_PASSPHRASE = "salted harbour whispers nineteen copper moons"


@pytest.fixture
def writer(page: Page) -> Writer:
    writer = Writer(page)
    writer.create()
    writer.write("The tide comes in at four. 你好，世界。")
    writer.write("مرحبا بالعالم, and home by six.")
    writer.button("Secrets and settings").click()
    writer.button("Export…").click()
    return writer


def save(writer: Writer, folder: Path) -> Path:
    with writer.page.expect_download(timeout=60_000) as download:
        writer.button("Make the file").click()
    expect(writer.page.get_by_role("dialog").get_by_text("0 notebooks, 1 session, 2 messages.")).to_be_visible()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    writer.button("Done").click()
    return path


def choose(writer: Writer, name: str) -> None:
    writer.page.get_by_role("radio", name=name).check()


def test_a_backup_opens_with_its_passphrase_alone(writer: Writer, tmp_path: Path) -> None:
    writer.button("Make the file").click()
    expect(writer.page.get_by_text("Choose a passphrase, or let Inkvault make one for you.")).to_be_visible()
    writer.page.get_by_label("Passphrase of the backup").fill(BACKUP_PASSPHRASE)
    writer.page.get_by_label("The same passphrase again").fill(BACKUP_PASSPHRASE)
    expect(writer.page.get_by_text("Very strong")).to_be_visible()
    path = save(writer, tmp_path)
    assert path.name.endswith(".inkvault.age")
    with path.open("rb") as stream:
        found = verify_backup(stream, Passphrase(BACKUP_PASSPHRASE))
    assert (found.counts.sessions, found.counts.messages) == (1, 2)


def test_a_book_a_document_and_files_to_read(writer: Writer, tmp_path: Path) -> None:
    expect(writer.page.get_by_text("This file is not encrypted")).to_have_count(0)
    choose(writer, "JSON")
    expect(writer.page.get_by_text("This file is not encrypted")).to_be_visible()
    document = save(writer, tmp_path)
    with open_source(document) as source:
        assert verify_json(source.entries[0]).counts.messages == 2

    writer.button("Export…").click()
    choose(writer, "Book (PDF)")
    book = save(writer, tmp_path)
    shown = subprocess.run(["pdftotext", book, "-"], capture_output=True, check=True, text=True).stdout
    assert "The tide comes in at four. 你好，世界。" in shown
    (inside,) = PdfReader(book).attachments[ATTACHMENT]
    assert inside.splitlines()[4:-2] == document.read_bytes().splitlines()[4:-2]

    writer.button("Export…").click()
    choose(writer, "Markdown")
    with zipfile.ZipFile(save(writer, tmp_path)) as archive:
        (name,) = archive.namelist()
        assert name.startswith("Without a notebook/")
        assert "home by six." in archive.read(name).decode()
