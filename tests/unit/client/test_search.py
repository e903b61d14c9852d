"""Searching a vault over the real service."""

from __future__ import annotations

import pytest

from tests.support.frames import SNAPSHOT, in_snapshot
from tests.support.lies import flipped
from tests.support.proxy import Answer, Forward, Json, Request
from tests.support.world import Device, World
from vault.client import Beginning, Hit, NewMessage, NotebookFields, Role, SessionChange, Vault
from vault.errors import ConflictError, HostileDataError, LockedError


@pytest.fixture
def full(laptop: Device) -> dict[str, str]:
    """A vault with something to find; ids by name."""
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(NotebookFields("Umzug", "event", notes="Der Schlüssel liegt im Café."))
        one = vault.append_all(
            None,
            [NewMessage("Kaffee im CAFÉ\u0301"), NewMessage("Ask her about coffee", Role.HELPER)],
            new=Beginning("Morning", notebook=notebook, tags=("cafe", "home")),
        )
        two = vault.write("Tea and rain, then more rain", new="Café without coffee")
        gone = vault.write("rain in the trash", new="Old")
        vault.change_sessions([gone], SessionChange(trashed=True))
    return {"notebook": notebook, "one": one, "two": two, "gone": gone}


def found(vault: Vault, query: str) -> set[tuple[str, str | None]]:
    return {(hit.where, hit.session_id) for hit in vault.search(query)}


def test_titles_tags_notes_and_texts_in_any_spelling(laptop: Device, full: dict[str, str]) -> None:
    with laptop.unlock() as vault:
        one, two = full["one"], full["two"]
        assert found(vault, "cafe") == {("title", two), ("tag", one), ("text", one), ("notes", None)}
        assert found(vault, "SCHLUSSEL") == {("notes", None)}
        assert found(vault, "rain") == {("text", two)}
        assert found(vault, "umzug") == {("title", None)}
        assert found(vault, '"more rain"') == {("text", two)}
        assert found(vault, "rain tea nothing") == set()
        assert found(vault, "rain is:trashed") == {("text", full["gone"])}
        assert found(vault, "coffee role:helper") == {("text", one)}
        assert found(vault, "coffee in:umzug") == {("text", one)}
        assert found(vault, "tag:home") == {("title", one)}
        assert found(vault, "rain before:2020") == set()


def test_a_hit_shows_where(laptop: Device, full: dict[str, str]) -> None:
    with laptop.unlock() as vault:
        (hit,) = vault.search("rain")
        message = vault.session(full["two"]).messages[0]
        assert hit == Hit(
            session_id=full["two"],
            notebook_id=None,
            message_id=message.id,
            title="Café without coffee",
            where="text",
            snippet=message.text,
            spans=((8, 12), (24, 28)),
        )
        (notes,) = (hit for hit in vault.search("schlüssel"))
        assert (notes.notebook_id, notes.title) == (full["notebook"], "Umzug")


def test_headers_are_given_before_anything_is_asked_for(laptop: Device, world: World, full: dict[str, str]) -> None:
    with laptop.unlock() as vault:
        sent = len(world.proxy.traffic)
        first = next(vault.search("cafe"))
        assert first.where == "notes"
        assert list(vault.search("tag:home"))
        assert len(world.proxy.traffic) == sent


def test_what_another_device_wrote_is_found(laptop: Device, world: World, full: dict[str, str]) -> None:
    with laptop.unlock() as vault, world.device("phone").unlock() as other:
        session = other.write("thunder", new="Weather")
        assert found(vault, "thunder") == {("text", session)}


def test_a_write_while_it_streams_does_no_harm(laptop: Device, full: dict[str, str]) -> None:
    with laptop.unlock() as vault:
        hits = vault.search("e")
        next(hits)
        vault.write("more to tell", session=full["two"])
        assert len(list(hits)) > 3
        assert vault.verify().ok


def test_a_locked_vault_finds_nothing_more(laptop: Device, full: dict[str, str]) -> None:
    vault = laptop.unlock()
    hits = vault.search("e")
    next(hits)
    vault.lock()
    with pytest.raises(LockedError):
        next(hits)


@pytest.mark.parametrize("line", ["omitted", "doubled", "flipped", "cut", "more"])
def test_a_session_that_was_tampered_with_gives_no_hit(
    laptop: Device, world: World, full: dict[str, str], line: str
) -> None:
    def change(lines: list[Json]) -> list[Json]:
        place = next(number for number, each in enumerate(lines) if each["kind"] == "record")
        if line == "omitted":
            del lines[place]
        elif line == "doubled":
            lines.insert(place, lines[place])
        elif line == "cut":
            lines.pop()
        elif line == "more":
            lines.append(lines[-1])
        else:
            record = lines[place]["record"]
            record["envelope"] = flipped(50)(record["envelope"])
        return lines

    vault = laptop.unlock()
    given: list[Hit] = []
    with world.proxy.lying(in_snapshot(change)), pytest.raises(HostileDataError):
        given.extend(vault.search("e is:trashed"))
    assert not given or line in ("cut", "more")  # sessions before the lie were whole; else it is in the first one
    with pytest.raises(HostileDataError):
        vault.sessions()


def test_an_older_snapshot_is_refused(laptop: Device, world: World, full: dict[str, str]) -> None:
    vault = laptop.unlock()
    heard: list[Answer] = []

    def listen(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route != SNAPSHOT:
            return answer
        heard.append(answer.with_body(answer.body))
        return heard[-1]

    with world.proxy.lying(listen):
        assert found(vault, "rain")
    vault.write("newer", session=full["two"])
    old = heard[0]
    with (
        world.proxy.lying(lambda request, forward: old if request.route == SNAPSHOT else forward(request)),
        pytest.raises(ConflictError, match="try again"),  # it may be slow; it is not believed
    ):
        list(vault.search("rain"))
