"""Erasing a notebook, the trash, what is old; a passkey as confirmation; no barrier on the way."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, open_vault
from tests.e2e.test_access import no_barrier
from tests.e2e.test_nuke import DONE, begin, let_the_pause_pass, menu, nuke
from tests.e2e.test_secrets import authenticator  # noqa: F401 - a fixture
from tests.e2e.test_sitting import clock  # noqa: F401 - a fixture
from tests.e2e.writer import Writer
from vault.client import Beginning, NewMessage, NotebookFields, SessionChange
from vault.client.moments import Clock


def stock_of_all_kinds(server: LiveServer, folder: Path) -> None:
    """A notebook with a session, a session in the trash, one of long ago, and one that stays."""
    with open_vault(server, folder) as vault:
        notebook = vault.save_notebook(NotebookFields(title="Winter garden", kind="project"))
        for title in ("Thrown away", "Garlic", "Kept"):
            home = notebook if title == "Garlic" else None
            vault.append_all(None, [NewMessage(f"About {title}.")], new=Beginning(title, home))
        thrown = next(each.id for each in vault.sessions() if each.title == "Thrown away")
        vault.change_sessions([thrown], SessionChange(trashed=True))
    server.ahead = -60 * 86_400
    past = Clock(lambda: int((time.time() + server.ahead) * 1000))
    with open_vault(server, folder, past) as vault:
        vault.append_all(None, [NewMessage("About long ago.")], new=Beginning("Long ago"))
    server.ahead = 0


def leave_certificate(writer: Writer) -> None:
    writer.page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    writer.button("Back to writing").click()
    expect(writer.heading(DONE)).to_have_count(0)


def test_a_notebook_what_is_old_and_the_trash_go(
    page: Page,
    clock: LiveServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    page.clock.install()
    stock_of_all_kinds(clock, tmp_path)
    writer = at_the_desk(page)
    titles = writer.shelf.locator(".history-list .shelf-title")
    goes = page.get_by_role("list", name="What goes")
    expect(titles).to_have_count(3)
    writer.button("Notebooks").click()
    page.get_by_role("main").get_by_role("button", name="Winter garden").click()
    writer.button("Nuke…").click()
    expect(page.get_by_text("1 notebook, 1 session with 1 message.")).to_be_visible()
    nuke(writer, "erase 1 notebook and 1 session")
    leave_certificate(writer)
    expect(titles.filter(has_text="Garlic")).to_have_count(0)
    expect(titles).to_have_count(2)

    writer.settings()
    page.get_by_label("Everything before a day").fill(str(datetime.now(UTC).date() - timedelta(days=30)))
    writer.button("Erase before it…").click()
    expect(goes).to_contain_text("Long ago")
    nuke(writer, "erase 1 session")
    leave_certificate(writer)
    expect(titles).to_have_text(["Kept"])

    writer.settings()
    writer.button("Erase the trash…").click()
    expect(goes).to_contain_text("Thrown away")
    nuke(writer, "erase 1 session")
    leave_certificate(writer)
    expect(titles).to_have_text(["Kept"])


def test_a_passkey_confirms_and_no_screen_on_the_way_has_a_barrier(
    page: Page,
    authenticator: CDPSession,  # noqa: F811
    server: LiveServer,
    tmp_path: Path,
) -> None:
    writer = begin(page, server, tmp_path)
    writer.settings()
    no_barrier(page, "settings about erasing")
    writer.button("Add a passkey").click()
    page.get_by_label("A name for it").fill("Laptop")
    writer.button("Add the passkey").click()
    expect(page.locator(".slot", has_text="Laptop")).to_be_visible()
    menu(writer, "Garlic", "Nuke…")
    expect(writer.heading("This would be erased")).to_be_visible()
    no_barrier(page, "what would go")
    writer.button("Go on").click()
    writer.button("Confirm").click()
    expect(page.get_by_role("alert")).to_have_text("Type: erase 1 session")
    no_barrier(page, "a wrong phrase")
    page.get_by_label("The phrase").fill("erase 1 session")
    writer.button("Use a passkey").click()
    expect(page.get_by_label("The phrase")).to_have_value("erase 1 session")
    writer.button("Confirm with a passkey").click()
    expect(writer.heading("Last pause")).to_be_visible()
    no_barrier(page, "the last pause")
    let_the_pause_pass(writer)
    page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    no_barrier(page, "a certificate")
