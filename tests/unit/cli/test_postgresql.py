"""``inkvault nuke`` and ``inkvault doctor`` where a server keeps its rows in PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.erasing import Nuke, rested, scope_of
from tests.support.postgres import Cluster
from tests.support.service import Host, Writer, hosted, new_container, new_record
from tests.unit.cli.conftest import Cli
from tests.unit.cli.test_nuke import checked
from vault.erase import run
from vault.erase.checkup import examine
from vault.erase.findings import Finding, Level
from vault.server import Settings
from vault.server.serve import Listener
from vault.storage.erasures import Erasures


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.new_database()


@pytest.fixture
def far(cli: Cli, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The command line and a server over HTTP, with one vault."""
    monkeypatch.chdir(cli.root)
    with Listener(Settings(data_dir=cli.root / "server", database_url=url), "127.0.0.1", 0) as listener:
        thread = threading.Thread(target=listener.run)
        thread.start()
        try:
            cli.server = listener.address
            cli("create", before=("--vault", "diary"))
            yield cli
        finally:
            listener.stop()
            thread.join()


def test_what_was_erased_is_certified_without_a_claim_to_overwriting(far: Cli) -> None:
    rain, sun = (far("write", "--new", each, stdin=f"{each}.").stdout.strip() for each in ("Rain", "Sun"))
    far("write", "--session", rain, stdin="It stopped.")
    first, _ = (each["id"] for each in far.json("show", rain)["messages"])
    words = ("--session", sun, "--message", first, "--confirm", "erase 1 session and 1 message")
    said = far("nuke", *words, "--certificate", "part.json").stdout
    assert "KEYS_ONLY" in said
    stated = checked("part.json")
    assert (stated.containers, stated.records, stated.rekeyed, stated.scan) == (1, 2, 1, None)
    assert [message["text"] for message in far.json("show", rain)["messages"]] == ["It stopped."]
    assert far("verify").stdout.startswith("2 containers, 1 record: all is well.")

    far("nuke", "--all", "--confirm", "erase everything", "--certificate", "all.json")
    assert (checked("all.json").scope, checked("all.json").verdict) == ("vault", "KEYS_ONLY")
    assert not list((far.root / "state").rglob("pins/*.json"))


# --- doctor ----------------------------------------------------------------------------------------------------------


def of(host: Host, subject: str) -> list[Finding]:
    found = examine(host.settings.data_dir, host.settings.database_url)
    return [finding for finding in found if finding.subject == subject]


def with_a_session(writer: Writer) -> bytes:
    container = new_container()
    writer.commit(writer.next_commit([container], [new_record(container.container_id)]))
    return container.container_id


def test_erasures_and_key_files_of_all_vaults_are_seen(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_PAUSE", 3_600.0)
    with hosted(tmp_path / "data", database_url=url) as host:
        writers = [host.writer(name) for name in ("ada", "bea")]
        assert [finding.seen for finding in of(host, "erasures")] == ["None is left undone."]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Erasures, "shrink", lambda _: (_ for _ in ()).throw(OSError))
            for writer in writers:
                Nuke(writer, scope_of([with_a_session(writer)])).ordered()
                rested(host)
            (found,) = of(host, "erasures")
        assert (found.level, found.seen) == (Level.WARNING, "2 erasures are not done: disk.")
        assert [finding.level for finding in of(host, "key files")] == [Level.GOOD]
        (tmp_path / "data" / "keys" / f"{writers[0].vault_id.hex()}.keys").unlink()
        (found,) = of(host, "key files")
        assert found.seen == "1 of 2 vaults have no key file, and do not open."
        cannot = next(finding for finding in of(host, "PostgreSQL") if finding.level is Level.WARNING)
        assert "KEYS_ONLY" in cannot.seen
        assert "cannot be looked at from here" in cannot.seen


def test_a_database_that_keeps_the_service_from_working_is_a_fault(
    diary: Cli, cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong, words in (
        (url.replace("inkvault@", "postgres@"), "row level security"),
        (f"{url}/nowhere", "nowhere"),
        (url, "no database that they belong to"),
    ):
        monkeypatch.setenv("INKVAULT_DATABASE_URL", wrong)
        found = {each["seen"] for each in diary.json("doctor", code=9)["findings"] if each["level"] == "fault"}
        assert len(found) == 1
        assert words in found.pop()
