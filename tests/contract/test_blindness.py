"""The tables of the service say nothing of notebooks, tags, phases or titles (SECURITY.md, what it learns)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.world import World
from vault.client.changes import SessionChange
from vault.client.messages import Beginning
from vault.client.shelf import NotebookFields, TemplateFields
from vault.core.params import KdfParams
from vault.core.rootrecords import NotebookKind, Phase
from vault.storage.tables import metadata

TIMES = {"created_at", "last_used_at"}


@dataclass(frozen=True)
class Life:
    """What one writer does. Of two lives, texts of the same place pad to the same length."""

    notebooks: tuple[tuple[str, NotebookKind], tuple[str, NotebookKind]]
    homes: tuple[int | None, ...]
    """For each session the notebook it is in."""
    titles: tuple[str, ...]
    tags: tuple[str, ...]
    phases: tuple[int | None, ...]
    texts: tuple[str, ...] = ("a morning", "an evening", "a night")


ONE = Life(
    (("Marriage", NotebookKind.EVENT), ("Work", NotebookKind.PROJECT)),
    (0, 0, None),
    ("Leaving him", "The lawyer", "What to say"),
    ("divorce", "fear", "money"),
    (1, 2, None),
)
OTHER = Life(
    (("Garden", NotebookKind.JOURNAL), ("Holidays", NotebookKind.JOURNAL)),
    (1, None, 0),
    ("Tomatoes", "Salt & sand", "Beans"),
    ("joy", "spring", "sun"),
    (None, None, 4),
)


def live(root: Path, life: Life) -> World:
    world = World(root)
    vault, _ = world.device().create()
    with vault:
        homes = [vault.save_notebook(NotebookFields(title, kind)) for title, kind in life.notebooks]
        vault.save_template(TemplateFields(life.titles[0], (Phase(life.titles[1], life.titles[2], 0),)))
        sessions = []
        for home, title, phase, text in zip(life.homes, life.titles, life.phases, life.texts, strict=True):
            beginning = Beginning(title=title, notebook=None if home is None else homes[home], phase=phase)
            sessions.append(vault.write(text, new=beginning))
        for session_id, tag in zip(sessions, life.tags, strict=True):
            vault.change_sessions([session_id], SessionChange(add_tags=(tag,)))
    return world


def shapes(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table: numbers as they are, bytes by their length, times left out."""
    connection = sqlite3.connect(world.root / "data" / "inkvault.db")
    try:
        return {
            table.name: sorted(
                (tuple(_shape(name, row[name]) for name in row.keys()) for row in _rows(connection, table.name)),  # noqa: SIM118
                key=repr,
            )
            for table in metadata.sorted_tables
        }
    finally:
        connection.close()


def key_files(world: World) -> list[int]:
    """Their sizes."""
    return sorted(path.stat().st_size for path in (world.root / "data" / "keys").iterdir())


def _rows(connection: sqlite3.Connection, table: str) -> list[sqlite3.Row]:
    connection.row_factory = sqlite3.Row
    return connection.execute(f"SELECT * FROM {table}").fetchall()


def _shape(column: str, value: object) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value is None if column in TIMES else value


@pytest.fixture
def world_of(tmp_path: Path, cheap_kdf: KdfParams) -> Iterator[Callable[[Life], World]]:
    worlds: list[World] = []

    def make(life: Life) -> World:
        worlds.append(live(tmp_path / str(len(worlds)), life))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def test_two_lives_look_alike(world_of: Callable[[Life], World]) -> None:
    one, other = world_of(ONE), world_of(OTHER)
    assert shapes(one) == shapes(other)
    assert len(shapes(one)["records"]) == 6
    assert key_files(one) == key_files(other)


def test_what_is_longer_than_its_padding_does_show(world_of: Callable[[Life], World]) -> None:
    """The test can fail: the table of SECURITY.md says that padded sizes are learned."""
    long = Life(ONE.notebooks, ONE.homes, ("x" * 200, *ONE.titles[1:]), ONE.tags, ONE.phases)
    assert shapes(world_of(ONE)) != shapes(world_of(long))
