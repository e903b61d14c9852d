"""Notebooks, own templates and settings: the records of the root container, shown and changed (docs/FORMAT.md §5.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from vault.client.changes import KEEP, KeepOr, since
from vault.client.commits import Edit, Edits, RecordEdit, Source
from vault.client.moments import Moment, as_datetime
from vault.client.sessions import check_tags, check_text, check_title, find_notebook
from vault.core import canonical, rootrecords
from vault.core.model import MAX_TITLE
from vault.core.rootrecords import (
    BACKUP_DAYS,
    CONTINUE_MINUTES,
    Backup,
    Colour,
    NotebookKind,
    Phase,
    Retention,
    RootRecord,
    Settings,
)
from vault.errors import ConflictError, FormatError, NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.limits import ID_BYTES
from vault.writing.templates import built_in_templates

_DOES_NOT_FIT = (
    f"This does not fit: titles have 1 to {MAX_TITLE} characters, notes at most {rootrecords.MAX_NOTES:,}, prompts "
    f"{rootrecords.MAX_PROMPT:,}; days are such as 2026-05-31; there are 1 to {rootrecords.MAX_PHASES} phases of up to "
    f"{rootrecords.MAX_PHASE_MINUTES} minutes; retention has 1 to {rootrecords.MAX_RETENTION_DAYS:,} days, a session "
    f"goes on for 1 to {rootrecords.MAX_CONTINUE_MINUTES} minutes, a backup is due after 0 to "
    f"{rootrecords.MAX_BACKUP_DAYS:,} days."
)

_Made = TypeVar("_Made", rootrecords.Notebook, rootrecords.Template)
R = TypeVar("R", rootrecords.Notebook, rootrecords.Template, Settings)


@dataclass(frozen=True, slots=True)
class NotebookFields:
    """What the writer says of a notebook. `date` is ``YYYY-MM-DD``, `programme` the name of a template."""

    title: str
    kind: NotebookKind | str = NotebookKind.JOURNAL
    notes: str = ""
    colour: Colour | str | None = None
    date: str | None = None
    programme: str | None = None
    retention: Retention | None = None


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as shown."""

    id: str
    title: str
    kind: NotebookKind
    notes: str
    colour: Colour | None
    date: str | None
    programme: str | None
    retention: Retention | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    trashed_at: datetime | None

    @property
    def fields(self) -> NotebookFields:
        """What the writer says of it, to change a part of and save again."""
        return NotebookFields(self.title, self.kind, self.notes, self.colour, self.date, self.programme, self.retention)


@dataclass(frozen=True, slots=True)
class TemplateFields:
    """What the writer says of a template."""

    title: str
    phases: tuple[Phase, ...]
    about: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A way to begin, built in or the writer's own. Sessions and notebooks call it by its `name`.

    `kind` is that of the notebook it is a programme for; `source` and `care` may be empty.
    """

    name: str
    title: str
    about: str
    kind: NotebookKind | None
    source: str
    care: str
    tags: tuple[str, ...]
    phases: tuple[Phase, ...]
    built_in: bool

    @property
    def fields(self) -> TemplateFields:
        """What the writer says of it, to change a part of and save again."""
        return TemplateFields(self.title, self.phases, self.about, self.tags)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """The settings that hold: minutes without activity that end a session (1 to 60), retention where no notebook's.

    So many `backup_days` after the last one another backup is due; 0 for never.
    """

    continue_minutes: int
    retention: Retention | None
    backup_days: int = BACKUP_DAYS

    @classmethod
    def of(cls, settings: Settings) -> VaultSettings:
        """What holds where the writer has set these."""
        minutes, days = settings.continue_minutes, settings.backup_days
        return cls(
            CONTINUE_MINUTES if minutes is None else minutes, settings.retention, BACKUP_DAYS if days is None else days
        )


def show_notebook(notebook_id: bytes, record: rootrecords.Notebook) -> Notebook:
    """A notebook as shown."""

    def shown(ms: int | None) -> datetime | None:
        return None if ms is None else as_datetime(ms, record.zone)

    return Notebook(
        id=notebook_id.hex(),
        title=record.title,
        kind=record.kind,
        notes=record.notes,
        colour=record.colour,
        date=record.date,
        programme=record.programme,
        retention=record.retention,
        created_at=as_datetime(record.created_at, record.zone),
        updated_at=as_datetime(record.updated_at, record.zone),
        archived_at=shown(record.archived_at),
        trashed_at=shown(record.trashed_at),
    )


def show_templates(own: Mapping[bytes, rootrecords.Template]) -> list[TemplateView]:
    """The built-in templates, then the writer's own by title, those in the trash left out."""
    built_in = [
        TemplateView(
            name=each.name,
            title=each.title,
            about=each.about,
            kind=each.kind,
            source=each.source,
            care=each.care,
            tags=each.tags,
            phases=each.phases,
            built_in=True,
        )
        for each in built_in_templates()
    ]
    made = [
        TemplateView(record_id.hex(), each.title, each.about, None, "", "", each.tags, each.phases, built_in=False)
        for record_id, each in own.items()
        if each.trashed_at is None
    ]
    return built_in + sorted(made, key=lambda each: (each.title.casefold(), each.name))


