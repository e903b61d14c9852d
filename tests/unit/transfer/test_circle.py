"""The circle: a vault, its export, another vault made of that, its export. The two exports are equal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.support.world import World
from tests.unit.transfer.full import fill
from tests.unit.transfer.generated import as_json, content, documents, from_json, held
from tests.unit.transfer.test_json import SMALL, session
from vault.client import Vault
from vault.client.moments import Moment
from vault.core.params import KdfParams
from vault.transfer import age_keys
from vault.transfer.age_keys import Passphrase
from vault.transfer.backup import make_backup
from vault.transfer.collect import document_of
from vault.transfer.datable import datable
from vault.transfer.document import Item, MissingItem, Selection, SessionItem
from vault.transfer.importing import preview, run
from vault.transfer.json_export import write_json
from vault.transfer.passes import Job
from vault.transfer.plan import Duplicates
from vault.transfer.reading import ReadOptions, Skipped, choose_reader
from vault.transfer.report import Report, State
from vault.transfer.sources import open_source

MOMENT = Moment(1_700_000_000_000, "Europe/Berlin", 1_700_000_000_000)
SECRET = "seven copper kettles"


@contextmanager
def new_vault() -> Iterator[Vault]:
    """A vault in a service of its own."""
    with TemporaryDirectory() as folder, closing(World(Path(folder))) as world:
        vault, _ = world.device().create()
        with vault:
            yield vault


def exported(vault: Vault, selection: Selection | None = None) -> bytes:
    stream = io.BytesIO()
    with document_of(vault, MOMENT, selection) as document:
        write_json(document, stream)
    return stream.getvalue()


def taken_in(vault: Vault, data: bytes, duplicates: Duplicates = Duplicates.SKIP) -> Report:
    """Import a file by the way that the command line goes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        with open_source(path) as source:
            options = ReadOptions("UTC", 1_800_000_000_000, lambda _prompt: SECRET)
            plan = preview(Job(source, choose_reader(source), options, duplicates), vault.receiver())
            report = run(plan, vault.receiver())
    assert report.state is State.DONE
    assert list(report.uneven()) == []
    return report


@pytest.mark.usefixtures("cheap_kdf")
@given(documents)
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],  # each example is two vaults: shrinking one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example([])
@example([each for each in SMALL if not isinstance(each, MissingItem)])
def test_export_import_export_gives_the_same_document(anything: list[Item]) -> None:
    items = [held(item) for item in datable(anything, {}) if not isinstance(item, Skipped)]
    with new_vault() as first:
        taken_in(first, as_json(items))
        one = exported(first)
    assert content(one) == content(as_json(items))
    with new_vault() as second:
        taken_in(second, one)
        assert content(exported(second)) == content(one)


@pytest.fixture
def full(cheap_kdf: KdfParams) -> Iterator[Vault]:
    with new_vault() as vault:
        fill(vault)
        yield vault


def test_a_vault_with_every_feature_comes_back_whole(full: Vault) -> None:
    data = exported(full)
    for word in ("versions", "trashed_at", "sources", "tool_calls", "flags", "days", "thread", "retention", "ended_at"):
        assert f'"{word}"'.encode() in data
    with new_vault() as restored:
        taken_in(restored, data)
        assert content(exported(restored)) == content(data)
        assert restored.sessions(include_trashed=True) == full.sessions(include_trashed=True)
        assert restored.settings() == full.settings()
        assert restored.verify().ok


def test_the_encrypted_backup_alone_brings_everything_back(full: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age_keys, "WORK_FACTOR", 4)
    sealed = io.BytesIO()
    with document_of(full, MOMENT) as document:
        make_backup(document, sealed, Passphrase(SECRET))
    with new_vault() as restored:
        taken_in(restored, sealed.getvalue())
        assert content(exported(restored)) == content(exported(full))


@pytest.mark.parametrize("duplicates", [Duplicates.SKIP, Duplicates.REPLACE])
def test_taking_the_same_in_again_loses_and_doubles_nothing(full: Vault, duplicates: Duplicates) -> None:
    before = exported(full)
    report = taken_in(full, before, duplicates)
    if duplicates is Duplicates.SKIP:
        assert content(exported(full)) == content(before)
        assert sum(tally.created for tally in report.tallies.values()) == 0
    ids = {each.id for each in from_json(before) if isinstance(each, SessionItem)}
    assert ids <= {each.id for each in full.sessions(include_trashed=True)}


def test_a_session_larger_than_a_commit_comes_back_whole(cheap_kdf: KdfParams) -> None:
    long = session(7, tuple(f"message {number}" for number in range(6_001)))
    with new_vault() as vault:
        taken_in(vault, as_json([long]))
        assert content(exported(vault)) == content(as_json([long]))
