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

_ENDED = (OSError, EOFError)
_READY = "ready"
_PATIENCE = 0.0
"""Seconds for which a piece of work waits for the second process to have started; until it has, it is done here."""


def beside(do: Callable[[W], R], all_work: Iterable[W], *, is_much: bool) -> Generator[R]:
    """``map(do, all_work)``; with `is_much`, and a core to spare, in a second process, one piece ahead.

    `do` is a function of a module, and pieces of work should take some milliseconds. What the second process does not
    do, because it could not start or was killed, is done here.
    """
    if not is_much or _cores() < 2:
        yield from map(do, all_work)
        return
    with _second_process(do) as second:
        given: list[W] = []
        for work in all_work:
            if given:
                yield second.result(given.pop())
            if second.take(work):
                given.append(work)
            else:
                yield do(work)
        if given:
            yield second.result(given.pop())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class _Second(Generic[W, R]):
    """The second process, as the first one sees it. It has one piece of work at a time, so neither waits to be read."""

    def __init__(self, do: Callable[[W], R], pipe: Connection) -> None:
        self._do = do
        self._pipe = pipe
        self._is_ready = False
        self._is_alive = True

    def take(self, work: W) -> bool:
        """Have it done there; False when it has to be done here."""
        try:
            if self._is_alive and not self._is_ready and self._pipe.poll(_PATIENCE):
                self._is_ready = self._pipe.recv() == _READY
            if self._is_alive and self._is_ready:
                self._pipe.send(work)
                return True
        except _ENDED:
            self._is_alive = False
        return False

    def result(self, work: W) -> R:
        """What became of the work that was taken."""
        try:
            found: R = self._pipe.recv()
        except _ENDED:
            self._is_alive = False
            return self._do(work)  # if it was the work that ended the process, its error is raised here
        return found


@contextmanager
def _second_process(do: Callable[[W], R]) -> Generator[_Second[W, R]]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = _start(theirs)
    try:
        with Connection(ours.detach()) as pipe:
            with suppress(*_ENDED):  # then it will not say that it is ready
                pipe.send(do)
            yield _Second(do, pipe)
    finally:
        if process is not None:
            process.wait()  # it ends when nothing more can come


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
