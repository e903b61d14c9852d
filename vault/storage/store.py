"""The whole of storage behind one object: data directory, database, key files, writer."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, select

from vault.errors import StorageError
from vault.storage.access import Access, read_slot
from vault.storage.commits import CommitWork, Quota
from vault.storage.database import Database, postgresql_database, sqlite_database
from vault.storage.directory import DataDirectory
from vault.storage.keyfile import EntryDestroyedError, EntryType, KeyFile, Place
from vault.storage.migrate import migrate
from vault.storage.reading import Reader
from vault.storage.slots import StoredSlot, read_slots, slot_rows, touch_slot
from vault.storage.tables import pending
from vault.storage.vaults import Vault, create_vault, find_vault
from vault.storage.writer import Writer
from vault.wire.models import Commit, CommitResult, CreateVault

logger = logging.getLogger("inkvault.storage")

_PENDING = select(pending.c.vault_id, pending.c.entry, pending.c.id)
_PENDING_OF = _PENDING.where(pending.c.vault_id == bindparam("of_vault"))
_DONE = delete(pending).where(pending.c.vault_id == bindparam("of_vault"), pending.c.entry == bindparam("of_entry"))


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
        try:
            self._database.check_role()
            migrate(self._database, self.directory)
            self._finish_all_destructions()
        except BaseException:
            self._database.close()
            raise

    def _open_database(self, url: str | None) -> Database:
        if url is not None:
            return postgresql_database(url)
        self.directory.prepare_database()
        return sqlite_database(self.directory.database)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def check(self) -> None:
        """Raise StorageError unless the database can be read and the data directory written."""
        with self._database.writing():
            pass

    # --- vaults and slots --------------------------------------------------------------------------------------------

    def create_vault(self, request: CreateVault) -> CommitResult:
        """Make a vault; doing it again gives the same answer."""
        key_file = self.key_file(request.vault_id)

        def work(connection: Connection) -> CommitResult:
            self._database.enter_vault(connection, request.vault_id)
            return create_vault(connection, key_file, request, self._max_vaults, _now())

        return self._writer.run(work)

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
        self.current_slot(access)
        return self._slots(access.vault_id)

    def note_login(self, vault_id: bytes, slot_id: bytes) -> None:
        """Remember when a slot was used. Raises StorageError when that cannot be written."""

        def work(connection: Connection) -> None:
            self._database.enter_vault(connection, vault_id)
            touch_slot(connection, vault_id, slot_id, _now())

        self._writer.run(work)

    def current_slot(self, access: Access) -> bytes:
        """Return the slot that a login lives by. Raises the 401 when it is gone."""
        with self._database.reading(access.vault_id) as connection:
            return read_slot(connection, access)

    def key_file(self, vault_id: bytes) -> KeyFile:
        """Return the key file of a vault."""
        return KeyFile(self.directory.key_file(vault_id), vault_id)

    def _slots(self, vault_id: bytes, slot_id: bytes | None = None) -> list[StoredSlot]:
        try:
            return self._read_slots(vault_id, slot_id)
        except EntryDestroyedError:
            # A commit destroyed a slot between the two reads: by now the row is gone too.
            return self._read_slots(vault_id, slot_id)

    def _read_slots(self, vault_id: bytes, slot_id: bytes | None) -> list[StoredSlot]:
        with self._database.reading(vault_id) as connection:
            rows = slot_rows(connection, vault_id)
        return read_slots(self.key_file(vault_id), [row for row in rows if slot_id in (None, row.slot_id)])

    # --- commits and reading -----------------------------------------------------------------------------------------

    def commit(self, access: Access, commit: Commit) -> CommitResult:
        """Apply a commit. When it is answered it is durable, and slots it destroys have been overwritten."""
        key_file = self.key_file(access.vault_id)

        def work(connection: Connection) -> CommitResult:
            self._database.enter_vault(connection, access.vault_id)
            return CommitWork(
                connection=connection, key_file=key_file, access=access, commit=commit, quota=self._quota, now=_now()
            ).run()

        result = self._writer.run(work)
        if commit.slots is not None and commit.slots.destroy:
            self._finish_destructions(access.vault_id)
        return result

    @contextmanager
    def reading(self, access: Access) -> Iterator[Reader]:
        """Read the state of one moment. Raises the 401 when the slot of the login is gone."""
        with self._database.reading(access.vault_id) as connection:
            yield Reader(connection, self.key_file(access.vault_id), access)

    # --- destructions ------------------------------------------------------------------------------------------------

    def _finish_destructions(self, vault_id: bytes) -> None:
        with self._database.reading() as connection:
            rows = connection.execute(_PENDING_OF, {"of_vault": vault_id}).all()
        for row in rows:
            self._destroy(vault_id, Place(row.entry, row.id))

    def _finish_all_destructions(self) -> None:
        """Redo what a kill cut off. What cannot be done now stays journaled; other vaults are served meanwhile."""
        with self._database.reading() as connection:
            rows = connection.execute(_PENDING).all()
        for row in rows:
            try:
                self._destroy(row.vault_id, Place(row.entry, row.id))
            except StorageError:
                logger.error("a key that was to be destroyed is still there: its key file cannot be used")

    def _destroy(self, vault_id: bytes, place: Place) -> None:
        self.key_file(vault_id).destroy(EntryType.SLOT, place)
        self._writer.run(lambda connection: connection.execute(_DONE, {"of_vault": vault_id, "of_entry": place.index}))


def _now() -> int:
    return int(time.time())
