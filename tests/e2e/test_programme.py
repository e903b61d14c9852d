"""Writing programmes and templates: prompts, the quiet timer, progress, a word of care, templates of one's own."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.test_access import check
from tests.e2e.test_notebooks import make_notebook
from tests.e2e.test_sitting import at_desk
from tests.e2e.writer import SAVE, Writer

CARE = "This is writing and not therapy"


def test_expressive_writing_from_the_first_phase_to_the_second(context: BrowserContext) -> None:
    writer = at_desk(context)
    page = writer.page
    make_notebook(writer, "The move", "Event", date="2026-02-01", programme="expressive-writing")
    progress = page.get_by_role("progressbar")
    expect(progress).to_have_attribute("aria-valuetext", "0 of 4 phases done")
    expect(page.get_by_text("After Pennebaker, J. W., & Beall, S. K. (1986).")).to_be_visible()
    writer.button("Begin phase 1").click()
    expect(writer.heading("What happened")).to_be_visible()
    expect(page.locator(".prompt-text")).to_contain_text("Write for 15 to 20 minutes")
    expect(page.locator(".facts")).to_contain_text("The movePhase 1 of 4")
    timer = page.get_by_role("timer")
    expect(timer).to_have_attribute("aria-label", "20 minutes, from your first word")
    writer.draft("It was raining on the boxes.")
    page.clock.fast_forward(3 * 60_000)
    writer.draft("It was raining on the boxes. All")
    page.clock.fast_forward(2 * 60_000 + 1_000)
    expect(timer).to_have_attribute("aria-label", "15 min left")
    page.reload()
    expect(writer.text).to_have_value("It was raining on the boxes. All")
    expect(timer).to_have_attribute("aria-label", "15 min left")
    expect(page.locator(".prompt-text")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("The movePhase 1 of 4")
    page.keyboard.press("End")
    page.keyboard.type(" of them.")
    page.clock.fast_forward(20 * 60_000)
    expect(page.get_by_role("status").filter(has_text="20 minutes have passed.")).to_have_count(1)
    page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text([re.compile("Write for 15"), "It was raining on the boxes. All of them."])
    expect(page.locator(".care")).to_contain_text(CARE)
    check(page, "a word of care")
    page.locator(".care").get_by_role("button", name="Close").click()
    expect(page.get_by_text(CARE)).to_have_count(0)
    writer.button("This is heavy").click()
    expect(page.get_by_text("Inkvault cannot know what you wrote.")).to_be_visible()
    page.locator(".facts").get_by_role("button", name="The move").click()
    expect(progress).to_have_attribute("aria-valuetext", "1 of 4 phases done")
    writer.button("Begin phase 2").click()
    expect(writer.heading("What it was like for you")).to_be_visible()


def test_a_session_begins_with_a_template_by_keyboard_alone(writer: Writer) -> None:
    page = writer.page
    writer.button("Choose a notebook or a template").press("Enter")
    dialog = page.get_by_role("dialog", name="Begin a session")
    blank = dialog.get_by_label("Blank page")
    expect(blank).to_be_checked()
    check(page, "ways to begin")
    dialog.get_by_label("Gratitude", exact=False).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".prompt-text")).to_be_visible()
    expect(writer.text).to_be_focused()
    writer.text.fill("The light this morning.")
    page.keyboard.press(SAVE)
    expect(writer.messages.last).to_have_text("The light this morning.")
    expect(writer.shelf.locator(".shelf-title")).to_have_text(["The light this morning."])


def test_a_template_of_ones_own(writer: Writer) -> None:
    page = writer.page
    writer.button("Notebooks").click()
    writer.button("Templates").click()
    writer.button("New template").click()
    dialog = page.get_by_role("dialog")
    writer.button("Make the template").click()
    expect(dialog.get_by_role("alert")).to_have_text("Give the template a title.")
    dialog.get_by_label("Title").first.fill("Evening")
    dialog.get_by_label("Tags").fill("evening, short")
    dialog.get_by_label("Prompt").fill("What was there today?")
    dialog.get_by_label("Minutes").fill("5")
    writer.button("Make the template").click()
    expect(page.get_by_text("5 minutes · evening · short")).to_be_visible()
    check(page, "templates")
    writer.button("Edit the template Evening").click()
    dialog.get_by_label("Title").first.fill("At night")
    writer.button("Save").click()
    writer.button("Begin a session with At night").click()
    expect(page.locator(".prompt-text")).to_have_text("What was there today?")
    expect(page.locator(".facts .tag")).to_have_text(["evening", "short"])
    writer.text.fill("Rain.")
    page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["What was there today?", "Rain."])
    writer.button("Notebooks").click()
    writer.button("Templates").click()
    writer.button("Put the template At night into the trash").click()
    expect(page.get_by_text("At night")).to_have_count(0)
    writer.button("Undo").click()
    expect(writer.button("Edit the template At night")).to_be_visible()
