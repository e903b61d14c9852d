"""The five-minute rule on the page, with clocks that the tests move; and what becomes of messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, open_vault
from tests.e2e.test_access import check
from tests.e2e.writer import SAVE, Writer
from vault.client import NewMessage

LOOK = "window.dispatchEvent(new Event('focus'))"
PATIENT = "localStorage.setItem('inkvault.settings', JSON.stringify({ idleMinutes: 60 }))"
"""The page would lock before the session ends."""


@pytest.fixture
def clock(server: LiveServer) -> Iterator[LiveServer]:
    yield server
    server.ahead = 0


def at_desk(context: BrowserContext) -> Writer:
    """A writer on a device whose page has a clock under control."""
    page = context.new_page()
    page.add_init_script(PATIENT)
    page.clock.install()
    page.goto("/")
    return at_the_desk(page)


def later(server: LiveServer, minutes: float, *writers: Writer) -> None:
    """Time goes by, everywhere at once."""
    server.ahead += minutes * 60
    for writer in writers:
        writer.page.clock.fast_forward(int(minutes * 60_000))


def standing(page: Page) -> Locator:
    return page.locator(".state-line .state")


def told(page: Page) -> Locator:
    return page.locator(".state-line [role=status]")


def test_a_session_goes_on_for_five_minutes(context: BrowserContext, clock: LiveServer) -> None:
    writer = at_desk(context)
    page = writer.page
    expect(standing(page)).to_have_text("Newbegins with your first message")
    writer.write("The kettle is on.")
    expect(standing(page)).to_have_text("Active")
    later(clock, 2, writer)
    expect(standing(page)).to_have_text("Idle3 minutes left")
    expect(told(page)).to_have_text("Session: Idle, 3 minutes left.")
    later(clock, 1, writer)
    expect(standing(page)).to_have_text("Idle2 minutes left")
    expect(told(page)).to_have_text("Session: Idle, 3 minutes left.")  # not told each minute
    page.reload()
    writer.write("It still is.")
    expect(writer.messages).to_have_text(["The kettle is on.", "It still is."])
    later(clock, 4.5, writer)
    expect(told(page)).to_have_text("Session: Idle, less than a minute left.")
    writer.draft("Typing is activity")
    expect(standing(page)).to_have_text("Active")
    later(clock, 4, writer)
    expect(standing(page)).to_have_text("Idleless than a minute left")
    later(clock, 2, writer)
    expect(standing(page)).to_contain_text("Endedyour next message begins a new session")
    page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["Typing is activity"])
    expect(standing(page)).to_have_text("Active")
    expect(writer.shelf.locator(".shelf-title")).to_have_text(["Typing is activity", "The kettle is on."])


def test_one_click_ends_a_session_and_another_resumes_it(context: BrowserContext, clock: LiveServer) -> None:
    writer = at_desk(context)
    page = writer.page
    writer.write("begun")
    writer.text.fill("typed when it ended")
    writer.button("End session").click()
    expect(writer.messages).to_have_text(["begun", "typed when it ended"])
    expect(standing(page)).to_contain_text("Ended")
    expect(writer.text).to_be_focused()
    writer.button("Resume").click()
    expect(standing(page)).to_have_text("Resumed")
    writer.write("resumed")
    expect(writer.messages).to_have_text(["begun", "typed when it ended", "resumed"])
    later(clock, 50, writer)
    expect(standing(page)).to_contain_text("Ended")
    writer.button("Resume").click()
    expect(standing(page)).to_have_text("Resumed")
    writer.write("fifty minutes later")
    expect(writer.messages).to_have_count(4)
    expect(writer.shelf.locator(".shelf-title")).to_have_text(["begun"])


def test_a_device_clock_that_jumps_decides_nothing(context: BrowserContext, clock: LiveServer) -> None:
    writer = at_desk(context)
    writer.write("begun")
    writer.page.clock.fast_forward(30 * 60_000)
    writer.page.evaluate(LOOK)
    writer.page.clock.run_for(6_000)
    expect(standing(writer.page)).to_have_text("Active")
    writer.write("the same session")
    expect(writer.messages).to_have_count(2)
    clock.ahead += 360
    writer.draft("and now it was the service that went on")
    writer.page.clock.fast_forward(31_000)
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["and now it was the service that went on"])


def test_two_devices_share_one_active_session(
    context: BrowserContext, device: Callable[..., BrowserContext], clock: LiveServer, guard: Guard
) -> None:
    guard.expects_failed_requests = True  # of two commits at once the later one is told that it is stale
    here = at_desk(context)
    here.write("from here")
    there = at_desk(device())
    expect(there.messages).to_have_text(["from here"])
    expect(standing(there.page)).to_have_text("Active")
    there.button("End session").click()
    expect(standing(there.page)).to_contain_text("Ended")
    here.page.evaluate(LOOK)
    expect(standing(here.page)).to_contain_text("Ended")
    there.write("a new one")
    here.page.evaluate(LOOK)
    expect(here.messages).to_have_text(["a new one"])
    later(clock, 10, here, there)
    expect(standing(here.page)).to_contain_text("Ended")
    here.text.fill("both write")
    there.text.fill("at once")
    here.page.keyboard.press(SAVE)
    there.page.keyboard.press(SAVE)
    here.expect_state("saved")
    there.expect_state("saved")
    here.page.evaluate(LOOK)
    there.page.evaluate(LOOK)
    for writer in (here, there):
        for text in ("both write", "at once"):
            expect(writer.shelf.get_by_text(text).first).to_be_visible()


def test_a_text_left_in_an_ended_session_moves_whole(context: BrowserContext, clock: LiveServer, guard: Guard) -> None:
    """The server is away at first; the draft is in its new place, is found there after a refresh, and is saved once."""
    guard.expects_failed_requests = True
    writer = at_desk(context)
    writer.write("begun")
    writer.draft("half a thought")
    later(clock, 6, writer)
    expect(standing(writer.page)).to_contain_text("Ended")
    writer.page.route("**/api/v1/commits", lambda route: route.abort())
    writer.page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    writer.page.unroute("**/api/v1/commits")
    writer.page.reload()
    expect(writer.text).to_have_value("half a thought")
    expect(writer.messages).to_have_count(0)
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["half a thought"])
    expect(writer.shelf.locator(".shelf-title")).to_have_text(["half a thought", "begun"])


def test_a_message_is_edited_and_keeps_what_it_was(writer: Writer) -> None:
    page = writer.page
    writer.write("The first wording")
    edit = page.get_by_role("button", name="Edit the message of")
    edit.click()
    area = page.get_by_label("Text of the message")
    expect(area).to_be_focused()
    area.fill("The second wording")
    writer.new_session()
    expect(writer.session("The first wording")).to_contain_text("draft")
    writer.open("The first wording")
    expect(area).to_have_value("The second wording")
    area.press("Escape")
    writer.button("Cancel").last.click()
    expect(area).to_have_value("The second wording")
    area.press("Escape")
    writer.button("Give it up").click()
    expect(writer.messages).to_have_text(["The first wording"])
    expect(edit).to_be_focused()
    edit.press("Enter")
    area.fill("The second wording")
    area.press(SAVE)
    expect(writer.messages).to_have_text(["The second wording"])
    page.get_by_text("1 earlier version").click()
    expect(page.locator(".version-text")).to_have_text("The first wording")
    page.reload()
    expect(page.locator(".version-text")).to_have_text("The first wording")
    page.get_by_role("button", name="into the trash").click()
    expect(writer.messages).to_have_count(0)
    page.get_by_text("1 message in the trash").click()
    page.get_by_role("button", name="Restore the message of").click()
    expect(writer.messages).to_have_text(["The second wording"])


def test_what_came_with_a_message_is_shown_and_fetched_by_nobody(
    writer: Writer, server: LiveServer, tmp_path: Path
) -> None:
    source = {"title": "On ferries", "url": "https://example.org/ferries", "text": "They leave.", "rank": 3}
    trap = {"title": "A trap", "url": "javascript:alert(1)"}
    answer = NewMessage(
        "See the sources.",
        role="helper",
        sources=(source, trap),
        tool_calls=({"name": "timetable", "input": "harbour", "output": "18:10"},),
        flags=("close reading",),
    )
    with open_vault(server, tmp_path) as vault:
        vault.append_all(None, [NewMessage("When does it leave?"), answer], new="Ferries")
    writer.page.evaluate(LOOK)
    writer.session("Ferries").click()
    message = writer.page.locator(".message", has_text="See the sources.")
    expect(message.get_by_role("list", name="Flags")).to_have_text("close reading")
    message.get_by_text("2 sources").click()
    expect(message.get_by_role("link")).to_have_count(1)
    expect(message.get_by_role("link", name="On ferries")).to_have_attribute("rel", "noopener noreferrer")
    expect(message.get_by_text("A trap")).to_be_visible()
    message.get_by_text("1 tool call").click()
    expect(message.locator("pre")).to_have_text(["harbour", "18:10"])
    check(writer.page, "sources")
