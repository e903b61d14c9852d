"""The part of a vault's face that has to do with notebooks, templates, settings, retention and insights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault.client.changes import KEEP, KeepOr, SessionChange
from vault.client.face_sessions import SessionsFace
from vault.client.sessions import SessionSummary, View, check_title, find_session, parse_id, summarise
from vault.client.shelf import (
    NoteBackup,
    Notebook,
    NotebookFields,
    PutAway,
    PutBack,
    SaveNotebook,
    SaveSettings,
    SaveTemplate,
    TemplateFields,
    TemplateView,
    VaultSettings,
    show_notebook,
    show_templates,
)
from vault.client.undo import Undo, keeping_undo, undo_of
from vault.core.model import Role
from vault.core.rootrecords import MAX_PROMPT, Phase, Retention, Settings
from vault.writing import insights as reckoning
from vault.writing import retention
from vault.writing.insights import Insights


@dataclass(frozen=True, slots=True)
class Due:
    """A session that retention is due for, after `days` by the policy; `idle_days` have passed."""

    session: SessionSummary
    days: int
    idle_days: int


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What retention proposes; show it to the writer before :meth:`ShelfFace.run_cleanup`."""

    archive: tuple[Due, ...]
    trash: tuple[Due, ...]
    remind: tuple[Due, ...]


class ShelfFace(SessionsFace):
    """Notebooks, the writer's own templates, settings, retention, insights."""

    # --- notebooks ---------------------------------------------------------------------------------------------------

    def notebooks(self, *, include_trashed: bool = False) -> list[Notebook]:
        """The notebooks, by title."""
        with self._guarded() as unlocked:
            found = [
                show_notebook(notebook_id, record)
                for notebook_id, record in unlocked.contents.root.notebooks().items()
                if include_trashed or record.trashed_at is None
            ]
        return sorted(found, key=lambda notebook: (notebook.title.casefold(), notebook.id))

    def save_notebook(
        self, fields: NotebookFields, notebook_id: str | None = None, *, was: NotebookFields | None = None
    ) -> str:
        """Make a notebook, or change one; its id. With what it `was` when the writer saw it, what differs is written.

        Raises ConflictError, and writes nothing, when another device has changed the same meanwhile.
        """
        of = None if notebook_id is None else parse_id(notebook_id)
        with self._guarded() as unlocked:
            plan = unlocked.commit(SaveNotebook(of, fields, was, self._moment()))
            return (plan.of or plan.record_id).hex()

    def change_notebook(self, notebook_id: str, *, archived: bool | None = None, trashed: bool | None = None) -> Undo:
        """Put a notebook away or into the trash, or back. Its sessions stay as they are."""
        return self._put_away(notebook_id, archived, trashed)

    # --- templates ---------------------------------------------------------------------------------------------------

    def templates(self) -> list[TemplateView]:
        """The built-in templates, then the writer's own."""
        with self._guarded() as unlocked:
            return show_templates(unlocked.contents.root.templates())

    def save_template(
        self, fields: TemplateFields, name: str | None = None, *, was: TemplateFields | None = None
    ) -> str:
        """Make a template, or change one of the writer's own; its name. `was` as for a notebook."""
        of = None if name is None else parse_id(name)
        with self._guarded() as unlocked:
            plan = unlocked.commit(SaveTemplate(of, fields, was, self._moment()))
            return (plan.of or plan.record_id).hex()

    def template_from_session(self, session_id: str, title: str | None = None) -> str:
        """Make a template of a session: its title, its tags, and as prompt what its prompts said, else its opening."""
        messages = self.session(session_id)
        prompts = [message.text for message in messages.messages if message.role is Role.SYSTEM]
        prompt = "\n\n".join(prompts or [message.text for message in messages.messages[:1]])[:MAX_PROMPT]
        name = check_title(title) or messages.summary.title or "Template"
        return self.save_template(TemplateFields(name, (Phase("", prompt, 0),), tags=messages.summary.tags))

    def trash_template(self, name: str, *, trashed: bool = True) -> Undo:
        """Put one of the writer's own templates into the trash, or take it out."""
        return self._put_away(name, None, trashed)

    # --- settings, retention, insights -------------------------------------------------------------------------------

    def settings(self) -> VaultSettings:
        """The settings that hold."""
        with self._guarded() as unlocked:
            found = unlocked.contents.root.settings()
            return VaultSettings.of(Settings() if found is None else found[1])

    def save_settings(
        self,
        *,
        continue_minutes: int | KeepOr | None = KEEP,
        retention: Retention | KeepOr | None = KEEP,
        backup_days: int | KeepOr | None = KEEP,
    ) -> None:
        """Change settings; None is the default again."""
        with self._guarded() as unlocked:
            unlocked.commit(SaveSettings(continue_minutes, retention, backup_days))

    def backup_at(self) -> int | None:
        """When the last backup of everything was begun, as `now` tells it; None when none is known of."""
        with self._guarded() as unlocked:
            found = unlocked.contents.root.backup()
            return None if found is None else found[1].begun_at

    def note_backup(self, begun_at: int) -> None:
        """Let all devices know of a backup of everything that was begun then, as `now` tells it, and read back."""
        with self._guarded() as unlocked:
            unlocked.commit(NoteBackup(begun_at))

    def plan_cleanup(self) -> Cleanup:
        """What retention proposes now. Changes nothing."""
        with self._guarded() as unlocked:
            contents = unlocked.contents
            view = View.of(contents, self.now())
            found = contents.root.settings()
            settings = Settings() if found is None else found[1]
            plan = retention.plan_retention(contents.sessions(), contents.root.notebooks(), settings, view.now_ms)

            def shown(items: tuple[retention.Due, ...]) -> tuple[Due, ...]:
                return tuple(
                    Due(
                        summarise(each.session_id, find_session(contents, each.session_id), view),
                        each.days,
                        each.idle_days,
                    )
                    for each in items
                )

            return Cleanup(shown(plan.archive), shown(plan.trash), shown(plan.remind))

    def run_cleanup(self, plan: Cleanup) -> Undo:
        """Archive and put into the trash what the plan says, as far as it is due still: what the writer has seen.

        Where the second of the two fails, `undo_of` the error takes back both, as far as they were done.
        """
        current = self.plan_cleanup()
        done = list[Undo]()
        with keeping_undo(lambda: _all(done) if done else None):
            for seen, due, change in (
                (plan.archive, current.archive, SessionChange(archived=True)),
                (plan.trash, current.trash, SessionChange(trashed=True)),
            ):
                still = {each.session.id for each in due} & {each.session.id for each in seen}
                try:
                    done += [self.change_sessions(sorted(still), change)] if still else []
                except Exception as error:
                    part = undo_of(error)
                    done += [] if part is None else [part]
                    raise
        return _all(done)

    def insights(self) -> Insights:
        """Words and minutes by day, notebook and phase; reckoned here, from the headers of the sessions."""
        with self._guarded() as unlocked:
            contents = unlocked.contents
            return reckoning.insights(contents.sessions(), contents.root.notebooks(), self._moment().day)

    def _put_away(self, record_id: str, archived: bool | None, trashed: bool | None) -> Undo:  # noqa: FBT001
        with self._guarded() as unlocked:
            plan = unlocked.commit(PutAway(parse_id(record_id), archived, trashed, self._moment()))
        back = [PutBack(plan.record_id, before, after) for before, after in plan.changed]
        return self._undo(*(lambda unlocked, each=each: unlocked.commit(each) for each in back))


def _all(undos: Sequence[Undo]) -> Undo:
    return Undo([each.undo for each in undos])
