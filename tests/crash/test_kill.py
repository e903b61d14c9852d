"""kill -9 in a stream of commits: whatever was acknowledged is there, and nothing is half there."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import httpx
import pytest

from tests.support.erasing import Nuke, scope_of
from tests.support.frames import parse
from tests.support.service import RefusedError, SlotKey, Writer, new_container, new_record
from vault.audit.leaves import Event, Leaf
from vault.server import Settings
from vault.wire.encodings import b64decode
from vault.wire.models import AuditPage, Changes, Commit, SlotChanges

KILLS = 50
WRITERS = 3


def serve_in_process(data_dir: Path, address: SimpleQueue[str]) -> None:
    from vault.server.serve import serve

    serve(Settings(data_dir), "127.0.0.1", 0, address.put)


def quick_starter() -> ForkServerContext:
    """Starts servers that have their imports behind them: those of this module too, in which their target is."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["vault.server.serve", __name__])
    return found


@pytest.fixture(scope="module")
def starter() -> ForkServerContext:
    return quick_starter()


@contextlib.contextmanager
def killed_in_the_end(starter: ForkServerContext, data_dir: Path) -> Iterator[tuple[ForkServerProcess, str]]:
    address: SimpleQueue[str] = starter.SimpleQueue()
    process = starter.Process(target=serve_in_process, args=(data_dir, address))
    process.start()
    try:
        yield process, address.get()
    finally:
        process.kill()
        process.join()


@dataclass
class Scribe:
    """A writer who goes on after each restart, and knows what was acknowledged."""

    writer: Writer
    containers: dict[bytes, set[bytes]] = field(default_factory=dict)
    in_flight: Commit | None = None
    dropped: list[SlotKey] = field(default_factory=list)
    acknowledged: int = 0

    def next(self, chance: random.Random) -> Commit:
        if chance.random() < 0.15:
            new = SlotKey(self.writer.vault_id)
            self.dropped.append(self.writer.keys[0])
            changes = SlotChanges(add=[new.new()], destroy=[self.writer.keys[0].slot_id])
            self.writer.keys = [new, *self.writer.keys[1:]]
            return self.writer.next_commit(slots=changes)
        is_new = not self.containers or chance.random() < 0.3
        return self.writer.append(os.urandom(16) if is_new else chance.choice(list(self.containers)))

    def applied(self, commit: Commit) -> None:
        self.in_flight = None
        self.acknowledged += 1
        for record in commit.records:
            self.containers.setdefault(record.container_id, set()).add(record.record_id)

    def stream(self, chance: random.Random, stop: threading.Event) -> None:
        """Write until the server is gone."""
        with contextlib.suppress(httpx.TransportError):
            while not stop.is_set():
                self.in_flight = self.next(chance)
                self.writer.commit(self.in_flight)
                self.applied(self.in_flight)

    def settle(self) -> None:
        """Send again what got no answer: it is applied once, whether it had been applied or not."""
        if self.in_flight is not None:
            commit = self.in_flight
            self.writer.commit(commit)
            self.applied(commit)

    def login_again(self) -> None:
        """Log in with the slot of the commit in flight, or, if that was not applied, with the one before."""
        if self.in_flight is None or self.in_flight.slots is None:
            self.writer.login()
            return
        try:
            self.writer.login(self.dropped[-1])
        except RefusedError:
            self.writer.login()

    def verify(self, key_file: bytes) -> None:
        """All that was acknowledged is there, nothing else, and the keys that had to go are gone."""
        snapshot = parse(self.writer.send("GET", "/snapshot").content)
        assert snapshot[-1]["kind"] == "end"
        found: dict[bytes, set[bytes]] = {}
        current = b""
        for each in snapshot:
            if each["kind"] == "container":
                current = bytes.fromhex(each["container"]["container_id"])
                assert each["container"]["version"] == self.writer.versions[current]
                assert key_file.count(b64decode(each["container"]["wrapped_key"])) == 1
                found[current] = set()
            elif each["kind"] == "record":
                found[current].add(bytes.fromhex(each["record"]["record_id"]))
        assert found.pop(self.writer.vault_id) == set()
        assert found == self.containers
        changes = self.writer.ask("GET", "/changes?since=1", Changes)
        assert changes.seq == self.writer.seq == self.acknowledged + 1
        assert len(changes.head_hashes) == self.acknowledged
        for key in self.dropped:
            assert key.slot[56:] not in key_file
        for key in self.writer.keys:
            assert key_file.count(key.slot) == 1
        alive = [start for start in range(4096, len(key_file), 256) if key_file[start] in (1, 2)]
        assert len(alive) == len(self.writer.keys) + len(self.containers) + 1


