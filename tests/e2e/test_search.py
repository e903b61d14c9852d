"""Search as one types: any script, filters, marks, and not a word of it on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, stock, stock_notebooks
from tests.e2e.test_access import check
from tests.e2e.writer import Writer

LONG = ("\n\n".join(f"Paragraph {number} of a long evening." for number in range(40)), "The heron stood in the café.")
TEXTS = {
    "Evening": LONG,
    "Rain": ("今天下雨。我在窗边坐了一个下午。",),
    "Sea": ("مرحباً، البحر هادئ هذا المساء.",),
    "Straße": ("Der Kaffee war kalt.",),
    "Herons": ("Two of them, on the far bank.",),
}
PAINTED = """async (count) => {
  let painted = [];
  for (let frame = 0; frame < 1000; frame += 1) {
    painted = [...CSS.highlights.get('found') ?? []].map((range) => range.toString());
    if (painted.length === count) break;
    await new Promise(requestAnimationFrame);
  }
  return painted;
}"""
"""What is painted over the texts, as soon as it is so much."""


def look(writer: Writer, query: str) -> Locator:
    writer.page.keyboard.press("Control+k")
    expect(writer.page.get_by_label("Search", exact=True)).to_be_focused()
    writer.page.get_by_label("Search", exact=True).fill(query)
    return writer.shelf.locator(".found-item")


@pytest.fixture
def reader(page: Page, server: LiveServer, tmp_path: Path) -> Writer:
    stock(server, tmp_path, TEXTS)
    return at_the_desk(page)


def test_any_script_is_found_and_marked(reader: Writer, server: LiveServer) -> None:
    before = len(server.received)
    for query, title, marked in (
        ("下雨", "Rain", "下雨"),
        ("مرحبا البحر", "Sea", "مرحبا"),
        ("CAFE", "Evening", "café"),
        ("strasse", "Straße", "Straße"),
        ('"far bank"', "Herons", "far bank"),
    ):
        found = look(reader, query)
        expect(found).to_have_count(1)
        expect(found.locator(".shelf-title")).to_have_text(title)
        expect(found.locator("mark").first).to_contain_text(marked)
    check(reader.page, "search")
    expect(look(reader, "heron").locator(".shelf-title")).to_have_text(["Herons", "Evening"])
    expect(look(reader, "heron zebra")).to_have_count(0)
    expect(reader.shelf.get_by_text("Nothing found.")).to_be_visible()
    words = ("下雨", "zebra", "strasse")
    assert not [word for word in words for request in server.received[before:] if word.encode() in request]
    reader.page.keyboard.press("Escape")
    expect(reader.shelf.locator(".history-row")).to_have_count(len(TEXTS))


def test_what_was_found_is_opened_where_it_stands(reader: Writer) -> None:
    page = reader.page
    found = look(reader, "heron cafe")
    expect(found).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(found.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(reader.heading("Evening")).to_be_visible()
    expect(reader.messages.last).to_be_in_viewport()
    assert page.evaluate(PAINTED, 2) == ["heron", "café"]
    reader.button("Clear the search").click()
    assert page.evaluate(PAINTED, 0) == []


def test_a_search_sees_what_is_written_and_thrown_away_meanwhile(reader: Writer) -> None:
    reader.new_session()
    expect(look(reader, "quokka")).to_have_count(0)
    reader.write("a quokka, of all things")
    expect(reader.shelf.locator(".found-item")).to_have_count(2)  # its title and its text
    reader.page.get_by_label("Search", exact=True).fill("")
    reader.session("a quokka").focus()
    reader.page.keyboard.press("Delete")
    expect(look(reader, "quokka")).to_have_count(0)
    expect(look(reader, "quokka is:trashed")).to_have_count(2)


def test_filters_in_the_query_and_hits_in_tags_and_notebooks(page: Page, server: LiveServer, tmp_path: Path) -> None:
    stock_notebooks(server, tmp_path)
    writer = at_the_desk(page)
    expect(look(writer, "about tag:soil").locator(".shelf-title")).to_have_text(["Compost", "Garlic"])
    expect(look(writer, 'about in:"winter garden" tag:winter').locator(".shelf-title")).to_have_text(["Compost"])
    expect(look(writer, "about role:helper")).to_have_count(0)
    expect(look(writer, "about before:2001")).to_have_count(0)
    expect(look(writer, "about before:tomorrow")).not_to_have_count(0)
    expect(writer.shelf.get_by_text("“tomorrow” is no date")).to_be_visible()
    found = look(writer, "robins")
    expect(found).to_have_count(1)
    found.click()
    expect(writer.heading("Winter garden")).to_be_visible()
