"""Files that are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from vault.errors import UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """A file to write, and to read back, that takes its name when the block ends well; only its owner can read it.

    Raises UsageError when the name is taken, without `force`, or nothing can be written there.
    """
    if not force and os.path.lexists(path):
        raise _taken(path)
    with _cleaning_up():
        with _blaming(path):
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        try:
            with _blaming(path, *_FULL), os.fdopen(descriptor, "w+b") as stream:
                yield stream
                with _blaming(path):
                    stream.flush()
                    os.fsync(stream.fileno())
            with _blaming(path):
                _place(Path(name), path, force=force)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes its name when the block ends well. Raises UsageError when the name is taken."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already; name a folder that is not.")
    with _cleaning_up():
        with _blaming(path):
            made = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent))
        try:
            with _blaming(path, *_FULL):
                yield made
            with _blaming(path):
                for folder, _, names in os.walk(made):
                    for name in (*names, "."):
                        _sync(Path(folder) / name)
                made.rename(path)
                _sync(path.parent)
        finally:
            shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _cleaning_up() -> Iterator[None]:
    """Let signals that would end the program at once end it by SystemExit, so that nothing is left lying about.

    Only the first does: what cleans up is not interrupted. One that is ignored (nohup) or handled already is left.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> None:
        for each in taken:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in taken:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in taken:
            signal.signal(each, signal.SIG_DFL)


@contextmanager
def _blaming(path: Path, *causes: int) -> Iterator[None]:
    """Blame errors of the system on the file to be made: all, or those with these numbers alone."""
    try:
        yield
    except OSError as error:
        if causes and error.errno not in causes:
            raise
        raise _unwritable(path, error) from None


def _place(made: Path, path: Path, *, force: bool) -> None:
    if force:
        made.replace(path)
    else:
        try:
            path.hardlink_to(made)  # unlike a rename it never takes the place of what came meanwhile
        except FileExistsError:
            raise _taken(path) from None
        except OSError:  # a file system without links
            if os.path.lexists(path):
                raise _taken(path) from None
            made.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already; choose another name, or take it away first.")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"Cannot write {path}: {error.strerror}.")
