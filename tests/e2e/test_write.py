"""Writing: what is typed, what is kept on the device, what is saved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.guard import Guard
from tests.e2e.live import forward
from tests.e2e.writer import SAVE, Writer

FULL_TIME = re.compile(r"^\w+,? \d+ \w+ \d{4} at \d\d:\d\d$")
LONG = "The quiet harbour wakes, and every lamp goes out along the wall. "


def test_a_message_is_saved_by_key_and_by_button(writer: Writer) -> None:
    expect(writer.button("Save")).to_be_disabled()
    writer.write("The last ferry left at ten past six.")
    expect(writer.text).to_have_value("")
    writer.text.fill("And we were not on it.")
    writer.button("Save").click()
    expect(writer.messages).to_have_text(["The last ferry left at ten past six.", "And we were not on it."])
    writer.expect_state("saved")
    expect(writer.text).to_be_focused()
    expect(writer.page.get_by_role("status").filter(has_text="Saved at")).to_have_count(1)


def test_the_title_is_the_first_fifty_characters_until_renamed(writer: Writer) -> None:
    writer.write("x" * 60)
    writer.write("the second message")
    item = writer.shelf.locator(".shelf-item").first
    expect(item.locator(".shelf-title")).to_have_text("x" * 50)
    expect(item.locator(".shelf-preview")).to_have_text("the second message")
    expect(item.locator("time")).to_have_text("just now")
    expect(item.locator("time")).to_have_attribute("title", FULL_TIME)
    writer.button("Rename this session").click()
    title = writer.page.get_by_label("Title of this session")
    expect(title).to_be_focused()
    title.fill("Ferries")
    title.press("Enter")
    expect(writer.heading("Ferries")).to_be_visible()
    expect(item.locator(".shelf-title")).to_have_text("Ferries")
    writer.button("Rename this session").click()
    title.fill("")
    title.press("Enter")
    expect(item.locator(".shelf-title")).to_have_text("x" * 50)
    expect(writer.page).to_have_title("Inkvault")
    assert writer.page.url.count("#") == 0


def test_sessions_are_listed_latest_first(writer: Writer) -> None:
    writer.write("first session")
    writer.new_session()
    writer.write("second session")
    titles = writer.shelf.locator(".shelf-title")
    expect(titles).to_have_text(["second session", "first session"])
    writer.open("first session")
    writer.write("more of the first")
    expect(titles).to_have_text(["first session", "second session"])


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا، هذا أول ما أكتبه هنا.\nthen left to right",
        "今天下雨。我在窗边坐了一个下午，什么也没写。",
        "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \u202eoverride\u202c",
        "<img src=x onerror=alert(1)> ${7*7} {{7*7}}\t\ttabs\n\n\nlines\n ",
    ],
    ids=["arabic", "chinese", "emoji", "markup"],
)
def test_any_script_comes_back_as_it_was_written(writer: Writer, text: str) -> None:
    writer.write("begin")
    writer.text.fill(text)
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_count(2)
    writer.page.reload()
    expect(writer.messages).to_have_count(2)
    assert writer.messages.last.evaluate("element => element.textContent") == text


def test_each_paragraph_finds_its_own_direction(writer: Writer) -> None:
    writer.write("مرحبا\nhello")
    left_edges = writer.messages.evaluate(
        """element => [0, 1].map((line) => {
          const range = document.createRange();
          const start = line === 0 ? 0 : element.firstChild.data.indexOf('hello');
          range.setStart(element.firstChild, start);
          range.setEnd(element.firstChild, start + 5);
          return range.getBoundingClientRect().left - element.getBoundingClientRect().left;
        })"""
    )
    assert left_edges[0] > 200
    assert left_edges[1] < 5


KEYSTROKES = """async () => {
  const ours = document.querySelector('#text');
  const bare = document.createElement('textarea');
  bare.className = 'bare';
  ours.after(bare);
  const { font, inlineSize, lineHeight } = getComputedStyle(ours);
  Object.assign(bare.style, { font, inlineSize, lineHeight, overflow: 'hidden' });
  bare.value = ours.value;
  bare.style.height = ours.clientHeight + 'px';
  const costs = new Map([[ours, []], [bare, []]]);
  for (let count = 0; count < 15; count += 1) {
    for (const [area, times] of costs) {
      area.focus({ preventScroll: true });
      area.setSelectionRange(100_000, 100_000);
      await new Promise(requestAnimationFrame);
      const before = performance.now();
      document.execCommand('insertText', false, 'a');
      area.getBoundingClientRect();
      times.push(performance.now() - before);
    }
  }
  bare.remove();
  return [...costs.values()].map((times) => Math.min(...times));
}"""
"""Least cost of a keystroke in the middle of the text, in ms: in the page's text area, and in one without the page."""


