"""The export that the page's tests write too, byte for byte (webui/src/transfer/json-export.test.ts)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from vault.transfer.document import Document
from vault.transfer.json_export import write_json
from vault.transfer.json_import import JsonReader, verify_json
from vault.transfer.markdown import write_zip
from vault.transfer.sources import open_source

SUPPORT = Path(__file__).parents[2] / "support"
SHARED = SUPPORT / "export.json"


def test_reading_and_writing_it_gives_its_bytes() -> None:
    with open_source(SHARED) as source:
        (entry,) = source.entries
        head = verify_json(entry).head
        output = io.BytesIO()
        write_json(Document(head, JsonReader(entry).items()), output)
    assert output.getvalue() == SHARED.read_bytes()


def test_it_is_written_as_markdown_as_the_page_does() -> None:
    with open_source(SHARED) as source:
        (entry,) = source.entries
        output = io.BytesIO()
        write_zip(Document(verify_json(entry).head, JsonReader(entry).items()), output)
    with zipfile.ZipFile(output) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == json.loads((SUPPORT / "export-markdown.json").read_text())
