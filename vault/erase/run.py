"""Seeing to it that every erasure that was ordered ends: in a thread of its own, and at each start.

One process at a time works on the erasures of a data directory, whichever has the lock. What goes wrong is said, and
tried again after pauses that grow.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from vault.erase.samples import Samples
from vault.erase.states import TroubleError, carry_on, forget_outdated
from vault.errors import InkvaultError, StorageError
from vault.storage.access import Access
from vault.storage.directory import create_private
from vault.storage.orders import SignedOrder
from vault.storage.plans import ErasureRow, Problem
from vault.storage.store import Store
from vault.wire.models import Erasure

logger = logging.getLogger("inkvault.erase")

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 60.0
LOOK_AGAIN: Final = 3_600.0
"""Seconds until it looks by itself: certificates are to be forgotten, and another process may have left its work."""


class Eraser:
    """Carries out what was ordered. ``close`` ends its thread after the step it is at; the next start goes on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock_file = store.directory.path / "erasing.lock"
        self._problems: dict[bytes, Problem] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._called = threading.Event()
        self._is_closing = False
        self.resting = threading.Event()
        """Set while there is nothing to do, or nothing that can be done just now."""
        self.resting.set()

    def resume(self) -> None:
        """Go on with what an earlier process has left. What cannot be done now goes on beside the service."""
        is_all_done = self._work()
        with self._starting:
            self._start()
        if not is_all_done:
            self.call()

    def order(self, access: Access, erasure_id: bytes, order: SignedOrder) -> Erasure:
        """Carry out an order. Raises Refusal or StorageError; else the erasure goes on by itself from here."""
        row = self._store.erasures.order(access, erasure_id, order, Samples)
        self.call()
        return self._model(row)

    def find(self, vault_id: bytes, erasure_id: bytes) -> Erasure:
        """Return how far an erasure is. Raises the 404."""
        return self._model(self._store.erasures.find(vault_id, erasure_id))

    def call(self) -> None:
        """Look at once for what there is to do, or try again."""
        with self._starting:
            if self._is_closing:
                return
            self.resting.clear()
            self._called.set()
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self._is_closing:
            self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        with self._starting:
            self._is_closing = True
            self._called.set()
        if self._thread is not None:
            self._thread.join()

    def _model(self, row: ErasureRow) -> Erasure:
        """Return the answer; what is in the way may be that it could not even be written down."""
        problem = self._problems.get(row.erasure_id) if row.state != "done" else None
        model = row.model()
        return model if problem is None else model.model_copy(update={"problem": problem})

    def _run(self) -> None:
        pause, is_all_done = LOOK_AGAIN, True
        while True:
            is_called = self._called.wait(pause)
            if self._is_closing:
                break
            self._called.clear()
            is_first = is_called or is_all_done
            is_all_done = self._work()
            self._rest()
            again = FIRST_PAUSE if is_first else min(2 * pause, LONGEST_PAUSE)
            pause = LOOK_AGAIN if is_all_done else again
        self._rest()

    def _rest(self) -> None:
        """Say that nothing is to be done just now, unless somebody has called meanwhile."""
        with self._starting:
            if self._is_closing or not self._called.is_set():
                self.resting.set()

    def _work(self) -> bool:
        """Work on all erasures, if no other process does; whether nothing is left to do."""
        erasures = self._store.erasures
        try:
            if not erasures.under_way() and not erasures.outdated():
                return True
            with self._alone() as is_alone:
                if not is_alone:
                    return False
                done = [self._carry_on(*place) for place in erasures.under_way()]
                return self._forget() and all(done)
        except (OSError, InkvaultError):
            logger.error("erasures cannot go on: the data directory or its database cannot be used")
            return False

    def _carry_on(self, vault_id: bytes, erasure_id: bytes) -> bool:
        """Whether nothing is left to do for an erasure."""
        if self._is_closing:
            return False
        row = self._store.erasures.find(vault_id, erasure_id)
        try:
            is_done = carry_on(self._store, row, lambda: not self._is_closing)
        except TroubleError as trouble:
            logger.warning("an erasure cannot go on now: %s", trouble.problem)
            self._problems[erasure_id] = trouble.problem
            with suppress(StorageError):
                self._store.erasures.note_problem(row, trouble.problem)
            return False
        self._problems.pop(erasure_id, None)
        return is_done

    def _forget(self) -> bool:
        """Whether nothing is remembered for longer than it should be."""
        if self._is_closing:
            return False
        try:
            forget_outdated(self._store)
        except TroubleError as trouble:
            logger.warning("old certificates cannot be forgotten now: %s", trouble.problem)
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the lock of those who work on erasures; whether it was free. It ends with the process."""
        create_private(self._lock_file)
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)
