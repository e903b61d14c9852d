"""Changed texts of forms: they outlive the lock, meet what was changed elsewhere, and go when they are given up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Locator, Route, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer, forward
from tests.e2e.test_access import check
from tests.e2e.writer import LOCK, SAVE, Writer
from vault.client import NotebookFields, Phase, TemplateFields, Vault


def restored(writer: Writer) -> Locator:
    return writer.page.locator(".form-state").get_by_text("Restored what you had not saved.")


def test_a_changed_message_outlives_the_lock_and_meets_another_change(
    writer: Writer, server: LiveServer, tmp_path: Path
) -> None:
    page = writer.page
    area = page.get_by_label("Text of the message")
    writer.write("The first wording")
    page.get_by_role("button", name="Edit the message of").click()
    expect(area).to_be_focused()
    area.fill("My wording")
    page.keyboard.press(LOCK)
    writer.expect_locked()
    assert "wording" not in page.content()
    with Vault.unlock(writer.name, writer.passphrase, server=server.url, state_dir=tmp_path) as vault:
        (session,) = vault.sessions()
        (message,) = vault.session(session.id).messages
        vault.edit_message(session.id, message.id, "The wording of the other device")
    writer.unlock()
    expect(area).to_have_value("My wording")
    expect(restored(writer)).to_be_visible()
    elsewhere = page.get_by_role("group", name="The text, changed elsewhere")
    expect(elsewhere).to_contain_text("The wording of the other device")
    check(page, "a restored form")
    area.focus()
    page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["My wording"])
    page.get_by_text("2 earlier versions").click()
    expect(page.locator(".version-text")).to_have_text(["The wording of the other device", "The first wording"])
    page.reload()
    expect(writer.messages).to_have_text(["My wording"])
    expect(area).to_have_count(0)


def test_a_changed_message_stays_in_sight_when_it_goes_into_the_trash_elsewhere(
    writer: Writer, server: LiveServer, tmp_path: Path
) -> None:
    page = writer.page
    area = page.get_by_label("Text of the message")
    moved = page.locator(".form-state").get_by_text("This message was put into the trash meanwhile.")
    restore = writer.button("Restore the message")
    trash = page.get_by_text("1 message in the trash")
    writer.write("The first wording")
    page.get_by_role("button", name="Edit the message of").click()
    area.fill("My wording")
    with Vault.unlock(writer.name, recovery_key=writer.recovery_key, server=server.url, state_dir=tmp_path) as vault:
        (session,) = vault.sessions()
        (message,) = vault.session(session.id).messages
        vault.trash_message(session.id, message.id)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(moved).to_be_visible()
    expect(area).to_be_focused()
    area.press_sequentially(", and more")
    expect(page.get_by_text("Kept on this device", exact=True)).to_be_visible()
    page.reload()
    expect(area).to_have_value("My wording, and more")
    check(page, "a changed message in the trash")
    restore.click()
    expect(moved).to_have_count(0)
    expect(area).to_have_value("My wording, and more")
    writer.button("Undo").click()
    expect(moved).to_be_visible()
    writer.button("Save the change").click()
    expect(writer.messages).to_have_count(0)
    expect(page.locator("#page")).to_be_focused()
    trash.click()
    expect(page.locator(".version-text").first).to_have_text("My wording, and more")


def test_a_notebook_that_was_not_made_is_gone_on_with_or_given_up(writer: Writer) -> None:
    page = writer.page
    dialog = page.get_by_role("dialog")
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    dialog.get_by_label("Title").fill("The garden")
    dialog.get_by_label("Notes").fill("What grows.")
    expect(dialog.get_by_text("Kept on this device")).to_be_visible()
    page.reload()
    expect(writer.notice("What you had typed for a new notebook was not saved.")).to_be_visible()
    writer.button("Go on with it").click()
    expect(dialog.get_by_label("Notes")).to_have_value("What grows.")
    expect(restored(writer)).to_be_visible()
    expect(dialog.get_by_role("status")).to_have_text("Restored what you had not saved.")
    check(page, "a restored dialog")
    page.set_viewport_size({"width": 360, "height": 560})
    expect(writer.button("Make the notebook")).to_be_in_viewport(ratio=1)
    dialog.get_by_label("Notes").focus()
    expect(dialog.get_by_label("Notes")).to_be_in_viewport(ratio=1)
    writer.button("Discard it").click()
    writer.button("Give it up").click()
    expect(page.locator("#page")).to_be_focused()
    page.set_viewport_size({"width": 1280, "height": 720})
    writer.button("New notebook").click()
    dialog.get_by_label("Title").press("a")
    page.keyboard.press("Escape")
    writer.button("Give it up").click()
    expect(writer.button("New notebook")).to_be_focused()
    expect(dialog).to_have_count(0)
    page.reload()
    expect(writer.text).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


def test_a_form_that_escape_was_pressed_in_thrice_is_still_there(writer: Writer) -> None:
    page = writer.page
    dialog = page.get_by_role("dialog")
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    dialog.get_by_label("Title").press("a")
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(dialog.get_by_label("Title")).to_have_value("a")
    expect(writer.button("Give it up")).to_be_visible()


def test_a_template_that_goes_into_the_trash_elsewhere_is_changed_as_it_was(
    writer: Writer, server: LiveServer, tmp_path: Path
) -> None:
    page = writer.page
    dialog = page.get_by_role("dialog")
    with Vault.unlock(writer.name, recovery_key=writer.recovery_key, server=server.url, state_dir=tmp_path) as vault:
        name = vault.save_template(
            TemplateFields("Of mornings", (Phase(title="", prompt="What is there?", minutes=0),), "A page a day.")
        )
        writer.button("Notebooks").click()
        writer.button("Templates").click()
        page.evaluate("dispatchEvent(new Event('focus'))")
        writer.button("Edit the template Of mornings").click()
        dialog.get_by_label("Title").first.fill("Of evenings")
        vault.trash_template(name)
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(page.get_by_text("None yet.")).to_be_attached()
        expect(dialog.get_by_label("What it is for")).to_have_value("A page a day.")
        expect(page.locator(".form-state")).to_have_count(0)
        writer.button("Save").click()
        expect(dialog).to_have_count(0)
        vault.trash_template(name, trashed=False)
        (own,) = (each for each in vault.templates() if not each.built_in)
        assert (own.title, own.about) == ("Of evenings", "A page a day.")


def test_a_template_made_of_a_session_outlives_the_page(writer: Writer, server: LiveServer, tmp_path: Path) -> None:
    page = writer.page
    dialog = page.get_by_role("dialog")
    writer.write("What is there in the morning?")
    page.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Save as a template…").click()
    expect(dialog.get_by_label("Prompt")).to_have_value("What is there in the morning?")
    dialog.get_by_label("Title").first.fill("Of mornings")
    dialog.get_by_label("Prompt").fill("What is there?")
    expect(dialog.get_by_text("Kept on this device", exact=True)).to_be_visible()
    check(page, "a template made of a session")
    page.reload()
    expect(writer.notice("What you had typed for a new template was not saved.")).to_be_visible()
    writer.button("Go on with it").click()
    expect(restored(writer)).to_be_visible()
    expect(dialog.get_by_label("Title").first).to_have_value("Of mornings")
    writer.button("Save the template").click()
    expect(page.get_by_text("“Of mornings” is a template now.").first).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)
    with Vault.unlock(writer.name, recovery_key=writer.recovery_key, server=server.url, state_dir=tmp_path) as vault:
        (own,) = (each for each in vault.templates() if not each.built_in)
        assert (own.title, own.phases) == ("Of mornings", (Phase("", "What is there?", 0),))


def test_what_is_typed_while_it_is_being_saved_is_not_lost(writer: Writer) -> None:
    page = writer.page
    area = page.get_by_label("Text of the message")
    dialog = page.get_by_role("dialog")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    writer.write("As it was")
    page.get_by_role("button", name="Edit the message of").click()
    area.fill("Saved")
    page.route("**/commits", hold)
    with page.expect_request("**/commits"):
        page.keyboard.press(SAVE)
    area.press_sequentially(", and more")
    held.pop().continue_()
    expect(writer.button("Save the change")).to_be_enabled()
    expect(area).to_have_value("Saved, and more")
    page.unroute("**/commits")
    page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["Saved, and more"])

    page.route("**/commits", hold)
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    dialog.get_by_label("Title").fill("The garden")
    with page.expect_request("**/commits"):
        page.keyboard.press("Enter")
    page.keyboard.type(" of others")
    expect(dialog.locator("input").first).to_have_value("The garden")
    held.pop().continue_()
    expect(writer.heading("The garden")).to_be_visible()


def test_a_form_saves_what_was_changed_in_it_and_shows_what_both_have_changed(
    writer: Writer, guard: Guard, server: LiveServer, tmp_path: Path
) -> None:
    guard.expects_failed_requests = True  # the later one is told that it is stale, and rebases
    page = writer.page
    dialog = page.get_by_role("dialog")
    with Vault.unlock(writer.name, recovery_key=writer.recovery_key, server=server.url, state_dir=tmp_path) as vault:
        notebook = vault.save_notebook(NotebookFields("Garden", notes="Garlic.", date="2026-03-01"))

        def theirs(title: str, kind: str, notes: str) -> None:
            vault.refresh()
            fields = replace(vault.notebooks()[0].fields, title=title, kind=kind, notes=notes)
            vault.save_notebook(fields, notebook)

        page.evaluate("dispatchEvent(new Event('focus'))")
        writer.button("Notebooks").click()
        page.get_by_role("button", name="Garden").click()
        writer.button("Edit").click()
        dialog.get_by_label("Title").fill("The garden")
        theirs("Garden", "journal", "Garlic, leek.")
        writer.button("Save").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_text("Garlic, leek.")).to_be_visible()

        page.set_viewport_size({"width": 360, "height": 560})
        writer.button("Edit").click()
        dialog.get_by_label("Title").fill("My garden")
        theirs("Their garden", "project", "Garlic, leek.")
        dialog.get_by_label("Notes").focus()
        writer.button("Save").click()
        elsewhere = page.get_by_role("group", name="The title, changed elsewhere")
        expect(elsewhere).to_contain_text("Their garden")
        expect(elsewhere).to_be_in_viewport()
        expect(dialog.get_by_role("alert")).to_contain_text("Another device has changed the same")
        check(page, "a conflict met while saving")
        writer.button("Save").click()
        expect(dialog).to_have_count(0)
        vault.refresh()
        (found,) = vault.notebooks()
        assert (found.title, found.kind, found.notes) == ("My garden", "project", "Garlic, leek.")
        assert found.date == "2026-03-01"


def without_answer(writer: Writer, name: str) -> None:
    """Press a button that saves; what it sends arrives, and the page never learns so."""

    def lose(route: Route) -> None:
        forward(route)
        route.abort()

    writer.page.route("**/commits", lose)
    writer.button(name).click()
    expect(writer.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    writer.page.unroute("**/commits")


def test_a_notebook_whose_save_had_no_answer_is_made_once(
    writer: Writer, guard: Guard, server: LiveServer, tmp_path: Path
) -> None:
    guard.expects_failed_requests = True
    page = writer.page
    dialog = page.get_by_role("dialog")
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    dialog.get_by_label("Title").fill("The garden")
    without_answer(writer, "Make the notebook")
    dialog.get_by_label("Notes").fill("Garlic.")
    expect(dialog.get_by_text("Kept on this device", exact=True)).to_be_visible()
    page.reload()
    writer.button("Go on with it").click()
    expect(dialog.get_by_label("Notes")).to_have_value("Garlic.")
    expect(dialog.get_by_role("group", name="changed elsewhere")).to_have_count(0)
    writer.button("Make the notebook").click()
    expect(writer.heading("The garden")).to_be_visible()
    with Vault.unlock(writer.name, recovery_key=writer.recovery_key, server=server.url, state_dir=tmp_path) as vault:
        assert [(each.title, each.notes) for each in vault.notebooks()] == [("The garden", "Garlic.")]


def test_a_new_template_begins_with_nothing_of_one_whose_save_had_no_answer(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    dialog = writer.page.get_by_role("dialog")
    writer.button("Notebooks").click()
    writer.button("Templates").click()
    writer.button("New template").click()
    dialog.get_by_label("Title").first.fill("Evening")
    expect(dialog.get_by_text("Kept on this device", exact=True)).to_be_visible()
    without_answer(writer, "Make the template")
    writer.page.reload()
    writer.button("Notebooks").click()
    writer.button("Templates").click()
    expect(writer.page.get_by_text("Evening").first).to_be_visible()
    writer.button("New template").click()
    expect(dialog.get_by_label("Title").first).to_have_value("")
