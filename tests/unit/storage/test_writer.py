"""The writer: one transaction for all that waits, and nobody harmed by a neighbour."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from vault.errors import StorageError
from vault.storage.database import Database, sqlite_database
from vault.storage.directory import DataDirectory
from vault.storage.refusal import Refusal, bad_request
from vault.storage.writer import Writer

INSERT = text("INSERT INTO things (id) VALUES (:id)")


class Rig:
    """A writer whose first job can be held, so that others pile up behind it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writer = Writer(database)
        self.commits = 0
        self.fail_commits = 0
        self._is_writing = False
        event.listen(database.engine, "before_cursor_execute", self._on_statement)
        event.listen(database.engine, "commit", self._on_commit)
        self.writer.run(lambda connection: connection.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)")))
        self.commits = 0

    def _on_statement(self, _connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            self._is_writing = statement == "BEGIN IMMEDIATE"

    def _on_commit(self, _connection: Connection) -> None:
        if not self._is_writing:
            return
        if self.fail_commits > 0:
            self.fail_commits -= 1
            raise StorageError("disk full")
        self.commits += 1

    def ids(self) -> list[int]:
        with self.database.reading() as connection:
            return list(connection.execute(text("SELECT id FROM things ORDER BY id")).scalars())

    def together(self, *works: Callable[[Connection], Any]) -> list[Any]:
        """Run `works` in one batch; what each gave or raised."""
        started, go = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            started.set()
            go.wait(30)

        outcomes: list[Any] = [None] * len(works)

        def run(index: int) -> None:
            try:
                outcomes[index] = self.writer.run(works[index])
            except BaseException as error:  # noqa: BLE001
                outcomes[index] = error

        holder = threading.Thread(target=self.writer.run, args=(hold,))
        holder.start()
        assert started.wait(30)
        threads = []
        for index in range(len(works)):
            threads.append(threading.Thread(target=run, args=(index,)))
            threads[-1].start()
            wait_until(lambda count=index + 1: len(self.writer._waiting) == count)  # type: ignore[misc]
        go.set()
        for thread in [holder, *threads]:
            thread.join(30)
        return outcomes


def wait_until(is_so: Callable[[], bool]) -> None:
    tick = threading.Event()
    while not is_so():
        tick.wait(0.001)


def insert(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(INSERT, {"id": number})
        return number

    return work


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    directory = DataDirectory(tmp_path / "data")
    directory.prepare_database()
    database = sqlite_database(directory.database)
    yield Rig(database)
    database.close()


def test_all_that_waits_shares_one_transaction(rig: Rig) -> None:
    assert rig.together(*[insert(number) for number in range(10)]) == list(range(10))
    assert rig.ids() == list(range(10))
    assert rig.commits == 2  # the held job, and all the others


def test_a_refused_job_is_undone_and_harms_nobody(rig: Rig) -> None:
    def refused(connection: Connection) -> None:
        connection.execute(INSERT, {"id": 99})
        raise bad_request("no")

    def broken(connection: Connection) -> None:
        connection.execute(INSERT, {"id": 98})
        raise ZeroDivisionError

    outcomes = rig.together(insert(1), refused, insert(2), broken, insert(3))
    assert [type(outcome) for outcome in outcomes] == [int, Refusal, int, ZeroDivisionError, int]
    assert rig.ids() == [1, 2, 3]
    assert rig.commits == 2


def test_a_job_alone_is_undone_too(rig: Rig) -> None:
    def refused(connection: Connection) -> None:
        connection.execute(INSERT, {"id": 99})
        raise bad_request("no")

    with pytest.raises(Refusal):
        rig.writer.run(refused)
    assert rig.ids() == []
    assert rig.writer.run(insert(1)) == 1


def test_when_the_transaction_fails_each_is_tried_alone(rig: Rig) -> None:
    def unlucky(connection: Connection) -> None:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    outcomes = rig.together(insert(1), unlucky, insert(2))
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], StorageError)
    assert outcomes[2] == 2
    assert rig.ids() == [1, 2]


def test_nothing_is_acknowledged_that_was_not_committed(rig: Rig) -> None:
    def hold_and_break(_connection: Connection) -> None:
        rig.fail_commits = 100

    assert all(isinstance(outcome, StorageError) for outcome in rig.together(hold_and_break, insert(1), insert(2)))
    rig.fail_commits = 0
    assert rig.ids() == []
    assert rig.writer.run(insert(3)) == 3


def test_a_row_that_another_process_wrote_first_is_looked_at_again(rig: Rig) -> None:
    looks = []

    def looking(connection: Connection) -> str:
        looks.append(1)
        if len(looks) == 1:
            raise IntegrityError("statement", None, Exception("UNIQUE constraint failed"))
        return "seen"

    assert rig.writer.run(looking) == "seen"


def test_an_interrupted_leader_leaves_no_one_waiting(rig: Rig) -> None:
    def interrupted(_connection: Connection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rig.writer.run(interrupted)
    outcomes = rig.together(interrupted, insert(1))
    # Either thread may have led the batch.
    assert {type(outcome) for outcome in outcomes} == {KeyboardInterrupt, StorageError}
    assert rig.ids() == []
    assert rig.writer.run(insert(1)) == 1


def test_a_crowd(rig: Rig) -> None:
    def many(start: int) -> None:
        for number in range(start, start + 50):
            assert rig.writer.run(insert(number)) == number

    threads = [threading.Thread(target=many, args=(1000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rig.ids()) == 400
    assert rig.commits <= 400
