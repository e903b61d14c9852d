"""Vaults to measure: filled in process, their sessions half an hour apart up to now."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vault.client import Clock, NewMessage, Role, Vault

HANDLE = "bench"
PASSPHRASE = "quiet lantern measures the northern harbour twice"
APART_MS = 30 * 60_000


@dataclass(frozen=True)
class Filled:
    """What a vault has, and how long it took to write, in seconds."""

    sessions: int
    messages: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.messages} messages in {self.sessions} sessions, written in {self.seconds:.0f} s"


def fill(data_dir: Path, sessions: Iterable[list[str]]) -> Filled:
    """Make a vault of these texts; writer and helper take turns."""
    wanted = list(sessions)
    started = time.perf_counter()
    now = time.time_ns() // 1_000_000 - APART_MS * len(wanted)
    vault, _ = Vault.create(HANDLE, PASSPHRASE, data_dir=data_dir, clock=Clock(lambda: now))
    with vault:
        for texts in wanted:
            now += APART_MS
            roles = [Role.WRITER, Role.HELPER]
            vault.append_all(None, [NewMessage(text, roles[index % 2]) for index, text in enumerate(texts)])
    return Filled(len(wanted), sum(map(len, wanted)), time.perf_counter() - started)
