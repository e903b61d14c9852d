"""A service inside the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import Host, Writer, hosted


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "data") as running:
        yield running


@pytest.fixture
def writer(host: Host) -> Writer:
    return host.writer()
