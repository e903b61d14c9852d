"""A live service and browser context for each test, and a guard on everything that goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.writer import NAME, PASSPHRASE, RECOVERY_KEY, Writer
from vault.client import Vault

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
    """Debian's Chromium, quiet: nothing but our own service is asked for anything.

    If it is there, the one without windows, which makes a page in half the time.
    """
    flags = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"]
    flags += ["disable-component-update", "disable-sync"]
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return {"executable_path": program, "args": [f"--{flag}" for flag in flags]}


@pytest.fixture(scope="session")
def data_of_a_writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a service with one new vault: what takes long about making one is done once."""
    assert PAGE.exists(), "Build the page first: scripts/setup test"
    folder = tmp_path_factory.mktemp("writer")
    live = LiveServer(folder / "data")
    live.start()
    made = Vault.create(NAME, PASSPHRASE, recovery_key=RECOVERY_KEY, server=live.url, state_dir=folder / "state")
    made[0].lock()
    live.stop()
    return live.data_dir


@pytest.fixture
def server(data_of_a_writer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A service of the test's own, with a vault in it that opens with NAME and PASSPHRASE or RECOVERY_KEY."""
    live = LiveServer(tmp_path_factory.mktemp("service") / "data")
    shutil.copytree(data_of_a_writer, live.data_dir)
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
    """A writer at the desk of a vault that has never been written in."""
    writer = Writer(page, NAME)
    writer.enter()
    return writer
