"""Notebooks: made, written in, come back to on another device, put away and undone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.e2e.live import LiveServer
from tests.e2e.test_access import check
from tests.e2e.test_sitting import LOOK, at_desk, clock, later, standing  # noqa: F401 - clock is a fixture
from tests.e2e.writer import SAVE, Writer


def make_notebook(writer: Writer, title: str, kind: str = "Journal", **more: str) -> None:
    """From anywhere to the page of the new notebook."""
    dialog = writer.page.get_by_role("dialog")
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    dialog.get_by_label("Title").fill(title)
    dialog.get_by_label("Kind").select_option(kind)
    if "date" in more:
        dialog.get_by_label("Day of the event").fill(more["date"])
    if "programme" in more:
        dialog.get_by_label("Programme").select_option(more["programme"])
    dialog.get_by_label("Teal").check(force=True)
    dialog.get_by_label("Notes").fill(more.get("notes", ""))
    writer.button("Make the notebook").click()
    expect(writer.heading(title)).to_be_focused()


def test_a_notebook_remembers_where_the_writer_was_on_every_device(
    context: BrowserContext,
    device: Callable[..., BrowserContext],
    clock: LiveServer,  # noqa: F811
) -> None:
    writer = at_desk(context)
    make_notebook(writer, "The garden", "Project", notes="What grows, and what does not.")
    expect(writer.page.get_by_text("What grows, and what does not.")).to_be_visible()
    expect(writer.heading("Nothing is written here yet")).to_be_visible()
    writer.button("New session here").click()
    expect(writer.page.locator(".facts")).to_contain_text("The garden")
    writer.write("Garlic in, at last.")
    later(clock, 10, writer)
    writer.text.fill("The robin came back.")
    expect(standing(writer.page)).to_contain_text("Ended")
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["The robin came back."])
    expect(writer.page.locator(".facts")).to_contain_text("The garden")
    later(clock, 10, writer)
    writer.new_session()
    writer.write("Something else entirely.")
    expect(writer.page.locator(".facts")).to_have_text("")

    other = at_desk(device())
    expect(other.messages).to_have_text(["Something else entirely."])
    other.button("Notebooks").click()
    expect(other.page.locator(".notebook-item")).to_contain_text("Project · 2 sessions")
    other.page.locator(".notebook-name", has_text="The garden").click()
    expect(other.heading("Where you were")).to_be_visible()
    expect(other.page.locator(".where")).to_contain_text("The robin came back.")
    expect(other.page.locator(".session-link")).to_have_count(2)
    check(other.page, "notebook")
    other.button("Return to it").click()
    expect(other.messages).to_have_text(["The robin came back."])
    other.button("Resume").click()
    expect(standing(other.page)).to_have_text("Resumed")
    other.write("So did the cat.")
    expect(other.messages).to_have_count(2)


def test_a_notebook_is_edited_put_away_and_undone(writer: Writer) -> None:
    page = writer.page
    make_notebook(writer, "Lisbon", "Event", date="2026-05-01")
    expect(page.get_by_text("Event · 1 May 2026 · 0 sessions")).to_be_visible()
    writer.button("Edit").click()
    page.get_by_role("dialog").get_by_label("Title").fill("Lisbon, again")
    writer.button("Save").click()
    expect(writer.heading("Lisbon, again")).to_be_visible()
    writer.button("Into the trash").click()
    expect(page.get_by_text("in the trash", exact=False).first).to_be_visible()
    writer.button("Undo").click()
    expect(writer.button("Into the trash")).to_be_visible()
    writer.button("Put away").click()
    expect(writer.button("Take out again")).to_be_visible()
    writer.button("All notebooks").click()
    expect(page.locator(".notebook-item")).to_be_hidden()
    page.get_by_text("1 notebook put away").click()
    page.locator(".notebook-name", has_text="Lisbon, again").click()
    writer.button("Take out again").click()
    expect(writer.button("Put away")).to_be_visible()
    page.evaluate(LOOK)
    page.reload()
    writer.button("Notebooks").click()
    expect(page.locator(".notebook-name", has_text="Lisbon, again")).to_be_visible()
