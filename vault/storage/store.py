"""The whole of storage behind one object: data directory, database, key files, writer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy import Connection

from vault.audit.checkpoint import signing_key
from vault.audit.leaves import Event
from vault.errors import StorageError
from vault.storage.access import Access, check_slot
from vault.storage.auditlog import append_leaf, has_leaves, has_log
from vault.storage.auditreading import audit_checkpoint, audit_page
from vault.storage.commits import CommitOutcome, CommitWork, Quota, new_keys
from vault.storage.database import Database, postgresql_database, sqlite_database
from vault.storage.decoy import Decoy
from vault.storage.destructions import Destructions, KeyPlan
from vault.storage.directory import DataDirectory
from vault.storage.erasures import Erasures
from vault.storage.keyfile import EntryDestroyedError, KeyFile, KeyFileMissingError
from vault.storage.migrate import migrate
from vault.storage.probe import WriteProbe
from vault.storage.reading import Reader
from vault.storage.refusal import Refusal, erased
from vault.storage.slots import StoredSlot, read_slots, slot_rows, touch_slot
from vault.storage.vaults import Vault, check_root, create_vault, find_vault, replay_creation
from vault.storage.writer import Writer
from vault.wire.codes import ErrorCode
from vault.wire.models import AuditCheckpoint, AuditPage, Commit, CommitResult, CreateVault

logger = logging.getLogger("inkvault.storage")
T = TypeVar("T")


@dataclass(frozen=True)
class LoginTarget:
    """A vault as it is shown to somebody who wants to log in."""

    vault: Vault
    slots: list[StoredSlot]


class Store:
    """Vaults on disk. Opening migrates the database and finishes destructions that were cut off.

    Raises StorageError when the directory is unsafe or the database cannot be used.
    """

    def __init__(self, data_dir: Path, database_url: str | None, max_vaults: int, quota: Quota) -> None:
        self.directory = DataDirectory(data_dir)
        self._max_vaults = max_vaults
        self._quota = quota
        self._database = self._open_database(database_url)
        self._writer = Writer(self._database)
        self._probe = WriteProbe(self._database)
        try:
            self._database.check_role()
            migrate(self._database, self.directory)
            with self._database.reading() as connection:
                is_new = not has_leaves(connection)
            self.audit_key = signing_key(self.directory.audit_key(is_new=is_new))
            self._destructions = Destructions(self._database, self._writer, self.key_file)
            self._destructions.finish_all()
            self.erasures = Erasures(self._database, self._writer, self._destructions, self.key_file, quota)
        except BaseException:
            self._database.close()
            raise

    def _open_database(self, url: str | None) -> Database:
        if url is not None:
            return postgresql_database(url)
        self.directory.prepare_database()
        return sqlite_database(self.directory.database)

    @property
    def sqlite_file(self) -> Path | None:
        """The database, when it is a file of the data directory."""
        return self.directory.database if self._database.is_sqlite else None

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def check(self) -> None:
        """Raise StorageError unless the database can be read, and could be written a few seconds ago or can be now."""
        self._probe.check()

    def server_secret(self) -> bytes:
        """32 random bytes, the same at each start, that make the answers for unknown vault names."""
        return self.directory.server_secret()

    def decoy(self, login_key: bytes) -> Decoy:
        """Return what is read for vaults that do not exist. Nobody has the other half of `login_key`."""
        return Decoy(self.directory, login_key)

    # --- vaults and slots --------------------------------------------------------------------------------------------

    def create_vault(self, request: CreateVault) -> CommitResult:
        """Make a vault; doing it again gives the same answer."""
        entries = check_root(request)

        def check(connection: Connection) -> CommitResult | None:
            answer = replay_creation(connection, request, self._max_vaults)
            if answer is None:
                self.key_file(request.vault_id).create()
            return answer

        def work(connection: Connection, plan: KeyPlan) -> CommitResult:
            answer = replay_creation(connection, request, self._max_vaults)
            if answer is not None:
                return answer

            def write_keys() -> int:
                return self._destructions.append_keys(connection, plan)

            return create_vault(connection, request, entries, write_keys, _now())

        return self._destructions.write_keys(request.vault_id, entries, check, work)

    def login_target(self, handle: str) -> LoginTarget | None:
        """Return the vault of that name with its slots, or None."""
        with self._database.reading() as connection:
            vault = find_vault(connection, handle)
        return None if vault is None else LoginTarget(vault, self._slots(vault.vault_id))

    def login_slot(self, vault_id: bytes, slot_id: bytes) -> StoredSlot | None:
        """One slot of a vault, or None."""
        return next((slot for slot in self._slots(vault_id, slot_id)), None)

    def slots(self, access: Access) -> list[StoredSlot]:
        """All slots, by id."""
        self.check_access(access)
        return self._slots(access.vault_id)

    def note_login(self, vault_id: bytes, slot: StoredSlot, failed: int) -> None:
        """Log a login and when its slot was used, and before it how many have `failed` since the last that was logged.

        Raises StorageError when that cannot be written.
        """

        def work(connection: Connection) -> None:
            self._database.enter_vault(connection, vault_id)
            now = _now()
            touch_slot(connection, vault_id, slot.row.slot_id, now)
            if failed:
                append_leaf(connection, vault_id, Event.FAILED_LOGINS, now, {"count": failed})
            append_leaf(connection, vault_id, Event.LOGIN, now, {"kind": slot.kind})

        self._writer.run(work)

    def note_failed_logins(self, counts: Mapping[bytes, int]) -> None:
        """Log how many logins have failed, by vault. Vaults that are gone have no log. Raises StorageError."""

        def work(connection: Connection) -> None:
            for vault_id, count in counts.items():
                self._database.enter_vault(connection, vault_id)
                if has_log(connection, vault_id):
                    append_leaf(connection, vault_id, Event.FAILED_LOGINS, _now(), {"count": count})

        if counts:
            self._writer.run(work)

    def note_report(self, access: Access, event: Literal["export", "import"]) -> None:
        """Log what a client says it has done. Raises the 401 when the slot of the login is gone."""

        def work(connection: Connection) -> None:
            self._database.enter_vault(connection, access.vault_id)
            check_slot(connection, access)
            append_leaf(connection, access.vault_id, Event[event.upper()], _now(), {"by": "client"})

        self._writer.run(work)

    def audit_page(self, access: Access, first: int) -> AuditPage:
        """Return entries of the vault's log from index `first` on. Raises the 401 when the login's slot is gone."""
        with self._database.reading(access.vault_id) as connection:
            check_slot(connection, access)
            return audit_page(connection, access.vault_id, first)

    def audit_checkpoint(self, access: Access, since: int, also: int) -> AuditCheckpoint:
        """Return the state of the vault's log, signed. Raises the 400 when it is shorter than these, or the 401."""
        with self._database.reading(access.vault_id) as connection:
            check_slot(connection, access)
            return audit_checkpoint(connection, access.vault_id, (since, also), self.audit_key)

    def check_access(self, access: Access) -> None:
        """Raise the 401 when the slot of a login is gone."""
        with self._database.reading(access.vault_id) as connection:
            check_slot(connection, access)

    def key_file(self, vault_id: bytes) -> KeyFile:
        """Return the key file of a vault."""
        return KeyFile(self.directory.key_file(vault_id), vault_id)

    def _slots(self, vault_id: bytes, slot_id: bytes | None = None) -> list[StoredSlot]:
        return _twice(lambda: self._read_slots(vault_id, slot_id))

    def _read_slots(self, vault_id: bytes, slot_id: bytes | None) -> list[StoredSlot]:
        with self._database.reading(vault_id) as connection:
            rows = slot_rows(connection, vault_id)
        return read_slots(self.key_file(vault_id), [row for row in rows if slot_id in (None, row.slot_id)])

    # --- commits and reading -----------------------------------------------------------------------------------------

    def commit(self, access: Access, commit: Commit) -> CommitOutcome:
        """Apply a commit, durably. After one that destroys slots, ``finish_destructions`` overwrites them."""
        keys = new_keys(access.vault_id, commit)
        no_keys = KeyPlan(access.vault_id, ())

        def work_with(connection: Connection, plan: KeyPlan) -> CommitWork:
            return CommitWork(
                connection=connection,
                key_file=self.key_file(access.vault_id),
                access=access,
                commit=commit,
                quota=self._quota,
                now=_now(),
                write_keys=lambda: self._destructions.append_keys(connection, plan),
            )

        def check(connection: Connection) -> CommitOutcome | None:
            return work_with(connection, no_keys).replay()

        def work(connection: Connection, plan: KeyPlan) -> CommitOutcome:
            return work_with(connection, plan).run()

        def work_alone(connection: Connection) -> CommitOutcome:
            self._database.enter_vault(connection, access.vault_id)
            return work(connection, no_keys)

        if not keys:
            return self._writer.run(work_alone)
        return self._destructions.write_keys(access.vault_id, keys, check, work)

    def finish_destructions(self, vault_id: bytes) -> None:
        """Overwrite the slots that commits have destroyed. Raises the 500 when that fails: the commits stand."""
        try:
            self._destructions.finish(vault_id)
        except StorageError as error:
            message = "The write was applied, but a destroyed key is still there: send the same again."
            raise Refusal(ErrorCode.INTERNAL, message) from error

    def read(self, access: Access, look: Callable[[Reader], T]) -> T:
        """Look at the state of one moment; again when a key was destroyed meanwhile.

        Raises the 401 when the slot of the login is gone, and the 410 when the database still names a destroyed key.
        """
        return _twice(lambda: self._read(access, look))

    def _read(self, access: Access, look: Callable[[Reader], T]) -> T:
        with self.reading(access) as reader:
            return look(reader)

    @contextmanager
    def reading(self, access: Access) -> Iterator[Reader]:
        """Read the state of one moment. Raises the 401 when the slot of the login is gone."""
        with self._database.reading(access.vault_id) as connection:
            yield Reader(connection, self.key_file(access.vault_id), access)


def _twice(read: Callable[[], T]) -> T:
    """Read again when a key was destroyed between the database and the key file: by now its row is gone too.

    Raises the 410 when it is not: then the database is older than what destroyed the key.
    """
    gone = (EntryDestroyedError, KeyFileMissingError)
    with suppress(*gone):
        return read()
    try:
        return read()
    except gone as error:
        raise erased() from error


def _now() -> int:
    return int(time.time())
