"""Secrets: the passphrase, the recovery key, passkeys; what each opens, and what it no longer opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.writer import NAME, Writer

NEXT = "umbrella seldom pickle orbit granite yonder flute"


def test_the_slots_are_listed_and_the_recovery_key_opens_the_vault(page: Page, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer = Writer(page)
    writer.create()
    writer.settings()
    slots = writer.page.locator(".slot")
    expect(slots).to_have_count(2)
    passphrase = slots.filter(has_text="Passphrase")
    expect(passphrase).to_contain_text("in use")
    expect(passphrase).to_contain_text("last used just now")
    expect(slots.filter(has_text="Recovery key")).to_contain_text("never used")
    writer.button("Back to writing").click()
    writer.write("kept")
    writer.lock()
    right = writer.recovery_key
    writer.button("Use the recovery key").click()
    writer.page.get_by_label("Recovery key").fill(right[:-1] + ("0" if right[-1] != "0" else "1"))
    writer.button("Unlock").click()
    expect(writer.page.get_by_role("alert")).to_be_visible()
    writer.page.get_by_label("Recovery key").fill(right.lower().replace("-", " ").replace("0", "o"))
    writer.button("Unlock").click()
    expect(writer.messages).to_have_text(["kept"])
    writer.settings()
    expect(slots.filter(has_text="Recovery key")).to_contain_text("in use")


def test_a_changed_passphrase_ends_the_old_one(page: Page, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer = Writer(page, NAME)
    writer.unlock()
    writer.write("kept")
    writer.settings()
    writer.button("Change").click()
    dialog = writer.page.get_by_role("dialog", name="Change the passphrase")
    expect(dialog.get_by_label("Current passphrase")).to_be_focused()
    dialog.get_by_label("Current passphrase").fill("not the current one at all")
    dialog.get_by_label("New passphrase").fill(NEXT)
    dialog.get_by_label("The same passphrase again").fill(NEXT)
    expect(dialog.get_by_text("Very strong")).to_be_visible()
    writer.button("Change it").click()
    expect(dialog.get_by_role("alert")).to_have_text("This is not the passphrase of this vault.")
    dialog.get_by_label("Current passphrase").fill(writer.passphrase)
    writer.button("Change it").click()
    expect(dialog).to_have_count(0)
    writer.lock()
    writer.try_unlock()
    expect(writer.page.get_by_role("alert")).to_be_visible()
    writer.unlock(NEXT)
    expect(writer.messages).to_have_text(["kept"])


def test_a_forgotten_passphrase_is_replaced_with_the_recovery_key(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.write("kept")
    writer.lock()
    writer.unlock_by_recovery_key(writer.recovery_key)
    writer.button("Set a new passphrase").click()
    dialog = writer.page.get_by_role("dialog", name="Set a new passphrase")
    expect(dialog.get_by_label("Recovery key")).to_be_focused()
    dialog.get_by_label("Recovery key").fill(writer.recovery_key)
    dialog.get_by_label("New passphrase").fill(NEXT)
    dialog.get_by_label("The same passphrase again").fill(NEXT)
    expect(dialog.get_by_text("Very strong")).to_be_visible()
    writer.button("Set it").click()
    expect(dialog).to_have_count(0)
    expect(writer.button("Set a new passphrase")).to_have_count(0)
    writer.lock()
    writer.try_unlock()
    expect(writer.page.get_by_role("alert")).to_be_visible()
    writer.unlock(NEXT)
    expect(writer.messages).to_have_text(["kept"])


def test_a_replaced_recovery_key_ends_the_old_one(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.settings()
    writer.button("Replace").click()
    writer.button("Make a new key").click()
    old = writer.recovery_key
    writer.keep_recovery_key()
    assert writer.recovery_key != old
    writer.confirm_recovery_key()
    expect(writer.heading("Secrets and settings")).to_be_visible()
    writer.lock()
    new, writer.recovery_key = writer.recovery_key, old
    writer.button("Use the recovery key").click()
    writer.page.get_by_label("Recovery key").fill(old)
    writer.button("Unlock").click()
    expect(writer.page.get_by_role("alert")).to_be_visible()
    writer.page.get_by_label("Recovery key").fill(new)
    writer.button("Unlock").click()
    expect(writer.text).to_be_visible()


@pytest.fixture
def authenticator(page: Page) -> Iterator[CDPSession]:
    """A virtual one with PRF, for this page."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True, "hasPrf": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.detach()


def test_a_passkey_is_added_opens_and_is_removed(authenticator: CDPSession, writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.write("kept")
    writer.settings()
    writer.button("Add a passkey").click()
    writer.page.get_by_label("A name for it").fill("Laptop")
    writer.button("Add the passkey").click()
    slot = writer.page.locator(".slot", has_text="Laptop")
    expect(slot).to_contain_text("never used")
    writer.lock()
    writer.button("Use a passkey").click()
    writer.button("Unlock with a passkey").click()
    expect(writer.messages).to_have_text(["kept"])
    writer.settings()
    expect(slot).to_contain_text("in use")
    writer.lock()
    writer.enter()
    writer.settings()
    slot.get_by_role("button", name="Remove").click()
    writer.button("Cancel").click()
    expect(slot).to_be_visible()
    slot.get_by_role("button", name="Remove").click()
    writer.button("Remove it").click()
    expect(slot).to_have_count(0)
    writer.lock()
    writer.button("Use a passkey").click()
    writer.button("Unlock with a passkey").click()
    expect(writer.page.get_by_role("alert")).to_be_visible()


def test_a_browser_without_passkeys_says_so(writer: Writer) -> None:
    writer.page.add_init_script("delete window.PublicKeyCredential")
    writer.page.reload()
    expect(writer.text).to_be_visible()
    writer.settings()
    writer.button("Add a passkey").click()
    expect(writer.page.get_by_role("dialog", name="Passkeys do not work here")).to_be_visible()
