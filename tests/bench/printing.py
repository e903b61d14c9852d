"""Printing a book in Chromium: from the writer's word to a file that is made."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page
from pypdf import PdfReader

from tests.bench import corpus
from tests.bench.history import live_page
from tests.bench.unlocks import unlock
from tests.bench.vaults import fill

MESSAGES = 1_470
ROUNDS = 3


def run() -> None:
    """Print how long some 200 pages take, reading and checking of the vault included."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"  {fill(Path(folder) / 'book', corpus.messages(MESSAGES))}")
        with live_page(Path(folder) / "book") as (_, page, url):
            unlock(page, url)
            page.get_by_role("button", name="Secrets and settings", exact=True).click()
            rounds = [_print(page) for _ in range(ROUNDS)]
    pages = rounds[0][0]
    seconds = statistics.median(each for _, each in rounds)
    per_200 = seconds / pages * 200
    print(f"  Chromium, a book of {pages} pages      {seconds:8.2f} s, {per_200:.2f} s for 200 pages   (goal 2)")


def _print(page: Page) -> tuple[int, float]:
    """How many pages the book has, and the seconds from the click to its download."""
    page.get_by_role("button", name="Export…", exact=True).click()
    page.get_by_role("radio", name="Book (PDF)").check()
    with page.expect_download(timeout=120_000) as download:
        started = time.perf_counter()
        page.get_by_role("button", name="Make the file", exact=True).click()
    seconds = time.perf_counter() - started
    book = PdfReader(io.BytesIO(Path(download.value.path()).read_bytes()))
    page.get_by_role("button", name="Done", exact=True).click()
    return len(book.pages), seconds
