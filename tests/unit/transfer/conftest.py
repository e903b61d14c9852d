"""What tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vault import workers
from vault.client import transferring
from vault.transfer import importing


@pytest.fixture(params=["here", "beside"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where records are opened and sealed: in this process, or all of them in a second one."""
    sent: list[bool] = []
    if request.param == "beside":
        send = workers.Second._sent

        def noted(second: Any, work: object) -> Any:
            pipe = send(second, work)
            sent.append(pipe is not None)
            return pipe

        monkeypatch.setattr(transferring, "MUCH", 1)
        monkeypatch.setattr(importing, "MUCH", 1)
        monkeypatch.setattr(workers, "_PATIENCE", 10.0)
        monkeypatch.setattr(workers, "_cores", lambda: 2)
        monkeypatch.setattr(workers.Second, "_sent", noted)
    yield
    assert all(sent)
