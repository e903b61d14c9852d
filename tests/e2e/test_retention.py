"""Retention: due by the writer's own rules, shown first, done when said, and undone."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.e2e.live import LiveServer
from tests.e2e.test_access import check
from tests.e2e.test_sitting import LOOK, at_desk, clock  # noqa: F401 - clock is a fixture

DAY = 86_400


def test_what_is_due_is_shown_first_and_never_done_silently(context: BrowserContext, clock: LiveServer) -> None:  # noqa: F811
    writer = at_desk(context)
    page = writer.page
    for text in ("to be kept", "to be put away"):
        writer.new_session()
        writer.write(text)
    writer.settings()
    page.get_by_label("Archive after").fill("30")
    page.get_by_label("Archive after").press("Tab")
    expect(page.get_by_label("Archive after")).to_have_value("30")
    writer.button("Show what is due now").click()
    expect(page.get_by_role("dialog").get_by_text("Nothing is due today.")).to_be_visible()
    writer.button("Close").click()
    clock.ahead += 31 * DAY
    writer.lock()
    writer.enter()
    titles = writer.shelf.locator(".shelf-title")
    expect(titles.filter(has_text="to be")).to_have_count(2)
    expect(writer.notice("By your own rules some sessions are due")).to_be_visible()
    writer.button("Show them").click()
    dialog = page.get_by_role("dialog", name="Due by your own rules")
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    check(page, "what is due")
    expect(dialog.get_by_text("31 days without a word")).to_have_count(2)
    dialog.get_by_label("to be kept").uncheck()
    writer.button("Do it for 1 session").click()
    expect(dialog).to_have_count(0)
    expect(titles.filter(has_text="to be")).to_have_text(["to be kept"])
    writer.button("Undo").click()
    expect(titles.filter(has_text="to be")).to_have_count(2)
    page.evaluate(LOOK)
    expect(titles.filter(has_text="to be")).to_have_count(2)


def test_a_longer_sitting_is_a_setting_of_the_vault(context: BrowserContext, clock: LiveServer) -> None:  # noqa: F811
    writer = at_desk(context)
    writer.write("slow")
    writer.settings()
    writer.page.get_by_label("A session goes on for").select_option("30")
    writer.button("Back to writing").click()
    clock.ahead += 20 * 60
    writer.page.evaluate(LOOK)
    writer.page.clock.run_for(6_000)
    expect(writer.page.locator(".state-line .state")).to_contain_text("Idle")
    writer.write("but going on")
    expect(writer.messages).to_have_text(["slow", "but going on"])
    writer.page.reload()
    writer.settings()
    expect(writer.page.get_by_label("A session goes on for")).to_have_value("30")
