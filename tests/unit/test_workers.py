"""Work beside: the same results in the same order, whatever becomes of the second process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vault import workers
from vault.workers import beside

WHO = "__import__('os').getpid()"
MANY = 1_000_000
"""Pieces that are not enough to wait for a process to start: some seconds' worth."""

pytestmark = pytest.mark.skipif(workers._cores() < 2, reason="a second process needs a second core")


class Asked:
    """Work for ``eval``: who does it, until somebody else did; then what is wanted."""

    def __init__(self, *then: str) -> None:
        self.other: int | None = None
        self._then = then

    def __iter__(self) -> Iterator[str]:
        for _ in range(MANY):
            yield WHO
            if self.other is not None:
                yield from self._then
                return
        raise AssertionError("the second process never took anything")

    def results(self) -> Generator[object]:
        """Those of what was wanted, without the answers who it was."""
        with closing(beside(eval, self, is_much=True)) as results:
            for found in results:
                if self.other is None:
                    if found != os.getpid():
                        assert isinstance(found, int)
                        self.other = found
                elif found != self.other:
                    yield found


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_as_map() -> None:
    for is_much in (True, False):
        assert list(beside(str, range(3_000), is_much=is_much)) == [str(each) for each in range(3_000)]
        assert list(beside(str, [], is_much=is_much)) == []


def test_a_second_process_does_it_and_ends() -> None:
    asked = Asked("1", "2", "'x' * 10")
    assert list(asked.results()) == [1, 2, "x" * 10]
    assert asked.other is not None
    assert not is_alive(asked.other)


def test_large_work_and_large_results() -> None:
    """More than the pipe holds, both ways at once."""
    large = 6_000_000
    asked = Asked(*[f"'{each}' * {large} + '{'#' * large}'[:0]" for each in "abc"])
    assert [len(str(each)) for each in asked.results()] == [large] * 3


def test_what_a_killed_process_leaves_is_done_here() -> None:
    asked = Asked("1", "2", "3", "4")
    found = []
    for each in asked.results():
        found.append(each)
        if each == 1:
            assert asked.other is not None
            os.kill(asked.other, signal.SIGKILL)
    assert found == [1, 2, 3, 4]


def test_an_error_in_the_work_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Asked("1", "1 // 0", "2").results())


def test_an_error_where_the_work_comes_from_ends_it() -> None:
    asked = Asked()

    def work() -> Iterator[str]:
        yield from asked
        raise LookupError

    def results() -> Iterator[int]:
        for found in beside(eval, work(), is_much=True):
            if found != os.getpid():
                asked.other = found
            yield found

    with pytest.raises(LookupError):
        list(results())
    assert asked.other is not None
    assert not is_alive(asked.other)


def test_left_early_it_ends() -> None:
    asked = Asked("1", "2", "3")
    results = asked.results()
    next(results)
    results.close()
    assert asked.other is not None
    assert not is_alive(asked.other)


def test_without_a_program_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert list(beside(eval, [WHO] * 50, is_much=True)) == [os.getpid()] * 50


def test_another_program_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for pipe in ("id", "never"):
        os.mkfifo(tmp_path / pipe)
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/id\nread line < {tmp_path}/never\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(workers, "_PARTING", 0.01)
    other = list[int]()

    def work() -> Iterator[str]:
        other.append(int((tmp_path / "id").read_text()))  # it runs now
        yield from [WHO] * 5

    assert list(beside(eval, work(), is_much=True)) == [os.getpid()] * 5
    assert not is_alive(other[0])


def test_nothing_is_imported_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("socket.py", "pickle.py"):
        (tmp_path / name).write_text("open('taken', 'w')")
    monkeypatch.chdir(tmp_path)
    assert list(Asked("1").results()) == [1]
    assert not (tmp_path / "taken").exists()
