"""Printing what was decrypted without obeying it: a title may hold escape sequences."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

import click

from vault.errors import ConflictError, QuotaError, UsageError

F = TypeVar("F", bound=Callable[..., Any])

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT = frozenset("\n\t")


def json_option(function: F) -> F:
    """The option ``--json`` of commands that print data."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, with the text as it is.")(function)


def inert(text: str) -> str:
    r"""`text` with everything a terminal might obey spelled out: controls as ``\x1b``, bidi overrides as ``\u202e``.

    Newlines and tabs stay; a carriage return before a newline is dropped, any other is spelled out.
    """
    return "".join(char if _is_harmless(char) else _spelled(char) for char in text.replace("\r\n", "\n"))


def inert_line(text: str) -> str:
    """`text` on one line: as :func:`inert`, with newlines and tabs as spaces."""
    return inert(" ".join(text.split()))


def print_json(value: object) -> None:
    """Print data as JSON in ASCII, so that no character of a text reaches the terminal itself."""
    click.echo(json.dumps(value, default=_plain, indent=2))


@contextmanager
def shown_unless_refused(show: Callable[[], None]) -> Iterator[None]:
    """Show new secrets when the block ends, also when it fails and the service may have taken them all the same."""
    try:
        yield
    except (UsageError, ConflictError, QuotaError):
        raise  # the service has not taken them
    except BaseException:
        click.echo("inkvault: warning: it is not known whether this was done; keep what follows until it is.", err=True)
        show()
        raise
    show()


def when(moment: datetime) -> str:
    """A moment in the zone it was written in."""
    return f"{moment:%Y-%m-%d %H:%M}"


def minutes(seconds: int) -> str:
    """A time of writing: hours and minutes."""
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def number_of(number: int, word: str) -> str:
    """A number of things: ``1 session``, ``2 sessions``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _is_harmless(char: str) -> bool:
    if char in _KEPT:
        return True
    return char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")


def _spelled(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        shown = {item.name: getattr(value, item.name) for item in fields(value)}
        return {**shown.pop("extra", {}), **shown}  # what another client added stands beside the rest
    raise TypeError(type(value).__name__)
