"""Everything out and everything in: JSON, the encrypted backup, and a restore into a new vault.

Each is measured in a process of its own, so that its memory is its own; what unlocking takes is left out of the times.
"""

from __future__ import annotations

import multiprocessing
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from tests.bench.unlocks import timed
from vault.client import NewMessage, Vault
from vault.client.moments import Clock
from vault.transfer.age import AgeWriter
from vault.transfer.age_keys import Passphrase, PublicKey
from vault.transfer.backup import make_backup
from vault.transfer.collect import document_of
from vault.transfer.document import Counts
from vault.transfer.files import new_file
from vault.transfer.importing import Job, preview
from vault.transfer.importing import run as run_import
from vault.transfer.json_export import write_json
from vault.transfer.reading import ReadOptions, choose_reader
from vault.transfer.sources import open_source

HANDLE = "bench"
PASSPHRASE = "quiet lantern measures the northern harbour twice"
RECIPIENT = "age1u9ejk8djxt97r988kqufq76zhtmwzz09hr87yfksn8cym8ekmygqyupnkf"
SECRET = "eleven wooden ladders leaned against the moon"
_CHUNK = 1 << 20


def run(sessions: Iterable[list[str]]) -> None:
    """Fill a vault, then measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        messages, size = fill(folder, sessions)
        print(f"  {messages} messages, {size / 1e6:.1f} MB of text")
        for title, step, goal in (
            ("JSON export", export_json, 40),
            ("encrypted backup, read back", seal_vault, 60),
            ("sealing alone", seal_only, None),
            ("restore into a new vault", restore, 15),
        ):
            seconds, peak = _apart(step, folder)
            shown = "" if goal is None else f"   (goal {goal})"
            print(f"  {title:30} {size / 1e6 / seconds:8.1f} MB of text a second, at most {peak:4.0f} MB{shown}")
        print("  memory: goal 200 MB; unlocking takes 134 MB of it for a moment, the backup's passphrase 268 MB")


def fill(folder: Path, sessions: Iterable[list[str]]) -> tuple[int, int]:
    """Make a vault of these sessions; messages, and bytes of text."""
    messages = size = 0
    vault, _ = Vault.create(HANDLE, PASSPHRASE, data_dir=folder / "data", state_dir=folder / "state")
    with vault:
        for texts in sessions:
            vault.append_all(None, [NewMessage(text) for text in texts])
            messages += len(texts)
            size += sum(len(text.encode()) for text in texts)
    return messages, size


def export_json(folder: Path) -> float:
    """Seconds of an export to a file."""
    return _exported(folder, "out.json", write_json)


def seal_vault(folder: Path) -> float:
    """Seconds of a backup, the reading back with it."""
    return _exported(
        folder, "out.age", lambda document, stream: make_backup(document, stream, Passphrase(SECRET)).counts
    )


def seal_only(folder: Path) -> float:
    """Seconds of sealing the JSON that is there, the derivation of a key left out."""
    with (folder / "out.json").open("rb") as source, new_file(folder / "sealed") as sink:
        writer = AgeWriter(sink, PublicKey.parse(RECIPIENT))
        with timed() as seconds:
            _copy(source, writer)
            return seconds()


def _copy(source: BinaryIO, writer: AgeWriter) -> None:
    while part := source.read(_CHUNK):
        writer.write(part)
    writer.finish()


def restore(folder: Path) -> float:
    """Seconds of an import into a vault of its own, its preview with it."""
    vault, _ = Vault.create(HANDLE, PASSPHRASE, data_dir=folder / "new", state_dir=folder / "new-state")
    with vault, open_source(folder / "out.json") as source, timed() as seconds:
        options = ReadOptions("UTC", time.time_ns() // 1_000_000, lambda _prompt: "")
        plan = preview(Job(source, choose_reader(source), options), vault.receiver())
        run_import(plan, vault.receiver())
        return seconds()


def _exported(folder: Path, name: str, write: Callable[..., Counts]) -> float:
    with (
        Vault.unlock(HANDLE, PASSPHRASE, data_dir=folder / "data", state_dir=folder / "state") as vault,
        timed() as took,
    ):
        with new_file(folder / name) as stream, document_of(vault, Clock().now()) as document:
            write(document, stream)
        return took()


def _apart(step: Callable[[Path], float], folder: Path) -> tuple[float, float]:
    """What a step says, and the most memory it held, in MB of 10^6 bytes."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    process = context.Process(target=_measured, args=(step, folder, queue))
    process.start()
    found = queue.get(timeout=1_800)
    process.join()
    return found


def _measured(step: Callable[[Path], float], folder: Path, queue: multiprocessing.Queue[tuple[float, float]]) -> None:
    seconds = step(folder)
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    queue.put((seconds, int(found[1]) * 1024 / 1e6 if found else float("nan")))
