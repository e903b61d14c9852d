"""``inkvault write``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from vault.cli.call import Call, find_session
from vault.cli.output import json_option, print_json
from vault.errors import UsageError
from vault.wire.limits import MAX_ENVELOPE_BYTES


@click.command()
@click.option("--session", metavar="ID", help="Add to this session; the beginning of its id is enough.")
@click.option("--new", metavar="TITLE", help="Begin a session with this title.")
@json_option
@click.pass_obj
def write(call: Call, *, session: str | None, new: str | None, as_json: bool) -> None:
    """Save text from standard input or, at a terminal, from your editor. Prints the id of the session.

    Without --session or --new it begins a session that takes its title from the text. One newline at the end is
    dropped. The editor ($VISUAL, $EDITOR) works on a file in a directory of its own that only you can read, in memory
    where there is such a place (XDG_RUNTIME_DIR, /dev/shm); it is removed afterwards, but what your editor itself
    leaves behind is its own. When saving fails the text is kept in such a file and you are told where.
    """
    if session is not None and new is not None:
        raise UsageError("Give --session or --new, not both.")
    if is_terminal():
        with call.unlock() as vault:  # asks for the secret and finds the session before anything is written
            session = None if session is None else find_session(vault, session)
        with _edited() as text:
            written = _save(call, text, session, new)
    else:
        data = sys.stdin.buffer.read(MAX_ENVELOPE_BYTES + 1)
        with _kept(data):
            written = _save(call, _text(data), session, new)
    if as_json:
        print_json({"session": written})
    else:
        click.echo(written)


def is_terminal() -> bool:
    """Whether somebody sits there who can use an editor."""
    return sys.stdin.isatty()


def _save(call: Call, text: str, session: str | None, new: str | None) -> str:
    with call.unlock() as vault:  # the end of the block reads it back
        return vault.write(text, session=None if session is None else find_session(vault, session), new=new)


@contextmanager
def _edited() -> Iterator[str]:
    """What the writer types in the editor. The file is removed when the text was saved, and stays when it was not."""
    directory = _private_directory()
    path = directory / "text.md"
    path.touch(mode=0o600)
    try:
        click.edit(filename=str(path))
        text = _text(path.read_bytes())
    except BaseException:
        if path.exists() and path.stat().st_size == 0:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            _tell(path)
        raise
    try:
        yield text
    except BaseException:
        _tell(path)
        raise
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _kept(data: bytes) -> Iterator[None]:
    """Keep what came through a pipe when it is not saved, whatever the reason: the pipe cannot be read again."""
    try:
        yield
    except BaseException:
        if data.strip():
            _keep(data)
        raise


def _keep(data: bytes) -> None:
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
        _tell(path)


def _tell(path: Path) -> None:
    click.echo(
        f"inkvault: your text is kept in {path}; if inkvault sessions does not show it, save it with "
        f"inkvault write < {path}, then remove that file.",
        err=True,
    )


def _private_directory() -> Path:
    """A new directory of mode 0700, in memory where the system has such a place."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", None):  # noqa: S108 - mkdtemp makes it safe
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="inkvault-", dir=base))
    raise UsageError("There is no place for a temporary file; make room or set TMPDIR.")


def _text(data: bytes) -> str:
    if len(data) > MAX_ENVELOPE_BYTES:
        raise UsageError("This text is too long for one message; save it in parts.")
    try:
        text = data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("This is not text in UTF-8; convert it and try again.") from None
    if not text.strip():
        raise UsageError("There is nothing to save.")
    return text
