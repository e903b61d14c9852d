"""The first visit: from nothing to a vault, with its recovery key put away."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.writer import Writer


def test_all_that_is_missing_is_said_and_the_first_of_it_has_the_focus(page: Page) -> None:
    writer = Writer(page)
    writer.button("Create a vault").click()
    writer.button("Create the vault").click()
    expect(page.get_by_role("alert")).to_have_count(2)
    name, passphrase = page.get_by_label("Name of the vault"), page.get_by_label("Passphrase", exact=True)
    expect(name).to_be_focused()
    passphrase.press_sequentially("ab")
    expect(passphrase).to_be_focused()
    name.fill("harbour")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_weak_passphrase_is_refused_with_advice(page: Page) -> None:
    writer = Writer(page)
    writer.button("Create a vault").click()
    page.get_by_label("Name of the vault").fill(writer.name)
    for field in ("Passphrase", "The same passphrase again"):
        page.get_by_label(field, exact=True).fill("password1")
    expect(page.get_by_text("easy to guess")).to_be_visible()
    writer.button("Create the vault").click()
    expect(page.get_by_role("alert")).to_contain_text("would be guessed too soon")
    expect(page.get_by_label("Passphrase", exact=True)).to_be_focused()


def test_the_name_of_the_vault_is_no_strong_passphrase(page: Page) -> None:
    writer = Writer(page, name="marguerite duras of saigon")
    writer.button("Create a vault").click()
    page.get_by_label("Name of the vault").fill(writer.name)
    page.get_by_label("Passphrase", exact=True).fill(writer.name)
    expect(page.get_by_text("easy to guess")).to_be_visible()


def test_two_different_passphrases_are_refused(page: Page) -> None:
    writer = Writer(page)
    writer.fill_creation()
    page.get_by_label("The same passphrase again").fill("cargo winter velvet upset lantern drift humbel")
    writer.button("Create the vault").click()
    expect(page.get_by_role("alert")).to_have_text("The two are not the same. Type it once more.")


def test_a_passphrase_can_be_made_shown_and_hidden(page: Page) -> None:
    writer = Writer(page)
    writer.button("Create a vault").click()
    writer.button("Make one for me").click()
    field = page.get_by_label("Passphrase", exact=True)
    expect(field).to_have_attribute("type", "text")
    first = field.input_value()
    assert re.fullmatch(r"[a-z]+( [a-z]+){6}", first)
    expect(page.get_by_label("The same passphrase again")).to_have_value(first)
    expect(page.get_by_text("Very strong")).to_be_visible()
    writer.button("Make another").click()
    expect(field).not_to_have_value(first)
    writer.button("Hide").click()
    expect(field).to_have_attribute("type", "password")


def test_a_taken_name_is_said(writer: Writer, context: BrowserContext, guard: Guard) -> None:
    guard.expects_failed_requests = True
    other = Writer(context.new_page(), name=writer.name)
    other.page.goto("/")
    other.button("Another vault").click()
    other.fill_creation()
    other.button("Create the vault").click()
    expect(other.page.get_by_role("alert")).to_be_visible()
    expect(other.heading("Create a vault")).to_be_visible()


def test_a_first_visit_leads_by_way_of_the_recovery_key_to_the_desk(page: Page, tmp_path: Path) -> None:
    """The key is shown, kept and typed back."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("heading", name="A private place to write.")).to_be_focused()
    writer = Writer(page)
    writer.fill_creation()
    writer.button("Create the vault").click()
    writer.keep_recovery_key()
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){13}", writer.recovery_key)

    with page.expect_download() as download:
        writer.button("Save as text").click()
    saved = tmp_path / "key.txt"
    download.value.save_as(saved)
    assert writer.recovery_key.replace("-", "") in saved.read_text().replace("-", "").replace("\n", "")
    writer.button("Copy").click()
    expect(writer.button("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == writer.recovery_key

    page.emulate_media(media="print")
    expect(page.get_by_text(f"Vault “{writer.name}” at")).to_be_visible()
    expect(writer.button("Print")).to_be_hidden()
    page.emulate_media(media="screen")

    writer.button("I have put it away").click()
    expect(page.get_by_text(writer.recovery_key[:4])).to_have_count(0)
    writer.button("Start writing").click()
    expect(page.get_by_role("alert").first).to_have_text("This is not what the key says.")
    writer.button("Show the key again").click()
    writer.confirm_recovery_key()
    expect(writer.text).to_be_focused()
    expect(page.get_by_text("What you save will be listed here")).to_be_visible()
    expect(page).to_have_title("Inkvault")


def test_an_unconfirmed_recovery_key_is_not_forgotten(page: Page) -> None:
    writer = Writer(page)
    writer.fill_creation()
    writer.button("Create the vault").click()
    expect(writer.heading("Your recovery key")).to_be_visible()
    page.reload()
    expect(page.get_by_text("The recovery key of this vault was never confirmed.")).to_be_visible()
    writer.button("Make a new one").click()
    expect(writer.heading("Secrets and settings")).to_be_visible()


def test_the_page_goes_on_while_a_key_is_derived(page: Page) -> None:
    """Frames are painted between the beginning and the end of the derivation."""
    writer = Writer(page)
    writer.fill_creation()
    page.evaluate(
        """() => {
          window.framesWhileDeriving = 0;
          const frame = () => {
            const now = document.querySelector('.steps [data-state=now]');
            if (now?.textContent.startsWith('Turning your passphrase')) window.framesWhileDeriving += 1;
            requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        }"""
    )
    writer.button("Create the vault").click()
    expect(writer.heading("Your recovery key")).to_be_visible()
    assert page.evaluate("window.framesWhileDeriving") > 5
