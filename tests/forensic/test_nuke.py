"""A whole nuke, looked at from the disk: needles in every file of the data directory and on a raw ext4 disk.

Everywhere the needles are found first, and then not at all, while the service goes on with its connections open. A
neighbour's needle is found to the end. Where no disk can be mounted the files alone are searched, and that is said.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.test_kill import quick_starter, serve_in_process
from tests.forensic.evidence import Image, Needle, mounted, search, why_no_images
from tests.support.erasing import Nuke, eraser_of, rested, scope_of
from tests.support.service import (
    Host,
    RefusedError,
    Writer,
    changed_container,
    envelope,
    hosted,
    new_container,
    new_record,
)
from vault.erase.shrink import shrink_database
from vault.storage.backup import back_up_database
from vault.storage.directory import DataDirectory
from vault.wire.models import RecordWrite

SMALL, LARGE = 500, 1_000_000


class Place:
    """Where a data directory is: on a disk of its own, or where the tests are."""

    def __init__(self, data_dir: Path, image: Image | None) -> None:
        self.data_dir = data_dir
        self._image = image

    def counts(self, *needles: Needle) -> list[int]:
        """How often pieces of each needle are in files, and on the disk if it can be searched."""
        found = list(search(self.data_dir, *needles).values())
        if self._image:
            found += self._image.search(*needles).values()
        return [sum(counts) for counts in zip(*found, strict=True)] or [0] * len(needles)


@contextmanager
def disk(folder: Path, options: str = "") -> Iterator[Place]:
    """A data directory on an ext4 disk of its own."""
    reason = why_no_images()
    if reason is not None:
        pytest.skip(f"the raw disk was not searched: {reason}")
    with ExitStack() as stack:
        try:
            image = stack.enter_context(mounted(folder, options=options))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"the raw disk was not searched: it cannot be mounted here ({error})")
        yield Place(image.mount_point / "data", image)


@pytest.fixture(params=["files", "raw ext4"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "files":
        yield Place(tmp_path / "data", None)
        return
    with disk(tmp_path) as found:
        yield found


def record_with(needle: Needle, *place: Any) -> RecordWrite:
    return replace(new_record(*place), envelope=envelope() + needle.bytes)


class Diary:
    """A writer whose records hold needles."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.edits = 0

    def session(self, *needles: Needle) -> tuple[bytes, list[bytes]]:
        """A session with a record for each needle."""
        container = new_container()
        records = [record_with(needle, container.container_id) for needle in needles]
        self.writer.commit(self.writer.next_commit([container], records))
        return container.container_id, [record.record_id for record in records]

    def edit(self, session: bytes, record_id: bytes, version: int, needle: Needle) -> None:
        record = record_with(needle, session, version, record_id)
        write = changed_container(session, self.writer.versions[session] + 1)
        self.writer.commit(self.writer.next_commit([write], [record]))

    def live_on(self) -> None:
        """Much else happens; SQLite carries its log over meanwhile."""
        session, records = self.session(*(Needle(3_000) for _ in range(40)))
        for number in range(40):
            self.edit(session, records[number], 2, Needle(30_000))


def verdict_of(nuke: Nuke) -> dict[str, object]:
    statement: dict[str, object] = json.loads(nuke.certificate())["statement"]
    return {name: statement[name] for name in ("verdict", "reason", "file_system", "options")}


@pytest.mark.parametrize("how", ["session", "record", "vault"])
def test_nothing_is_left_of_what_was_nuked(place: Place, how: str) -> None:
    """Edited long before, written and edited seconds before, short and long."""
    sizes = (SMALL, LARGE)
    first, second, third, last, kept = ([Needle(size) for size in sizes] for _ in range(5))
    with hosted(place.data_dir) as host:
        diary, neighbour = Diary(host.writer("ada")), Diary(host.writer("bob"))
        there, _ = neighbour.session(*kept)
        session, records = diary.session(*first, Needle(SMALL))
        for number in range(len(sizes)):
            diary.edit(session, records[number], 2, second[number])
        diary.live_on()
        for number in range(len(sizes)):
            diary.edit(session, records[number], 3, third[number])
            diary.edit(session, records[number], 4, last[number])
        assert all(place.counts(*third, *last, *kept)), "nothing to be seen"
        scope = {
            "session": scope_of([session]),
            "record": scope_of(records={session: records[: len(sizes)]}),
            "vault": scope_of(whole=True),
        }[how]
        nuke = Nuke(diary.writer, scope)
        nuke.ordered()
        rested(host)
        assert nuke.state().state == "done"
        found = place.counts(*first, *second, *third, *last, *kept)
        assert not any(found[: -len(kept)])
        assert all(found[-len(kept) :])
        assert len(neighbour.writer.records(there)) == len(kept)
    assert not any(place.counts(*first, *second, *third, *last))


