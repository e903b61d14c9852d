"""What the database says of itself and of erasures, for ``inkvault doctor``.

It is opened as the service opens it, never as a file, by a program that is not the service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import inspect

from vault.erase.findings import Finding, Level
from vault.errors import StorageError
from vault.storage.auditlog import has_leaves
from vault.storage.database import Database, postgresql_database, sqlite_database
from vault.storage.jobs import under_way
from vault.storage.plans import Problem, find_erasure
from vault.storage.vaults import vault_ids

_IN_THE_WAY: Final[dict[Problem | None, str]] = {
    None: "The service goes on with it by itself: start it when it is stopped.",
    "busy": "Somebody reads the database for long: end backups and other programs that hold it open.",
    "keys": "A key can still be read, or its file cannot be written: look at keys/ and at the disk it is on.",
    "disk": "The disk is full, read-only or faulty: make room, or mend it.",
    "found": "Something of it lies in the data directory still: move away what is not Inkvault's.",
    "scan": "The files cannot be searched: see to it that all of them can be read, and that memory suffices.",
}
"""What to do about a problem of an erasure (docs/PROTOCOL.md §11)."""


@dataclass(frozen=True)
class Said:
    """What a database says.

    Erasures that are not done, by what is in their way; vaults that are not being erased; whether anything was logged.
    """

    unfinished: Counter[Problem | None] = field(default_factory=Counter)
    vaults: frozenset[bytes] = frozenset()
    has_logs: bool = False


def ask(directory: Path, url: str | None) -> Said | None:
    """Ask SQLite in a data directory, or PostgreSQL at `url`; None where there is no database yet.

    Raises StorageError when it cannot be used as the service must use it.
    """
    if url is None and not (directory / "inkvault.db").exists():
        return None
    with _opened(directory, url) as database:
        database.check_role()
        with database.reading() as connection:
            tables = inspect(connection)
            if not tables.has_table("vaults"):
                return None
            if not tables.has_table("erasures"):  # it is of a version that knew none: the next start makes it
                return Said()
            vaults, has_logs = frozenset(vault_ids(connection)), has_leaves(connection)
        return Said(_unfinished(database), vaults, has_logs)


@contextmanager
def _opened(directory: Path, url: str | None) -> Iterator[Database]:
    database = sqlite_database(directory / "inkvault.db") if url is None else postgresql_database(url)
    try:
        yield database
    finally:
        database.close()


def _unfinished(database: Database) -> Counter[Problem | None]:
    """On PostgreSQL each vault is entered by itself: its rows are seen by nobody else."""
    found: Counter[Problem | None] = Counter()
    for vault_id, erasure_id in under_way(database):
        with database.reading(vault_id) as connection:
            row = find_erasure(connection, vault_id, erasure_id)
        if row is not None and row.state != "done":
            found[row.problem] += 1
    return found


def erasures(said: Said) -> Iterator[Finding]:
    """Those that are not done."""
    for problem, count in sorted(said.unfinished.items(), key=lambda item: item[0] or ""):
        seen = "1 erasure is not done" if count == 1 else f"{count:,} erasures are not done"
        yield Finding(
            "erasures", Level.WARNING, f"{seen}{'' if problem is None else f': {problem}'}.", _IN_THE_WAY[problem]
        )
    if not said.unfinished:
        yield Finding("erasures", Level.GOOD, "None is left undone.")


def key_files(said: Said, found: set[str]) -> Iterator[Finding]:
    """Tell a database that came without its key files from one of before an erasure, as far as they differ."""
    missing = sum(vault_id.hex() not in found for vault_id in said.vaults)
    if not missing:
        yield Finding("key files", Level.GOOD, "Each vault has its own.")
    elif missing == len(said.vaults):
        seen = "No vault of the database has its key file, so none opens."
        advice = (
            "If it was restored without keys/, put the directory keys/ of the same service back; a backup of the "
            "database never holds it. If the vaults were erased after that backup, they are gone."
        )
        yield Finding("key files", Level.FAULT, seen, advice)
    else:
        seen = f"{missing:,} of {len(said.vaults):,} vaults have no key file, and do not open."
        advice = (
            "Nothing is wrong if they were erased after the backup that this database was restored from. "
            "If not, put their files back into keys/."
        )
        yield Finding("key files", Level.WARNING, seen, advice)


def cause_of(error: StorageError) -> str:
    """What the database itself says is wrong, in one line; else what we say."""
    said = str(getattr(error.__cause__, "orig", None) or error).strip()
    return said.splitlines()[0].removesuffix(".")
