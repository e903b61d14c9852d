"""A service inside the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.erasing import Shelf
from tests.support.service import Host, Writer, hosted, new_container, new_record
from vault.erase.run import Eraser


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "data") as running:
        yield running


@pytest.fixture
def writer(host: Host) -> Writer:
    return host.writer()


@pytest.fixture
def shelf(writer: Writer) -> Shelf:
    first, second = sorted(os.urandom(16) for _ in range(2))
    writes = [new_record(first) for _ in range(3)] + [new_record(second) for _ in range(3)]
    writer.commit(writer.next_commit([new_container(first), new_container(second)], writes))
    return Shelf(writer, first, second, sorted(write.record_id for write in writes[:3]))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows an order waits for ``let_go``."""
    monkeypatch.setattr(Eraser, "call", lambda _: None)
