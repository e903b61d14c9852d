"""What payloads say: container headers and messages (FORMAT §5.3). Fields unknown here are kept in ``extra``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vault.core.digest import SetDigest
from vault.core.fields import Fields
from vault.core.refuse import format_error

MAX_TITLE = 200
"""Code points of a title; likewise below."""
MAX_OPENING = 50
MAX_PREVIEW = 160


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
        return cls(count=fields.integer("count", 0), digest=fields.digest("digest"), extra=fields.rest)


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """The header of a session. Times are in milliseconds since 1970 UTC; the title shown is `title`, else `opening`."""

    count: int
    digest: SetDigest
    title: str | None
    opening: str
    preview: str
    created_at: int
    updated_at: int
    zone: str
    next_position: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
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
        return cls(
            count=fields.integer("count", 0),
            digest=fields.digest("digest"),
            title=fields.optional_text("title", MAX_TITLE),
            opening=fields.text("opening", MAX_OPENING),
            preview=fields.text("preview", MAX_PREVIEW),
            created_at=fields.integer("created_at"),
            updated_at=fields.integer("updated_at"),
            zone=fields.text("zone"),
            next_position=fields.integer("next_position", 0),
            extra=fields.rest,
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Messages of a session are shown by (`position`, record_id)."""

    role: Role
    text: str
    position: int
    created_at: int
    zone: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the payload to seal."""
        return {
            **self.extra,
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
        return cls(
            role=_role(fields.text("role")),
            text=fields.text("text"),
            position=fields.integer("position", 0),
            created_at=fields.integer("created_at"),
            zone=fields.text("zone"),
            extra=fields.rest,
        )


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise format_error() from None
