"""Two at once: other devices, other tabs. Both texts are kept, always."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.writer import SAVE, Writer

LOOK = "window.dispatchEvent(new Event('focus'))"


def second_tab(writer: Writer) -> Writer:
    tab = Writer(writer.page.context.new_page(), writer.name)
    tab.page.goto("/")
    tab.enter()
    return tab


def second_device(writer: Writer, context: BrowserContext) -> Writer:
    other = Writer(context.new_page(), writer.name)
    other.page.goto("/")
    other.enter()
    return other


def test_what_another_device_writes_appears(writer: Writer, device: Callable[..., BrowserContext]) -> None:
    writer.write("from here")
    other = second_device(writer, device())
    other.open("from here")
    other.write("from there")
    writer.text.fill("half a thought")
    writer.page.evaluate(LOOK)
    expect(writer.messages).to_have_text(["from here", "from there"])
    expect(writer.text).to_have_value("half a thought")
    expect(writer.text).to_be_focused()
    other.new_session()
    other.write("a session from there")
    writer.page.evaluate(LOOK)
    expect(writer.session("a session from there")).to_be_visible()


def test_looking_for_others_goes_on_by_itself(writer: Writer, device: Callable[..., BrowserContext]) -> None:
    writer.page.clock.install()
    writer.page.reload()
    expect(writer.text).to_be_visible()
    other = second_device(writer, device())
    other.write("from there")
    writer.page.clock.run_for(21_000)
    expect(writer.session("from there")).to_be_visible()


def test_two_devices_that_save_at_once_both_save(
    writer: Writer, device: Callable[..., BrowserContext], guard: Guard
) -> None:
    guard.expects_failed_requests = True  # the later one is told that it is stale, and rebases
    writer.write("begun")
    other = second_device(writer, device())
    other.open("begun")
    for one in (writer, other):
        one.text.fill(f"by {'the first' if one is writer else 'the second'}")
    writer.page.keyboard.press(SAVE)
    other.page.keyboard.press(SAVE)
    writer.expect_state("saved")
    other.expect_state("saved")
    for one in (writer, other):
        one.page.evaluate(LOOK)
        expect(one.messages).to_have_count(3)
        assert set(one.messages.all_inner_texts()) == {"begun", "by the first", "by the second"}


def test_two_tabs_in_one_session_keep_both_drafts_and_both_messages(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.write("begun")
    tab = second_tab(writer)
    expect(tab.messages).to_have_text(["begun"])
    writer.draft("draft of the first tab")
    tab.draft("draft of the second tab")
    for one, draft in ((writer, "draft of the first tab"), (tab, "draft of the second tab")):
        one.page.reload()
        expect(one.text).to_have_value(draft)
    writer.page.keyboard.press(SAVE)
    writer.expect_state("saved")
    tab.page.keyboard.press(SAVE)
    tab.expect_state("saved")
    expect(tab.messages).to_have_text(["begun", "draft of the first tab", "draft of the second tab"])


def test_a_draft_in_use_in_one_tab_is_not_taken_by_another(writer: Writer) -> None:
    writer.draft("mine alone")
    tab = second_tab(writer)
    expect(tab.text).to_have_value("")
    tab.page.close()
    page: Page = writer.page
    page.reload()
    expect(writer.text).to_have_value("mine alone")
