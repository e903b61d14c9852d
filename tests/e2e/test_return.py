"""Coming back: after a refresh, a crash, idle minutes, another device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.writer import LOCK, Writer

CARET = "element => [element.selectionStart, element.selectionEnd]"
SCROLL = "document.querySelector('.page-scroll').scrollTop"
PARAGRAPHS = "\n\n".join(f"Paragraph {number} of a long evening." for number in range(60))


def test_a_refresh_keeps_session_draft_and_caret(writer: Writer) -> None:
    writer.write("the older session")
    writer.new_session()
    writer.write("the newer session")
    writer.open("the older session")
    writer.draft("half a sentence")
    writer.page.keyboard.press("Home")
    writer.page.keyboard.type("Here is ")
    writer.expect_state("kept")
    writer.page.reload()
    expect(writer.messages).to_have_text(["the older session"])
    expect(writer.text).to_have_value("Here is half a sentence")
    assert writer.text.evaluate(CARET) == [8, 8]
    expect(writer.text).to_be_focused()


def test_a_draft_survives_a_crash(writer: Writer) -> None:
    """The page goes without a chance to say goodbye, and so do its sessionStorage and its login."""
    writer.write("saved before")
    writer.draft("not saved when the lights went out")
    writer.page.close(run_before_unload=False)
    again = Writer(writer.page.context.new_page(), writer.name)
    again.page.goto("/")
    again.enter()
    expect(again.messages).to_have_text(["saved before"])
    expect(again.text).to_have_value("not saved when the lights went out")


def test_drafts_of_several_sessions_are_kept_apart(writer: Writer) -> None:
    writer.write("one")
    writer.draft("draft of one")
    writer.new_session()
    writer.draft("draft of a new one")
    writer.open("one")
    expect(writer.text).to_have_value("draft of one")
    expect(writer.session("New session draft")).to_be_visible()
    writer.session("New session draft").click()
    expect(writer.text).to_have_value("draft of a new one")


def test_unlocking_returns_to_the_place(writer: Writer) -> None:
    writer.write(PARAGRAPHS)
    writer.new_session()
    writer.write("elsewhere")
    writer.open("Paragraph 0")
    writer.draft("where was I")
    writer.text.evaluate("element => element.setSelectionRange(6, 9)")
    writer.page.evaluate("document.querySelector('.page-scroll').scrollTo(0, 321)")
    writer.lock()
    expect(writer.page.locator("textarea")).to_have_count(0)
    writer.unlock_by_recovery_key(writer.recovery_key)
    expect(writer.text).to_have_value("where was I")
    assert writer.text.evaluate(CARET) == [6, 9]
    expect(writer.session("Paragraph 0")).to_have_attribute("aria-current", "true")
    assert writer.page.evaluate(SCROLL) == 321


def test_idle_minutes_lock_the_page(writer: Writer) -> None:
    writer.write("a needle in the haystack")
    writer.draft("half a needle")
    writer.page.clock.install()
    writer.page.reload()
    expect(writer.text).to_have_value("half a needle")
    writer.page.clock.run_for(4 * 60_000 + 5_000)
    expect(writer.notice("Inkvault locks in less than a minute.")).to_be_visible()
    writer.page.clock.run_for(60_000)
    writer.expect_locked()
    expect(writer.page.get_by_text("Locked after 5 minutes of quiet.")).to_be_visible()
    assert "needle" not in writer.page.content()
    writer.enter()
    expect(writer.text).to_have_value("half a needle")


def test_activity_keeps_it_open_and_renews_the_login(writer: Writer, server: LiveServer) -> None:
    writer.page.clock.install()
    writer.page.reload()
    expect(writer.text).to_be_visible()
    before = heartbeats(server)
    for _ in range(8):
        writer.page.clock.run_for(60_000)
        writer.page.keyboard.press("Shift")
    expect(writer.text).to_be_visible()
    writer.page.clock.run_for(20_000)
    writer.page.wait_for_load_state("networkidle")
    assert 7 <= heartbeats(server) - before <= 9


def heartbeats(server: LiveServer) -> int:
    return sum(b"PATH_INFO=/api/v1/logins/current/heartbeat" in request for request in server.received)


def test_a_machine_that_slept_wakes_up_locked(writer: Writer) -> None:
    """No timer runs while a machine sleeps: the first touch after it finds the page locked, and counts for nothing."""
    writer.draft("before the lid closed")
    writer.page.clock.install()
    writer.page.reload()
    expect(writer.text).to_have_value("before the lid closed")
    an_hour_later = writer.page.evaluate("Date.now()") / 1000 + 3600
    writer.page.clock.set_fixed_time(datetime.fromtimestamp(an_hour_later, UTC))
    writer.page.keyboard.press("Shift")
    writer.expect_locked()
    assert "before the lid closed" not in writer.page.content()


def test_the_idle_limit_can_be_set(writer: Writer) -> None:
    writer.settings()
    writer.page.get_by_label("Lock after").select_option("1")
    writer.lock()
    writer.page.clock.install()
    writer.enter()
    writer.page.clock.run_for(35_000)
    expect(writer.notice("Inkvault locks in less than a minute.")).to_be_visible()
    writer.page.keyboard.press("Shift")
    expect(writer.notice("Inkvault locks in less than a minute.")).to_have_count(0)
    writer.page.clock.run_for(61_000)
    writer.expect_locked()


def test_a_login_that_ends_while_typing_waits_for_a_pause(writer: Writer, server: LiveServer, guard: Guard) -> None:
    """A restarted service knows no logins any more."""
    guard.expects_failed_requests = True
    writer.write("before the restart")
    writer.page.clock.install()
    server.stop()
    server.start()
    writer.text.fill("typed while the login ends")
    writer.page.keyboard.press("Control+Enter")
    expect(writer.notice("The server has ended this login. Finish your sentence")).to_be_visible()
    writer.page.keyboard.type(", and on")
    writer.page.clock.run_for(9_000)
    expect(writer.text).to_have_value("typed while the login ends, and on")
    writer.page.clock.run_for(2_000)
    writer.expect_locked()
    writer.enter()
    expect(writer.messages).to_have_text(["before the restart"])
    expect(writer.text).to_have_value("typed while the login ends, and on")


def test_a_lock_after_the_login_has_ended_keeps_the_last_words(
    writer: Writer, server: LiveServer, guard: Guard
) -> None:
    guard.expects_failed_requests = True
    server.stop()
    server.start()
    writer.text.fill("typed while")
    writer.page.keyboard.press("Control+Enter")
    expect(writer.notice("The server has ended this login. Finish your sentence")).to_be_visible()
    writer.text.fill("typed while the login ends, and on")
    writer.page.keyboard.press(LOCK)
    writer.expect_locked()
    writer.enter()
    expect(writer.text).to_have_value("typed while the login ends, and on")


def test_a_refresh_without_a_server_loses_nothing(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.draft("still here")
    writer.page.route("**/api/**", lambda route: route.abort())
    writer.page.reload()
    expect(writer.heading("The server does not answer.")).to_be_visible()
    writer.page.unroute("**/api/**")
    writer.button("Try again").click()
    expect(writer.text).to_have_value("still here")


def test_a_new_device_shows_what_to_compare(writer: Writer, device: Callable[..., BrowserContext]) -> None:
    writer.write("from the first device")
    other = Writer(new_page(device()), writer.name)
    other.unlock()
    notice = other.notice("This device has not opened the vault before.")
    expect(notice).to_be_visible()
    writer.settings()
    code = writer.page.locator("section", has_text="Is it the same vault everywhere?").locator(".mono").inner_text()
    expect(notice.locator(".mono")).to_have_text(code)
    other.button("I have compared").click()
    expect(notice).to_have_count(0)
    other.lock()
    other.unlock_by_recovery_key(other.recovery_key)
    expect(notice).to_have_count(0)


def new_page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    return page
