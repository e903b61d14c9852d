"""What a writer does with the page, by what they see: labels, buttons, states."""

from __future__ import annotations

import itertools
import re

from playwright.sync_api import Locator, Page, expect

NAME = "a writer"
PASSPHRASE = "cargo winter velvet upset lantern drift humble"
RECOVERY_KEY = "D02A-W2AM-JGZC-65Z5-6RTN-PYRZ-WG5S-K9BG-T8V5-HRHX-90VX-3ZCD-N4TY-9JNM"
"""Of the vault that the service of each test has from the beginning."""
SAVE = "Control+Enter"
LOCK = "Control+Shift+L"
NEW = "Control+Shift+Enter"

_names = itertools.count(1)


def fresh_name() -> str:
    return f"writer {next(_names)}"


class Writer:
    """One page of one device, and the vault that is used there."""

    def __init__(self, page: Page, name: str | None = None, passphrase: str = PASSPHRASE) -> None:
        self.page = page
        self.name = name or fresh_name()
        self.passphrase = passphrase
        self.recovery_key = RECOVERY_KEY if name == NAME else ""

    # --- the way in --------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """From the first visit to the desk."""
        self.fill_creation()
        self.button("Create the vault").click()
        self.keep_recovery_key()
        self.confirm_recovery_key()
        expect(self.text).to_be_focused()

    def fill_creation(self) -> None:
        self.button("Create a vault").click()
        self.page.get_by_label("Name of the vault").fill(self.name)
        self.page.get_by_label("Passphrase", exact=True).fill(self.passphrase)
        self.page.get_by_label("The same passphrase again").fill(self.passphrase)
        expect(self.page.get_by_text("Very strong")).to_be_visible()

    def keep_recovery_key(self) -> None:
        expect(self.heading("Your recovery key")).to_be_visible()
        groups = self.page.locator(".recovery-key .mono").all_inner_texts()
        assert len(groups) == 14
        self.recovery_key = "-".join(groups)

    def confirm_recovery_key(self) -> None:
        self.button("I have put it away").click()
        groups = self.recovery_key.split("-")
        for field in self.page.get_by_label(re.compile(r"^Group \d+$")).all():
            label = field.locator("xpath=ancestor::*[contains(@class,'field')][1]//label").inner_text()
            field.fill(groups[int(label.removeprefix("Group ")) - 1])
        self.page.locator("main form button[type=submit]").click()

    def unlock(self, passphrase: str | None = None) -> None:
        """From the lock to the desk. On a device that does not know the vault, from the first visit."""
        self.try_unlock(passphrase)
        expect(self.text).to_be_visible()

    def try_unlock(self, passphrase: str | None = None) -> None:
        self.begin_unlocking()
        self.page.get_by_label("Passphrase").fill(passphrase or self.passphrase)
        self.button("Unlock").click()

    def begin_unlocking(self) -> None:
        expect(self.heading("Unlock your vault").or_(self.heading("A private place to write."))).to_be_visible()
        if self.button("Unlock a vault").is_visible():
            self.button("Unlock a vault").click()
        self.page.get_by_label("Name of the vault").fill(self.name)

    def enter(self) -> None:
        """To the desk of the vault that is there from the beginning, from the lock or from the first visit.

        By the recovery key, which is not stretched: a passphrase takes a second of both processors' time. What the
        page says to whoever comes in like this is put away.
        """
        self.begin_unlocking()
        self.unlock_by_recovery_key(self.recovery_key)
        self.notice("You unlocked with the recovery key.").get_by_role("button", name="Not now").click()
        if self.button("I have compared").is_visible():
            self.button("I have compared").click()
        self.text.focus()

    def try_to_enter(self) -> None:
        """As `enter`, for a test in which something else than the secret is in the way."""
        self.begin_unlocking()
        self._type_recovery_key(self.recovery_key)

    def unlock_by_recovery_key(self, recovery_key: str) -> None:
        self._type_recovery_key(recovery_key)
        expect(self.text).to_be_visible()

    def _type_recovery_key(self, recovery_key: str) -> None:
        self.button("Use the recovery key").click()
        self.page.get_by_label("Recovery key").fill(recovery_key)
        self.button("Unlock").click()

    def lock(self) -> None:
        self.button("Lock").click()
        self.expect_locked()

    def expect_locked(self) -> None:
        expect(self.heading("Unlock your vault")).to_be_visible()

    # --- the desk ----------------------------------------------------------------------------------------------------

    @property
    def text(self) -> Locator:
        return self.page.get_by_label("Your text")

    @property
    def state(self) -> Locator:
        return self.page.locator(".save-state")

    @property
    def shelf(self) -> Locator:
        return self.page.get_by_role("navigation", name="Sessions")

    @property
    def messages(self) -> Locator:
        return self.page.locator(".message-text")

    def session(self, title: str) -> Locator:
        return self.shelf.locator(".shelf-item").and_(self.shelf.get_by_role("button", name=title))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def notice(self, text: str) -> Locator:
        return self.page.locator(".notice", has_text=text)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def write(self, text: str) -> None:
        """Types (as one input) and saves; returns when the server has it."""
        self.text.fill(text)
        self.page.keyboard.press(SAVE)
        expect(self.messages.last).to_have_text(text)
        self.expect_state("saved")

    def draft(self, text: str) -> None:
        """Types; returns when the draft is sealed on this device."""
        self.text.fill(text)
        self.expect_state("kept")

    def new_session(self) -> None:
        self.page.keyboard.press(NEW)
        expect(self.page.get_by_role("heading", name="New session")).to_be_visible()

    def open(self, title: str) -> None:
        self.session(title).click()
        expect(self.session(title)).to_have_attribute("aria-current", "true")

    def expect_state(self, name: str) -> None:
        expect(self.state).to_have_attribute("data-state", name)

    def settings(self) -> None:
        self.button("Secrets and settings").click()
        expect(self.heading("Secrets and settings")).to_be_visible()
        expect(self.page.locator(".slot").first).to_be_visible()
