"""What stands in the way of believing an erasure, as far as a program can see it (docs/ERASURE.md).

Made for a program of its own: it opens the database as the service does, never as a file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vault.erase import database_checkup, machine
from vault.erase.filesystem import look
from vault.erase.findings import Finding, Level
from vault.erase.scan import REPAIRS
from vault.errors import StorageError
from vault.storage.directory import check_private, is_read_only
from vault.wire.limits import KEY_BYTES

_ADVICE: Final = {
    "copy_on_write": "This file system writes elsewhere what it overwrites: move the data directory to ext4 or XFS.",
    "journaled_data": "Mount it without data=journal, and take the flag j from its files (chattr -R -j).",
    "layered": "Put the data directory on a volume of its own with ext4 or XFS, not into the layers of a container.",
    "memory": "What is kept here is gone with the next start of the machine: move the data directory to a disk.",
    "network": "Nobody here knows what the other machine does: keep the data directory on a disk of this one.",
    "unknown_file_system": "Nobody vouches that it writes in place: move the data directory to ext4 or XFS.",
}
_FILES: Final = frozenset(
    {
        "audit.key",
        "erasing.lock",
        "inkvault.db",
        "inkvault.db-shm",
        "inkvault.db-wal",
        "inkvault.db-wal.guard",
        "keys",
        "lock",
        REPAIRS,
        "server.secret",
    }
)
_SYNCED_NAMES: Final = (
    "dropbox",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "onedrive",
    "owncloud",
    "syncthing",
)
_SYNCED_MARKS: Final = (".stfolder", ".dropbox", ".nextcloudsync.log", ".owncloudsync.log", ".git")
_KEEP_AUDIT_KEY: Final = "Keep a copy of it, in any backup: it opens nothing."
_PUT_BACK_AUDIT_KEY: Final = (
    "Put it back. If it is lost for good: inkvault doctor --new-audit-key; each writer then has to accept the new one."
)
_WELL: Final = {
    "SQLite": "It overwrites what is deleted, and frees nothing by itself.",
    "PostgreSQL": "It answers, and keeps the rows of each vault from all others.",
}
_MEND: Final = {
    "SQLite": "Look at its disk first. If the file itself is damaged: Restore it from a backup.",
    "PostgreSQL": "The service does not start either: mend that first.",
}
_UNSEEN: Final = (
    "Certificates say KEYS_ONLY: nobody can see to it that PostgreSQL overwrites rows, and what it keeps of deleted "
    "ones (its log, replicas, backups, its disk) cannot be looked at from here."
)
_PREFER_SQLITE: Final = "Use SQLite where overwriting the text matters too."
_MOUNT: Final = (
    "Mount it for writing. If the system has made it read-only by itself, the disk is at fault: see what the kernel "
    "says (dmesg), and check it first."
)
_LEAST_FREE: Final = 256 * 2**20


def examine(directory: Path, database_url: str | None) -> list[Finding]:
    """Look at a data directory, at its database (None: SQLite in it), and at the machine it is on."""
    is_sqlite = database_url is None
    findings = [*_file_system(directory, is_sqlite=is_sqlite), *_permissions(directory)]
    if is_sqlite:
        findings += _guard(directory)  # before the database is opened, and SQLite makes or deletes its log
    has_logs, of_database = _database(directory, database_url)
    return [
        *findings,
        *_audit_key(directory, has_logs=has_logs),
        *of_database,
        *_strangers(directory),
        *_space(directory, is_sqlite=is_sqlite),
        *_synced(directory),
        *machine.swap(),
        *machine.core_dumps(),
    ]


def verdict(directory: Path, *, is_sqlite: bool) -> tuple[str, str]:
    """Return the verdict that an erasure would get here, and its reason (docs/ERASURE.md §4.1)."""
    if not is_sqlite:
        return "KEYS_ONLY", "database_server"
    reason = look(directory).reason
    return ("LIMITED", reason) if reason else ("VERIFIED", "")


def is_safe(findings: list[Finding]) -> bool:
    """Whether there is nothing that keeps the service from working."""
    return all(finding.level is not Level.FAULT for finding in findings)


def _file_system(directory: Path, *, is_sqlite: bool) -> Iterator[Finding]:
    found = look(directory)
    name = f"{found.type} {found.options}".strip()
    if is_read_only(directory):
        seen = f"{name} is mounted read-only: the service does not start, and nothing is changed."
        yield Finding("file system", Level.FAULT, seen, _MOUNT)
    if found.reason:
        means = "certificates say LIMITED" if is_sqlite else "it may keep older blocks of the keys"
        yield Finding("file system", Level.WARNING, f"{name} ({found.reason}): {means}.", _ADVICE[found.reason])
    else:
        yield Finding("file system", Level.GOOD, f"{name}: it writes in place.")


def _permissions(directory: Path) -> Iterator[Finding]:
    is_safe = True
    for path in (directory, *sorted(directory.rglob("*"))):
        if path.name == REPAIRS:
            continue
        is_folder = path in (directory, directory / "keys")
        try:
            check_private(path.stat() if is_folder else path.lstat(), path)
        except StorageError as error:
            is_safe = False
            if is_folder or _is_own(directory, path):
                yield Finding("permissions", Level.FAULT, str(error), "Until then the service does not work.")
            else:
                yield Finding("permissions", Level.WARNING, str(error), "It is not Inkvault's: move it away.")
        except FileNotFoundError:
            continue  # it was SQLite's, and is gone by now
    if is_safe:
        yield Finding("permissions", Level.GOOD, "Nobody else can read the data directory.")


def _is_own(directory: Path, path: Path) -> bool:
    """Whether a path in the data directory is one that Inkvault uses."""
    if path.parent == directory:
        return path.name in _FILES
    return path.parent == directory / "keys" and path.suffix == ".keys"


def _audit_key(directory: Path, *, has_logs: bool) -> Iterator[Finding]:
    key = directory / "audit.key"
    if key.is_file() and key.stat().st_size >= KEY_BYTES:
        yield Finding("audit.key", Level.GOOD, "The key that signs logs and certificates is there.", _KEEP_AUDIT_KEY)
    elif has_logs:
        seen = "The key that signs logs and certificates is missing or damaged: the service does not start without it."
        yield Finding("audit.key", Level.FAULT, seen, _PUT_BACK_AUDIT_KEY)
    else:
        yield Finding("audit.key", Level.GOOD, "The key that signs logs and certificates is made at the first start.")


def _key_files(directory: Path) -> set[str]:
    """Ids of the vaults that have a key file; the one of the zero id is nobody's."""
    return {path.stem for path in directory.glob("keys/*.keys") if path.stem.strip("0")}


