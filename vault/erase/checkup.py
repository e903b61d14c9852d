"""What stands in the way of believing an erasure, as far as a program can see it (docs/ERASURE.md).

Made for a program of its own: it opens the database as SQLite does, never as a file.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from vault.erase.filesystem import look
from vault.erase.scan import REPAIRS
from vault.errors import StorageError
from vault.storage.directory import check_private
from vault.storage.pragmas import set_pragmas
from vault.wire.limits import KEY_BYTES

SWAPS: Final = Path("/proc/swaps")
CORE_PATTERN: Final = Path("/proc/sys/kernel/core_pattern")
BLOCK_DEVICES: Final = Path("/sys/block")

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
_IN_THE_WAY: Final = {
    None: "The service goes on with it by itself: start it when it is stopped.",
    "busy": "Somebody reads the database for long: end backups and other programs that hold it open.",
    "keys": "A key can still be read, or its file cannot be written: look at keys/ and at the disk it is on.",
    "disk": "The disk is full, read-only or faulty: make room, or mend it.",
    "found": "Something of it lies in the data directory still: move away what is not Inkvault's.",
    "scan": "The files cannot be searched: see to it that all of them can be read, and that memory suffices.",
}
"""What to do about a problem of an erasure (docs/PROTOCOL.md §11)."""
_UNFINISHED: Final = (
    "SELECT problem, count(*) FROM erasures WHERE state NOT IN ('planned', 'done') GROUP BY problem ORDER BY problem"
)
_VAULTS: Final = "SELECT vault_id FROM vaults WHERE substr(handle, 1, 1) <> char(1)"
"""All but those that are being erased (vault/storage/vaults.py)."""
_LEAST_FREE: Final = 256 * 2**20


class Level(Enum):
    """How much a finding matters."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was seen, and what to do; ``advice`` is "" when there is nothing to do."""

    subject: str
    level: Level
    seen: str
    advice: str = ""


def examine(directory: Path, *, is_sqlite: bool) -> list[Finding]:
    """Look at a data directory and at the machine it is on."""
    looks: list[Callable[[], Iterator[Finding]]] = [
        lambda: _file_system(directory, is_sqlite=is_sqlite),
        lambda: _permissions(directory),
        lambda: _audit_key(directory, is_sqlite=is_sqlite),
        lambda: _strangers(directory),
        lambda: _space(directory),
        lambda: _synced(directory),
        _swap,
        _core_dumps,
    ]
    if is_sqlite:
        looks[3:3] = [lambda: _guard(directory), lambda: _database(directory)]
    return [finding for each in looks for finding in each()]


def _file_system(directory: Path, *, is_sqlite: bool) -> Iterator[Finding]:
    found = look(directory)
    name = f"{found.type} {found.options}".strip()
    if not is_sqlite:
        seen = "PostgreSQL lets nobody see to it that rows are overwritten: certificates say KEYS_ONLY."
        yield Finding("database", Level.WARNING, seen, "Use SQLite where overwriting the text matters too.")
    if found.reason:
        seen = f"{name} ({found.reason}): certificates say LIMITED."
        yield Finding("file system", Level.WARNING, seen, _ADVICE[found.reason])
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


def _audit_key(directory: Path, *, is_sqlite: bool) -> Iterator[Finding]:
    key = directory / "audit.key"
    if key.is_file() and key.stat().st_size >= KEY_BYTES:
        yield Finding("audit.key", Level.GOOD, "The key that signs logs and certificates is there.", _KEEP_AUDIT_KEY)
    elif _has_logs(directory, is_sqlite=is_sqlite):
        seen = "The key that signs logs and certificates is missing or damaged: the service does not start without it."
        yield Finding("audit.key", Level.FAULT, seen, _PUT_BACK_AUDIT_KEY)
    else:
        yield Finding("audit.key", Level.GOOD, "The key that signs logs and certificates is made at the first start.")


def _has_logs(directory: Path, *, is_sqlite: bool) -> bool:
    """Whether anything was ever logged here; where the database cannot be asked, whether there are vaults."""
    if is_sqlite:
        with suppress(sqlite3.Error, StorageError), _connected(directory) as connection:
            return connection.execute("SELECT 1 FROM audit_leaves LIMIT 1").fetchone() is not None
    return bool(_key_files(directory))


def _key_files(directory: Path) -> set[str]:
    """Ids of the vaults that have a key file; the one of the zero id is nobody's."""
    return {path.stem for path in directory.glob("keys/*.keys") if path.stem.strip("0")}


@contextmanager
def _connected(directory: Path) -> Iterator[sqlite3.Connection]:
    """Hold a connection to the database, which is there. Raises sqlite3.Error or StorageError."""
    place = f"{(directory / 'inkvault.db').absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(place, uri=True)) as connection:
        set_pragmas(connection)
        yield connection


