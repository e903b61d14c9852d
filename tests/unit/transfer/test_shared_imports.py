"""Sources that the page's tests read too: both clients make the same items of the same bytes.

``tests/support/imports`` has a source for each reader, and in ``expected`` what is made of it. After a change that is
meant, ``python -m tests.unit.transfer.test_shared_imports`` writes that anew, and webui/src/transfer/shared.test.ts
compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.unit.transfer.makers import BERLIN, NOW
from vault.client.receiving import Receiver
from vault.core.model import SessionHeader
from vault.transfer.document import MissingItem, RootItem, SessionItem
from vault.transfer.importing import preview
from vault.transfer.passes import Job
from vault.transfer.reading import Note, Read, ReadOptions, Skipped, choose_reader
from vault.transfer.sources import open_source

SHARED = Path(__file__).parents[2] / "support" / "imports"
EXPECTED = SHARED / "expected"
SOURCES = sorted(path.name for path in SHARED.iterdir() if path.is_file())
OPTIONS = ReadOptions(zone=BERLIN, now=NOW, secret=lambda _prompt: "quiet lantern")
_MANY = 200_000


class _Having:
    """A vault that has these items, as far as a preview asks."""

    def __init__(self, items: Iterable[Read]) -> None:
        found = list(items)
        self._headers = {bytes.fromhex(each.id): each.header for each in found if isinstance(each, SessionItem)}
        self._root = {bytes.fromhex(each.id): each.record for each in found if isinstance(each, RootItem)}

    def settle(self) -> None:
        pass

    def headers(self) -> dict[bytes, SessionHeader]:
        return self._headers

    def root(self) -> Any:
        opened = {record_id: SimpleNamespace(payload=record.payload()) for record_id, record in self._root.items()}
        return SimpleNamespace(opened=opened, get=self._root.get)

    def has_container(self, container_id: bytes) -> bool:
        return container_id in self._headers

    def stay(self) -> None:
        pass


def _shown(item: Read) -> dict[str, Any]:
    if isinstance(item, SessionItem):
        records = [{"id": each.id, "payload": each.record.payload()} for each in item.records]
        return {"is": "session", "id": item.id, "header": item.header.payload(), "records": records}
    if isinstance(item, RootItem):
        return {"is": "root", "id": item.id, "payload": item.record.payload()}
    if isinstance(item, Skipped):
        return {"is": "skipped", "name": item.name, "reason": item.reason, "kind": item.kind}
    if isinstance(item, MissingItem):
        name = item.title or item.session or item.record or ""
        return {"is": "note", "name": name, "doubt": "missing_there", "detail": item.reason}
    assert isinstance(item, Note)
    return {"is": "note", "name": item.name, "doubt": item.doubt.value, "detail": item.detail}


def _made(name: str) -> dict[str, Any]:
    """What is made of a source, and in a vault that has it; the items only where they are not too much to look at."""
    with open_source(SHARED / name) as source:
        reader = choose_reader(source)
        items = [_shown(item) for item in reader.read(source, OPTIONS)]
        job = Job(source, reader, OPTIONS)
        planned = preview(job, cast("Receiver", _Having(())))
        again = preview(job, cast("Receiver", _Having(reader.read(source, OPTIONS))))
    return {
        "reader": reader.name,
        "report": planned.report.fields(),
        "again": again.report.fields(),
        "items": items if len(json.dumps(items)) < _MANY else None,
    }


@pytest.mark.parametrize("name", SOURCES)
def test_each_source_gives_what_the_page_makes_of_it(name: str) -> None:
    assert _made(name) == json.loads((EXPECTED / f"{name}.json").read_text())


def test_nothing_else_is_expected() -> None:
    assert sorted(path.name for path in EXPECTED.iterdir()) == [f"{name}.json" for name in SOURCES]


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for each in SOURCES:
        made = json.dumps(_made(each), indent=1, sort_keys=True, ensure_ascii=False)
        (EXPECTED / f"{each}.json").write_text(f"{made}\n")
