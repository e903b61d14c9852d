"""Servers under measurement, each in a process of its own so that its memory and time are its own."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STARTUP_LINES = 20


@dataclass(frozen=True)
class Running:
    """A server: its address and the process behind it."""

    url: str
    process: subprocess.Popen[str]

    def peak_megabytes(self) -> float:
        """The most memory the process has held so far."""
        return peak_megabytes(self.process.pid)


def peak_megabytes(pid: int | str = "self") -> float:
    """The most memory a process has held so far (VmHWM of Linux), in MB of 10^6 bytes.

    It is of that process alone: ``ru_maxrss`` begins at what the process that started it held.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


@contextlib.contextmanager
def inkvault(data_dir: Path) -> Iterator[Running]:
    """`inkvault serve` on a data directory."""
    command = [sys.executable, "-m", "vault.cli", "--data-dir", str(data_dir), "serve", "--port", "0"]
    with _started(command) as running:
        yield running


@contextlib.contextmanager
def baseline(database: Path) -> Iterator[Running]:
    """The bare Flask and SQLAlchemy server."""
    with _started([sys.executable, "-m", "tests.bench.baseline", str(database)]) as running:
        yield running


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[Running]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        for _ in range(STARTUP_LINES):
            line = process.stdout.readline()
            found = re.search(r"(\d+)/?\s*$", line)
            if found:
                yield Running(f"http://127.0.0.1:{found[1]}", process)
                break
        else:
            raise RuntimeError(f"{command[2]} did not say where it listens")
    finally:
        process.terminate()
        process.wait(timeout=30)