def _database(directory: Path) -> Iterator[Finding]:
    if not (directory / "inkvault.db").exists():
        if _key_files(directory):
            seen = "There are key files, and no database that they belong to."
            yield Finding("SQLite", Level.FAULT, seen, "Restore the database from a backup.")
        else:
            yield Finding("SQLite", Level.GOOD, "There is no database yet: the first start makes it.")
        return
    try:
        with _connected(directory) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            found = [*_unfinished(connection)] if "erasures" in tables else []
            found += _keyless(connection, _key_files(directory)) if "vaults" in tables else []
    except (sqlite3.Error, StorageError) as error:
        yield Finding("SQLite", Level.FAULT, f"The database cannot be used as it must be: {error}.", "Restore it.")
    else:
        yield Finding("SQLite", Level.GOOD, "It overwrites what is deleted, and frees nothing by itself.")
        yield from found


def _unfinished(connection: sqlite3.Connection) -> Iterator[Finding]:
    rows = connection.execute(_UNFINISHED).fetchall()
    for problem, count in rows:
        seen = "1 erasure is not done" if count == 1 else f"{count:,} erasures are not done"
        advice = _IN_THE_WAY[problem] if problem in _IN_THE_WAY else _IN_THE_WAY["disk"]
        yield Finding("erasures", Level.WARNING, f"{seen}{'' if problem is None else f': {problem}'}.", advice)
    if not rows:
        yield Finding("erasures", Level.GOOD, "None is left undone.")


def _keyless(connection: sqlite3.Connection, key_files: set[str]) -> Iterator[Finding]:
    """Tell a database that came without its key files from one of before an erasure, as far as they differ."""
    vaults = {vault_id.hex() for (vault_id,) in connection.execute(_VAULTS)}
    missing = len(vaults - key_files)
    if not missing:
        yield Finding("key files", Level.GOOD, "Each vault has its own.")
    elif missing == len(vaults):
        seen = "No vault of the database has its key file, so none opens."
        advice = (
            "If it was restored without keys/, put the directory keys/ of the same service back; a backup of the "
            "database never holds it. If the vaults were erased after that backup, they are gone."
        )
        yield Finding("key files", Level.FAULT, seen, advice)
    else:
        seen = f"{missing:,} of {len(vaults):,} vaults have no key file, and do not open."
        advice = (
            "Nothing is wrong if they were erased after the backup that this database was restored from. "
            "If not, put their files back into keys/."
        )
        yield Finding("key files", Level.WARNING, seen, advice)


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


def _space(directory: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(directory).free
    used = sum(path.lstat().st_size for path in directory.glob("inkvault.db"))
    seen = f"{free / 1e9:.1f} GB are free."
    if free < max(_LEAST_FREE, used):
        advice = "Make room: erasing everything writes about as much into SQLite's log as the database holds."
        yield Finding("free space", Level.WARNING, seen, advice)
    else:
        yield Finding("free space", Level.GOOD, seen)


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


def _swap() -> Iterator[Finding]:
    try:
        lines = SWAPS.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    except OSError:
        yield Finding(
            "swap", Level.WARNING, "Whether memory is swapped cannot be told.", "Use encrypted swap, or none."
        )
        return
    names = [line.split()[0] for line in lines if line.strip()]
    plain = [name for name in names if not _is_safe_swap(Path(name).name)]
    if plain:
        seen = f"Memory may be written to {', '.join(plain)}, which is not seen to be encrypted."
        yield Finding("swap", Level.WARNING, seen, "Encrypt the swap, or switch it off (swapoff -a).")
    else:
        yield Finding("swap", Level.GOOD, "It is encrypted or in memory." if names else "There is none.")


def _is_safe_swap(name: str) -> bool:
    try:
        identity = (BLOCK_DEVICES / name / "dm" / "uuid").read_text(encoding="ascii", errors="replace")
    except OSError:
        return name.startswith("zram")
    return identity.startswith("CRYPT-")


def _core_dumps() -> Iterator[Finding]:
    try:
        pattern = CORE_PATTERN.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        pattern = "core"
    limit, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if pattern.startswith("|"):
        program = Path(pattern[1:].split()[0]).name if pattern[1:].split() else "a program"
        seen = f"When a program crashes, its memory is given to {program}."
        yield Finding(
            "core dumps", Level.WARNING, seen, "Have it store nothing (systemd: Storage=none in coredump.conf)."
        )
    elif limit:
        seen = "When a program crashes, its memory is written to a file."
        yield Finding("core dumps", Level.WARNING, seen, "Start the service with ulimit -c 0 (systemd: LimitCORE=0).")
    else:
        yield Finding("core dumps", Level.GOOD, "There are none.")


def verdict(directory: Path, *, is_sqlite: bool) -> tuple[str, str]:
    """Return the verdict that an erasure would get here, and its reason (docs/ERASURE.md §4.1)."""
    if not is_sqlite:
        return "KEYS_ONLY", "database_server"
    reason = look(directory).reason
    return ("LIMITED", reason) if reason else ("VERIFIED", "")


def is_safe(findings: list[Finding]) -> bool:
    """Whether there is nothing that keeps the service from working."""
    return all(finding.level is not Level.FAULT for finding in findings)
