"""The export that the page's tests write too, byte for byte (webui/src/transfer/json-export.test.ts)."""

from __future__ import annotations

import io
from pathlib import Path

from vault.transfer.document import Document
from vault.transfer.json_export import write_json
from vault.transfer.json_import import JsonReader, verify_json
from vault.transfer.sources import open_source

SHARED = Path(__file__).parents[2] / "support" / "export.json"


def test_reading_and_writing_it_gives_its_bytes() -> None:
    with open_source(SHARED) as source:
        (entry,) = source.entries
        head = verify_json(entry).head
        output = io.BytesIO()
        write_json(Document(head, JsonReader(entry).items()), output)
    assert output.getvalue() == SHARED.read_bytes()
