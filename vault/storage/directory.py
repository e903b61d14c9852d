"""The data directory: where things lie, and that nobody else on the machine can read them."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from vault.errors import StorageError, UsageError
from vault.storage.overwriting import write_zeros
from vault.wire.limits import KEY_BYTES

_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
"""What file systems say that know no second names."""
_LOST_KEY: Final = "Without it no client opens; if it is lost for good, see inkvault doctor --new-audit-key."


class DataDirectory:
    """Paths of one data directory. Opening makes what is missing, readable by the owner alone.

    Raises StorageError when a directory or file of it belongs to somebody else or can be read by others.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.keys = self.path / "keys"
        self.database = self.path / "inkvault.db"
        self.log = self.path / "inkvault.db-wal"
        self.log_guard = self.path / "inkvault.db-wal.guard"
        self.new_database = self.path / "inkvault.db.new"
        self.old_database = self.path / "inkvault.db.old"
        self._lock = self.path / "lock"
        try:
            for directory in (self.path, self.keys):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                check_private(directory.stat(), directory)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be used as data directory: {error.strerror}.") from error
        create_private(self._lock)

    def key_file(self, vault_id: bytes) -> Path:
        """Where the key file of a vault lies (docs/PROTOCOL.md §8.1)."""
        return self.keys / f"{vault_id.hex()}.keys"

    def check_writable(self) -> None:
        """Raise StorageError on a file system that is mounted read-only. Asked before the database is opened."""
        if is_read_only(self.path):
            message = f"{self.path} is mounted read-only, and nothing in it was changed: mount it for writing."
            raise StorageError(f"{message} If the system did that by itself, check the disk first.")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock that keeps two starting processes apart. Raises StorageError."""
        self.check_writable()
        try:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise StorageError(f"{self._lock} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def prepare_database(self) -> None:
        """Make the SQLite file if there is none, and check it and its companions.

        An existing file is only looked at, never opened: closing it again would drop the locks that other SQLite
        connections of this process hold on it (https://www.sqlite.org/howtocorrupt.html §2.2).
        """
        create_private(self.database)
        companions = [self.database.with_name(self.database.name + suffix) for suffix in ("-wal", "-shm", "-journal")]
        for companion in (*companions, self.log_guard):
            if companion.exists():
                check_private(companion.lstat(), companion)

    def tidy(self) -> None:
        """Overwrite what shrinking the database has left behind (vault/erase/shrink.py), and delete it.

        To be called under ``exclusive``. Raises StorageError.
        """
        try:
            for path in (self.old_database, self.new_database):
                if path.exists():
                    if not path.samefile(self.database):
                        _overwrite(path)
                    path.unlink()
        except OSError as error:
            raise StorageError(f"{path} cannot be overwritten: {error.strerror}.") from error

    def guard_log(self) -> None:
        """Give the write-ahead log a second name, so that its blocks are not freed when SQLite deletes it.

        SQLite does that when the last connection closes. What the log held then is overwritten here, at the next start.
        To be called under ``exclusive``, while a connection is open. Raises StorageError.
        """
        try:
            if self.log_guard.exists() and not self.log_guard.samefile(self.log):
                _overwrite(self.log_guard)
                self.log_guard.unlink()
            if not self.log_guard.exists():
                self.log_guard.hardlink_to(self.log)
        except OSError as error:
            if error.errno not in _NO_LINKS:  # such a file system is not vouched for (vault/erase/filesystem.py)
                message = f"{self.log_guard} cannot be made or overwritten: {error.strerror}."
                raise StorageError(message) from error

    def server_secret(self) -> bytes:
        """32 random bytes, the same at each start, that make the answers for unknown vault names."""
        return self._secret("server.secret")

    def audit_key(self, *, is_new: bool) -> bytes:
        """32 random bytes, the same at each start: the private key that signs checkpoints (docs/ERASURE.md §2.3).

        Unless `is_new` it is never made anew: no client would take the logs for the same.
        """
        return self._secret("audit.key", is_new=is_new)

    def check_audit_key_lost(self) -> None:
        """Raise UsageError unless the key of the log is missing or damaged."""
        path = self.path / "audit.key"
        if path.exists() and path.stat().st_size >= KEY_BYTES:
            raise UsageError(f"{path} is there and whole: it is not replaced.")

    def _secret(self, name: str, *, is_new: bool = True) -> bytes:
        path = self.path / name
        create_private(path)
        try:
            with self.exclusive(), path.open("r+b") as file:
                secret = file.read(KEY_BYTES)
                if len(secret) == KEY_BYTES:
                    return secret
                if not is_new:
                    raise StorageError(f"{path} is missing or damaged: restore it. {_LOST_KEY}")
                secret = secrets.token_bytes(KEY_BYTES)
                os.pwrite(file.fileno(), secret, 0)
                os.fsync(file.fileno())
                return secret
        except OSError as error:
            raise StorageError(f"{path} cannot be read or written: {error.strerror}.") from error


def is_read_only(path: Path) -> bool:
    """Whether a data directory, or its keys, lie on a file system that is mounted read-only. Raises OSError."""
    places = (path, path / "keys") if (path / "keys").is_dir() else (path,)
    return any(os.statvfs(place).f_flag & os.ST_RDONLY for place in places)


def sync_file(path: Path) -> None:
    """Bring a file or directory to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        write_zeros(descriptor, 0, os.fstat(descriptor).st_size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path) -> None:
    """Make an empty file of mode 0600 unless it is there; then check it. Raises StorageError."""
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        check_private(path.lstat(), path)
    except OSError as error:
        raise StorageError(f"{path} cannot be made: {error.strerror}.") from error


def check_private(status: os.stat_result, path: Path) -> None:
    """Raise StorageError unless this is a file or directory of ours that others cannot touch."""
    is_directory = stat.S_ISDIR(status.st_mode)
    if not is_directory and not stat.S_ISREG(status.st_mode):
        raise StorageError(f"{path} is not an ordinary file: move it away.")
    if status.st_uid != os.geteuid():
        raise StorageError(f"{path} belongs to another user: run as that user, or choose another data directory.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        wanted = "700" if is_directory else "600"
        raise StorageError(f"Others may read {path}: make it private with chmod {wanted} {path}")
