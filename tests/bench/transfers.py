"""Everything out and everything in: JSON, the encrypted backup, a book, a restore into a new vault; and a search.

Each is measured in a process of its own, so that its memory is its own; what unlocking takes is left out of the times.
"""

from __future__ import annotations

import io
import itertools
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pypdf import PdfReader

from tests.bench.processes import peak_megabytes
from tests.bench.unlocks import timed
from vault.client import NewMessage, Vault
from vault.client.moments import Clock
from vault.client.receiving import Receiver
from vault.transfer.age import AgeReader, AgeWriter
from vault.transfer.age_keys import PublicKey
from vault.transfer.backup import make_backup
from vault.transfer.collect import document_of
from vault.transfer.datable import datable
from vault.transfer.document import Document, Selection
from vault.transfer.files import new_file
from vault.transfer.importing import preview
from vault.transfer.importing import run as run_import
from vault.transfer.json_export import write_json
from vault.transfer.json_import import JsonReader, verify_json
from vault.transfer.passes import Job
from vault.transfer.pdf_export import PdfOptions, write_pdf
from vault.transfer.reading import ReadOptions, choose_reader
from vault.transfer.sources import Entry, open_source

HANDLE = "bench"
PASSPHRASE = "quiet lantern measures the northern harbour twice"
RECIPIENT = "age1u9ejk8djxt97r988kqufq76zhtmwzz09hr87yfksn8cym8ekmygqyupnkf"
_CHUNK = 1 << 20
_COMMAND = """
import atexit, runpy
from tests.bench.processes import peak_megabytes
atexit.register(lambda: print(peak_megabytes()))
runpy.run_module("vault.cli", run_name="__main__", alter_sys=True)
"""
_PRINTED = 450
"""Sessions of the book."""


@dataclass(frozen=True, slots=True)
class Took:
    """A step: its seconds, its pages if it prints, the bytes of its file if it writes one.

    `peak` is the most memory meanwhile, in MB of 10^6 bytes.
    """

    seconds: float
    pages: int = 0
    size: int = 0
    peak: float = 0.0


