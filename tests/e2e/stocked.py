"""A vault that has been written in before: made by the library over the wire, opened by the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.live import LiveServer
from tests.e2e.writer import PASSPHRASE, Writer, fresh_name
from vault.client import Beginning, NewMessage, NotebookFields, Vault


def stock(server: LiveServer, folder: Path, sessions: dict[str, tuple[str, ...]]) -> str:
    """Texts by title, the first is the oldest; the name of the new vault."""
    name = fresh_name()
    vault, _ = Vault.create(name, PASSPHRASE, server=server.url, state_dir=folder)
    with vault:
        for title, texts in sessions.items():
            vault.append_all(None, [NewMessage(text) for text in texts], new=title)
    return name


def stock_notebooks(server: LiveServer, folder: Path) -> str:
    """Two notebooks; sessions with phases, tags and a helper; one of each kind alone."""
    name = fresh_name()
    vault, _ = Vault.create(name, PASSPHRASE, server=server.url, state_dir=folder)
    with vault:
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
    return name


def at_the_desk(page: Page, name: str) -> Writer:
    """The page, on a device that has not seen the vault before, with that vault open."""
    writer = Writer(page, name)
    writer.unlock()
    if writer.button("I have compared").is_visible():
        writer.button("I have compared").click()
    return writer
