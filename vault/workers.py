"""Work that goes on in a second process of this program, beside the one that asked for it.

One interpreter keeps one core busy; where thousands of records are to be opened or sealed, a second one halves the
time. It is a program of its own rather than a fork, so it has no lock, no connection and no thread of the first, and it
imports only what the work needs. Work and results go through a socket pair that nobody else has: they are pickled, and
what may be unpickled is what this very program wrote. Keys are held by both for as long as the work takes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

W = TypeVar("W")
R = TypeVar("R")

MUCH = 10_000
"""Records to open or to seal from which on a second process is worth its start."""

_ENDED = (OSError, EOFError)
_READY = "ready"
_PARTING = 10.0
"""Seconds that it has to end in: a piece of work, at most."""
_PATIENCE = 0.0
"""Seconds for which a piece of work waits for the second process to have started; until it has, it is done here."""


def beside(do: Callable[[W], R], all_work: Iterable[W], *, is_much: bool) -> Generator[R]:
    """``map(do, all_work)`` with a :class:`Second` process, which is one piece ahead."""
    with second_process(do, is_much=is_much) as second:
        ahead = False
        for work in all_work:
            done = [second.result()] if ahead else []
            second.give(work)
            ahead = True
            yield from done
        if ahead:
            yield second.result()


@contextmanager
def second_process(do: Callable[[W], R], *, is_much: bool) -> Generator[Second[W, R]]:
    """A second process that does `do`, a function of a module, where there `is_much` of it and a core to spare.

    Pieces of work should take some milliseconds each.
    """
    if not is_much or _cores() < 2:
        yield Second(do, None)
        return
    ours, theirs = socket.socketpair()
    with theirs:
        process = _start(theirs)
    try:
        with Connection(ours.detach()) as pipe:
            with suppress(*_ENDED):  # then it will not say that it is ready
                pipe.send(do)
            yield Second(do, pipe)
    finally:
        if process is not None:
            _see_off(process)


class Second(Generic[W, R]):
    """The second process, as the first one sees it. It has one piece of work at a time, so neither waits to be read.

    What it does not do, because it could not start, has not started yet or was killed, is done here.
    """

    def __init__(self, do: Callable[[W], R], pipe: Connection | None) -> None:
        self._do = do
        self._pipe = pipe
        self._is_ready = False
        self._given: list[tuple[W, Connection | None]] = []

    def give(self, work: W) -> None:
        """Have this done, once the result of what was given before is taken."""
        assert not self._given  # noqa: S101 - our own order of calls
        self._given.append((work, self._sent(work)))

    def result(self) -> R:
        """What became of the work that was given."""
        work, pipe = self._given.pop()
        if pipe is not None:
            try:
                found: R = pipe.recv()
            except _ENDED:
                self._pipe = None
            else:
                return found
        return self._do(work)  # if it was the work that ended the process, its error is raised here

    def _sent(self, work: W) -> Connection | None:
        """Where the result will come from; None when it is not being done."""
        try:
            if self._pipe is not None and not self._is_ready and self._pipe.poll(_PATIENCE):
                self._is_ready = self._pipe.recv() == _READY
            if self._pipe is not None and self._is_ready:
                self._pipe.send(work)
                return self._pipe
        except _ENDED:
            self._pipe = None
        return None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _start(theirs: socket.socket) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - our own program; -P: nothing is imported from the working directory
            [sys.executable, "-P", "-m", __name__],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the first process, which ends this one
        )
    except OSError:
        return None


def _see_off(process: subprocess.Popen[bytes]) -> None:
    """It ends when nothing more can come; but what `sys.executable` names may be no Python that knows how to."""
    try:
        process.wait(_PARTING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _serve() -> None:
    """In the second process: do what comes, until nothing does."""
    with Connection(os.dup(0)) as pipe:
        try:
            do = pipe.recv()
            pipe.send(_READY)
            while True:
                pipe.send(do(pipe.recv()))
        except _ENDED:
            return


if __name__ == "__main__":
    _serve()
