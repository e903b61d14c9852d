"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vault.errors import UsageError


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """A file to write, and to read back, that takes its name when the block ends well; only its owner can read it.

    Raises UsageError when the name is taken, without `force`, or nothing can be written there.
    """
    if not force and os.path.lexists(path):
        raise _taken(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _place(Path(name), path, force=force)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes its name when the block ends well. Raises UsageError when the name is taken."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already; name a folder that is not.")
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        yield made
        made.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already; choose another name, or replace it with --force.")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"Cannot write {path}: {error.strerror}.")
