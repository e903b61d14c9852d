"""Unlocking a large vault up to its listed history, key derivation apart: in Python and in Chromium."""

from __future__ import annotations

import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from argon2.low_level import Type, hash_secret_raw
from playwright.sync_api import Page, sync_playwright

from tests.bench import processes
from tests.bench.vaults import HANDLE, PASSPHRASE, fill
from vault.client import Vault
from vault.core import kdf
from vault.core.params import PROFILE

ROUNDS = 5
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def in_python(data_dir: Path) -> None:
    """Print the median time of unlocking in process, the derivation left out by handing in its result."""
    derived = dict[bytes, bytes]()
    real = kdf.passphrase_secret

    def remembered(passphrase: str, handle: str, vault_salt: bytes, params: object) -> bytes:
        if vault_salt not in derived:
            derived[vault_salt] = real(passphrase, handle, vault_salt, params)  # type: ignore[arg-type]
        return derived[vault_salt]

    times = list[float]()
    with mock.patch.object(kdf, "passphrase_secret", remembered):
        for _ in range(ROUNDS + 1):
            with timed() as seconds, Vault.unlock(HANDLE, PASSPHRASE, data_dir=data_dir) as vault:
                listed = len(vault.sessions())
                times.append(seconds())
    print(f"  Python, {listed} sessions listed      {statistics.median(times[1:]):8.3f} s   (goal 0.15)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"  peak memory of the Python client   {peak:8.0f} MB")


def in_chromium(data_dir: Path) -> None:
    """Print the median times of unlocking in the page, and of its key derivation against the native one."""
    with processes.inkvault(data_dir) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        rounds = [measured_unlock(browser.new_context().new_page(), server.url) for _ in range(ROUNDS)]
        browser.close()
    native = statistics.median(native_derivation() for _ in range(ROUNDS))
    derive = statistics.median(each["inkvault:derive"] for each in rounds) / 1e3
    opened = statistics.median(each["inkvault:open"] for each in rounds) / 1e3
    heap = max(each["heap"] for each in rounds) / 1e6
    print(f"  Chromium, up to the listed history {opened:8.3f} s   (goal 0.5)")
    print(f"  Chromium, script memory after that {heap:8.0f} MB")
    print(
        f"  derivation in Chromium {derive:.3f} s, native {native:.3f} s   ratio {derive / native:.2f} (goal at most 3)"
    )


def measured_unlock(page: Page, url: str) -> dict[str, float]:
    """Unlock in a fresh page; the durations in milliseconds that the page itself measured, and its heap in bytes."""
    unlock(page, url)
    page.wait_for_function("performance.getEntriesByName('inkvault:open', 'measure').length > 0")
    found: dict[str, float] = page.evaluate(
        "() => Object.fromEntries([...performance.getEntriesByType('measure').map(m => [m.name, m.duration]),"
        " ['heap', performance.memory.usedJSHeapSize]])"
    )
    return found


def unlock(page: Page, url: str) -> None:
    """From a fresh page to the listed history."""
    page.goto(f"{url}/")
    page.get_by_role("button", name="Unlock a vault").click()
    page.get_by_label("Name of the vault").fill(HANDLE)
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="Sessions").wait_for(timeout=60_000)


def native_derivation() -> float:
    """Seconds that argon2-cffi takes for the profile."""
    with timed() as seconds:
        hash_secret_raw(PASSPHRASE.encode(), bytes(32), PROFILE.t, PROFILE.m_kib, PROFILE.p, 32, Type.ID)
        return seconds()


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """A function that tells the seconds since the block began."""
    started = time.perf_counter()
    yield lambda: time.perf_counter() - started


def run(sessions: Iterable[list[str]]) -> None:
    """Fill a vault, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"  {fill(Path(folder) / 'data', sessions)}")
        in_python(Path(folder) / "data")
        in_chromium(Path(folder) / "data")
