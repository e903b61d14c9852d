"""Killed at every step of an erasure, twice: after a restart it ends, is done once, and never looked done before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.erasing import Nuke, eraser_of, scope_of, store_of
from tests.support.service import Host, Writer, hosted, new_container, new_record
from vault.audit.certificate import Certificate, verify
from vault.audit.checkpoint import VerifierKey, origin_of
from vault.audit.leaves import Event, Leaf
from vault.erase import states
from vault.erase.run import Eraser
from vault.storage import keyfile
from vault.storage.commits import Quota
from vault.storage.erasures import Erasures
from vault.storage.keyfile import KeyFile
from vault.storage.orders import OrderWork
from vault.storage.store import Store
from vault.storage.writer import Writer as DatabaseWriter

KILLS = 2
Patch = Callable[[pytest.MonkeyPatch], None]


class KilledError(BaseException):
    """Stands for kill -9: nothing of the process runs after it, and its transaction is rolled back."""


def kill() -> None:
    raise KilledError


# --- where it is killed ----------------------------------------------------------------------------------------------


def before(owner: Any, name: str) -> Patch:
    return lambda patch: patch.setattr(owner, name, lambda *_, **__: kill())


def after(owner: Any, name: str, argument: object = None) -> Patch:
    """After it was called; with `argument`, after it was called with that."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        real = getattr(owner, name)

        def act(*arguments: Any, **named: Any) -> Any:
            result = real(*arguments, **named)
            if argument in (None, arguments[-1]):
                kill()
            return result

        patch.setattr(owner, name, act)

    return apply


def within(name: str, argument: object = None) -> Patch:
    """When all of the transaction of that step is done but its commit."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        real = getattr(Erasures, name)

        def act(*arguments: Any) -> Any:
            if argument in (None, arguments[-1]):
                within_transaction(1)(patch)
            return real(*arguments)

        patch.setattr(Erasures, name, act)

    return apply


def within_transaction(number: int) -> Patch:
    """All of the transaction is done but its commit."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        left = [number]

        def act(self: DatabaseWriter, job: Any) -> None:
            left[0] -= 1
            with self._database.writing() as connection:
                job.result = job.work(connection)
                if left[0] == 0:
                    kill()

        patch.setattr(DatabaseWriter, "_run_in_transaction", act)

    return apply