def test_nothing_is_left_after_a_kill_and_somebody_elses_hands(place: Place) -> None:
    """Killed with needles in its log; then another tool opens and closes the database, which deletes the log."""
    needles = [Needle(SMALL), Needle(LARGE)]
    context = quick_starter()
    address = context.SimpleQueue()
    process = context.Process(target=serve_in_process, args=(place.data_dir, address))
    process.start()
    try:
        with httpx.Client(base_url=address.get()) as http:
            writer = Writer(http, "ada").create()
            writer.login()
            session, _ = Diary(writer).session(*needles)
    finally:
        process.kill()
        process.join()
    log = place.data_dir / "inkvault.db-wal"
    assert search(log, *needles)
    with closing(sqlite3.connect(place.data_dir / "inkvault.db")) as foreign:
        foreign.execute("SELECT count(*) FROM records").fetchone()
    assert not log.exists()
    assert search(place.data_dir / "inkvault.db-wal.guard", *needles)
    with hosted(place.data_dir) as host:
        writer.http, writer.origin = host.http, str(host.http.base_url)
        writer.login()
        Nuke(writer, scope_of([session])).ordered()
        rested(host)
        assert not any(place.counts(*needles))


def test_a_copy_in_the_data_directory_is_found_and_nothing_is_certified(tmp_path: Path) -> None:
    """Somebody keeps a copy of the database beside it: the erasure says so, and ends once it is gone."""
    needle = Needle(SMALL)
    with hosted(tmp_path / "data") as host:
        diary = Diary(host.writer())
        session, _ = diary.session(needle)
        copy = tmp_path / "data" / "inkvault.db.bak"
        back_up_database(DataDirectory(tmp_path / "data"), tmp_path / "copy")
        (tmp_path / "copy").rename(copy)
        assert search(copy, needle)
        nuke = Nuke(diary.writer, scope_of([session]))
        nuke.ordered()
        rested(host)
        assert (nuke.state().state, nuke.state().problem) == ("scrubbed", "found")
        with pytest.raises(RefusedError):
            nuke.certificate()
        copy.unlink()
        eraser_of(host).call()
        rested(host)
        assert nuke.state().state == "done"
        assert search(tmp_path, needle) == {}


def test_nothing_is_left_behind_by_shrinking(place: Place) -> None:
    first, second, kept = Needle(LARGE), Needle(LARGE), Needle(SMALL)
    with hosted(place.data_dir) as host:
        diary = Diary(host.writer())
        sessions = [diary.session(needle)[0] for needle in (first, second, kept)]
        Nuke(diary.writer, scope_of(sessions[:1])).ordered()
        rested(host)
    before, after = shrink_database(DataDirectory(place.data_dir))
    assert after < before - LARGE // 2
    assert [bool(count) for count in place.counts(first, second)] == [False, True]
    with hosted(place.data_dir) as host:
        diary.writer.http = host.http
        diary.writer.login()
        Nuke(diary.writer, scope_of(sessions[1:2])).ordered()
        rested(host)
        assert [bool(count) for count in place.counts(first, second, kept)] == [False, False, True]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", ("VERIFIED", "", "ext4", "data=ordered")),
        ("data=writeback", ("VERIFIED", "", "ext4", "data=writeback")),
        ("data=journal", ("LIMITED", "journaled_data", "ext4", "data=journal")),
    ],
)
def test_the_certificate_names_the_file_system_of_the_data(
    tmp_path: Path, options: str, found: tuple[str, ...]
) -> None:
    with disk(tmp_path, options) as place, hosted(place.data_dir) as host:
        assert tuple(verdict_of(nuke_something(host)).values()) == found


def test_the_certificate_does_not_vouch_for_memory() -> None:
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        pytest.skip("there is no file system in memory here")
    with tempfile.TemporaryDirectory(dir=memory) as folder, hosted(Path(folder) / "data") as host:
        assert tuple(verdict_of(nuke_something(host)).values()) == ("LIMITED", "memory", "tmpfs", "")


def nuke_something(host: Host) -> Nuke:
    diary = Diary(host.writer())
    nuke = Nuke(diary.writer, scope_of([diary.session(Needle(SMALL))[0]]))
    nuke.ordered()
    rested(host)
    return nuke
