"""The blind service, and the forgetful browser: unique needles are planted in everything a writer writes, then searched
for in all that the service received, logged and stored, and in every file of the browser's profile."""

from __future__ import annotations

import base64
import logging
import secrets
import shutil
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Route, expect

from tests.e2e.conftest import PATIENCE
from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.test_history import choose_action
from tests.e2e.test_notebooks import make_notebook
from tests.e2e.test_search import look
from tests.e2e.writer import SAVE, Writer

TEXTS = ("title", "opening", "message", "rewritten", "renamed away", "draft", "deleted draft")
FORMS = ("changed message", "unmade notebook")
SHELF = ("notebook", "notes", "tag", "searched for")


def needle() -> str:
    """Random letters: compression leaves them as they are."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(28))


def forms(text: str) -> dict[str, bytes]:
    """How a text could lie in a file: the encodings of the platform, and base64 at each of its three alignments."""
    raw = text.encode()
    found = {
        "utf-8": raw,
        "utf-16": text.encode("utf-16-le"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
    }
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        found |= {f"{name}+{shift}": encode(bytes(shift) + raw)[4 if shift else 0 : -4] for shift in range(3)}
    return found


@dataclass
class Haystack:
    """Everywhere a needle could be."""

    server: LiveServer
    profile: Path

    def traces(self, needles: dict[str, str]) -> set[tuple[str, str, str]]:
        """What was found: name of the needle, its form, where."""
        return {
            (name, form, where)
            for where, content in self._everything()
            for name, text in needles.items()
            for form, wanted in forms(text).items()
            if wanted in content
        }

    def _everything(self) -> Iterator[tuple[str, bytes]]:
        for request in self.server.received:
            yield "request", request
        yield "log", "\n".join(self.server.log.text).encode()
        for where, folder in (("data", self.server.data_dir), ("profile", self.profile)):
            for path in folder.rglob("*"):
                if path.is_file():
                    yield where, path.name.encode() + path.read_bytes()


@pytest.fixture
def haystack(tmp_path: Path) -> Iterator[Haystack]:
    live = LiveServer(tmp_path / "data")
    live.start()
    yield Haystack(live, tmp_path / "profile")
    live.stop()


@contextmanager
def browser_with_profile(
    browser_type: BrowserType, launch: dict[str, Any], haystack: Haystack, guard: Guard
) -> Iterator[BrowserContext]:
    # The whole browser: what it keeps in a profile is the question.
    whole = {**launch, "executable_path": shutil.which("chromium")}
    context = browser_type.launch_persistent_context(haystack.profile, base_url=haystack.server.url, **whole)
    context.set_default_timeout(PATIENCE)
    guard.watch(context)
    yield context
    context.close()


def leave_forms(writer: Writer, planted: dict[str, str]) -> None:
    """Two forms that are changed and not saved; the one of a message is open at the end."""
    page = writer.page
    writer.button("Notebooks").click()
    writer.button("New notebook").click()
    page.get_by_role("dialog").get_by_label("Notes").fill(planted["unmade notebook"])
    expect(page.locator(".form-kept")).to_have_text("Kept on this device")
    page.reload()
    expect(writer.notice("What you had typed for a new notebook")).to_be_visible()
    page.get_by_role("button", name="Edit the message of").last.click()
    page.get_by_label("Text of the message").fill(planted["changed message"])
    expect(page.locator(".form-kept")).to_have_text("Kept on this device")


def write_needles(context: BrowserContext) -> tuple[Writer, dict[str, str]]:
    """A vault with a needle in every place; still open at the end."""
    passphrase = " ".join(needle()[:7] for _ in range(6))
    planted = {name: needle() for name in (*TEXTS, *FORMS, *SHELF)}
    page = context.pages[0]
    page.goto("/")
    writer = Writer(page, name="haystack", passphrase=passphrase)
    writer.create()
    make_notebook(writer, planted["notebook"], notes=planted["notes"])
    writer.button("New session here").click()
    writer.write(planted["opening"])
    writer.write(f"{planted['message']} and more")
    for title in (planted["renamed away"], planted["title"]):
        writer.button("Rename this session").click()
        page.get_by_label("Title of this session").fill(title)
        page.get_by_label("Title of this session").press("Enter")
        expect(writer.heading(title)).to_be_visible()
    page.get_by_role("button", name="Edit the message of").last.click()
    expect(page.get_by_label("Text of the message")).to_be_focused()
    page.get_by_label("Text of the message").fill(planted["rewritten"])
    page.get_by_label("Text of the message").press(SAVE)
    expect(writer.messages.last).to_have_text(planted["rewritten"])
    choose_action(writer, planted["title"], "Tags…")
    page.get_by_label("New tags").fill(planted["tag"])
    writer.button("Set tags").click()
    expect(writer.shelf.locator(".shelf-item").first).to_contain_text(planted["tag"])
    expect(look(writer, planted["searched for"])).to_have_count(0)
    expect(look(writer, planted["opening"])).to_have_count(1)
    writer.button("Clear the search").click()
    writer.draft(planted["deleted draft"])
    writer.text.fill("")
    writer.expect_state("empty")
    writer.draft(planted["draft"])
    leave_forms(writer, planted)
    groups = writer.recovery_key.split("-")
    planted |= {"passphrase": passphrase, "recovery key": writer.recovery_key, "recovery characters": "".join(groups)}
    planted |= {"part of the passphrase": passphrase[:23], "half of the recovery key": "-".join(groups[:7])}
    return writer, planted


def test_no_needle_is_found_anywhere(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], haystack: Haystack, guard: Guard
) -> None:
    """Neither after the browser was closed on an open vault, nor after the lock. The control is found everywhere."""
    with browser_with_profile(browser_type, browser_type_launch_args, haystack, guard) as context:
        writer, needles = write_needles(context)
    assert haystack.traces(needles) == set()

    control = {"control": needle()}
    with browser_with_profile(browser_type, browser_type_launch_args, haystack, guard) as context:
        again = Writer(context.pages[0], writer.name, writer.passphrase)
        again.page.goto("/")
        again.unlock()
        expect(again.heading(needles["title"])).to_be_visible()
        expect(again.text).to_have_value(needles["draft"])
        expect(again.page.get_by_label("Text of the message")).to_have_value(needles["changed message"])
        again.page.evaluate("(text) => localStorage.setItem('control', text)", control["control"])
        again.page.request.get(f"/healthz?{control['control']}")
        again.lock()
        again.unlock_by_recovery_key(writer.recovery_key)
        again.lock()
    logging.getLogger("inkvault").info(control["control"])
    (haystack.server.data_dir / "control").write_text(control["control"])
    assert haystack.traces(needles) == set()
    assert {where for _, _, where in haystack.traces(control)} == {"request", "log", "data", "profile"}


SABOTAGE = """
const honest = window.fetch;
window.fetch = (address, options) => {
  const title = document.querySelector('.page-title h1')?.textContent ?? '';
  if (options?.method !== 'POST') return honest(address, options);
  const headers = new Headers(options.headers);
  headers.set('X-Title', title);
  headers.set('X-Coded-Title', btoa(title));
  return honest(address, { ...options, headers });
};
"""


def test_a_sabotaged_page_is_caught(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], haystack: Haystack, guard: Guard
) -> None:
    """The same search goes red when the built script is changed to send one title along, as it is and in base64."""

    def patch(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=SABOTAGE + response.text())

    with browser_with_profile(browser_type, browser_type_launch_args, haystack, guard) as context:
        context.route("**/assets/index-*.js", patch)
        _, needles = write_needles(context)
    found = {(name, form.partition("+")[0], where) for name, form, where in haystack.traces(needles)}
    assert found >= {("renamed away", form, "request") for form in ("utf-8", "base64")}
