"""Where a machine may leave what was in memory: swap and core dumps, for ``inkvault doctor``."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vault.erase.findings import Finding, Level

SWAPS: Final = Path("/proc/swaps")
CORE_PATTERN: Final = Path("/proc/sys/kernel/core_pattern")
BLOCK_DEVICES: Final = Path("/sys/block")


def swap() -> Iterator[Finding]:
    """Whether memory may be written to a disk in clear."""
    try:
        lines = SWAPS.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    except OSError:
        seen = "Whether memory is swapped cannot be told."
        yield Finding("swap", Level.WARNING, seen, "Use encrypted swap, or none.")
        return
    names = [line.split()[0] for line in lines if line.strip()]
    plain = [name for name in names if not _is_safe_swap(Path(name).name)]
    if plain:
        seen = f"Memory may be written to {', '.join(plain)}, which is not seen to be encrypted."
        yield Finding("swap", Level.WARNING, seen, "Encrypt the swap, or switch it off (swapoff -a).")
    else:
        yield Finding("swap", Level.GOOD, "It is encrypted or in memory." if names else "There is none.")


def _is_safe_swap(name: str) -> bool:
    try:
        identity = (BLOCK_DEVICES / name / "dm" / "uuid").read_text(encoding="ascii", errors="replace")
    except OSError:
        return name.startswith("zram")
    return identity.startswith("CRYPT-")


def core_dumps() -> Iterator[Finding]:
    """Whether memory goes anywhere when a program crashes."""
    try:
        pattern = CORE_PATTERN.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        pattern = "core"
    limit, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if pattern.startswith("|"):
        program = Path(pattern[1:].split()[0]).name if pattern[1:].split() else "a program"
        seen = f"When a program crashes, its memory is given to {program}."
        advice = "Have it store nothing (systemd: Storage=none in coredump.conf)."
        yield Finding("core dumps", Level.WARNING, seen, advice)
    elif limit:
        seen = "When a program crashes, its memory is written to a file."
        yield Finding("core dumps", Level.WARNING, seen, "Start the service with ulimit -c 0 (systemd: LimitCORE=0).")
    else:
        yield Finding("core dumps", Level.GOOD, "There are none.")
