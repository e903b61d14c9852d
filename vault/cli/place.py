"""Data directories, for the commands of hosts."""

from __future__ import annotations

import os
from pathlib import Path

from vault.cli.call import Call
from vault.client.connect import default_data_dir
from vault.errors import UsageError
from vault.storage.directory import DataDirectory

DATABASE_URL = "INKVAULT_DATABASE_URL"


def data_directory(call: Call) -> Path:
    """The data directory of a call, which is there. Raises UsageError."""
    if call.server is not None:
        raise UsageError("This is done where the data is: give --data-dir, not --server.")
    path = (call.data_dir or default_data_dir()).expanduser().absolute()
    if not path.is_dir():
        raise UsageError(f"There is no data directory at {path}; name it with --data-dir.")
    return path


def sqlite_directory(call: Call) -> DataDirectory:
    """The data directory of a call, which holds a SQLite database. Raises UsageError, or StorageError when unsafe."""
    if os.environ.get(DATABASE_URL):
        raise UsageError(f"{DATABASE_URL} names a PostgreSQL database: use pg_dump, and leave keys/ out.")
    path = data_directory(call)
    if not (path / "inkvault.db").is_file():
        raise UsageError(f"There is no inkvault.db in {path}; name the right directory with --data-dir.")
    return DataDirectory(path)
