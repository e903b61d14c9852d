"""A vault made by the page is opened by a client that was written from the documents alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.contract import stranger_client
from tests.e2e.live import LiveServer
from tests.e2e.writer import Writer

LONG = "Es regnete den ganzen Tag. " * 8_000
TEXTS = ["It rained all day.", "שלום עולם ונהדר", "今日はとても元気です 🌧", LONG.strip()]


def test_a_stranger_reads_what_the_page_wrote(page: Page, server: LiveServer) -> None:
    writer = Writer(page)
    writer.create()
    for text in TEXTS:
        writer.write(text)
    writer.new_session()
    writer.write("another evening")
    expected = [
        {"title": None, "messages": [{"role": "writer", "text": text} for text in TEXTS]},
        {"title": None, "messages": [{"role": "writer", "text": "another evening"}]},
    ]
    assert stranger_client.read_vault(server.url, writer.name, writer.passphrase) == expected
    recovery_key = stranger_client.recovery_key(writer.recovery_key)
    assert stranger_client.read_vault(server.url, writer.name, recovery_key) == expected


@pytest.mark.parametrize(("typed", "code"), [("right", 0), ("wrong", 1)])
def test_the_stranger_prints_a_vault_or_nothing(
    writer: Writer, server: LiveServer, tmp_path: Path, typed: str, code: int
) -> None:
    writer.write("It rained all day.")
    secret = tmp_path / "passphrase"
    secret.write_text(f"{writer.passphrase if typed == 'right' else 'something else'}\n")
    command = [sys.executable, stranger_client.__file__, "--server", server.url, "--vault", writer.name]
    done = subprocess.run(
        [*command, "--passphrase-file", secret], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert done.stdout == ("# It rained all day.\nwriter: It rained all day.\n" if code == 0 else "")