@dataclass(frozen=True, slots=True)
class SaveNotebook:
    """Plan: make a notebook, `record_id`, or write into the one `of` what the writer changed of what it `was`.

    Without what it `was` all fields are written.
    """

    of: bytes | None
    fields: NotebookFields
    was: NotebookFields | None
    moment: Moment = field(compare=False)
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises UsageError for what no notebook can be, NotFoundError when there is none, and ConflictError."""
        before = None if self.of is None else find_notebook(source.contents, self.of)
        written = _checked(lambda: _written(rootrecords.Notebook, before, *self._said(), self.moment))
        return edit_root(source, self.of or self.record_id, written)

    def _said(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        return _notebook_said(self.fields), None if self.was is None else _notebook_said(self.was)


def _notebook_said(given: NotebookFields) -> dict[str, Any]:
    check_title(given.title)
    return {
        "title": given.title,
        "kind": NotebookKind(given.kind),
        "notes": check_text(given.notes),
        "colour": None if given.colour is None else Colour(given.colour),
        "date": given.date,
        "programme": given.programme,
        "retention": given.retention,
    }


def _written(
    kind: type[_Made], before: _Made | None, said: dict[str, Any], was: dict[str, Any] | None, moment: Moment
) -> _Made:
    """A new record of these fields, or the one `before` with those of them that the writer changed."""
    if before is None:
        return kind(created_at=moment.ms, updated_at=moment.ms, zone=moment.zone, **said)
    after = replace(before, **_meeting(said, was, before))
    return before if after == before else replace(after, updated_at=moment.ms, zone=moment.zone)


def _meeting(said: dict[str, Any], was: dict[str, Any] | None, now: RootRecord) -> dict[str, Any]:
    """Of the fields `said` those that the writer changed, in what it `was`; all where nobody says what that was.

    Raises ConflictError when another device has made something else of one of them.
    """
    changed = {name: value for name, value in said.items() if was is None or value != was[name]}
    if was is not None and any(getattr(now, name) not in (was[name], value) for name, value in changed.items()):
        raise ConflictError("Another device has changed the same meanwhile. Look at what it says now, and save again.")
    return changed


@dataclass(frozen=True, slots=True)
class PutAway:
    """Plan: archive a notebook or put it or a template into the trash, or back; what is None stays.

    `before` and `after` are the record as it was and as it became; nothing when it did not change.
    """

    record_id: bytes
    archived: bool | None
    trashed: bool | None
    moment: Moment = field(compare=False)
    changed: list[tuple[RootRecord, RootRecord]] = field(default_factory=list, compare=False, repr=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises NotFoundError when there is no such notebook or template."""
        before = source.contents.root.get(self.record_id)
        after: rootrecords.Notebook | rootrecords.Template
        if isinstance(before, rootrecords.Notebook):
            after = replace(
                before,
                archived_at=since(before.archived_at, self.moment, wanted=self.archived),
                trashed_at=since(before.trashed_at, self.moment, wanted=self.trashed),
            )
        elif isinstance(before, rootrecords.Template):
            after = replace(before, trashed_at=since(before.trashed_at, self.moment, wanted=self.trashed))
        else:
            raise NotFoundError("This vault has no such notebook or template.", ErrorCode.NOT_FOUND)
        self.changed[:] = [(before, after)] if after != before else []
        return edit_root(source, self.record_id, after)