@pytest.mark.parametrize("paragraphs", [True, False])
def test_two_hundred_thousand_characters_stay_smooth(writer: Writer, *, paragraphs: bool) -> None:
    text = ((LONG * 9 + "\n\n") * 350 if paragraphs else LONG * 3_200)[:200_000]
    writer.draft(text)
    ours, bare = writer.page.evaluate(KEYSTROKES)
    assert ours < 3 * bare, f"a keystroke takes {ours} ms, in a bare text area {bare} ms"
    writer.text.focus()
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_count(1)
    writer.expect_state("saved")
    stored = writer.messages.evaluate("element => element.textContent")
    assert stored == text[:100_000] + "a" * 15 + text[100_000:]


def test_a_draft_is_sealed_within_a_second_of_continuous_typing(writer: Writer) -> None:
    """With a clock under control: keys every 100 ms leave no pause, and the draft is sealed all the same."""
    writer.page.clock.install()
    writer.text.focus()
    for letter in "steadily":
        writer.page.keyboard.type(letter)
        writer.page.clock.run_for(100)
    writer.expect_state("kept")


def test_without_the_server_writing_goes_on(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.write("while it was there")
    writer.page.route("**/api/**", lambda route: route.abort())
    writer.text.fill("and now it is gone")
    writer.page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    expect(writer.state).to_contain_text("Not saved yet.")
    expect(writer.text).to_have_value("and now it is gone")
    expect(writer.text).to_be_editable()
    writer.page.unroute("**/api/**")
    writer.button("Try again").click()
    expect(writer.messages).to_have_text(["while it was there", "and now it is gone"])
    writer.expect_state("saved")


def test_what_could_not_be_saved_is_saved_when_the_server_is_back(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    writer.page.context.set_offline(offline=True)
    writer.text.fill("patience")
    writer.page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    writer.page.keyboard.type(" is kept")
    writer.page.context.set_offline(offline=False)
    expect(writer.messages).to_have_text(["patience"])
    expect(writer.text).to_have_value("is kept")


def test_a_lost_answer_saves_nothing_twice(writer: Writer, guard: Guard) -> None:
    """The commit arrives, its answer does not; the writer goes on typing and tries again."""
    guard.expects_failed_requests = True
    writer.write("before")

    def swallow(route: Route) -> None:
        assert forward(route).ok
        route.abort()

    writer.page.route("**/api/v1/commits", swallow)
    writer.text.fill("once")
    writer.page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    writer.page.unroute("**/api/v1/commits")
    writer.page.keyboard.type(" and then more")
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["before", "once", "and then more"])
    expect(writer.text).to_have_value("")


def test_a_draft_that_a_crash_left_behind_its_message_is_not_shown_again(writer: Writer) -> None:
    """The message is saved; the page ends before its draft is removed."""
    writer.page.evaluate("() => { IDBObjectStore.prototype.delete = function () { return this.get('nothing'); }; }")
    writer.write("the first session")
    writer.page.reload()
    expect(writer.messages).to_have_text(["the first session"])
    writer.new_session()
    expect(writer.text).to_have_value("")
    writer.write("the second session")
    expect(writer.shelf.locator(".shelf-title")).to_have_text(["the second session", "the first session"])


def test_typing_while_saving_is_kept(writer: Writer) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    writer.page.route("**/api/v1/commits", hold)
    writer.text.fill("on its way")
    with writer.page.expect_request("**/api/v1/commits"):
        writer.page.keyboard.press(SAVE)
    writer.expect_state("saving")
    writer.page.keyboard.type(" and more")
    held[0].continue_()
    expect(writer.messages).to_have_text(["on its way"])
    expect(writer.text).to_have_value("and more")
    expect(writer.text).to_be_focused()


def test_a_full_server_says_so_and_loses_nothing(writer: Writer, guard: Guard) -> None:
    guard.expects_failed_requests = True
    body = {"code": "storage", "message": "", "seq": None, "retry_after": None}
    writer.page.route("**/api/v1/commits", lambda route: route.fulfill(status=507, json=body))
    writer.text.fill("no room for this")
    writer.page.keyboard.press(SAVE)
    writer.expect_state("unsaved")
    expect(writer.text).to_have_value("no room for this")
    writer.page.unroute("**/api/v1/commits")
    writer.button("Try again").click()
    expect(writer.messages).to_have_text(["no room for this"])


def test_a_device_without_room_for_drafts_says_so_and_still_saves(writer: Writer) -> None:
    writer.page.evaluate(
        """() => {
          const { put } = IDBObjectStore.prototype;
          IDBObjectStore.prototype.put = function (value, key) {
            const request = put.call(this, value, key);
            if (key.startsWith('draft/')) this.transaction.abort();
            return request;
          };
        }"""
    )
    writer.text.fill("nowhere to keep this")
    writer.expect_state("unkept")
    writer.page.keyboard.press(SAVE)
    expect(writer.messages).to_have_text(["nowhere to keep this"])
