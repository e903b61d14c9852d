"""A live service for the session, a fresh browser context for each test, and a guard on everything that goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.writer import Writer

# Long enough for a key derivation on a busy machine; whatever is there sooner is not waited for.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
PAGE = Path(__file__).parents[2] / "vault" / "server" / "page" / "index.html"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, quiet: nothing but our own service is asked for anything."""
    flags = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"]
    flags += ["disable-component-update", "disable-sync"]
    return {"executable_path": shutil.which("chromium"), "args": [f"--{flag}" for flag in flags]}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One service for all tests of a process; each test has vaults of its own in it."""
    assert PAGE.exists(), "Build the page first: scripts/setup test"
    live = LiveServer(tmp_path_factory.mktemp("service") / "data")
    live.start()
    yield live
    live.stop()


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Fails the test when any page said or broke anything that the test did not expect."""
    guard = Guard()
    yield guard
    guard.check()


@pytest.fixture
def device(browser: Browser, server: LiveServer, guard: Guard) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts, each a device of its own. Takes what `Browser.new_context` takes."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=server.url, locale="en-GB", timezone_id="Europe/Lisbon", **options)
        context.set_default_timeout(PATIENCE)
        guard.watch(context)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def context(device: Callable[..., BrowserContext]) -> BrowserContext:
    return device()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    return page


@pytest.fixture
def writer(page: Page) -> Writer:
    """A writer at the desk of a new vault."""
    writer = Writer(page)
    writer.create()
    return writer
