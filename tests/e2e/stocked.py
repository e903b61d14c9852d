"""A vault that has been written in before: by the library over the wire, opened by the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.live import LiveServer
from tests.e2e.writer import NAME, RECOVERY_KEY, Writer
from vault.client import Beginning, NewMessage, NotebookFields, Vault
from vault.client.moments import Clock


def open_vault(server: LiveServer, folder: Path, clock: Clock | None = None) -> Vault:
    """The vault that the service has from the beginning, on a device whose state is in `folder`."""
    return Vault.unlock(NAME, recovery_key=RECOVERY_KEY, server=server.url, state_dir=folder, clock=clock)


def stock(server: LiveServer, folder: Path, sessions: dict[str, tuple[str, ...]]) -> None:
    """Texts by title, the first is the oldest."""
    with open_vault(server, folder) as vault:
        for title, texts in sessions.items():
            vault.append_all(None, [NewMessage(text) for text in texts], new=title)


def stock_notebooks(server: LiveServer, folder: Path) -> None:
    """Two notebooks; sessions with phases, tags and a helper; one of each kind alone."""
    with open_vault(server, folder) as vault:
        garden = vault.save_notebook(NotebookFields(title="Winter garden", kind="project", notes="Robins and rain"))
        vault.save_notebook(NotebookFields(title="The move", kind="event"))
        beginnings = (
            Beginning(title="Plain"),
            Beginning(title="Garlic", notebook=garden, tags=("soil",)),
            Beginning(title="Compost", notebook=garden, phase=2, tags=("soil", "winter")),
            Beginning(title="With Ada", helper="Ada"),
        )
        for beginning in beginnings:
            vault.append_all(None, [NewMessage(f"About {beginning.title}.")], new=beginning)


def at_the_desk(page: Page) -> Writer:
    """The page, on a device that has not seen the vault before, with that vault open."""
    writer = Writer(page, NAME)
    writer.enter()
    return writer
