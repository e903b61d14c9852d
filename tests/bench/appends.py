"""Durable appends a second over HTTP, alone and with eight writers, against a bare insert in the same run."""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from tests.bench import processes
from tests.bench.corpus import messages
from vault.client import Vault

PASSPHRASE = "quiet lantern measures the northern harbour twice"
PER_SESSION = 40


def texts() -> Iterator[str]:
    """Endless texts."""
    return itertools.cycle(itertools.chain.from_iterable(messages(2000)))


def append_all(vault: Vault, count: int) -> list[float]:
    """Append `count` messages, 40 to a session; seconds that each took."""
    times, session = list[float](), ""
    for index, text in enumerate(itertools.islice(texts(), count)):
        started = time.perf_counter()
        session = vault.write(text, new="Bench") if index % PER_SESSION == 0 else vault.write(text, session=session)
        times.append(time.perf_counter() - started)
    return times


def insert_rows(url: str, count: int) -> list[float]:
    """The same number of bare inserts of the same texts; seconds that each took."""
    times = list[float]()
    with httpx.Client(base_url=url) as client:
        for text in itertools.islice(texts(), count):
            started = time.perf_counter()
            client.post("/rows", json={"body": text}).raise_for_status()
            times.append(time.perf_counter() - started)
    return times


def one_writer(count: int) -> None:
    """Print the rate of one writer, its ratio to the yardstick, and whether it slows down."""
    with tempfile.TemporaryDirectory() as folder:
        with processes.baseline(Path(folder) / "bare.sqlite3") as server:
            bare_before = rate(insert_rows(server.url, 2000))
        with processes.inkvault(Path(folder) / "data") as server:
            vault, _ = Vault.create("bench", PASSPHRASE, server=server.url)
            with vault:
                times = append_all(vault, count)
            print(f"  peak memory of the server          {server.peak_megabytes():8.0f} MB")
        with processes.baseline(Path(folder) / "bare2.sqlite3") as server:
            bare_after = rate(insert_rows(server.url, 2000))
    bare = (bare_before + bare_after) / 2
    print(f"  bare Flask + SQLAlchemy inserts    {bare:8.0f} /s ({bare_before:.0f} before, {bare_after:.0f} after)")
    print(f"  appends, one writer                {rate(times):8.0f} /s   ratio {rate(times) / bare:.2f} (goal 0.6)")
    drift = rate(times[-500:]) / rate(times[:500])
    print(f"  last 500 against first 500 of {count:6d} {drift:6.2f}         (goal 0.9)")


def many_writers(writers: int, count: int) -> None:
    """Print the rate of `writers` processes with a vault each, against one of them alone on the same server."""
    with tempfile.TemporaryDirectory() as folder, processes.inkvault(Path(folder) / "data") as server:
        alone = _in_processes(1, lambda _: (server.url, "solo", count))
        together = _in_processes(writers, lambda number: (server.url, f"bench {number}", count))
        print(f"  peak memory of the server          {server.peak_megabytes():8.0f} MB")
    single, total = rate(alone[0]), sum(rate(times) for times in together)
    every = sorted(itertools.chain.from_iterable(together))
    p50, p99 = statistics.median(every), every[int(len(every) * 0.99)]
    print(f"  appends, one writer                {single:8.0f} /s")
    print(f"  appends, {writers} writers at once         {total:8.0f} /s   ratio {total / single:.2f} (goal above 1)")
    print(f"  p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms               ratio {p99 / p50:8.1f} (goal at most 10)")


def rate(times: list[float]) -> float:
    """Items a second."""
    return len(times) / sum(times)


def _in_processes(writers: int, arguments: Callable[[int], tuple[str, str, int]]) -> list[list[float]]:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(writers)
    queue: multiprocessing.Queue[list[float]] = context.Queue()
    started = [context.Process(target=_writer, args=(barrier, queue, *arguments(number))) for number in range(writers)]
    for process in started:
        process.start()
    results = [queue.get(timeout=600) for _ in started]
    for process in started:
        process.join()
    return results


def _writer(barrier: object, queue: object, url: str, handle: str, count: int) -> None:
    vault, _ = Vault.create(handle, PASSPHRASE, server=url)
    barrier.wait()  # type: ignore[attr-defined]
    with vault:
        times = append_all(vault, count)
    queue.put(times)  # type: ignore[attr-defined]
