"""Entering text: in the editor or through a pipe, and never losing it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from vault.cli.output import inert_line
from vault.errors import NotFoundError, UsageError
from vault.wire.limits import MAX_ENVELOPE_BYTES


class GoneError(NotFoundError):
    """What a text was made of was erased meanwhile."""


def is_terminal() -> bool:
    """Whether somebody sits there who can use an editor."""
    return sys.stdin.isatty()


@contextmanager
def edited(initial: str = "", again: str = "inkvault write") -> Iterator[str]:
    """What the writer makes of `initial` in the editor. The file is removed when the text was saved, else it stays.

    `again` is the command that would save it. After a GoneError the words that the writer has added are kept alone.
    """
    directory = _private_directory()
    path = directory / "text.md"
    path.touch(mode=0o600)
    path.write_bytes(initial.encode())
    try:
        click.edit(filename=str(path))
        text = text_of(path.read_bytes())
    except BaseException:
        if path.exists() and path.read_bytes() == initial.encode():
            shutil.rmtree(directory, ignore_errors=True)
        else:
            _tell(path, again)
        raise
    try:
        yield text
    except GoneError:
        _keep_own(path, initial, text, again)
        raise
    except BaseException:
        _tell(path, again)
        raise
    shutil.rmtree(directory, ignore_errors=True)


def _keep_own(path: Path, initial: str, text: str, again: str) -> None:
    """Put the writer's own words into the place of a text that holds erased ones; remove it when it has none."""
    from vault.writing.own_words import own_words  # noqa: PLC0415 - seldom wanted

    words = own_words(initial, text)
    if not words:
        shutil.rmtree(path.parent, ignore_errors=True)
        return
    own = path.with_name("words.md")
    try:
        own.touch(mode=0o600)
        own.write_bytes(words.encode() + b"\n")
    except OSError:
        _tell(path, again)
        return
    path.unlink()
    click.echo(
        f"inkvault: the words that you had added are kept in {own}; save them with inkvault write < {own}, then remove "
        "that file.",
        err=True,
    )


def piped() -> bytes:
    """What comes through the pipe, and no more than a message may have."""
    return sys.stdin.buffer.read(MAX_ENVELOPE_BYTES + 1)


@contextmanager
def kept(data: bytes, again: str = "inkvault write") -> Iterator[None]:
    """Keep what came through a pipe when it is not saved, whatever the reason: the pipe cannot be read again."""
    try:
        yield
    except BaseException:
        if data.strip():
            _keep(data, again)
        raise


def _keep(data: bytes, again: str) -> None:
    """Write `data`, and what the pipe still holds, to a file of its own."""
    try:
        path = _private_directory() / "text.md"
        path.touch(mode=0o600)
        with path.open("wb") as stream:
            stream.write(data)
            shutil.copyfileobj(sys.stdin.buffer, stream)
    except (OSError, UsageError):
        click.echo("inkvault: your text could not be kept: there is no room for a file; send it again.", err=True)
    else:
        _tell(path, again)


def _tell(path: Path, again: str) -> None:
    click.echo(
        f"inkvault: your text is kept in {path}; if inkvault sessions does not show it, save it with "
        f"{inert_line(again)} < {path}, then remove that file.",
        err=True,
    )


def _private_directory() -> Path:
    """A new directory of mode 0700, in memory where the system has such a place."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", None):  # noqa: S108 - mkdtemp makes it safe
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="inkvault-", dir=base))
    raise UsageError("There is no place for a temporary file; make room or set TMPDIR.")


def text_of(data: bytes) -> str:
    """The text that was entered. Raises UsageError for what is none."""
    if len(data) > MAX_ENVELOPE_BYTES:
        raise UsageError("This text is too long for one message; save it in parts.")
    try:
        text = data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("This is not text in UTF-8; convert it and try again.") from None
    if not text.strip():
        raise UsageError("There is nothing to save.")
    return text
