"""For everybody: no serious finding of axe-core on any screen, the keyboard alone, a phone, calm motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, ViewportSize, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, open_vault
from tests.e2e.writer import LOCK, NEW, SAVE, Writer
from vault.client import Beginning, NewMessage, NotebookFields

AXE = (Path(__file__).parents[2] / "webui" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = "axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)"
IMPACTS = {"serious", "critical", "moderate"}


def check(page: Page, where: str) -> None:
    """axe-core, evaluated in the page: no script element, so the policy needs no hole.

    Without motion: a colour on its way to another one has no contrast to judge.
    """
    page.emulate_media(reduced_motion="reduce")
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    serious = [f"{item['id']}: {item['nodes'][0]['html']}" for item in found if item["impact"] in IMPACTS]
    assert not serious, f"{where}: {serious}"


def no_barrier(page: Page, where: str) -> None:
    """In both appearances."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        check(page, f"{where}, {scheme}")


@contextmanager
def held(page: Page, address: str) -> Iterator[None]:
    """What the page asks of this address waits until the end."""
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        waiting.append(route)

    page.route(address, wait)
    yield
    page.unroute(address)
    for route in waiting:
        route.continue_()


def test_no_screen_before_the_desk_has_a_barrier(page: Page, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer = Writer(page)
    expect(writer.heading("A private place to write.")).to_be_visible()
    no_barrier(page, "welcome")
    writer.button("Create a vault").click()
    writer.button("Create the vault").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    no_barrier(page, "create")
    writer.button("Back").click()
    writer.fill_creation()
    with held(page, "**/api/v1/vaults"):
        writer.button("Create the vault").click()
        no_barrier(page, "making")
    writer.keep_recovery_key()
    no_barrier(page, "recovery key")
    writer.button("I have put it away").click()
    writer.button("Start writing").click()
    no_barrier(page, "typing back")
    writer.button("Show the key again").click()
    writer.confirm_recovery_key()
    expect(writer.text).to_be_visible()
    writer.lock()
    no_barrier(page, "locked")
    writer.try_unlock("a wrong passphrase for certain")
    expect(page.get_by_role("alert")).to_be_visible()
    no_barrier(page, "wrong passphrase")
    writer.button("Use the recovery key").click()
    no_barrier(page, "recovery")


def test_no_screen_of_the_desk_has_a_barrier(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    page = writer.page
    no_barrier(page, "empty desk")
    writer.write("A first message, to have something to look at.")
    writer.draft("and a draft")
    no_barrier(page, "desk")
    writer.button("Rename this session").click()
    no_barrier(page, "renaming")
    writer.button("Cancel").click()
    writer.button("Keyboard shortcuts").click()
    no_barrier(page, "shortcuts")
    writer.button("Close").click()
    writer.settings()
    no_barrier(page, "settings")
    for opens, dialog in (("Change", "change the passphrase"), ("Replace", "replace the recovery key")):
        writer.button(opens).click()
        no_barrier(page, dialog)
        writer.button("Cancel").click()
    writer.button("Add a passkey").click()
    no_barrier(page, "passkey")
    page.keyboard.press("Escape")
    writer.button("Back to writing").click()
    page.context.set_offline(offline=True)
    page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    no_barrier(page, "not saved")


HERE = """() => {
  const { labels, textContent, ariaLabel } = document.activeElement;
  return (labels?.[0]?.textContent ?? ariaLabel ?? textContent).trim();
}"""


def tab_to(page: Page, name: str) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(HERE) == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_vault_is_made_with_the_keyboard_alone(page: Page) -> None:
    keyboard, writer = page.keyboard, Writer(page)
    expect(writer.heading("A private place to write.")).to_be_focused()
    tab_to(page, "Create a vault")
    keyboard.press("Enter")
    expect(page.get_by_label("Name of the vault")).to_be_focused()
    keyboard.type(writer.name)
    for field in ("Passphrase", "The same passphrase again"):
        tab_to(page, field)
        keyboard.type(writer.passphrase)
    expect(page.get_by_text("Very strong")).to_be_visible()
    keyboard.press("Enter")
    expect(writer.heading("Your recovery key")).to_be_focused()
    writer.keep_recovery_key()
    tab_to(page, "I have put it away")
    keyboard.press("Enter")
    for index in range(2):
        expect(page.get_by_label("Group").nth(index)).to_be_focused()
        group = int(page.evaluate(HERE).removeprefix("Group "))
        keyboard.type(writer.recovery_key.split("-")[group - 1])
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(writer.text).to_be_focused()


def test_a_vault_is_used_with_the_keyboard_alone(writer: Writer) -> None:
    keyboard, page = writer.page.keyboard, writer.page
    keyboard.type("written without a mouse")
    keyboard.press(SAVE)
    writer.expect_state("saved")
    keyboard.press(NEW)
    expect(writer.heading("New session")).to_be_visible()
    expect(writer.text).to_be_focused()
    keyboard.type("and a second session")
    keyboard.press(SAVE)
    expect(writer.session("and a second session")).to_be_visible()
    keyboard.press("Escape")
    expect(writer.session("and a second session")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(writer.messages).to_have_text(["written without a mouse"])
    expect(writer.text).to_be_focused()
    keyboard.type("is this a question?")
    keyboard.press(LOCK)
    expect(page.get_by_label("Passphrase")).to_be_focused()
    keyboard.type(writer.passphrase)
    keyboard.press("Enter")
    expect(writer.text).to_have_value("is this a question?")
    expect(writer.text).to_be_focused()


def test_the_list_of_shortcuts(writer: Writer) -> None:
    keyboard, dialog = writer.page.keyboard, writer.page.get_by_role("dialog", name="Keyboard")
    keyboard.press("Control+/")
    expect(dialog).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(writer.text).to_be_focused()
    keyboard.type("really?")
    expect(dialog).to_have_count(0)
    keyboard.press("Escape")
    keyboard.press("?")
    expect(dialog).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    keyboard.press("Escape")
    expect(writer.text).to_be_focused()


def test_a_phone_has_a_drawer_and_no_sideways_scroll(device: Callable[..., BrowserContext]) -> None:
    page = device(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    writer = Writer(page)
    writer.fill_creation()
    writer.button("Create the vault").tap()
    writer.keep_recovery_key()
    narrow_enough(page)
    writer.confirm_recovery_key()
    expect(writer.text).to_be_visible()
    writer.text.fill("one" + "-wide" * 60)
    writer.button("Save").tap()
    writer.expect_state("saved")
    narrow_enough(page)
    expect(writer.shelf).to_be_hidden()
    writer.button("Sessions").tap()
    expect(writer.shelf).to_be_visible()
    expect(writer.session("one-wide")).to_be_focused()
    narrow_enough(page)
    writer.button("New session").tap()
    expect(writer.shelf).to_be_hidden()
    expect(writer.heading("New session")).to_be_visible()
    writer.button("Sessions").tap()
    expect(writer.shelf.locator("[aria-current]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(writer.shelf).to_be_hidden()
    writer.button("Sessions").tap()
    writer.button("Secrets and settings").tap()
    expect(writer.heading("Secrets and settings")).to_be_visible()
    narrow_enough(page)


PHONE: ViewportSize = {"width": 360, "height": 720}
DESKTOP: ViewportSize = {"width": 1280, "height": 720}
LONG = "The last ferry and after " + "Donaudampfschifffahrtsgesellschaftskapitän" * 3


def test_a_long_title_widens_nothing(device: Callable[..., BrowserContext], server: LiveServer, tmp_path: Path) -> None:
    with open_vault(server, tmp_path) as vault:
        notebook = vault.save_notebook(NotebookFields(title=LONG, kind="project"))
        vault.append_all(None, [NewMessage(LONG)], new=Beginning(LONG, notebook, tags=(LONG[:50],)))
    page = device(viewport=PHONE).new_page()
    page.goto("/")
    writer = at_the_desk(page)
    expect(writer.messages).to_have_text([LONG])
    narrow_enough_on_both(page)
    page.get_by_role("button", name="Nuke the message of").click()
    expect(page.get_by_role("list", name="What goes")).to_be_visible()
    narrow_enough_on_both(page)
    writer.button("Take an export first…").click()
    expect(page.get_by_label("What", exact=True)).to_be_visible()
    narrow_enough_on_both(page)
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    writer.button("Sessions").click()
    expect(writer.shelf).to_be_visible()
    narrow_enough(page)
    writer.button("Notebooks").click()
    page.get_by_role("main").get_by_role("button", name=LONG).click()
    expect(writer.button("Edit")).to_be_visible()
    narrow_enough_on_both(page)


def narrow_enough_on_both(page: Page) -> None:
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        narrow_enough(page)


def narrow_enough(page: Page) -> None:
    """Neither the page nor a dialog over it is wider than what shows of it."""
    for element in page.locator("dialog[open], .page-scroll").all():
        assert element.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_appearance_can_be_chosen_and_is_remembered(page: Page) -> None:
    dark = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(dark)
    page.get_by_role("button", name="Appearance: as the system").click()
    assert page.evaluate(dark) == light
    page.get_by_role("button", name="Appearance: light").click()
    assert page.evaluate(dark) != light
    page.reload()
    expect(page.get_by_role("button", name="Appearance: dark")).to_be_visible()
    assert page.evaluate(dark) != light


def test_reduced_motion_moves_nothing(device: Callable[..., BrowserContext]) -> None:
    page = device(reduced_motion="reduce").new_page()
    page.goto("/")
    writer = Writer(page)
    writer.fill_creation()
    writer.button("Create the vault").click()
    expect(writer.heading("Making your vault")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    expect(writer.heading("Your recovery key")).to_be_visible()
