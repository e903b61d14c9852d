"""Work that must not be done in the process that serves.

A process that opens the database file besides SQLite, and closes it again, drops the locks that SQLite holds on it
(https://www.sqlite.org/howtocorrupt.html §2.2). So whatever looks at files as files is a program of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from vault.errors import StorageError


class ChildError(StorageError):
    """The program could not be run, or did not end well."""


def ask_child(module: str, question: dict[str, Any]) -> dict[str, Any]:
    """Run `module` as a program with a question on its standard input; its answer. Raises ChildError.

    Nothing is said by arguments or the environment, which others on the machine can read.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", module],
            input=json.dumps(question).encode(),
            capture_output=True,
            check=True,
            start_new_session=True,  # Ctrl-C is for the service, which waits for its children
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ChildError("A program that looks after the files could not be run to its end.") from error
    return answer


def read_question() -> dict[str, Any]:
    """In the child: what was asked."""
    question: dict[str, Any] = json.load(sys.stdin.buffer)
    return question


def answer(value: dict[str, Any]) -> None:
    """In the child: say the answer."""
    sys.stdout.write(json.dumps(value))