def test_every_acknowledged_commit_survives(tmp_path: Path, starter: ForkServerContext) -> None:
    chance = random.Random(20260101)
    data_dir = tmp_path / "data"
    scribes: list[Scribe] = []
    for _ in range(KILLS):
        with killed_in_the_end(starter, data_dir) as (process, address), httpx.Client(base_url=address) as http:
            if not scribes:
                scribes = [Scribe(Writer(http, f"writer {number}").create()) for number in range(WRITERS)]
            for scribe in scribes:
                scribe.writer.http, scribe.writer.origin = http, address
                scribe.login_again()
                scribe.settle()
            stream_until_killed(scribes, process, chance)
    with killed_in_the_end(starter, data_dir) as (_, address), httpx.Client(base_url=address) as http:
        for scribe in scribes:
            scribe.writer.http, scribe.writer.origin = http, address
            scribe.login_again()
            scribe.settle()
            scribe.verify((data_dir / "keys" / f"{scribe.writer.vault_id.hex()}.keys").read_bytes())
    assert sum(scribe.acknowledged for scribe in scribes) > 10 * KILLS
    assert sum(len(scribe.dropped) for scribe in scribes) > KILLS // 2


def stream_until_killed(scribes: list[Scribe], process: ForkServerProcess, chance: random.Random) -> None:
    """All scribes write at once; after some acknowledgements, at no particular moment, the server is killed."""
    stop = threading.Event()
    target = sum(scribe.acknowledged for scribe in scribes) + chance.randrange(3, 30)
    seeds = [random.Random(chance.random()) for _ in scribes]
    threads = [
        threading.Thread(target=scribe.stream, args=(seed, stop)) for scribe, seed in zip(scribes, seeds, strict=True)
    ]
    for thread in threads:
        thread.start()
    tick = threading.Event()
    while sum(scribe.acknowledged for scribe in scribes) < target:
        tick.wait(0.002)
    process.kill()
    stop.set()
    for thread in threads:
        thread.join()


def test_an_erasure_goes_on_after_every_kill(tmp_path: Path, starter: ForkServerContext) -> None:
    """A server that is killed wherever it is, again and again, ends what was ordered; it is never done too early."""
    data_dir = tmp_path / "data"
    sessions = [os.urandom(16) for _ in range(40)]
    with killed_in_the_end(starter, data_dir) as (_, address), httpx.Client(base_url=address) as http:
        writer = Writer(http, "ada").create()
        writer.login()
        containers = [new_container(session) for session in sessions]
        writer.commit(writer.next_commit(containers, [new_record(each) for each in sessions for _ in range(50)]))
        keys = [each.wrapped_key for each in writer.containers() if each.container_id in sessions]
        nuke = Nuke(writer, scope_of(sessions))
        nuke.ordered()
    path = data_dir / "keys" / f"{writer.vault_id.hex()}.keys"
    for milliseconds in (0, 50, 100, 150, 200, 300, 400):
        process = starter.Process(target=serve_in_process, args=(data_dir, starter.SimpleQueue()))
        process.start()
        process.join(milliseconds / 1_000)  # at any moment: it goes on with the erasure before it serves
        process.kill()
        process.join()
        if is_done(data_dir):
            assert not any(key in path.read_bytes() for key in keys)
    with killed_in_the_end(starter, data_dir) as (_, address), httpx.Client(base_url=address) as http:
        writer.http, writer.origin = http, address
        assert nuke.state().state == "done"
        writer.login()
        entries = writer.ask("GET", "/audit", AuditPage).entries
        kinds = [Leaf.parse(entry.leaf).event for entry in entries]
        assert (kinds.count(Event.ORDERED), kinds.count(Event.FINISHED)) == (1, 1)
        assert len(writer.containers()) == 1
    assert not any(key in path.read_bytes() for key in keys)


def is_done(data_dir: Path) -> bool:
    with contextlib.closing(sqlite3.connect(data_dir / "inkvault.db")) as connection:
        (state,) = connection.execute("SELECT state FROM erasures").fetchone()
        (left,) = connection.execute("SELECT count(*) FROM records").fetchone()
    assert state != "done" or left == 0
    return bool(state == "done")
