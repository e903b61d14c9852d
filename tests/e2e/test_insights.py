"""Insights: counted on the device, drawn and readable as tables."""

from __future__ import annotations

from playwright.sync_api import Request, expect

from tests.e2e.test_access import check
from tests.e2e.writer import Writer


def test_what_was_written_is_counted_on_the_device(writer: Writer) -> None:
    page = writer.page
    writer.button("Insights").click()
    expect(page.get_by_text("There is nothing to count yet.")).to_be_visible()
    writer.button("Back to writing").click()
    writer.write("one two three")
    writer.write("four five")
    writer.new_session()
    writer.write("six")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    writer.button("Insights").click()
    expect(writer.heading("Insights")).to_be_focused()
    totals = page.locator(".totals")
    expect(totals).to_contain_text("6words")
    expect(totals).to_contain_text("1day written")
    expect(totals).to_contain_text("1 dayin a row now")
    expect(page.locator(".heat rect:not([data-level='0'])")).to_have_count(1)
    for title, row in (
        ("Words and minutes by day", "6"),
        ("Words by month", "6"),
        ("By notebook", "No notebook6"),
    ):
        table = page.get_by_role("table", name=title)
        expect(table).to_have_count(0)
        page.locator("section", has=page.locator("caption", has_text=title)).get_by_text("As a table").click()
        expect(table).to_be_visible()
        expect(table.locator("tbody")).to_contain_text(row)
    check(page, "insights")
    assert [url for url in asked if "/api/" in url and "/changes" not in url and "heartbeat" not in url] == []
