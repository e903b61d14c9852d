"""Everything out, from the page: what it saves is what the command line reads."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from pypdf import PdfReader

from tests.e2e.live import LiveServer, forward
from tests.e2e.stocked import at_the_desk, stock, stock_notebooks
from tests.e2e.test_access import check
from tests.e2e.test_retention import DAY
from tests.e2e.test_sitting import at_desk, clock  # noqa: F401 - clock is a fixture
from tests.e2e.writer import Writer
from tests.support.frames import parse, render
from tests.support.lies import flipped
from vault.transfer.age_keys import Passphrase
from vault.transfer.backup import verify_backup
from vault.transfer.json_import import verify_json
from vault.transfer.pdf import ATTACHMENT
from vault.transfer.sources import open_source

BACKUP_PASSPHRASE = "salted harbour whispers nineteen copper moons"


@pytest.fixture
def writer(page: Page) -> Writer:
    writer = at_the_desk(page)
    writer.write("The tide comes in at four. 你好，世界。")
    writer.write("مرحبا بالعالم, and home by six.")
    writer.button("Secrets and settings").click()
    writer.button("Export…").click()
    return writer


def save(writer: Writer, folder: Path, said: str = "0 notebooks, 1 session, 2 messages.") -> Path:
    with writer.page.expect_download(timeout=60_000) as download:
        writer.button("Make the file").click()
    expect(writer.page.get_by_role("dialog").get_by_text(said).first).to_be_visible()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    writer.page.get_by_role("dialog").get_by_role("button", name="Done").click()
    return path


def choose(writer: Writer, name: str) -> None:
    writer.page.get_by_role("radio", name=name).check()


def in_view(writer: Writer, text: str) -> None:
    """Nothing needs to be scrolled to read it: it stands above the buttons, which stay at the foot of the dialog."""
    foot = writer.page.locator(".dialog-actions").bounding_box()
    found = writer.page.get_by_role("dialog").get_by_text(text).bounding_box()
    assert found is not None
    assert foot is not None
    assert found["y"] >= 0
    assert found["y"] + found["height"] <= foot["y"]


def test_a_book_a_document_and_files_to_read(writer: Writer, tmp_path: Path) -> None:
    expect(writer.page.get_by_text("This file is not encrypted")).to_have_count(0)
    choose(writer, "JSON")
    expect(writer.page.get_by_text("This file is not encrypted")).to_be_visible()
    document = save(writer, tmp_path)
    with open_source(document) as source:
        assert verify_json(source.entries[0]).counts.messages == 2

    writer.button("Export…").click()
    choose(writer, "Book (PDF)")
    in_view(writer, "This file is not encrypted")
    book = save(writer, tmp_path)
    shown = subprocess.run(["pdftotext", book, "-"], capture_output=True, check=True, text=True).stdout
    assert "The tide comes in at four. 你好，世界。" in shown
    (inside,) = PdfReader(book).attachments[ATTACHMENT]
    assert inside.splitlines()[4:-2] == document.read_bytes().splitlines()[4:-2]

    writer.button("Export…").click()
    choose(writer, "Markdown")
    with zipfile.ZipFile(save(writer, tmp_path)) as archive:
        (name,) = archive.namelist()
        assert name.startswith("Without a notebook/")
        assert "home by six." in archive.read(name).decode()


def items(path: Path, kind: str) -> list[dict[str, Any]]:
    with open_source(path) as source:
        verify_json(source.entries[0])
    return [item for item in json.loads(path.read_bytes())["items"] if item["kind"] == kind]


def test_chosen_sessions_a_notebook_and_a_range_of_days(page: Page, server: LiveServer, tmp_path: Path) -> None:
    stock_notebooks(server, tmp_path)
    writer = at_the_desk(page)
    writer.session("Garlic").click(modifiers=["Control"])
    writer.shelf.get_by_role("checkbox", name="Plain").click()
    page.get_by_role("toolbar", name="Chosen sessions").get_by_role("button", name="More…").click()
    page.get_by_role("menuitem", name="Export…").click()
    expect(page.get_by_role("dialog", name="Take out 2 sessions")).to_be_visible()
    check(page, "taking out what was chosen")
    choose(writer, "JSON")
    chosen = save(writer, tmp_path, "1 notebook, 2 sessions, 2 messages.")
    assert {item["header"]["title"] for item in items(chosen, "session")} == {"Garlic", "Plain"}
    assert [item["record"]["title"] for item in items(chosen, "root")] == ["Winter garden"]

    page.get_by_role("toolbar", name="Chosen sessions").get_by_role("button", name="Done").click()
    writer.settings()
    writer.button("Export…").click()
    choose(writer, "JSON")
    page.get_by_label("What", exact=True).select_option("Winter garden")
    page.get_by_label("From", exact=True).fill("2001-01-01")
    page.get_by_label("To", exact=True).fill("2001-12-31")
    writer.button("Make the file").click()
    expect(page.get_by_role("alert")).to_have_text(
        "No session is among what is chosen. Choose another notebook or other days."
    )
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_role("dialog").evaluate("dialog => dialog.scrollTo(0, 0)")
    writer.button("Make the file").click()
    in_view(writer, "No session is among what is chosen.")
    page.get_by_label("To", exact=True).fill("2099-12-31")
    garden = save(writer, tmp_path, "1 notebook, 2 sessions, 2 messages.")
    assert {item["header"]["title"] for item in items(garden, "session")} == {"Garlic", "Compost"}


def test_what_is_damaged_is_named_and_left_out_only_when_told_to(
    page: Page, server: LiveServer, tmp_path: Path
) -> None:
    stock(server, tmp_path, {"Rain": ("It rained.", "It poured."), "Sun": ("It shone.",)})
    writer = at_the_desk(page)

    def damage(route: Route) -> None:
        answer = forward(route)
        frames = parse(answer.body())
        record = next(each["record"] for each in frames if each["kind"] == "record")
        record["envelope"] = flipped(90)(record["envelope"])
        route.fulfill(response=answer, body=render(frames))

    page.route("**/snapshot*", damage)
    writer.settings()
    writer.button("Export…").click()
    choose(writer, "JSON")
    writer.button("Make the file").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "is damaged. It does not open: it was changed, exchanged or damaged. No file was made."
    )
    expect(writer.button("Make the file")).to_be_focused()
    check(page, "an export that met damage")
    with page.expect_download() as download:
        writer.button("Leave out what is damaged").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("1 thing did not open and is not in it:")
    check(page, "an export that left something out")
    path = tmp_path / "part.json"
    download.value.save_as(path)
    (missing,) = items(path, "missing")
    assert missing["title"] in {"Rain", "Sun"}
    assert len(items(path, "record")) == 2
    writer.button("Done").click()
    page.unroute("**/snapshot*")
    writer.button("Back to writing").click()
    writer.write("The vault goes on.")


def test_a_backup_is_brought_to_mind_opens_with_its_passphrase_and_is_noted_for_all_devices(
    device: Callable[..., BrowserContext],
    clock: LiveServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    writer = at_desk(device())
    page = writer.page
    writer.write("To be kept.")
    reminder = writer.notice("There is no backup of this vault yet.")
    clock.ahead += 29 * DAY
    writer.lock()
    writer.enter()
    expect(reminder).to_have_count(0)
    clock.ahead += 2 * DAY
    writer.lock()
    writer.enter()
    expect(reminder).to_be_visible()
    check(page, "a reminder of a backup")
    reminder.get_by_role("button", name="Not now").click()
    expect(reminder).to_have_count(0)
    writer.lock()
    writer.enter()
    expect(reminder).to_have_count(0)
    clock.ahead += 8 * DAY
    writer.lock()
    writer.enter()
    writer.button("Make a backup…").click()
    writer.button("Make the file").click()
    expect(page.get_by_text("Choose a passphrase, or let Inkvault make one for you.")).to_be_visible()
    page.get_by_label("Passphrase of the backup").fill(BACKUP_PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(BACKUP_PASSPHRASE)
    expect(page.get_by_text("Very strong")).to_be_visible()
    path = save(writer, tmp_path, "0 notebooks, 1 session, 1 message.")
    expect(reminder).to_have_count(0)
    assert path.name.endswith(".inkvault.age")
    with path.open("rb") as stream:
        found = verify_backup(stream, Passphrase(BACKUP_PASSPHRASE))
    assert (found.counts.sessions, found.counts.messages) == (1, 1)
    other = Writer(device().new_page(), writer.name)
    other.page.goto("/")
    other.enter()
    other.settings()
    expect(other.page.get_by_text("The last one of everything:")).to_be_visible()
    other.page.get_by_label("Remind me of a backup").select_option("never")
    expect(other.page.get_by_label("Remind me of a backup")).to_have_value("0")
