"""What payloads say: container headers and messages (FORMAT §5.3). Fields unknown here are kept in ``extra``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from vault.core import optional
from vault.core.digest import SetDigest
from vault.core.fields import Fields
from vault.core.optional import Optionals
from vault.core.refuse import format_error
from vault.wire.limits import MAX_SAFE_INTEGER

MAX_TITLE = 200
"""Code points of a title; likewise below."""
MAX_OPENING = 50
MAX_PREVIEW = 160
MAX_HELPER = 100
MAX_THREAD = 500
MAX_LABEL = 50
"""Of a tag or a flag."""
MAX_TAGS = 50
MAX_PHASE = 99


class Role(StrEnum):
    """Who speaks in a message."""

    WRITER = "writer"
    HELPER = "helper"
    SYSTEM = "system"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class RootHeader:
    """The header of the root container: number and digest of its records."""

    count: int
    digest: SetDigest
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {**self.extra, "type": "root", "count": self.count, "digest": self.digest.hex()}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> RootHeader:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "root")
        return cls(count=fields.integer("count", 0), digest=fields.digest("digest"), extra=fields.unknown)


@dataclass(frozen=True, slots=True)
class Day:
    """What was written in a session on one day, ``YYYY-MM-DD`` in the zone of each message; one number is above 0."""

    day: str
    words: int
    seconds: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in ``days``."""
        return {**self.extra, "day": self.day, "words": self.words, "seconds": self.seconds}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Day:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        day, words, seconds = fields.text("day"), fields.integer("words", 0), fields.integer("seconds", 0)
        if not optional.is_day(day) or not words + seconds:
            raise format_error()
        return cls(day, words, seconds, fields.unknown)


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """The header of a session. Times are in milliseconds since 1970 UTC; the title shown is `title`, else `opening`.

    `active_at` to `trashed_at` are by the service's clock (FORMAT §5.5); `ended_at` and `resumed_at` are never both
    there; `tags` are sorted, `days` by their day.
    """

    count: int
    digest: SetDigest
    title: str | None
    opening: str
    preview: str
    created_at: int
    updated_at: int
    zone: str
    next_position: int
    active_at: int | None = None
    ended_at: int | None = None
    resumed_at: int | None = None
    notebook: bytes | None = None
    phase: int | None = None
    template: str | None = None
    helper: str | None = None
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived_at: int | None = None
    trashed_at: int | None = None
    thread: str | None = None
    days: tuple[Day, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def last_active(self) -> int:
        """When the writer was last active in it (FORMAT §5.5)."""
        return self.updated_at if self.active_at is None else self.active_at

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
            **_SESSION.write(self),
            "type": "session",
            "count": self.count,
            "digest": self.digest.hex(),
            "title": self.title,
            "opening": self.opening,
            "preview": self.preview,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "zone": self.zone,
            "next_position": self.next_position,
        }

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> SessionHeader:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "session")
        header = cls(
            count=fields.integer("count", 0),
            digest=fields.digest("digest"),
            title=fields.optional_text("title", MAX_TITLE),
            opening=fields.text("opening", MAX_OPENING),
            preview=fields.text("preview", MAX_PREVIEW),
            created_at=fields.integer("created_at"),
            updated_at=fields.integer("updated_at"),
            zone=fields.text("zone"),
            next_position=fields.integer("next_position", 0),
            **_SESSION.read(fields.rest),
            extra=fields.unknown,
        )
        if header.ended_at is not None and header.resumed_at is not None:
            raise format_error()
        if any(first.day >= second.day for first, second in pairwise(header.days)):
            raise format_error()
        return header


_SESSION = Optionals(
    SessionHeader,
    active_at=optional.TIME,
    ended_at=optional.TIME,
    resumed_at=optional.TIME,
    notebook=optional.ID,
    phase=optional.integer(1, MAX_PHASE),
    template=optional.TEMPLATE_NAME,
    helper=optional.text(MAX_HELPER),
    tags=optional.labels(MAX_TAGS),
    pinned=optional.TRUE,
    archived_at=optional.TIME,
    trashed_at=optional.TIME,
    thread=optional.text(MAX_THREAD),
    days=optional.many(Day.parse),
)


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier text of a message; `at` is when it was written."""

    text: str
    at: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the object in ``versions``."""
        return {**self.extra, "text": self.text, "at": self.at}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Version:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        return cls(text=fields.text("text"), at=fields.integer("at"), extra=fields.unknown)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Messages of a session are shown by (`position`, record_id).

    `seconds` is how long it took to write, 0 when nobody knows. `versions` are the earlier texts, oldest first;
    `edited_at` is there when they are. `flags` are sorted.
    """

    role: Role
    text: str
    position: int
    created_at: int
    zone: str
    seconds: int = 0
    edited_at: int | None = None
    versions: tuple[Version, ...] = ()
    trashed_at: int | None = None
    sources: tuple[Mapping[str, Any], ...] = ()
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    flags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
            **_MESSAGE.write(self),
            "type": "message",
            "role": self.role.value,
            "text": self.text,
            "position": self.position,
            "created_at": self.created_at,
            "zone": self.zone,
        }

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Message:
        """Undo :meth:`payload`. Raises FormatError."""
        fields = Fields(payload)
        fields.constant("type", "message")
        message = cls(
            role=_role(fields.text("role")),
            text=fields.text("text"),
            position=fields.integer("position", 0),
            created_at=fields.integer("created_at"),
            zone=fields.text("zone"),
            **_MESSAGE.read(fields.rest),
            extra=fields.unknown,
        )
        if (message.edited_at is None) != (message.versions == ()):
            raise format_error()
        return message

    @classmethod
    def check(cls, payload: dict[str, Any]) -> None:
        """Raise FormatError where :meth:`parse` does, without the cost of a message where it has no optional fields."""
        if payload.keys() != _REQUIRED:
            cls.parse(payload)
            return
        role, position, created_at = payload["role"], payload["position"], payload["created_at"]
        if not (
            type(role) is type(payload["text"]) is type(payload["zone"]) is str
            and type(position) is type(created_at) is int
            and role in _ROLES
            and 0 <= position <= MAX_SAFE_INTEGER >= created_at >= -MAX_SAFE_INTEGER
            and payload["type"] == "message"
        ):
            raise format_error()


_ROLES = frozenset(role.value for role in Role)
_REQUIRED = {"type", "role", "text", "position", "created_at", "zone"}
_MESSAGE = Optionals(
    Message,
    seconds=optional.integer(1),
    edited_at=optional.TIME,
    versions=optional.many(Version.parse),
    trashed_at=optional.TIME,
    sources=optional.OBJECTS,
    tool_calls=optional.OBJECTS,
    flags=optional.labels(),
)


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise format_error() from None
