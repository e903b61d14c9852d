"""Times that payloads can say and no calendar has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.unit.transfer.generated import as_json
from tests.unit.transfer.makers import found
from vault.core.model import Message, Role, SessionHeader, Version
from vault.core.rootrecords import Notebook, NotebookKind
from vault.transfer.datable import MAX_DATE_MS
from vault.transfer.document import NO_DIGEST, Item, RecordItem, RootItem, SessionItem

BEYOND = MAX_DATE_MS + 1
NOTEBOOK = Notebook("Garden", NotebookKind.EVENT, 1, 1, "UTC")
HEADER = SessionHeader(0, NO_DIGEST, "Talk", "", "", 1, 2, "UTC", 4)
SAID = Message(Role.WRITER, "Text", 0, -MAX_DATE_MS, "UTC")


def test_what_says_them_is_skipped_and_told(tmp_path: Path) -> None:
    messages = [
        SAID,
        replace(SAID, created_at=-BEYOND),
        replace(SAID, edited_at=1, versions=(Version("Old", BEYOND),)),
        replace(SAID, created_at=MAX_DATE_MS),
    ]
    records = [RecordItem(f"{at + 1:032x}", replace(each, position=at)) for at, each in enumerate(messages)]
    items: list[Item] = [
        RootItem("01" * 16, NOTEBOOK),
        RootItem("02" * 16, replace(NOTEBOOK, archived_at=BEYOND)),
        SessionItem("03" * 16, HEADER, records),
        SessionItem("04" * 16, replace(HEADER, active_at=BEYOND), records[:1]),
        SessionItem("05" * 16, HEADER, records[:1]),
    ]
    path = tmp_path / "export.json"
    path.write_bytes(as_json(items))
    result = found(path)
    assert [each.id for each in result.sessions] == ["03" * 16, "05" * 16]
    assert result.ids == ["01" * 16]
    assert [(each.kind, each.name) for each in result.skipped] == [
        ("notebook", "Garden"),
        *(("message", f"Talk, {place:032x}") for place in (2, 3)),
        ("session", "Talk"),
    ]
    assert json.loads(path.read_bytes())["end"]["counts"]["messages"] == 6