def run(sessions: Iterable[list[str]]) -> None:
    """Fill a vault, then measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        messages, size = fill(folder, sessions)
        print(f"  {messages} messages, {size / 1e6:.1f} MB of text")
        for title, step, goal in (
            ("JSON export", export_json, 40),
            ("encrypted backup, read back", seal_vault, 60),
            ("of it beyond the JSON", seal_and_read, None),
            ("verification of the JSON", verify, None),
            ("restore into a new vault", restore, 15),
            ("its dry run alone", dry_run, None),
            ("it alone, after its dry run", restore_alone, None),
            ("search for a word", look_for, None),
        ):
            took = _apart(step, folder)
            whole = f", {took.size / 1e6 / took.seconds:.1f} MB of the file" if took.size else ""
            _show(title, size / 1e6 / took.seconds, f"MB of text{whole} a second", took, goal)
        book = _apart(print_vault, folder)
        _show(f"book of {book.pages} pages", book.pages / book.seconds, "pages a second", book, 250)
        held = export_command(folder)
        print(f"  {'JSON export as a command':30} {held:8.0f} MB at most, unlocking included   (goal 200)")
        print(
            "  memory: goal 200 MB, 300 MB for the book; unlocking takes 134 MB before it\n"
            "  the backup is for a recipient: to derive a key from a passphrase takes 268 MB, twice"
        )


def _show(title: str, speed: float, unit: str, took: Took, goal: int | None) -> None:
    shown = "" if goal is None else f"   (goal {goal})"
    print(f"  {title:30} {speed:8.1f} {unit}, at most {took.peak:.0f} MB{shown}")


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


def export_json(folder: Path) -> Took:
    """An export to a file."""
    return _exported(folder, "out.json", write_json)


def export_command(folder: Path) -> float:
    """The most memory that the command holds from its start to its end, in MB, on a device that knows the vault."""
    secret = folder / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE)
    place = ["--data-dir", str(folder / "data"), "--vault", HANDLE, "--passphrase-file", str(secret)]
    command = [*place, "export", "--format", "json", "--force", "-o", str(folder / "command.json")]
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "xdg")}
    for _ in range(2):  # the first time the device does not know it yet
        told = subprocess.check_output(
            [sys.executable, "-c", _COMMAND, *command], env=environment, text=True, stderr=subprocess.DEVNULL
        )
    return float(told.split()[-1])


def seal_vault(folder: Path) -> Took:
    """A backup, the reading back with it."""
    recipient = PublicKey.parse(RECIPIENT)
    return _exported(folder, "out.age", lambda document, stream: make_backup(document, stream, recipient))


def print_vault(folder: Path) -> Took:
    """A book with the document inside, of the sessions that fill some three thousand pages."""
    with _unlocked(folder) as vault:
        chosen = frozenset(itertools.islice((session.id for session in vault.sessions()), _PRINTED))
        took = _exported(
            folder,
            "out.pdf",
            lambda document, stream: write_pdf(document, HANDLE, stream, PdfOptions()),
            Selection(sessions=chosen),
            vault,
        )
    return replace(took, pages=len(PdfReader(folder / "out.pdf").pages))


def verify(folder: Path) -> Took:
    """Reading the JSON that is there to its end."""
    with open_source(folder / "out.json") as source, _watched() as took:
        verify_json(source.entries[0])
        return took()


def look_for(folder: Path) -> Took:
    """Searching all texts for a word that few of them have."""
    with _unlocked(folder) as vault, _watched() as took:
        for _ in vault.search("canary-7-12345"):
            pass
        return took()


def seal_and_read(folder: Path) -> Took:
    """What a backup takes beyond the export that it holds: sealing a JSON that is there, and reading it back."""
    judged: dict[bytes, int] = {}
    with open_source(folder / "out.json") as source:
        for _ in datable(JsonReader(source.entries[0]).items(), judged):
            pass
    sealed = folder / "sealed"
    with (folder / "out.json").open("rb") as made, sealed.open("w+b") as stream, _watched() as took:
        writer = AgeWriter(stream, PublicKey.parse(RECIPIENT))
        while part := made.read(_CHUNK):
            writer.write(part)
        writer.finish()
        stream.seek(0)
        with io.BufferedReader(AgeReader(stream, writer.identity), 1 << 16) as plain:
            verify_json(Entry(sealed.name, 0, None, lambda: plain), judged)
        return took()


def restore(folder: Path) -> Took:
    """An import into a vault of its own, its dry run with it."""
    with _to_import(folder, "restored") as (job, receiver), _watched() as took:
        run_import(preview(job, receiver), receiver)
        return took()


def restore_alone(folder: Path) -> Took:
    """What a writer waits for after the question whether to import."""
    with _to_import(folder, "taken") as (job, receiver):
        plan = preview(job, receiver)
        with _watched() as took:
            run_import(plan, receiver)
            return took()


def dry_run(folder: Path) -> Took:
    """What a writer waits for before that question."""
    with _to_import(folder, "planned") as (job, receiver), _watched() as took:
        preview(job, receiver)
        return took()


@contextmanager
def _to_import(folder: Path, name: str) -> Iterator[tuple[Job, Receiver]]:
    vault, _ = Vault.create(HANDLE, PASSPHRASE, data_dir=folder / name, state_dir=folder / f"{name}-state")
    with vault, open_source(folder / "out.json") as source:
        options = ReadOptions("UTC", time.time_ns() // 1_000_000, lambda _prompt: "")
        yield Job(source, choose_reader(source), options), vault.receiver()


def _unlocked(folder: Path) -> Vault:
    return Vault.unlock(HANDLE, PASSPHRASE, data_dir=folder / "data", state_dir=folder / "state")


def _exported(
    folder: Path,
    name: str,
    write: Callable[[Document, BinaryIO], object],
    selection: Selection | None = None,
    unlocked: Vault | None = None,
) -> Took:
    with nullcontext(unlocked) if unlocked else _unlocked(folder) as vault, _watched() as took:
        with new_file(folder / name) as stream, document_of(vault, Clock().now(), selection) as document:
            write(document, stream)
        return replace(took(), size=(folder / name).stat().st_size)


@contextmanager
def _watched() -> Iterator[Callable[[], Took]]:
    """What the block takes until it asks. What the process held before, to unlock, does not count."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM
    with timed() as seconds:
        yield lambda: Took(seconds(), peak=peak_megabytes())


def _apart(step: Callable[[Path], Took], folder: Path) -> Took:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Took] = context.Queue()
    process = context.Process(target=_measured, args=(step, folder, queue))
    process.start()
    found = queue.get(timeout=1_800)
    process.join()
    return found


def _measured(step: Callable[[Path], Took], folder: Path, queue: multiprocessing.Queue[Took]) -> None:
    queue.put(step(folder))