def within_one_write(patch: pytest.MonkeyPatch) -> None:
    """Half of an entry, or of the file, is overwritten."""

    def act(descriptor: int, data: bytes, offset: int) -> None:
        os.pwrite(descriptor, data[: len(data) // 2], offset)
        kill()

    patch.setattr(keyfile, "_write", act)


def before_the_last_scrub(patch: pytest.MonkeyPatch) -> None:
    """At a restart nothing but that scrub is left."""
    real = states._clean

    def act(store: Store) -> None:
        with store._database.reading() as connection:
            found = connection.execute(text("SELECT DISTINCT state FROM erasures")).scalars().all()
        if found == ["done"]:
            kill()
        real(store)

    patch.setattr(states, "_clean", act)


AFTER_THE_ORDER: dict[str, Patch] = {
    "before the first key is overwritten": before(keyfile, "_write"),
    "within the first key": within_one_write,
    "after the first key": after(keyfile, "_write"),
    "before the keys are synced": before(os, "fsync"),
    "before the keys are read back": before(keyfile, "_read_back"),
    "after the keys, before that is journaled": after(Erasures, "destroy_keys"),
    "as KEYS is journaled": within("advance", "keys"),
    "after KEYS is journaled": after(Erasures, "advance", "keys"),
    "as the rows are deleted": within("delete_rows"),
    "after ROWS is journaled": after(Erasures, "delete_rows"),
    "before the scrub": before(states, "scrub"),
    "after the scrub, before that is journaled": after(states, "scrub"),
    "as SCRUBBED is journaled": within("advance", "scrubbed"),
    "after SCRUBBED is journaled": after(Erasures, "advance", "scrubbed"),
    "before the search": before(states, "scan"),
    "after the search": after(states, "scan"),
    "as DONE is journaled": within("finish"),
    "after DONE is journaled": after(Erasures, "finish"),
    "after DONE, before the last scrub": before_the_last_scrub,
    "after DONE, as its end is journaled": within("settle"),
}
WITH_THE_ORDER: dict[str, dict[str, Patch]] = {
    "part": {
        "before the order is looked at": before(OrderWork, "check"),
        "as the new keys are journaled": within_transaction(1),
        "before the new keys are written": before(KeyFile, "append"),
        "after the new keys are written": after(KeyFile, "append"),
        "as REQUESTED is journaled": within_transaction(2),
    },
    "vault": {
        "before the order is looked at": before(OrderWork, "run"),
        "as REQUESTED is journaled": within_transaction(1),
    },
}


# --- what is looked at -----------------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A data directory with an erasure; `keys` are the wrapped keys that must go, `kept` those that must stay."""

    data_dir: Path
    writer: Writer
    nuke: Nuke
    keys: list[bytes]
    kept: list[bytes]


@pytest.fixture(scope="module", params=["part", "vault"])
def planned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A vault with three sessions; one is to go, and part of another, or all."""
    data_dir = tmp_path_factory.mktemp("erasures") / "data"
    with hosted(data_dir) as host:
        writer = host.writer()
        gone, cut, whole = (os.urandom(16) for _ in range(3))
        records = [new_record(each) for each in (gone, cut, whole) for _ in range(4)]
        writer.commit(writer.next_commit([new_container(each) for each in (gone, cut, whole)], records))
        keys = {each.container_id: each.wrapped_key for each in writer.containers()}
        is_part = request.param == "part"
        scope = scope_of([gone], {cut: [records[4].record_id]}) if is_part else scope_of(whole=True)
        nuke = Nuke(writer, scope)
        nuke.plan()
        if is_part:
            nuke.stage()
    going = [keys[gone], keys[cut]] if is_part else list(keys.values())
    return Scene(data_dir, writer, nuke, going, [key for key in keys.values() if key not in going])


@pytest.fixture(scope="module")
def ordered(planned: Scene) -> Scene:
    """The same after its order, as a kill right after the answer leaves it."""
    data_dir = planned.data_dir.parent / "ordered"
    copy(planned.data_dir, data_dir)
    with hosted(data_dir) as host, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Eraser, "call", lambda _: None)
        enter(planned, host)
        planned.nuke.confirm()
    return Scene(data_dir, planned.writer, planned.nuke, planned.keys, planned.kept)


def copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target)


def enter(scene: Scene, host: Host) -> None:
    scene.writer.http = host.http
    scene.writer.login()


def state(scene: Scene, data_dir: Path) -> str:
    """What the database says, asked from outside."""
    command = ["sqlite3", "-readonly", str(data_dir / "inkvault.db"), "SELECT state FROM erasures"]
    if shutil.which("sqlite3"):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    store = Store(data_dir, None, 10, Quota(100, 10**7))
    found = store.erasures.find(scene.writer.vault_id, scene.nuke.erasure_id).state
    store.close()
    return found


def leaves(host: Host) -> list[Event]:
    with store_of(host)._database.reading() as connection:
        found = connection.execute(text("SELECT leaf FROM audit_leaves ORDER BY position")).scalars()
        return [Leaf.parse(leaf).event for leaf in found]


def check_done(scene: Scene, data_dir: Path, host: Host) -> None:
    assert scene.nuke.state().state == "done"
    found = leaves(host)
    assert (found.count(Event.ORDERED), found.count(Event.FINISHED), found.count(Event.FAILED)) == (1, 1, 0)
    data = scene.nuke.certificate()
    key = store_of(host).audit_key.public_key().public_bytes_raw()
    statement = verify(data, VerifierKey(origin_of(Certificate.parse(data).checkpoint), key))[0].statement
    assert statement.scan is not None
    assert (statement.scan.found, statement.scan.samples > 0) == (0, True)
    key_files = b"".join(path.read_bytes() for path in (data_dir / "keys").iterdir())
    assert not any(key in key_files for key in scene.keys)
    assert all(key in key_files for key in scene.kept)
    with store_of(host)._database.reading() as connection:
        for table in ("doomed", "staged", "pending", "erasing WHERE forget_at IS NULL"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table
        masks = connection.execute(text("SELECT count(*) FROM erasures WHERE samples IS NOT NULL OR pad IS NOT NULL"))
        assert masks.scalar() == 0
    if scene.kept:
        enter(scene, host)
        (rest,) = (part.container_id for part in scene.nuke.scope.records)
        assert [each.envelope for each in scene.writer.records(rest)] == [
            each.envelope for each in scene.nuke.survivors
        ]


TABLE: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def printed(pytestconfig: pytest.Config) -> Iterator[None]:
    """Print the table when all is over."""
    yield
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print()
        for row in TABLE:
            print("  {:<6} {:<45} {}".format(*row))
    TABLE.clear()


def is_repeated(where: str) -> bool:
    """Whether a step comes again after a kill there: not once it is journaled."""
    return not re.fullmatch(r"after [A-Z]+ is journaled", where)


def note(scene: Scene, where: str, seen: list[str]) -> None:
    scope = "vault" if scene.nuke.scope.whole else "part"
    TABLE.append((scope, where, " -> ".join([*seen, "restarted: done, leaves once"])))


@pytest.mark.parametrize("where", AFTER_THE_ORDER)
def test_killed_after_the_order(ordered: Scene, tmp_path: Path, where: str) -> None:
    data_dir = tmp_path / "data"
    copy(ordered.data_dir, data_dir)
    seen: list[str] = []
    for _ in range(KILLS if is_repeated(where) else 1):
        with pytest.MonkeyPatch.context() as patch:
            AFTER_THE_ORDER[where](patch)
            with pytest.raises(KilledError), hosted(data_dir):
                pass
        seen.append(state(ordered, data_dir))
        assert (seen[-1] == "done") == where.startswith("after DONE")
    with hosted(data_dir) as host:
        ordered.writer.http = host.http
        check_done(ordered, data_dir, host)
    note(ordered, where, seen)


def test_killed_with_the_order(planned: Scene, tmp_path: Path) -> None:
    for where, patched in WITH_THE_ORDER["vault" if planned.nuke.scope.whole else "part"].items():
        data_dir = tmp_path / where / "data"
        copy(planned.data_dir, data_dir)
        seen = [killed_with_the_order(planned, data_dir, patched) for _ in range(KILLS)]
        assert set(seen) == {"planned"}, where
        with hosted(data_dir) as host:
            enter(planned, host)
            planned.nuke.confirm()
            assert eraser_of(host).resting.wait(60)
            check_done(planned, data_dir, host)
        note(planned, where, seen)


def killed_with_the_order(scene: Scene, data_dir: Path, patched: Patch) -> str:
    with hosted(data_dir) as host, pytest.MonkeyPatch.context() as patch:
        enter(scene, host)
        patched(patch)
        with pytest.raises(KilledError):
            scene.nuke.confirm()
    return state(scene, data_dir)
