"""The search: every sample, wherever it lies, counted; and no verdict without a search."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from vault.erase import scan
from vault.erase.scan import Found, ScanError, Search


def samples(count: int, first: bytes = b"\x5a\xa7") -> list[bytes]:
    return [first[number % len(first) :][:1] + os.urandom(15) for number in range(count)]


def test_samples_are_found_wherever_they_lie(tmp_path: Path) -> None:
    wanted = samples(1_000)
    part = 1 << 20
    deep = tmp_path / "keys" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "first").write_bytes(wanted[0] + os.urandom(100) + wanted[1])
    for number, start in enumerate(range(part - 17, part + 2)):
        (deep / f"{number}").write_bytes(bytes(start) + wanted[2] + bytes(50))
    (tmp_path / "empty").touch()
    found = scan.scan(tmp_path, wanted)
    assert found == Found(1_000, 2 + 19, 21, sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()))


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(3 << 20))
    assert scan.scan(tmp_path, samples(10_000)) == Found(10_000, 0, 1, 3 << 20)
    assert scan.scan(tmp_path, []) == Found(0, 0, 1, 3 << 20)


def test_samples_that_overlap_and_begin_alike_are_all_counted(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\x5a" * 100)
    search = Search([b"\x5a" * 16])
    search.file(file)
    assert search.found == 85


def test_any_first_byte_will_do(tmp_path: Path) -> None:
    wanted = [bytes([number]) + os.urandom(15) for number in range(256)]
    (tmp_path / "file").write_bytes(b"".join(wanted))
    assert scan.scan(tmp_path, wanted).found == 256


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.write_bytes(b"needle of 16 ...")
    (inside / "file").write_bytes(b"x")
    (inside / "link").symlink_to(outside)
    os.mkfifo(inside / "pipe")
    assert scan.scan(inside, [b"needle of 16 ..."]) == Found(1, 0, 1, 1)


def test_what_cannot_be_searched_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ScanError, match="no files"):
            scan.scan(place, samples(1))
    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ScanError):
        scan.scan(tmp_path, samples(1))


def test_folders_that_are_closed_to_us_are_no_success_but_for_the_file_systems_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "lost+found").mkdir()
    real = os.scandir

    def scandir(path: str) -> Any:
        if Path(path).name in ("lost+found", "closed"):
            raise PermissionError(errno.EACCES, "no", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(scan.files_below(tmp_path)) == [tmp_path / "file"]
    (tmp_path / "closed").mkdir()
    with pytest.raises(PermissionError):
        list(scan.files_below(tmp_path))


def test_a_search_that_finds_nothing_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Search(samples(100)).finds_all()
    monkeypatch.setattr(Search, "_count", lambda self, data: None)
    assert not Search(samples(100)).finds_all()


def test_files_that_grow_and_vanish_do_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    stop = threading.Event()

    def disturb() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            path = tmp_path / f"{number}"
            path.write_bytes(bytes(number))
            path.unlink()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(3):
            assert scan.scan(tmp_path, samples(10)).found == 0
    finally:
        stop.set()
        thread.join()