@dataclass(frozen=True, slots=True)
class PutBack:
    """Plan: put a record of the root back to what it was `before`, as long as it is what it became then, `after`."""

    record_id: bytes
    before: RootRecord
    after: RootRecord

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when somebody has changed it again."""
        if source.contents.root.get(self.record_id) != self.after:
            return None
        return edit_root(source, self.record_id, self.before)


@dataclass(frozen=True, slots=True)
class SaveTemplate:
    """Plan: make a template, `record_id`, or write into the one `of` what the writer changed of what it `was`.

    Without what it `was` all fields are written.
    """

    of: bytes | None
    fields: TemplateFields
    was: TemplateFields | None
    moment: Moment = field(compare=False)
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises UsageError for what no template can be, NotFoundError when there is none, and ConflictError."""
        before = None
        if self.of is not None:
            before = source.contents.root.templates().get(self.of)
            if before is None:
                raise NotFoundError("This vault has no such template of its own; make one.", ErrorCode.NOT_FOUND)
        written = _checked(lambda: _written(rootrecords.Template, before, *self._said(), self.moment))
        return edit_root(source, self.of or self.record_id, written)

    def _said(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        return _template_said(self.fields), None if self.was is None else _template_said(self.was)


def _template_said(given: TemplateFields) -> dict[str, Any]:
    check_title(given.title)
    return {
        "title": given.title,
        "phases": tuple(given.phases),
        "about": check_text(given.about),
        "tags": check_tags(given.tags),
    }


@dataclass(frozen=True, slots=True)
class SaveSettings:
    """Plan: change the settings; what is kept stays. None is the default again."""

    continue_minutes: int | KeepOr | None
    retention: Retention | KeepOr | None
    backup_days: int | KeepOr | None = KEEP
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Raises UsageError for settings that cannot be."""
        record_id, before = source.contents.root.settings() or (self.record_id, Settings())
        given = {name: getattr(self, name) for name in ("continue_minutes", "retention", "backup_days")}
        fields: dict[str, Any] = {name: value for name, value in given.items() if value is not KEEP}
        return edit_root(source, record_id, _checked(lambda: replace(before, **fields)))


@dataclass(frozen=True, slots=True)
class NoteBackup:
    """Plan: note that a backup of everything was begun then, in milliseconds by the service's clock, and read back."""

    begun_at: int
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when a later one is noted."""
        found = source.contents.root.backup()
        if found is None:
            return edit_root(source, self.record_id, Backup(self.begun_at))
        record_id, before = found
        return edit_root(source, record_id, replace(before, begun_at=max(before.begun_at, self.begun_at)))


def edit_root(source: Source, record_id: bytes, record: RootRecord) -> Edits | None:
    """The edits that make a record of the root this one; None when it is."""
    contents = source.contents
    if contents.root.get(record_id) == record:
        return None
    edit = RecordEdit(record_id, record.payload(), contents.root.opened.get(record_id))
    return Edits([Edit(contents.vault_id, contents.containers[contents.vault_id].header, [edit])])


def _checked(make: Callable[[], R]) -> R:
    """What `make` gives, unless it says something that cannot be read again: then UsageError."""
    try:
        record = make()
        type(record).parse(canonical.decode(canonical.encode(record.payload())))
    except (FormatError, ValueError):
        raise UsageError(_DOES_NOT_FIT) from None
    return record
