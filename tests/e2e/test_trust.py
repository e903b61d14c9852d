"""A server that lies: the page says so calmly, shows nothing, overwrites nothing, keeps the draft."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer, forward
from tests.e2e.writer import SAVE, Writer


def arrive(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    return page


def rewind(server: LiveServer, backup: Path) -> None:
    server.stop()
    shutil.rmtree(server.data_dir)
    shutil.copytree(backup, server.data_dir)
    server.start()


def back_up(server: LiveServer, backup: Path) -> None:
    server.stop()
    shutil.copytree(server.data_dir, backup)
    server.start()


def expect_trouble(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Nothing of it is shown, and nothing of yours was overwritten.")
    expect(page.locator("textarea")).to_have_count(0)


def test_a_rolled_back_vault_is_not_shown(writer: Writer, server: LiveServer, guard: Guard, tmp_path: Path) -> None:
    guard.expects_failed_requests = True
    writer.write("the first message")
    writer.lock()
    back_up(server, tmp_path / "backup")
    writer.enter()
    writer.write("the second message")
    writer.draft("unsaved")
    writer.lock()
    rewind(server, tmp_path / "backup")
    writer.try_to_enter()
    expect_trouble(writer.page, "The server shows an older vault.")
    assert "message" not in writer.page.content()


def test_a_restored_log_is_told_and_there_is_a_way_out(
    writer: Writer, server: LiveServer, guard: Guard, tmp_path: Path
) -> None:
    guard.expects_failed_requests = True
    writer.write("the only message")
    writer.lock()
    back_up(server, tmp_path / "backup")
    # Nothing is written, so that the log alone is newer: it has an entry for each of these.
    for _ in range(2):
        writer.enter()
        writer.lock()
    rewind(server, tmp_path / "backup")
    writer.try_to_enter()
    expect_trouble(writer.page, "The server shows an older log.")
    writer.button("Go to the lock").click()
    # Each refused unlock is an entry too: by now the log is as long as the one that this device knows, and another one.
    writer.try_to_enter()
    expect_trouble(writer.page, "The server shows another log.")
    writer.button("I expected this").click()
    writer.page.get_by_role("button", name="Yes, forget what this device knows").click()
    writer.enter()
    expect(writer.messages).to_have_text(["the only message"])


def test_a_forked_vault_is_not_shown(
    writer: Writer, device: Callable[..., BrowserContext], server: LiveServer, guard: Guard, tmp_path: Path
) -> None:
    guard.expects_failed_requests = True
    writer.write("common")
    writer.lock()
    back_up(server, tmp_path / "backup")
    writer.enter()
    writer.write("one history")
    writer.lock()
    rewind(server, tmp_path / "backup")
    other = Writer(arrive(device()), writer.name)
    other.enter()
    other.write("another")
    other.write("history")
    writer.try_to_enter()
    expect_trouble(writer.page, "The server tells another story.")


def test_another_vault_under_a_known_name(
    writer: Writer, device: Callable[..., BrowserContext], server: LiveServer, guard: Guard
) -> None:
    guard.expects_failed_requests = True
    writer.lock()
    server.stop()
    shutil.rmtree(server.data_dir)
    server.start()
    other = Writer(arrive(device()), writer.name)
    other.create()
    other.write("in the other vault")
    writer.recovery_key = other.recovery_key
    writer.try_to_enter()
    expect_trouble(writer.page, "This is another vault.")
    writer.button("I expected this").click()
    writer.page.get_by_role("button", name="Yes, forget what this device knows").click()
    writer.unlock()
    expect(writer.session("in the other vault")).to_be_visible()
    expect(writer.page.get_by_text("This device has not opened the vault before.")).to_be_visible()


def alter(change: Callable[[Any], None]) -> Callable[[Route], None]:
    """A route that changes the answer of the service."""

    def handle(route: Route) -> None:
        response = forward(route)
        answer = response.json()
        change(answer)
        route.fulfill(response=response, body=json.dumps(answer))

    return handle


def flip(text: str) -> str:
    """The same base64url with one bit of its 40th byte changed."""
    return text[:53] + ("A" if text[53] != "A" else "E") + text[54:]


def test_an_altered_header_is_not_shown(writer: Writer) -> None:
    writer.write("before the change")
    writer.lock()

    def change(answer: Any) -> None:
        answer["containers"][-1]["header"] = flip(answer["containers"][-1]["header"])

    writer.page.route("**/api/v1/containers?*", alter(change))
    writer.page.route("**/api/v1/containers", alter(change))
    writer.try_to_enter()
    expect_trouble(writer.page, "Something here was altered.")


def test_an_altered_message_is_not_shown_and_the_draft_is_kept(writer: Writer) -> None:
    writer.write("the other session")
    writer.new_session()
    writer.write("this session")
    writer.draft("unsaved")

    def change(answer: Any) -> None:
        answer["records"][0]["envelope"] = flip(answer["records"][0]["envelope"])

    writer.page.route("**/records*", alter(change))
    writer.page.reload()
    expect_trouble(writer.page, "Something here was altered.")
    writer.page.unroute("**/records*")
    writer.button("Go to the lock").click()
    writer.enter()
    expect(writer.text).to_have_value("unsaved")


def test_a_weak_lock_is_refused_before_anything_is_derived(writer: Writer, server: LiveServer) -> None:
    writer.lock()
    seen: list[str] = []

    def weaken(answer: Any) -> None:
        slots = answer["slots"]
        answer["slots"] = [slot[:4] + "AAg" + slot[7:] for slot in slots]
        seen.extend(slots)

    writer.page.route("**/api/v1/logins/challenge", alter(weaken))
    requests: list[str] = []
    writer.page.on("request", lambda request: requests.append(request.url))
    writer.try_unlock()
    expect_trouble(writer.page, "The server asks for a weak lock.")
    assert seen
    challenge = f"{server.url}/api/v1/logins/challenge"
    assert requests[requests.index(challenge) :] == [challenge]


def test_a_lie_while_writing_closes_the_desk_and_keeps_the_text(writer: Writer) -> None:
    writer.write("saved")

    writer.page.route("**/api/v1/commits", alter(lambda answer: answer.update(head_hash="A" * 43)))
    writer.text.fill("under way when the lie was told")
    writer.page.keyboard.press(SAVE)
    expect_trouble(writer.page, "Something here was altered.")
    assert "under way" not in writer.page.content()
    writer.page.unroute("**/api/v1/commits")
    writer.button("Go to the lock").click()
    writer.enter()
    # Only the answer was a lie: the message is there, once, and nothing of it is left over.
    expect(writer.messages).to_have_text(["saved", "under way when the lie was told"])
    expect(writer.text).to_have_value("")