def _database(directory: Path, url: str | None) -> tuple[bool, list[Finding]]:
    """Whether anything was ever logged (where it cannot be asked, whether there are vaults), and what is found."""
    name, key_files = "SQLite" if url is None else "PostgreSQL", _key_files(directory)
    cannot_judge = [] if url is None else [Finding(name, Level.WARNING, _UNSEEN, _PREFER_SQLITE)]
    if url is None and is_read_only(directory):
        seen = "It was not looked at: SQLite opens only what can be written."
        return bool(key_files), [Finding(name, Level.WARNING, seen, "Run inkvault doctor again then.")]
    try:
        said = database_checkup.ask(directory, url)
    except StorageError as error:
        seen = f"The database cannot be used as it must be: {database_checkup.cause_of(error)}."
        return bool(key_files), [*cannot_judge, Finding(name, Level.FAULT, seen, _MEND[name])]
    if said is not None:
        found = [*database_checkup.erasures(said), *database_checkup.key_files(said, key_files)]
        return said.has_logs, [Finding(name, Level.GOOD, _WELL[name]), *cannot_judge, *found]
    if key_files:
        seen = "There are key files, and no database that they belong to."
        return True, [*cannot_judge, Finding(name, Level.FAULT, seen, "Restore the database from a backup.")]
    return False, [*cannot_judge, Finding(name, Level.GOOD, "There is no database yet: the first start makes it.")]


def _guard(directory: Path) -> Iterator[Finding]:
    log, guard = directory / "inkvault.db-wal", directory / "inkvault.db-wal.guard"
    try:
        is_guarded = not log.exists() or log.samefile(guard)
    except FileNotFoundError:
        is_guarded = False
    if is_guarded:
        yield Finding("guard of the log", Level.GOOD, "The blocks of SQLite's log are kept until they are overwritten.")
    else:
        seen = "SQLite's log has no second name: its blocks can be freed before they are overwritten."
        yield Finding("guard of the log", Level.WARNING, seen, "Start the service again; it makes one.")


def _strangers(directory: Path) -> Iterator[Finding]:
    names = [path.name for path in directory.iterdir() if path.name not in _FILES]
    keys = directory / "keys"
    if keys.is_dir():
        names += [f"keys/{path.name}" for path in keys.iterdir() if path.suffix != ".keys"]
    if names:
        seen = f"Files that are not Inkvault's: {', '.join(sorted(names))}."
        advice = "Move them away: copies of the database in here keep an erasure from ending, copies of keys undo it."
        yield Finding("other files", Level.WARNING, seen, advice)
    else:
        yield Finding("other files", Level.GOOD, "Only Inkvault's own files are here.")


def _space(directory: Path, *, is_sqlite: bool) -> Iterator[Finding]:
    free = shutil.disk_usage(directory).free
    used = sum(path.lstat().st_size for path in directory.glob("inkvault.db")) if is_sqlite else 0
    seen = f"{free / 1e9:.1f} GB are free."
    if free >= max(_LEAST_FREE, used):
        yield Finding("free space", Level.GOOD, seen)
    else:
        why = "erasing everything writes about as much into SQLite's log as the database holds" if is_sqlite else ""
        advice = f"Make room: {why or 'keys must be written here before anything is saved'}."
        yield Finding("free space", Level.WARNING, seen, advice)


def _synced(directory: Path) -> Iterator[Finding]:
    place = directory.resolve()
    for folder in (place, *place.parents):
        is_named = any(name in folder.name.lower() for name in _SYNCED_NAMES)
        if is_named or any((folder / mark).exists() for mark in _SYNCED_MARKS):
            seen = f"{folder} looks like a folder that is synchronised or kept in versions."
            advice = "Move the data directory out of it: a copy of keys/ undoes every erasure."
            yield Finding("backups", Level.WARNING, seen, advice)
            return
    seen = "The data directory is in no folder known to be synchronised. Backup programs cannot be seen from here."
    yield Finding("backups", Level.GOOD, seen, f"Leave {directory / 'keys'} out of every backup.")
