"""Sessions: what can be done to them, as plans, and how they are shown (docs/FORMAT.md §5.3)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vault.client.commits import Edit, Edits, NewRecord
from vault.client.contents import Contents
from vault.client.moments import Moment, as_datetime
from vault.core.digest import SetDigest
from vault.core.model import MAX_OPENING, MAX_PREVIEW, MAX_TITLE, Message, Role, SessionHeader
from vault.core.text import excerpt
from vault.errors import NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.limits import ID_BYTES, KEY_BYTES


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as listed. `title` is the writer's, or the beginning of the first message; times are in their zone."""

    id: str
    title: str
    preview: str
    created_at: datetime
    updated_at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as shown: role, text and when it was written, in the writer's zone of then."""

    id: str
    role: Role
    text: str
    created_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Session:
    """An opened session: its summary and its messages in order."""

    summary: SessionSummary
    messages: tuple[ShownMessage, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to write, with the id it takes. Drafts are equal when they say the same."""

    role: Role
    text: str
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)


@dataclass(frozen=True, slots=True)
class Write:
    """Plan: add messages to a session."""

    session_id: bytes
    drafts: tuple[Draft, ...]
    moment: Moment = field(compare=False)

    def __call__(self, contents: Contents) -> Edits:
        """Put them at the end. Raises NotFoundError when there is no such session."""
        header = find_session(contents, self.session_id)
        return Edits([_with_messages(Edit(self.session_id, header), self.drafts, self.moment)])


@dataclass(frozen=True, slots=True)
class Begin:
    """Plan: a new session with its first messages. `title` None leaves it to the first message."""

    title: str | None
    drafts: tuple[Draft, ...]
    moment: Moment = field(compare=False)
    session_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)
    key: bytes = field(default_factory=lambda: os.urandom(KEY_BYTES), compare=False, repr=False)

    def __call__(self, _contents: Contents) -> Edits:
        """Ask nothing of the contents. Raises UsageError for a title or text that cannot be."""
        header = SessionHeader(
            count=0,
            digest=SetDigest.empty(),
            title=check_title(self.title),
            opening="",
            preview="",
            created_at=self.moment.ms,
            updated_at=self.moment.ms,
            zone=self.moment.zone,
            next_position=0,
        )
        return Edits([_with_messages(Edit(self.session_id, header, new_key=self.key), self.drafts, self.moment)])


@dataclass(frozen=True, slots=True)
class Rename:
    """Plan: give a session another title, or None to show its opening again. Leaves its time alone."""

    session_id: bytes
    title: str | None

    def __call__(self, contents: Contents) -> Edits:
        """Keep all else. Raises NotFoundError when there is no such session."""
        header = find_session(contents, self.session_id)
        return Edits([Edit(self.session_id, replace(header, title=check_title(self.title)))])


def find_session(contents: Contents, session_id: bytes) -> SessionHeader:
    """The header of a session. Raises NotFoundError."""
    container = contents.containers.get(session_id)
    if container is None or not isinstance(container.header, SessionHeader):
        raise NotFoundError("This vault has no such session; choose one that is listed.", ErrorCode.NOT_FOUND)
    return container.header


def check_text(text: str) -> str:
    """`text`, unless it is not well-formed Unicode: then UsageError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("This text holds half a character (a lone surrogate); remove it and save again.") from None
    return text


def check_title(title: str | None) -> str | None:
    """`title`, unless it is too long or no text: then UsageError."""
    if title is None:
        return None
    if not title.strip() or len(title) > MAX_TITLE:
        raise UsageError(f"A title has 1 to {MAX_TITLE} characters; choose another one.")
    return check_text(title)


def summarise(session_id: bytes, header: SessionHeader) -> SessionSummary:
    """A session as listed."""
    return SessionSummary(
        id=session_id.hex(),
        title=header.opening if header.title is None else header.title,
        preview=header.preview,
        created_at=as_datetime(header.created_at, header.zone),
        updated_at=as_datetime(header.updated_at, header.zone),
        count=header.count,
    )


def show_messages(payloads: Mapping[bytes, dict[str, Any]]) -> tuple[ShownMessage, ...]:
    """The messages among opened records, in order; records of other types are left unshown. Raises FormatError."""
    messages = [
        (message.position, record_id, message)
        for record_id, payload in payloads.items()
        if payload["type"] == "message"
        for message in [Message.parse(payload)]
    ]
    return tuple(
        ShownMessage(
            record_id.hex(), message.role, message.text, as_datetime(message.created_at, message.zone), position
        )
        for position, record_id, message in sorted(messages, key=lambda item: item[:2])
    )


def _with_messages(edit: Edit, drafts: Sequence[Draft], moment: Moment) -> Edit:
    """The edit with these messages at the end of its session."""
    header = edit.header
    position = header.next_position
    records = [
        NewRecord(
            draft.record_id,
            Message(draft.role, check_text(draft.text), position + place, moment.ms, moment.zone).payload(),
        )
        for place, draft in enumerate(drafts)
    ]
    if drafts:
        header = replace(
            header,
            opening=excerpt(drafts[0].text, MAX_OPENING) if position == 0 else header.opening,
            preview=excerpt(drafts[-1].text, MAX_PREVIEW),
            updated_at=moment.ms,
            zone=moment.zone,
            next_position=position + len(drafts),
        )
    return replace(edit, header=header, records=records)
