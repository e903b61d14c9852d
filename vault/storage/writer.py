"""One writer at a time, many commits at once.

Whoever has something to write puts it in the queue. The first one who finds nobody writing takes all that waits, runs
it in one transaction and so pays one sync for all; the others find their work done. No thread of its own is needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from vault.errors import StorageError
from vault.storage.database import Database, UncertainError

T = TypeVar("T")


class _Job(Generic[T]):
    """Work and what became of it: ``result``, or ``error``. Both count only once ``is_done``.

    ``is_uncertain`` when a transaction with this work in it may have been applied without our knowing.
    """

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.refusal: Exception | None = None
        self.error: Exception | None = StorageError("The write was interrupted: try again.")
        self.is_uncertain = False
        self.is_done = False


class Writer:
    """Runs work in transactions, several jobs to a transaction where they come together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._condition = threading.Condition()
        self._waiting: list[_Job[Any]] = []
        self._is_writing = False

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` and return its result, which is durable by then.

        `work` may run more than once, also after it has been applied, and what it raises undoes what it did and
        nothing else. Raises that, or StorageError when the database failed: UncertainError when the work may have been
        applied nevertheless.
        """
        job = _Job(work)
        with self._condition:
            self._waiting.append(job)
            while self._is_writing and not job.is_done:
                self._condition.wait()
            batch = [] if job.is_done else self._waiting
            if batch:
                self._waiting = []
                self._is_writing = True
        if batch:
            self._write(batch)
        if job.error is not None:
            raise job.error
        return cast("T", job.result)

    def _write(self, batch: list[_Job[Any]]) -> None:
        try:
            if len(batch) == 1 or not self._try_together(batch):
                for job in batch:
                    self._write_alone(job)
        finally:
            with self._condition:
                for job in batch:
                    job.is_done = True
                self._is_writing = False
                self._condition.notify_all()

    def _try_together(self, batch: list[_Job[Any]]) -> bool:
        """Whether one transaction did for all; if not, nothing of it has happened."""
        try:
            with self._database.writing() as connection:
                for job in batch:
                    _run_in_savepoint(job, connection)
        except UncertainError:
            for job in batch:
                job.is_uncertain = True
            return False
        except (StorageError, IntegrityError):
            return False
        for job in batch:
            job.error = job.refusal
        return True

    def _write_alone(self, job: _Job[Any]) -> None:
        try:
            try:
                self._run_in_transaction(job)
            except IntegrityError:
                # Another process wrote the same row after the work had looked: look again.
                self._run_in_transaction(job)
            except UncertainError:
                job.is_uncertain = True
                self._run_in_transaction(job)
            job.error = None
        except IntegrityError:
            job.error = StorageError("The database contradicts itself: restore it.")
        except StorageError as error:
            job.error = UncertainError(str(error)) if job.is_uncertain else error
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            job.error = error

    def _run_in_transaction(self, job: _Job[Any]) -> None:
        with self._database.writing() as connection:
            job.result = job.work(connection)


def _run_in_savepoint(job: _Job[Any], connection: Connection) -> None:
    try:
        with connection.begin_nested():
            job.result = job.work(connection)
            job.refusal = None
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
        job.refusal = error
