"""Several sessions at once: chosen by mouse and keyboard, changed together, undone together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, stock
from tests.e2e.test_access import check
from tests.e2e.test_devices import LOOK, second_device
from tests.e2e.test_history import titles, toast
from tests.e2e.writer import Writer

NAMES = ["seventy", "sixty", "fifty", "forty", "thirty", "twenty", "ten"]


@pytest.fixture
def sorter(page: Page, server: LiveServer, tmp_path: Path) -> Writer:
    stock(server, tmp_path, {name: (f"The text of {name}.",) for name in reversed(NAMES)})
    return at_the_desk(page)


def box(writer: Writer, title: str) -> Locator:
    return writer.shelf.get_by_role("checkbox", name=title)


def toolbar(writer: Writer) -> Locator:
    return writer.page.get_by_role("toolbar", name="Chosen sessions")


def test_many_are_tagged_archived_and_brought_back(sorter: Writer, device: Callable[..., BrowserContext]) -> None:
    page = sorter.page
    other = second_device(sorter, device())
    sorter.session("sixty").click(modifiers=["Control"])
    box(sorter, "thirty").click(modifiers=["Shift"])
    expect(toolbar(sorter)).to_contain_text("4 chosen")
    box(sorter, "fifty").click()
    expect(toolbar(sorter)).to_contain_text("3 chosen")
    check(page, "choosing several")
    toolbar(sorter).get_by_role("button", name="More…").click()
    page.get_by_role("menuitem", name="Tags…").click()
    page.get_by_label("New tags").fill("kept")
    sorter.button("Set tags").click()
    expect(toast(sorter, "3 sessions are tagged anew.")).to_be_visible()
    expect(sorter.shelf.locator(".shelf-facts", has_text="#kept")).to_have_count(3)
    expect(toolbar(sorter)).to_have_count(0)
    other.page.evaluate(LOOK)
    expect(other.shelf.locator(".shelf-facts", has_text="#kept")).to_have_count(3)
    sorter.session("seventy").click(modifiers=["Control"])
    toolbar(sorter).get_by_role("button", name="All 7").click()
    toolbar(sorter).get_by_role("button", name="Archive").click()
    expect(sorter.page.get_by_text("What you save will be listed here, latest first.")).to_be_visible()
    other.page.evaluate(LOOK)
    expect(titles(other)).to_have_count(0)
    sorter.button("Undo").click()
    expect(titles(sorter)).to_have_text(NAMES)
    page.keyboard.press("Control+z")
    expect(sorter.shelf.locator(".shelf-facts", has_text="#kept")).to_have_count(0)


def test_several_are_chosen_and_thrown_away_by_the_keyboard_alone(sorter: Writer) -> None:
    page = sorter.page
    sorter.session("seventy").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(toolbar(sorter)).to_contain_text("3 chosen")
    page.keyboard.press("Space")
    expect(box(sorter, "fifty")).not_to_be_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(titles(sorter)).to_have_text(["fifty", "forty", "thirty", "twenty", "ten"])
    expect(toast(sorter, "2 sessions are in the trash. Nothing is erased.")).to_be_visible()
    expect(sorter.session("fifty")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(titles(sorter)).to_have_text(NAMES)
    page.keyboard.press("Control+a")
    expect(toolbar(sorter)).to_contain_text("7 chosen")
    page.keyboard.press("Escape")
    expect(toolbar(sorter)).to_have_count(0)


def test_two_are_merged_into_the_older_one(sorter: Writer) -> None:
    sorter.session("forty").click(button="right")
    sorter.page.get_by_role("menuitem", name="Merge with another…").click()
    box(sorter, "sixty").click()
    toolbar(sorter).get_by_role("button", name="More…").click()
    sorter.page.get_by_role("menuitem", name="Merge the two").click()
    expect(toast(sorter, "Merged into “forty”.")).to_be_visible()
    expect(titles(sorter).filter(has_text="sixty")).to_have_count(0)
    sorter.session("forty").click()
    expect(sorter.messages).to_have_text(["The text of forty.", "The text of sixty."])
    sorter.button("Undo").click()
    expect(toast(sorter, "Undone: Merged into “forty”.")).to_be_visible()
    expect(sorter.messages).to_have_text(["The text of forty."])
    expect(titles(sorter).filter(has_text="sixty")).to_have_count(1)
