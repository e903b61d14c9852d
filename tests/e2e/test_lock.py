"""Locking: by button, by key, in every tab; what is left afterwards is nothing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.guard import Guard
from tests.e2e.writer import LOCK, PASSPHRASE, Writer


def test_the_lock_empties_page_and_storage(writer: Writer) -> None:
    writer.write("a message to forget")
    writer.draft("a draft to forget")
    writer.page.keyboard.press(LOCK)
    writer.expect_locked()
    content = writer.page.content()
    assert "to forget" not in content
    assert writer.page.evaluate("sessionStorage.length") == 0
    expect(writer.page.get_by_label("Passphrase")).to_be_focused()
    expect(writer.page.get_by_label("Name of the vault")).to_have_value(writer.name)


def test_the_last_keystroke_before_the_lock_is_kept(writer: Writer) -> None:
    writer.text.focus()
    writer.page.keyboard.type("not one letter is los")
    writer.page.keyboard.type("t")
    writer.page.keyboard.press(LOCK)
    writer.expect_locked()
    writer.enter()
    expect(writer.text).to_have_value("not one letter is lost")


def test_all_tabs_lock_at_once_and_keep_their_drafts(writer: Writer) -> None:
    writer.write("shared")
    other = Writer(writer.page.context.new_page(), writer.name)
    other.page.goto("/")
    other.enter()
    expect(other.messages).to_have_text(["shared"])
    other.text.fill("in the other tab")
    writer.text.fill("in this tab")
    writer.page.keyboard.press(LOCK)
    writer.expect_locked()
    other.expect_locked()
    expect(other.page.get_by_text("Locked in another tab.")).to_be_visible()
    assert "tab" not in writer.page.locator("main").inner_text().replace("another tab", "")
    writer.enter()
    other.enter()
    assert {writer.text.input_value(), other.text.input_value()} == {"in this tab", "in the other tab"}


def test_back_after_the_lock_shows_nothing(writer: Writer) -> None:
    """Also when the page is left in the very moment of the lock, with a draft still to be sealed."""
    writer.write("behind the door")
    writer.text.fill("on the way out of the door")
    writer.button("Lock").click()
    writer.page.goto("about:blank")
    writer.page.go_back()
    writer.expect_locked()
    assert "the door" not in writer.page.content()


def test_a_page_that_the_browser_keeps_for_going_back_holds_no_text(writer: Writer) -> None:
    """Nothing of it is shown when it comes back either: it is loaded anew."""
    writer.write("saved text")
    writer.draft("unsaved text")
    writer.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(writer.page.locator("textarea")).to_have_count(0)
    assert "saved text" not in writer.page.content()
    with writer.page.expect_navigation():
        writer.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(writer.text).to_have_value("unsaved text")


def test_leaving_and_coming_back_shows_the_open_vault(writer: Writer) -> None:
    """Within the idle limit, as after a refresh; the page that was left held no text."""
    writer.draft("left open")
    writer.page.goto("about:blank")
    writer.page.go_back()
    expect(writer.text).to_have_value("left open")


def test_a_wrong_passphrase_and_a_wrong_name_have_one_message(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.lock()
    writer.try_unlock("cargo winter velvet upset lantern drift hamble")
    expect(writer.page.get_by_role("alert")).to_have_count(1)
    wrong_passphrase = writer.page.get_by_role("alert").inner_text()
    expect(writer.page.get_by_label("Passphrase")).to_be_focused()
    writer.name += " that nobody has"
    writer.try_unlock(PASSPHRASE)
    # It takes as long: both derive a key, and the steps on the page are the same.
    expect(writer.heading("Unlocking")).to_be_visible()
    expect(writer.page.get_by_role("alert")).to_have_text(wrong_passphrase)


def test_an_unlock_leaves_its_times_and_nothing_else(writer: Writer) -> None:
    writer.write("a message to measure")
    writer.lock()
    writer.unlock()
    writer.page.wait_for_function("performance.getEntriesByName('inkvault:open', 'measure').length > 0")
    entries = "[...performance.getEntriesByType('mark'), ...performance.getEntriesByType('measure')]"
    names = set(writer.page.evaluate(f"{entries}.map(({{ name }}) => name)"))
    steps = {"challenge", "derive", "login", "open", "listed"}
    assert names == {f"inkvault:{step}" for step in steps}
    assert all(writer.page.evaluate(f"{entries}.map(({{ detail }}) => detail === null)"))
