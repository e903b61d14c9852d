"""Notebooks, templates, settings, retention and insights over the real service."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.support.clock import Time
from tests.support.proxy import Answer, Forward, Request
from tests.support.world import Device, World
from tests.unit.client.test_sessions import device, summary
from vault.client import (
    Beginning,
    NewMessage,
    NotebookFields,
    Phase,
    Retention,
    SessionChange,
    TemplateFields,
    Vault,
    VaultSettings,
)
from vault.client.commits import Edits, Source
from vault.client.shelf import edit_root
from vault.client.undo import undo_of
from vault.core.rootrecords import Notebook, NotebookKind, UnknownRecord
from vault.errors import ConflictError, NotFoundError, UnavailableError, UsageError

FULL = NotebookFields(
    "Move",
    "event",
    notes="Boxes.\nKeys.",
    colour="teal",
    date="2023-12-01",
    programme="expressive-writing",
    retention=Retention(archive_days=30),
)


def commit_record(vault: Vault, record_id: bytes, payload: dict[str, object]) -> None:
    def plan(source: Source) -> Edits | None:
        return edit_root(source, record_id, UnknownRecord({"type": "poem", **payload}))

    assert vault._unlocked is not None
    vault._unlocked.commit(plan)


# --- notebooks -------------------------------------------------------------------------------------------------------


def test_a_notebook_on_every_device(laptop: Device, world: World, time: Time) -> None:
    with laptop.unlock() as one, device(world, "phone", time).unlock() as two:
        notebook = one.save_notebook(FULL)
        time.pass_(minutes=1)
        two.refresh()
        (found,) = two.notebooks()
        assert found.id == notebook
        assert found.fields == replace(FULL, kind=NotebookKind.EVENT)
        assert found.created_at == found.updated_at
        two.save_notebook(replace(found.fields, title="Moved", notes=""), notebook)
        one.refresh()
        (found,) = one.notebooks()
        assert (found.title, found.notes, found.colour) == ("Moved", "", "teal")
        assert found.updated_at > found.created_at
        assert one.verify().ok
    with laptop.unlock() as vault:
        assert vault.notebooks() == [found]


def test_saving_what_is_there_sends_nothing(laptop: Device, world: World) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(FULL)
        commits = world.proxy.routes().count("POST /commits")
        assert vault.save_notebook(FULL, notebook) == notebook
        assert world.proxy.routes().count("POST /commits") == commits


def test_two_devices_change_different_notebooks_at_once(laptop: Device, world: World) -> None:
    with laptop.unlock() as one, world.device("phone").unlock() as two:
        first, second = one.save_notebook(NotebookFields("A")), two.save_notebook(NotebookFields("B"))
        one.save_notebook(NotebookFields("A2"), first)
        two.save_notebook(NotebookFields("B2"), second)
        one.refresh()
        assert [each.title for each in one.notebooks()] == [each.title for each in two.notebooks()] == ["A2", "B2"]


def test_only_what_the_writer_changed_is_written(laptop: Device, world: World) -> None:
    phases = (Phase("Look back", "What was good?", 10),)
    with laptop.unlock() as one, world.device("phone").unlock() as two:
        notebook, name = one.save_notebook(FULL), one.save_template(TemplateFields("Evening", phases, tags=("a",)))
        two.refresh()
        (was,), template = one.notebooks(), one.templates()[-1]
        two.save_notebook(replace(FULL, notes="Boxes.", retention=None), notebook)
        two.save_template(TemplateFields("Evening", phases, "For evenings."), name)
        one.save_notebook(replace(was.fields, title="Moved"), notebook, was=was.fields)
        one.save_template(replace(template.fields, title="Night"), name, was=template.fields)
        (now,), template = one.notebooks(), one.templates()[-1]
        assert now.fields == replace(was.fields, title="Moved", notes="Boxes.", retention=None)
        assert template.fields == TemplateFields("Night", phases, "For evenings.")


def test_what_another_device_made_of_the_same_is_not_written_over(laptop: Device, world: World) -> None:
    with laptop.unlock() as one, world.device("phone").unlock() as two:
        notebook = one.save_notebook(FULL)
        two.refresh()
        (was,) = one.notebooks()
        two.save_notebook(replace(FULL, title="Theirs", notes="Both"), notebook)
        with pytest.raises(ConflictError, match="Another device has changed the same"):
            one.save_notebook(replace(was.fields, title="Mine", colour=None), notebook, was=was.fields)
        (now,) = one.notebooks()
        assert (now.title, now.notes, now.colour) == ("Theirs", "Both", "teal")
        one.save_notebook(replace(was.fields, notes="Both", colour=None), notebook, was=was.fields)
        (now,) = one.notebooks()
        assert (now.title, now.notes, now.colour) == ("Theirs", "Both", None)


def test_refreshing_names_sessions_alone(laptop: Device, world: World) -> None:
    with laptop.unlock() as one, world.device("phone").unlock() as two:
        one.save_notebook(FULL)
        session = one.write("text")
        assert two.refresh() == [session]


def test_a_notebook_is_put_away_and_taken_back(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(FULL)
        session = vault.write("text", new=Beginning(notebook=notebook))
        back = vault.change_notebook(notebook, archived=True, trashed=True)
        assert vault.notebooks() == []
        (found,) = vault.notebooks(include_trashed=True)
        assert found.archived_at == found.trashed_at is not None
        assert summary(vault, session).notebook == notebook
        back.undo()
        assert [(each.archived_at, each.trashed_at) for each in vault.notebooks()] == [(None, None)]
        back = vault.change_notebook(notebook, archived=True)
        vault.save_notebook(replace(FULL, title="Other"), notebook)
        back.undo()
        assert vault.notebooks()[0].archived_at is not None
        vault.change_notebook(notebook, archived=True).undo()
        assert vault.notebooks()[0].archived_at is not None


@pytest.mark.parametrize(
    "fields",
    [
        NotebookFields(""),
        NotebookFields("x" * 201),
        NotebookFields("x", "diary"),
        NotebookFields("x", notes="x" * 100_001),
        NotebookFields("x", notes="\ud800"),
        NotebookFields("x", colour="pink"),
        NotebookFields("x", date="31.5.2026"),
        NotebookFields("x", date="2026-02-30"),
        NotebookFields("x", programme="No Such"),
        NotebookFields("x", retention=Retention()),
        NotebookFields("x", retention=Retention(archive_days=0)),
    ],
)
def test_what_no_notebook_can_be_is_told_and_sends_nothing(
    laptop: Device, world: World, fields: NotebookFields
) -> None:
    with laptop.unlock() as vault:
        sent = len(world.proxy.traffic)
        with pytest.raises(UsageError):
            vault.save_notebook(fields)
        for missing in ("0" * 32, vault.vault_id):
            with pytest.raises(NotFoundError):
                vault.save_notebook(FULL, missing)
            with pytest.raises(NotFoundError):
                vault.change_notebook(missing, trashed=True)
        assert len(world.proxy.traffic) == sent
        assert vault.notebooks() == []


def test_records_of_unknown_types_and_fields_are_kept(laptop: Device) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(FULL)
        commit_record(vault, b"p" * 16, {"verse": ["one"]})
        assert vault._unlocked is not None
        root = vault._unlocked.contents.root
        record = root.get(bytes.fromhex(notebook))
        assert isinstance(record, Notebook)
        changed = replace(record, extra={"later": 1})
        vault._unlocked.commit(lambda source: edit_root(source, bytes.fromhex(notebook), changed))
    with laptop.unlock() as vault:
        vault.save_notebook(replace(FULL, title="Moved"), notebook)
        vault.write("text")
    with laptop.unlock() as vault:
        assert vault._unlocked is not None
        root = vault._unlocked.contents.root
        assert root.get(b"p" * 16) == UnknownRecord({"type": "poem", "verse": ["one"]})
        assert root.opened[bytes.fromhex(notebook)].payload["later"] == 1
        assert root.opened[bytes.fromhex(notebook)].version == 3
        assert vault.verify().ok


# --- templates -------------------------------------------------------------------------------------------------------


def test_own_templates_stand_after_the_built_in_ones(laptop: Device, time: Time) -> None:
    fields = TemplateFields("Evening", (Phase("Look back", "What was good?", 10),), "For evenings.", ("evening",))
    with laptop.unlock() as vault:
        built_in = vault.templates()
        assert {"blank", "morning-page", "expressive-writing"} <= {each.name for each in built_in}
        assert all(each.built_in for each in built_in)
        name = vault.save_template(fields)
        *_, own = vault.templates()
        assert (own.name, own.title, own.phases, own.about, own.tags) == (
            *(name, "Evening", fields.phases),
            *("For evenings.", ("evening",)),
        )
        vault.save_template(replace(fields, title="Night"), name)
        assert vault.templates()[-1].title == "Night"
        back = vault.trash_template(name)
        assert vault.templates() == built_in
        back.undo()
        assert vault.templates()[-1].title == "Night"
        for wrong in (
            replace(fields, phases=()),
            replace(fields, phases=fields.phases * 21),
            replace(fields, phases=(Phase("", "\ud800", 0),)),
            replace(fields, phases=(Phase("", "", 601),)),
            replace(fields, about="x" * 2_001),
        ):
            with pytest.raises(UsageError):
                vault.save_template(wrong)
        with pytest.raises(NotFoundError):
            vault.save_template(fields, "0" * 32)


def test_a_template_made_of_a_session(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        session = vault.write("Mine", new=Beginning(title="Evening", prompt="What was good?", tags=("evening",)))
        plain = vault.write("Just words", new=Beginning())
        vault.template_from_session(session)
        vault.template_from_session(plain, "Plain")
        evening, other = vault.templates()[-2:]
        assert (evening.title, evening.tags) == ("Evening", ("evening",))
        assert [phase.prompt for phase in (*evening.phases, *other.phases)] == ["What was good?", "Just words"]


# --- settings --------------------------------------------------------------------------------------------------------


def test_settings_are_changed_apart(laptop: Device) -> None:
    with laptop.unlock() as vault:
        assert vault.settings() == VaultSettings(5, None)
        vault.save_settings(retention=Retention(trash_days=365))
        vault.save_settings(continue_minutes=20)
    with laptop.unlock() as vault:
        assert vault.settings() == VaultSettings(20, Retention(trash_days=365))
        vault.save_settings(continue_minutes=None, retention=None)
        assert vault.settings() == VaultSettings(5, None)
        for wrong in (0, 61):
            with pytest.raises(UsageError):
                vault.save_settings(continue_minutes=wrong)
        assert vault._unlocked is not None
        assert vault._unlocked.contents.containers[bytes.fromhex(vault.vault_id)].header.count == 1


# --- retention and insights ------------------------------------------------------------------------------------------


def test_cleaning_up_is_shown_first_and_can_be_taken_back(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        vault.save_settings(retention=Retention(archive_days=30, trash_days=60))
        oldest = vault.write("oldest", new="Oldest")
        time.pass_(minutes=35 * 24 * 60)
        old, kept = vault.write("old", new="Old"), vault.write("kept", new="Kept")
        vault.change_sessions([kept], SessionChange(pinned=True))
        time.pass_(minutes=30 * 24 * 60)
        plan = vault.plan_cleanup()
        assert [each.session.id for each in plan.archive] == [old]
        assert [(each.session.title, each.days, each.idle_days) for each in plan.trash] == [("Oldest", 60, 65)]
        assert len(vault.sessions()) == 3
        time.pass_(minutes=31 * 24 * 60)  # more is due than was shown
        back = vault.run_cleanup(plan)
        assert [each.id for each in vault.sessions(status="trashed")] == [oldest]
        assert summary(vault, old).archived_at is None  # it is due for the trash by now, which nobody has seen
        back.undo()
        assert len(vault.sessions()) == 3
        vault.resume_session(oldest)
        assert oldest not in [each.session.id for each in vault.plan_cleanup().trash]
        vault.run_cleanup(plan)
        assert vault.sessions(status="trashed") == []


def test_what_a_cleanup_did_before_it_failed_can_be_taken_back(laptop: Device, world: World, time: Time) -> None:
    with laptop.unlock() as vault:
        vault.save_settings(retention=Retention(archive_days=30, trash_days=60))
        vault.write("oldest", new="Oldest")
        time.pass_(minutes=35 * 24 * 60)
        vault.write("old", new="Old")
        time.pass_(minutes=31 * 24 * 60)
        plan, commits = vault.plan_cleanup(), 0

        def fails_after_one(request: Request, forward: Forward) -> Answer:
            nonlocal commits
            commits += request.route == "POST /commits"
            if commits > 1:
                raise httpx.ConnectError("refused")
            return forward(request)

        world.proxy.lie = fails_after_one
        with pytest.raises(UnavailableError) as caught:
            vault.run_cleanup(plan)
        world.proxy.lie = None
        vault.refresh()
        assert [each.title for each in vault.sessions(status="archived")] == ["Old"]
        back = undo_of(caught.value)
        assert back is not None
        back.undo()
        assert vault.sessions(status="archived") == vault.sessions(status="trashed") == []


def test_insights_add_up(laptop: Device, time: Time) -> None:
    with laptop.unlock() as vault:
        notebook = vault.save_notebook(FULL)
        vault.append_all(None, [NewMessage("one two", seconds=30)], new=Beginning(notebook=notebook, phase=1))
        time.pass_(minutes=24 * 60)
        vault.write("three", new=Beginning())
        found = vault.insights()
        assert [(each.day, each.words) for each in found.days] == [("2023-11-14", 2), ("2023-11-15", 1)]
        assert (found.total.words, found.streak.current) == (3, 2)
