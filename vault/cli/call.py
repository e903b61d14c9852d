"""What one call of the command line works on: the place, the vault's name, its secret."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.output import inert_line
from vault.errors import FormatError, UsageError

if TYPE_CHECKING:
    from vault.client import Vault

_SECRET_BYTES = 4_096


@dataclass(slots=True)
class Call:
    """The common options of one call. Secrets that were asked for are kept until it ends."""

    data_dir: Path | None
    server: str | None
    vault: str | None
    passphrase_file: Path | None
    _secret: str | None = field(default=None, repr=False)

    @property
    def place(self) -> dict[str, Any]:
        """Where the vault is, as arguments of the library."""
        return {"data_dir": self.data_dir, "server": self.server}

    @property
    def handle(self) -> str:
        """The vault's name; else the only one opened here, or the only one there is. Raises UsageError."""
        if self.vault is None:
            from vault.client.connect import known_handles  # noqa: PLC0415 - keeps --help quick

            names = known_handles(self.data_dir, self.server)
            if len(names) != 1:
                raise UsageError(
                    f"Choose a vault with --vault: {', '.join(names)}."
                    if names
                    else "No vault is known here; name one with --vault, or make one with inkvault create."
                )
            self.vault = names[0]
        return self.vault

    def secret(self) -> str:
        """The secret as entered: from the file, or asked for once."""
        if self._secret is None:
            self._secret = (
                read_secret(self.passphrase_file)
                if self.passphrase_file is not None
                else ask_secret(f"Passphrase or recovery key of {inert_line(self.handle)}")
            )
        return self._secret

    def secret_arguments(self) -> dict[str, Any]:
        """The secret as an argument of the library."""
        return _as_arguments(self.secret())

    def secret_again(self, *, is_asked: bool) -> dict[str, Any]:
        """The secret once more, as an argument of the library: asked for anew, unless it came from a file."""
        if self.passphrase_file is not None and not is_asked:
            return self.secret_arguments()
        return _as_arguments(ask_secret("The same passphrase or recovery key again"))

    def unlock(self, *, accept_log: bool = False) -> Vault:
        """Unlock the vault. A device that is new to it is told what to compare (docs/FORMAT.md §7.1)."""
        from vault.client import Vault  # noqa: PLC0415 - keeps --help quick

        vault = Vault.unlock(self.handle, **self.secret_arguments(), **self.place, accept_log=accept_log)
        if vault.new_device is not None:
            click.echo(
                f"This device opens the vault for the first time: state number {vault.new_device.seq}, "
                f"code {vault.new_device.code}. Compare both with a device that knows it.",
                err=True,
            )
        return vault


def _as_arguments(text: str) -> dict[str, Any]:
    """A secret as an argument of the library: what reads as a recovery key is one.

    Its check bits make it one in sixteen million that a passphrase of that very shape would.
    """
    from vault.core.recovery import decode_recovery_key  # noqa: PLC0415 - keeps --help quick

    try:
        decode_recovery_key(text)
    except FormatError:
        return {"passphrase": text}
    return {"recovery_key": text}


def ask_secret(prompt: str, *, twice: bool = False, option: str = "--passphrase-file") -> str:
    """Ask for a secret without showing it. Without any terminal, one line of standard input for each.

    `option` is the one that names a file with it.
    """
    if sys.stdin.isatty() or _has_terminal():
        secret: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
        return secret
    lines = [sys.stdin.readline().rstrip("\n") for _ in range(2 if twice else 1)]
    if not lines[0]:
        raise UsageError(f"There is no terminal to ask for the passphrase; give {option}.")
    if lines[0] != lines[-1]:
        raise UsageError("The two passphrases differ; try again.")
    return lines[0]


def read_secret(path: Path) -> str:
    """The secret in a file, without one newline at its end. Warns when others can read the file. Raises UsageError."""
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            data = stream.read(_SECRET_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.") from None
    if stat.S_ISREG(mode) and mode & 0o077:
        click.echo(f"inkvault: warning: others can read {path}; make it private with chmod 600.", err=True)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} holds no text in UTF-8.") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or len(data) > _SECRET_BYTES:
        raise UsageError(f"{path} holds no passphrase.")
    return text


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
