"""What of a vault is put into a document, and what happens where it is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.frames import in_snapshot
from tests.support.lies import flipped
from tests.support.proxy import Json, Lie
from tests.support.world import World
from tests.unit.transfer.full import fill
from tests.unit.transfer.generated import held
from vault.client import NewMessage, Vault
from vault.client.moments import Moment
from vault.client.service import Service
from vault.client.snapshot_frames import SnapshotEnd, SnapshotFrame, StoredRecords
from vault.core.params import KdfParams
from vault.core.records import SealedRecord
from vault.errors import HostileDataError, NotFoundError
from vault.transfer.collect import document_of
from vault.transfer.document import Item, MissingItem, RootItem, Selection, SessionItem

MOMENT = Moment(1_700_000_000_000, "UTC", 1_700_000_000_000)


@pytest.fixture
def world(tmp_path: Path, cheap_kdf: KdfParams) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


@pytest.fixture
def vault(world: World) -> Iterator[Vault]:
    vault, _ = world.device().create()
    yield vault
    vault.lock()


@pytest.fixture
def ids(vault: Vault) -> dict[str, str]:
    return fill(vault)


def items(vault: Vault, selection: Selection | None = None, *, skip_damaged: bool = False) -> list[Item]:
    with document_of(vault, MOMENT, selection, skip_damaged=skip_damaged) as document:
        return [held(item) for item in document.items]


def sessions(found: list[Item]) -> list[str]:
    return [item.id for item in found if isinstance(item, SessionItem)]


def root(found: list[Item]) -> list[str]:
    return [item.id for item in found if isinstance(item, RootItem)]


def test_everything_is_taken_also_what_is_in_the_trash(vault: Vault, ids: dict[str, str]) -> None:
    found = items(vault)
    assert sessions(found) == sorted([ids["letters"], ids["other"], ids["pinned"]])
    assert len(root(found)) == 4
    assert root(found) == sorted(root(found))


def test_a_notebook_brings_its_sessions_and_its_programme(vault: Vault, ids: dict[str, str]) -> None:
    found = items(vault, Selection(notebook=ids["notebook"]))
    assert sessions(found) == [ids["letters"]]
    assert root(found) == sorted([ids["notebook"], ids["template"]])


def test_chosen_sessions_come_alone(vault: Vault, ids: dict[str, str]) -> None:
    found = items(vault, Selection(sessions=frozenset([ids["pinned"]])))
    assert sessions(found) == [ids["pinned"]]
    assert root(found) == []


def test_a_range_of_time_is_half_open(vault: Vault, ids: dict[str, str]) -> None:
    with document_of(vault, MOMENT) as document:
        times = {each.id: each.header.last_active for each in document.items if isinstance(each, SessionItem)}
    edge = times[ids["pinned"]]
    assert ids["pinned"] in sessions(items(vault, Selection(since=edge)))
    assert ids["pinned"] not in sessions(items(vault, Selection(until=edge)))
    assert ids["pinned"] not in sessions(items(vault, Selection(since=edge + 1)))


def test_what_is_chosen_must_be_there(vault: Vault, ids: dict[str, str]) -> None:
    for selection in (Selection(notebook=ids["letters"]), Selection(sessions=frozenset(["ab" * 16]))):
        with pytest.raises(NotFoundError):
            items(vault, selection)


def test_it_is_told_how_far_it_is(vault: Vault, ids: dict[str, str]) -> None:
    told = list[tuple[int, int]]()
    with document_of(vault, MOMENT, on_session=lambda *so_far: told.append(so_far)) as document:
        for _ in document.items:
            pass
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_writing_goes_on_while_an_export_is_read(world: World, vault: Vault, ids: dict[str, str]) -> None:
    with document_of(vault, MOMENT) as document:
        first = next(document.items)
        with world.device("tablet").unlock() as other:
            other.write("meanwhile")
        rest = [held(item) for item in document.items]
    assert sessions([first, *rest]) == sorted([ids["letters"], ids["other"], ids["pinned"]])
    assert len(sessions(items(vault))) == 4


# --- damage ----------------------------------------------------------------------------------------------------------


def snapshot(change: Callable[[list[Json]], object]) -> Lie:
    """A service that changes the frames of a snapshot."""

    def changed(lines: list[Json]) -> list[Json]:
        change(lines)
        return lines

    return in_snapshot(changed)


def record_of(lines: list[Json], session_id: str, place: int = 0) -> int:
    """The number of the line of a record."""
    at = next(n for n, line in enumerate(lines) if line.get("container", {}).get("container_id") == session_id)
    return at + 1 + place


def spoil(session_id: str) -> Callable[[list[Json]], None]:
    def change(lines: list[Json]) -> None:
        record = lines[record_of(lines, session_id)]["record"]
        record["envelope"] = flipped(75)(record["envelope"])

    return change


def drop(session_id: str) -> Callable[[list[Json]], None]:
    def change(lines: list[Json]) -> None:
        del lines[record_of(lines, session_id)]
        lines[-1]["records"] -= 1

    return change


@pytest.mark.parametrize("damage", [spoil, drop])
def test_an_export_stops_at_what_does_not_open_and_names_it(
    world: World, vault: Vault, ids: dict[str, str], damage: Callable[[str], Callable[[list[Json]], None]]
) -> None:
    with world.proxy.lying(snapshot(damage(ids["letters"]))), pytest.raises(HostileDataError, match="Dearest you"):
        items(vault)


@pytest.mark.parametrize("damage", [spoil, drop])
def test_it_goes_on_when_told_to_and_lists_what_is_missing(
    world: World, vault: Vault, ids: dict[str, str], damage: Callable[[str], Callable[[list[Json]], None]]
) -> None:
    whole = items(vault)
    with world.proxy.lying(snapshot(damage(ids["letters"]))):
        found = items(vault, skip_damaged=True)
    missing = [item for item in found if isinstance(item, MissingItem)]
    assert [item.session for item in missing] == [ids["letters"]]
    assert (missing[0].record is None) == (damage is drop)
    assert sessions(found) == sessions(whole)
    kept, before = (
        {each.id: list(each.records) for each in some if isinstance(each, SessionItem)} for some in (found, whole)
    )
    assert len(kept[ids["letters"]]) == len(before[ids["letters"]]) - 1
    assert kept[ids["pinned"]] == before[ids["pinned"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.pop(),
        lambda lines: lines.pop(0),
        lambda lines: lines.__delitem__(slice(1, None)),
        lambda lines: lines.append(lines[-1]),
        lambda lines: lines.insert(1, lines[0]),
        lambda lines: lines.insert(-1, lines[-2]),
        lambda lines: lines[-1].update(records=0),
        lambda lines: lines[1]["container"].update(version=99),
    ],
)
@pytest.mark.parametrize("skip_damaged", [False, True])
def test_a_lying_service_is_never_taken_for_damage(
    world: World, vault: Vault, ids: dict[str, str], change: Callable[[list[Json]], None], skip_damaged: bool
) -> None:
    with world.proxy.lying(snapshot(change)), pytest.raises(HostileDataError):
        items(vault, skip_damaged=skip_damaged)


def test_it_stops_where_the_first_record_does_not_open(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.append_all(None, [NewMessage(str(each)) for each in range(100)], new="Long")
    shown = []
    snapshot = Service.snapshot

    def spoiled(service: Service) -> Iterator[SnapshotFrame | None]:
        for frame in snapshot(service):
            if isinstance(frame, StoredRecords):
                shown.append(frame)
                yield StoredRecords([(each, own, envelope[::-1]) for each, own, envelope in frame.run])
            else:
                yield frame

    monkeypatch.setattr(Service, "snapshot", spoiled)
    with pytest.raises(HostileDataError):
        items(vault)
    assert len(shown) == 1


def test_messages_come_as_they_are_shown(vault: Vault) -> None:
    texts = [str(each) for each in range(9)]
    vault.append_all(None, [NewMessage(text) for text in texts], new="Long")
    (found,) = (each for each in items(vault) if isinstance(each, SessionItem) and each.header.title == "Long")
    assert [each.payload["text"] for each in found.records] == texts


ONE_MORE = (b"\xff" * 16, b"\xff" * 16 + (1).to_bytes(8), bytes(541))


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (lambda run: [StoredRecords(run[::-1])], 0),
        (lambda run: [StoredRecords([each]) for each in run[::-1]], 0),
        (lambda run: [StoredRecords([*run, ONE_MORE])], 1),
        (lambda run: [StoredRecords(run), StoredRecords([ONE_MORE])], 1),
    ],
    ids=["order", "order of runs", "one too many", "one too many in a run of its own"],
)
def test_records_out_of_order_or_beyond_their_number_are_no_damage(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[list[SealedRecord]], list[StoredRecords]],
    more: int,
) -> None:
    vault.append_all(None, [NewMessage("one"), NewMessage("two")], new="Two")
    snapshot = Service.snapshot

    def lying(service: Service) -> Iterator[SnapshotFrame | None]:
        for frame in snapshot(service):
            if isinstance(frame, StoredRecords) and len(frame.run) > 1:
                yield from change(frame.run)
            elif isinstance(frame, SnapshotEnd):
                yield SnapshotEnd(frame.containers, frame.records + more)
            else:
                yield frame

    monkeypatch.setattr(Service, "snapshot", lying)
    with pytest.raises(HostileDataError):
        items(vault, skip_damaged=True)
