"""What the records of the root container say: notebooks, the writer's own templates, settings (FORMAT §5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from vault.core import optional
from vault.core.fields import Fields
from vault.core.model import MAX_TAGS, MAX_TITLE
from vault.core.optional import Optionals
from vault.core.refuse import format_error

MAX_NOTES = 100_000
"""Code points; likewise below."""
MAX_ABOUT = 2_000
MAX_PROMPT = 20_000
MAX_PHASES = 20
MAX_PHASE_MINUTES = 600
MAX_RETENTION_DAYS = 36_500
MAX_CONTINUE_MINUTES = 60
CONTINUE_MINUTES = 5
"""When the writer has set nothing else (FORMAT §5.5)."""
BACKUP_DAYS = 30
"""When the writer has set nothing else."""
MAX_BACKUP_DAYS = 36_500


class NotebookKind(StrEnum):
    """What a notebook is about."""

    EVENT = "event"
    PROJECT = "project"
    JOURNAL = "journal"


class Colour(StrEnum):
    """The colour a notebook is shown in."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    VIOLET = "violet"
    ROSE = "rose"


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after its last activity until a session is archived, trashed, brought to mind; None for never."""

    archive_days: int | None = None
    trash_days: int | None = None
    remind_days: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in ``retention``."""
        return {**self.extra, **_RETENTION.write(self)}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Retention:
        """Undo :meth:`payload`. Raises FormatError, also when there is nothing it would do."""
        rest = dict(payload)
        days = _RETENTION.read(rest)
        if not days:
            raise format_error()
        return cls(**days, extra=rest)


_DAYS = optional.integer(1, MAX_RETENTION_DAYS)
_RETENTION = Optionals(Retention, archive_days=_DAYS, trash_days=_DAYS, remind_days=_DAYS)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook. Times are in milliseconds since 1970 UTC; `programme` names a template (FORMAT §5.3)."""

    title: str
    kind: NotebookKind
    created_at: int
    updated_at: int
    zone: str
    notes: str = ""
    colour: Colour | None = None
    date: str | None = None
    programme: str | None = None
    archived_at: int | None = None
    trashed_at: int | None = None
    retention: Retention | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
            **_NOTEBOOK.write(self),
            "type": "notebook",
            "title": self.title,
            "kind": self.kind.value,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "zone": self.zone,
        }

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Notebook:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "notebook")
        return cls(
            title=fields.text("title", MAX_TITLE, least=1),
            kind=_KIND.read(fields.take("kind")),
            created_at=fields.integer("created_at"),
            updated_at=fields.integer("updated_at"),
            zone=fields.text("zone"),
            **_NOTEBOOK.read(fields.rest),
            extra=fields.unknown,
        )


_KIND = optional.choice(NotebookKind)
_NOTEBOOK = Optionals(
    Notebook,
    notes=optional.text(MAX_NOTES),
    colour=optional.choice(Colour),
    date=optional.DAY,
    programme=optional.TEMPLATE_NAME,
    archived_at=optional.TIME,
    trashed_at=optional.TIME,
    retention=optional.one(Retention.parse),
)


@dataclass(frozen=True, slots=True)
class Phase:
    """One session of a programme; `minutes` is 0 for no limit."""

    title: str
    prompt: str
    minutes: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in ``phases``."""
        return {**self.extra, "title": self.title, "prompt": self.prompt, "minutes": self.minutes}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Phase:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        return cls(
            title=fields.text("title", MAX_TITLE),
            prompt=fields.text("prompt", MAX_PROMPT),
            minutes=fields.integer("minutes", 0, MAX_PHASE_MINUTES),
            extra=fields.unknown,
        )


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the writer's own. Its name is the id of its record in hex."""

    title: str
    phases: tuple[Phase, ...]
    created_at: int
    updated_at: int
    zone: str
    about: str = ""
    tags: tuple[str, ...] = ()
    trashed_at: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
            **_TEMPLATE.write(self),
            "type": "template",
            "title": self.title,
            "phases": _PHASES.write(self.phases),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "zone": self.zone,
        }

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Template:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "template")
        return cls(
            title=fields.text("title", MAX_TITLE, least=1),
            phases=_PHASES.read(fields.take("phases")),
            created_at=fields.integer("created_at"),
            updated_at=fields.integer("updated_at"),
            zone=fields.text("zone"),
            **_TEMPLATE.read(fields.rest),
            extra=fields.unknown,
        )


_PHASES = optional.many(Phase.parse, MAX_PHASES)
_TEMPLATE = Optionals(
    Template, about=optional.text(MAX_ABOUT), tags=optional.labels(MAX_TAGS), trashed_at=optional.TIME
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the writer set for the whole vault.

    `continue_minutes` None stands for :data:`CONTINUE_MINUTES`, `backup_days` None for :data:`BACKUP_DAYS`.
    """

    continue_minutes: int | None = None
    retention: Retention | None = None
    backup_days: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {**self.extra, **_SETTINGS.write(self), "type": "settings"}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Settings:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "settings")
        return cls(**_SETTINGS.read(fields.rest), extra=fields.unknown)


_SETTINGS = Optionals(
    Settings,
    continue_minutes=optional.integer(1, MAX_CONTINUE_MINUTES),
    retention=optional.one(Retention.parse),
    backup_days=optional.integer(0, MAX_BACKUP_DAYS),
)


@dataclass(frozen=True, slots=True)
class Backup:
    """That everything was backed up: when that was begun, in milliseconds since 1970 by the service's clock."""

    begun_at: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {**self.extra, "type": "backup", "begun_at": self.begun_at}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Backup:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "backup")
        return cls(fields.integer("begun_at"), extra=fields.unknown)


@dataclass(frozen=True, slots=True)
class UnknownRecord:
    """A record of a type that is not known here: kept, counted and verified, left unshown."""

    fields: Mapping[str, Any]

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return dict(self.fields)


RootRecord: TypeAlias = Notebook | Template | Settings | Backup | UnknownRecord

_TYPES: Mapping[str, Callable[[dict[str, Any]], RootRecord]] = {
    "notebook": Notebook.parse,
    "template": Template.parse,
    "settings": Settings.parse,
    "backup": Backup.parse,
}


def parse_root_record(payload: dict[str, Any]) -> RootRecord:
    """Read a record of the root container by its ``type``. Raises FormatError."""
    return _TYPES.get(payload["type"], UnknownRecord)(payload)
