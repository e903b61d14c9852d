"""Erasing from the page: seen, confirmed twice, paused, carried out, certified."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer, forward
from tests.e2e.stocked import at_the_desk, stock
from tests.e2e.writer import NAME, PASSPHRASE, RECOVERY_KEY, Writer
from vault.audit import certificate
from vault.audit.checkpoint import VerifierKey

DONE = "It is erased."
TEXTS = {
    "Garlic": ("Planted in rows.", "Needle of garlic."),
    "Compost": ("Turned it.",),
    "Robins": ("They came back.",),
}


def menu(writer: Writer, title: str, action: str) -> None:
    writer.page.get_by_role("button", name=f"Actions for {title}").click()
    writer.page.get_by_role("menuitem", name=action).click()


def confirm(writer: Writer, phrase: str, secret: tuple[str, str] = ("Recovery key", RECOVERY_KEY)) -> None:
    """From what would go to the last pause."""
    dialog = writer.page.get_by_role("dialog", name="This would be erased")
    dialog.get_by_role("button", name="Go on").click()
    sure = writer.page.get_by_role("dialog", name="Are you sure?")
    sure.get_by_label("The phrase").fill(phrase)
    sure.get_by_label(secret[0]).fill(secret[1])
    sure.get_by_role("button", name="Confirm").click()


def let_the_pause_pass(writer: Writer) -> None:
    expect(writer.heading("Last pause")).to_be_visible()
    expect(writer.button("Cancel, keep everything")).to_be_focused()
    for _ in range(10):
        writer.page.clock.run_for(1_000)


def nuke(writer: Writer, phrase: str) -> None:
    confirm(writer, phrase)
    let_the_pause_pass(writer)


def begin(page: Page, server: LiveServer, folder: Path) -> Writer:
    page.clock.install()
    stock(server, folder, TEXTS)
    return at_the_desk(page)


def test_a_session_goes_and_its_certificate_holds(page: Page, server: LiveServer, tmp_path: Path) -> None:
    writer = begin(page, server, tmp_path)
    menu(writer, "Garlic", "Nuke…")
    plan = page.get_by_role("dialog", name="This would be erased")
    expect(plan.get_by_text("1 session with 2 messages.")).to_be_visible()
    expect(plan.get_by_role("list", name="What goes")).to_contain_text("Garlic")
    nuke(writer, "erase 1 session")
    page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    sheet = page.get_by_role("article", name="Certificate of an erasure")
    expect(sheet).to_contain_text("1 session altogether, 2 sealed records in all")
    expect(sheet).to_contain_text("0 found")
    expect(sheet).not_to_contain_text("Garlic")
    with page.expect_download() as download:
        writer.button("Save as JSON").click()
    data = Path(download.value.path()).read_bytes()
    key = sheet.get_by_text(re.compile(r"^inkvault/[0-9a-f]{32}\+")).inner_text()
    certificate.verify(data, VerifierKey.parse(key))
    assert json.loads(data)["statement"]["scope"] == "part"
    writer.button("Back to writing").click()
    expect(writer.session("Compost")).to_be_visible()
    expect(writer.session("Garlic")).to_have_count(0)


def test_nothing_goes_without_phrase_passphrase_and_pause(
    page: Page, server: LiveServer, tmp_path: Path, guard: Guard
) -> None:
    guard.expects_failed_requests = True  # the wrong passphrase
    page.clock.install()
    stock(server, tmp_path, TEXTS)
    writer = Writer(page, NAME)
    writer.unlock()
    menu(writer, "Robins", "Nuke…")
    confirm(writer, "erase 2 sessions", ("Your passphrase again", PASSPHRASE))
    expect(page.get_by_text("Type: erase 1 session")).to_be_visible()
    page.get_by_label("The phrase").fill(" Erase  1 session ")
    page.get_by_label("Your passphrase again").fill("this is not the one")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("This is not the passphrase of this vault.")).to_be_visible()
    page.get_by_label("Your passphrase again").fill(PASSPHRASE)
    page.get_by_role("button", name="Confirm").click()
    expect(writer.heading("Last pause")).to_be_visible()
    page.clock.run_for(5_000)
    writer.button("Cancel, keep everything").click()
    page.clock.run_for(20_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    writer.open("Robins")
    expect(writer.messages).to_have_text(["They came back."])


def test_a_message_goes_and_the_rest_stays(page: Page, server: LiveServer, tmp_path: Path) -> None:
    writer = begin(page, server, tmp_path)
    writer.open("Garlic")
    writer.messages.first.hover()
    page.get_by_role("button", name="Nuke the message of").first.click()
    expect(page.get_by_text("1 message out of sessions that stay.")).to_be_visible()
    nuke(writer, "erase 1 message")
    page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    writer.button("Back to writing").click()
    expect(writer.messages).to_have_text(["Needle of garlic."])
    writer.write("And on it goes.")
    page.reload()
    expect(writer.messages).to_have_text(["Needle of garlic.", "And on it goes."])


def test_an_order_that_stands_is_followed_whatever_fails_after_it(
    page: Page, server: LiveServer, tmp_path: Path, guard: Guard
) -> None:
    guard.expects_failed_requests = True
    writer = begin(page, server, tmp_path)
    ordered: list[str] = []

    def order(route: Route) -> None:
        response = forward(route)
        ordered.append(route.request.url)
        route.fulfill(response=response)

    def lose(route: Route) -> None:
        if ordered:
            route.abort()
        else:
            route.continue_()

    page.route("**/confirm", order)
    for after in ("changes", "audit/checkpoint"):
        page.route(f"**/api/v1/{after}?*", lose)
    menu(writer, "Garlic", "Nuke…")
    nuke(writer, "erase 1 session")
    page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    expect(page.get_by_text("Not checked yet")).to_be_visible()
    writer.button("Look at it again later").click()
    page.unroute_all()
    writer.button("Look at it").click()
    expect(page.get_by_text("The log that the server shows now goes on from it.")).to_be_visible()
    writer.button("Back to writing").click()
    expect(writer.session("Compost")).to_be_visible()
    expect(writer.session("Garlic")).to_have_count(0)


def test_an_order_that_never_arrives_is_not_known_then_not_made(
    page: Page, server: LiveServer, tmp_path: Path, guard: Guard
) -> None:
    guard.expects_failed_requests = True
    writer = begin(page, server, tmp_path)
    page.route("**/confirm", lambda route: route.abort())
    menu(writer, "Garlic", "Nuke…")
    nuke(writer, "erase 1 session")
    expect(writer.heading("Not known yet")).to_be_visible()
    page.reload()
    expect(writer.notice("It is not known yet whether the order arrived")).to_be_visible()
    for _ in range(100):
        page.clock.run_for(1_000)
        if writer.heading("It was not ordered.").is_visible():
            break
    expect(page.get_by_role("alert")).to_have_text("The order did not reach the server; nothing was erased.")
    writer.button("Back to writing").click()
    expect(writer.session("Garlic")).to_be_visible()


def test_another_device_says_that_its_session_is_gone_and_keeps_the_text(
    device: Callable[..., BrowserContext], server: LiveServer, tmp_path: Path
) -> None:
    writer = begin(_page(device), server, tmp_path)
    other = at_the_desk(_page(device))
    other.open("Compost")
    other.draft("Not saved yet")
    menu(writer, "Compost", "Nuke…")
    nuke(writer, "erase 1 session")
    writer.page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    other.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(other.notice("This session was erased on another device.")).to_be_visible()
    expect(other.text).to_have_value("Not saved yet")
    expect(other.session("Compost")).to_have_count(0)
    other.page.keyboard.press("Control+Enter")
    expect(other.messages).to_have_text(["Not saved yet"])


def test_another_device_gives_up_a_change_to_what_is_gone_and_keeps_the_words_added(
    device: Callable[..., BrowserContext], server: LiveServer, tmp_path: Path
) -> None:
    writer = begin(_page(device), server, tmp_path)
    other = at_the_desk(_page(device))
    other.open("Garlic")
    other.messages.last.hover()
    other.page.locator(".message-edit").last.click()
    other.page.get_by_label("Text of the message").fill("Needle of garlic. And mulch.")
    expect(other.page.get_by_text("Kept on this device")).to_be_visible()
    writer.open("Garlic")
    writer.messages.last.hover()
    writer.page.get_by_role("button", name="Nuke the message of").last.click()
    nuke(writer, "erase 1 message")
    writer.page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    other.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(other.notice("The words that you had added are kept")).to_be_visible()
    expect(other.messages).to_have_text(["Planted in rows."])
    assert "Needle" not in other.page.locator("body").inner_html()
    other.new_session()
    expect(other.text).to_have_value("And mulch")


def test_the_whole_vault_goes_with_all_that_this_browser_kept(
    page: Page, server: LiveServer, tmp_path: Path, guard: Guard
) -> None:
    guard.expects_failed_requests = True  # at the end the name is unknown
    writer = begin(page, server, tmp_path)
    tab = page.context.new_page()
    tab.goto("/")
    neighbour = at_the_desk(tab)
    writer.draft("An unsaved thought")
    writer.settings()
    writer.button("Erase everything…").click()
    expect(page.get_by_text("The whole vault: everything in it, its keys and its name.")).to_be_visible()
    nuke(writer, "erase everything")
    page.clock.resume()
    expect(writer.heading("The vault is erased.")).to_be_visible()
    expect(neighbour.page.get_by_text("The whole vault was erased.")).to_be_visible()
    page.reload()
    expect(writer.heading("The vault is erased.")).to_be_visible()
    writer.button("Done").click()
    expect(writer.heading("A private place to write.")).to_be_visible()
    assert page.evaluate(_KEPT) == []
    assert page.evaluate("sessionStorage.length") == 0
    writer.try_to_enter()
    expect(page.get_by_text("The vault name or the secret is not right.")).to_be_visible()


_KEPT = """() => new Promise((resolve) => {
  indexedDB.open('inkvault').onsuccess = ({target: {result}}) => {
    result.transaction('kept').objectStore('kept').getAllKeys().onsuccess = ({target}) => resolve(target.result);
  };
})"""


def _page(device: Callable[..., BrowserContext]) -> Page:
    page = device().new_page()
    page.goto("/")
    return page
