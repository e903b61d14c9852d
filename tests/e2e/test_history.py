"""The history on the shelf: its list, its filters, and what can be done to one session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, stock, stock_notebooks
from tests.e2e.test_access import check, narrow_enough
from tests.e2e.writer import Writer

POSITION = "document.activeElement.closest('li')?.getAttribute('aria-posinset')"
WHEEL = "element => { element.scrollTop = %d; }"
MANY = 150


def rows(writer: Writer) -> Locator:
    return writer.shelf.locator(".history-row")


def titles(writer: Writer) -> Locator:
    return writer.shelf.locator(".history-row .shelf-title")


def toast(writer: Writer, text: str) -> Locator:
    return writer.page.locator(".toast").filter(has=writer.page.get_by_role("status").filter(has_text=text))


def choose_action(writer: Writer, title: str, action: str) -> None:
    writer.session(title).click(button="right")
    writer.page.get_by_role("menuitem", name=action).click()


@pytest.fixture
def gardener(page: Page, server: LiveServer, tmp_path: Path) -> Writer:
    stock_notebooks(server, tmp_path)
    return at_the_desk(page)


def test_a_long_history_is_one_list_of_which_little_is_drawn(page: Page, server: LiveServer, tmp_path: Path) -> None:
    stock(server, tmp_path, {f"Session {number:03}": ("A line.",) for number in range(1, MANY + 1)})
    writer = at_the_desk(page)
    scroller = writer.shelf.locator(".shelf-list")
    expect(writer.session(f"Session {MANY}")).to_be_visible()
    assert 10 < rows(writer).count() < 60
    expect(rows(writer).first).to_have_attribute("aria-setsize", str(MANY))
    writer.session(f"Session {MANY}").focus()
    page.keyboard.press("End")
    expect(writer.session("Session 001")).to_be_focused()
    assert page.evaluate(POSITION) == str(MANY)
    scroller.evaluate(WHEEL % 0)
    expect(writer.session(f"Session {MANY}")).to_be_in_viewport()
    assert page.evaluate(POSITION) == str(MANY), "what has the focus keeps it when it scrolls out of sight"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(POSITION) == str(MANY - 1)
    expect(writer.session("Session 002")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(writer.heading("Session 002")).to_be_visible()
    expect(writer.session("Session 002")).to_have_attribute("aria-current", "true")
    check(page, "a long history")


def test_a_session_is_changed_by_the_keyboard_alone_and_all_is_undone(writer: Writer) -> None:
    page = writer.page
    writer.write("the older session")
    writer.new_session()
    writer.write("the newer session")
    page.keyboard.press("Escape")
    expect(writer.session("the newer session")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("F2")
    page.keyboard.type("Ferries")
    page.keyboard.press("Enter")
    expect(titles(writer)).to_have_text(["the newer session", "Ferries"])
    expect(writer.session("Ferries")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename…")).to_be_focused()
    check(page, "menu")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(titles(writer)).to_have_text(["Ferries", "the newer session"])
    expect(writer.shelf.get_by_role("heading")).to_have_text(["Pinned", "Today"])
    expect(toast(writer, "“Ferries” is pinned.")).to_be_visible()
    check(page, "toast")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(titles(writer)).to_have_text(["Ferries", "the newer session"])
    page.keyboard.down("Control")
    page.keyboard.down("z")
    expect(toast(writer, "Undone: “Ferries” is pinned.")).to_be_visible()
    page.keyboard.down("z")  # the key is held
    page.keyboard.up("z")
    page.keyboard.up("Control")
    expect(titles(writer)).to_have_text(["the newer session", "Ferries"])
    page.keyboard.press("Control+z")
    expect(titles(writer)).to_have_text(["the newer session", "the older session"])


def test_the_trash_gives_back_what_it_took(writer: Writer) -> None:
    page = writer.page
    for text in ("one", "two", "three"):
        writer.new_session()
        writer.write(text)
    writer.session("two").focus()
    page.keyboard.press("Delete")
    expect(titles(writer)).to_have_text(["three", "one"])
    expect(writer.session("one")).to_be_focused()
    expect(toast(writer, "“two” is in the trash. Nothing is erased.")).to_be_visible()
    writer.button("Undo").click()
    expect(titles(writer)).to_have_text(["three", "two", "one"])
    expect(toast(writer, "Undone: “two” is in the trash.")).to_be_visible()
    choose_action(writer, "two", "Move to the trash")
    expect(titles(writer)).to_have_text(["three", "one"])
    writer.button("Filters").click()
    page.get_by_text("Trash", exact=True).click()
    expect(titles(writer)).to_have_text(["two"])
    expect(page.get_by_text("Nothing here is erased.")).to_be_visible()
    check(page, "trash")
    page.reload()
    expect(titles(writer)).to_have_text(["three", "one"])
    writer.button("Filters").click()
    page.get_by_text("Trash", exact=True).click()
    choose_action(writer, "two", "Restore")
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    page.get_by_text("Sessions", exact=True).click()
    expect(titles(writer)).to_have_text(["three", "two", "one"])


def test_filters_show_one_kind_of_session(gardener: Writer) -> None:
    page = gardener.page
    everything = ["With Ada", "Compost", "Garlic", "Plain"]
    expect(titles(gardener)).to_have_text(everything)
    gardener.button("Filters").click()
    check(page, "filters")
    for label, option, expected in (
        ("Notebook", "Winter garden (2)", ["Compost", "Garlic"]),
        ("Notebook", "No notebook (2)", ["With Ada", "Plain"]),
        ("Phase", "Phase 2 (1)", ["Compost"]),
        ("Helper", "Ada (1)", ["With Ada"]),
        ("Tag", "#soil (2)", ["Compost", "Garlic"]),
    ):
        page.get_by_label(label, exact=True).select_option(option)
        expect(titles(gardener)).to_have_text(expected)
        page.get_by_label(label, exact=True).select_option("Any")
    page.get_by_role("table", name="Days written").get_by_role("button", name="4 sessions").click()
    expect(titles(gardener)).to_have_text(everything)
    page.get_by_label("Tag", exact=True).select_option("#winter (1)")
    gardener.button("Filters").click()
    expect(gardener.shelf.locator(".chip")).to_have_count(2)
    gardener.shelf.locator(".chip", has_text="#winter").click()
    expect(titles(gardener)).to_have_text(everything)


def test_a_session_is_moved_tagged_archived_and_made_a_template(gardener: Writer) -> None:
    page = gardener.page
    choose_action(gardener, "Plain", "Move to a notebook…")
    page.get_by_label("The move").check()
    check(page, "move")
    gardener.button("Move").click()
    expect(rows(gardener).filter(has_text="Plain")).to_contain_text("The move")
    choose_action(gardener, "Plain", "Tags…")
    page.get_by_label("New tags").fill("#boxes, keys")
    page.get_by_label("#soil").check()
    check(page, "tags")
    gardener.button("Set tags").click()
    expect(rows(gardener).filter(has_text="Plain")).to_contain_text("#boxes · #keys · #soil")
    choose_action(gardener, "Plain", "Phase and helper…")
    page.get_by_label("Phase", exact=True).fill("3")
    page.get_by_label("Helper", exact=True).fill("Grace")
    gardener.button("Set").click()
    expect(rows(gardener).filter(has_text="Plain")).to_contain_text("Phase 3 · Grace")
    choose_action(gardener, "Plain", "Save as a template…")
    expect(page.get_by_label("Prompt")).to_have_value("About Plain.")
    gardener.button("Save the template").click()
    expect(toast(gardener, "“Plain” is a template now.")).to_be_visible()
    choose_action(gardener, "Plain", "Archive")
    expect(titles(gardener)).to_have_text(["With Ada", "Compost", "Garlic"])
    page.locator("#page").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(titles(gardener)).to_have_text(["With Ada", "Compost", "Garlic", "Plain"])


def test_the_drawer_of_a_phone_does_it_all(
    device: Callable[..., BrowserContext], server: LiveServer, tmp_path: Path
) -> None:
    page = device(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    stock_notebooks(server, tmp_path)
    writer = at_the_desk(page)
    writer.button("Sessions").tap()
    writer.button("Actions for Garlic").tap()
    page.get_by_role("menuitem", name="Select").tap()
    page.get_by_role("checkbox", name="Compost").tap()
    expect(page.get_by_role("toolbar")).to_contain_text("2 chosen")
    narrow_enough(page)
    check(page, "choosing on a phone")
    page.get_by_role("toolbar").get_by_role("button", name="Pin").tap()
    expect(writer.shelf.get_by_role("heading").first).to_have_text("Pinned")
    writer.button("Undo").tap()
    expect(writer.shelf.get_by_role("heading")).to_have_text(["Today"])
    narrow_enough(page)
