"""Sessions as they are shown, and what the writer may say of one (docs/FORMAT.md §5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vault.client.contents import Contents
from vault.client.moments import as_datetime
from vault.core.model import MAX_LABEL, MAX_PHASE, MAX_TAGS, MAX_TITLE, Day, Message, Role, SessionHeader, Version
from vault.core.optional import is_template_name
from vault.core.rootrecords import CONTINUE_MINUTES, Notebook
from vault.errors import FormatError, NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.encodings import id_from_text
from vault.writing.activity import State, state_of


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as listed. `title` is the writer's (`renamed`), or the beginning of the first message.

    Times are in the zone of the last message; `notebook` is an id. `state` and `left_ms`, the milliseconds until it
    ends by itself, are those of the moment of asking.
    """

    id: str
    title: str
    renamed: bool
    preview: str
    created_at: datetime
    updated_at: datetime
    count: int
    notebook: str | None
    phase: int | None
    template: str | None
    helper: str | None
    tags: tuple[str, ...]
    pinned: bool
    active_at: datetime
    ended_at: datetime | None
    resumed_at: datetime | None
    archived_at: datetime | None
    trashed_at: datetime | None
    thread: str | None
    days: tuple[Day, ...]
    state: State
    left_ms: int

    @property
    def words(self) -> int:
        """The words that the writer wrote in it."""
        return sum(day.words for day in self.days)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as shown: role, text and when it was written, in the writer's zone of then.

    `versions` are the earlier texts, oldest first; `seconds` is 0 when nobody knows how long it took.
    """

    id: str
    role: Role
    text: str
    created_at: datetime
    position: int
    seconds: int
    edited_at: datetime | None
    versions: tuple[Version, ...]
    trashed_at: datetime | None
    sources: tuple[Mapping[str, object], ...]
    tool_calls: tuple[Mapping[str, object], ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """An opened session: its summary and its messages in order, those in the trash left out."""

    summary: SessionSummary
    messages: tuple[ShownMessage, ...]


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions are listed; what is None asks nothing. `since` is compared with the last activity, in ms."""

    notebook: bytes | None = None
    phase: int | None = None
    tag: str | None = None
    helper: str | None = None
    status: State | None = None
    since: int | None = None
    include_trashed: bool = False

    def passes(self, header: SessionHeader, view: View) -> bool:
        """Whether a session is listed. `status` asks for those in the trash by itself."""
        if header.trashed_at is not None and not self.include_trashed and self.status is not State.TRASHED:
            return False
        return (
            (self.notebook is None or header.notebook == self.notebook)
            and (self.phase is None or header.phase == self.phase)
            and (self.tag is None or self.tag in header.tags)
            and (self.helper is None or header.helper == self.helper)
            and (self.since is None or header.last_active >= self.since)
            and (self.status is None or state_of(header, view.now_ms, view.limit_minutes).state is self.status)
        )


def find_session(contents: Contents, session_id: bytes) -> SessionHeader:
    """The header of a session. Raises NotFoundError."""
    container = contents.containers.get(session_id)
    if session_id in contents.gone:
        raise erased()
    if container is None or not isinstance(container.header, SessionHeader):
        raise NotFoundError("This vault has no such session; choose one that is listed.", ErrorCode.NOT_FOUND)
    return container.header


def erased() -> NotFoundError:
    """A session that was there was erased, here or by another device."""
    return NotFoundError(
        "This session was erased meanwhile, so nothing more is saved in it; keep your text and write it into another.",
        ErrorCode.NOT_FOUND,
    )


def find_notebook(contents: Contents, notebook_id: bytes) -> Notebook:
    """A notebook. Raises NotFoundError."""
    record = contents.root.get(notebook_id)
    if not isinstance(record, Notebook):
        raise NotFoundError("This vault has no such notebook; choose one that is listed.", ErrorCode.NOT_FOUND)
    return record


def continue_minutes(contents: Contents) -> int:
    """How many minutes without activity end a session (docs/FORMAT.md §5.5)."""
    found = contents.root.settings()
    return CONTINUE_MINUTES if found is None or found[1].continue_minutes is None else found[1].continue_minutes


def parse_id(text: str) -> bytes:
    """An id as bytes. Raises UsageError for what is none."""
    try:
        return id_from_text(text)
    except FormatError:
        raise UsageError(f"{text!r} is not an id; give 32 hexadecimal digits.") from None


def check_text(text: str) -> str:
    """`text`, unless it is not well-formed Unicode: then UsageError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("This text holds half a character (a lone surrogate); remove it and save again.") from None
    return text


def check_words(what: str, text: str | None, most: int) -> str | None:
    """`text`, unless it is too long or no text: then UsageError. `what` says what it is, with its article."""
    if text is None:
        return None
    if not text.strip() or len(text) > most:
        raise UsageError(f"{what} has 1 to {most} characters; choose another one.")
    return check_text(text)


def check_title(title: str | None) -> str | None:
    """A title. Raises UsageError."""
    return check_words("A title", title, MAX_TITLE)


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags sorted, none twice. Raises UsageError."""
    for tag in tags:
        check_words("A tag", tag, MAX_LABEL)
    found = tuple(sorted(set(tags)))
    if len(found) > MAX_TAGS:
        raise UsageError(f"There are at most {MAX_TAGS} tags; take some away first.")
    return found


def check_phase(phase: int | None) -> int | None:
    """A phase. Raises UsageError."""
    if phase is not None and (type(phase) is not int or not 1 <= phase <= MAX_PHASE):
        raise UsageError(f"A phase is a number from 1 to {MAX_PHASE}; choose another one.")
    return phase


def check_template(name: str | None) -> str | None:
    """The name of a template. Raises UsageError."""
    if name is not None and not is_template_name(name):
        raise UsageError(f"{name!r} is not the name of a template; choose one that is listed.")
    return name


@dataclass(frozen=True, slots=True)
class View:
    """What all sessions listed at one moment have in common."""

    now_ms: int
    limit_minutes: int
    notebooks: Collection[bytes]

    @classmethod
    def of(cls, contents: Contents, now_ms: int) -> View:
        """The view of the contents at a moment by the service's clock."""
        return cls(now_ms, continue_minutes(contents), contents.root.notebooks())


def summarise(session_id: bytes, header: SessionHeader, view: View) -> SessionSummary:
    """A session as listed. One whose notebook is not there belongs to none."""
    standing = state_of(header, view.now_ms, view.limit_minutes)
    zone = header.zone
    updated_at = as_datetime(header.updated_at, zone)
    return SessionSummary(
        id=session_id.hex(),
        title=header.opening if header.title is None else header.title,
        renamed=header.title is not None,
        preview=header.preview,
        created_at=updated_at if header.created_at == header.updated_at else as_datetime(header.created_at, zone),
        updated_at=updated_at,
        count=header.count,
        notebook=header.notebook.hex() if header.notebook is not None and header.notebook in view.notebooks else None,
        phase=header.phase,
        template=header.template,
        helper=header.helper,
        tags=header.tags,
        pinned=header.pinned,
        active_at=updated_at if header.last_active == header.updated_at else as_datetime(header.last_active, zone),
        ended_at=_shown(header.ended_at, zone),
        resumed_at=_shown(header.resumed_at, zone),
        archived_at=_shown(header.archived_at, zone),
        trashed_at=_shown(header.trashed_at, zone),
        thread=header.thread,
        days=header.days,
        state=standing.state,
        left_ms=standing.left_ms,
    )


class HasPayload(Protocol):
    """A record that opened."""

    @property
    def payload(self) -> dict[str, Any]:
        """Its payload."""


def messages_of(records: Mapping[bytes, HasPayload]) -> dict[bytes, Message]:
    """The messages among opened records in the order they are shown; records of other types are left out.

    Raises FormatError.
    """
    found = [
        (record_id, Message.parse(record.payload))
        for record_id, record in records.items()
        if record.payload["type"] == "message"
    ]
    return dict(sorted(found, key=lambda item: (item[1].position, item[0])))


def show_message(record_id: bytes, message: Message) -> ShownMessage:
    """A message as shown."""
    return ShownMessage(
        id=record_id.hex(),
        role=message.role,
        text=message.text,
        created_at=as_datetime(message.created_at, message.zone),
        position=message.position,
        seconds=message.seconds,
        edited_at=_shown(message.edited_at, message.zone),
        versions=message.versions,
        trashed_at=_shown(message.trashed_at, message.zone),
        sources=message.sources,
        tool_calls=message.tool_calls,
        flags=message.flags,
    )


def _shown(ms: int | None, zone: str) -> datetime | None:
    return None if ms is None else as_datetime(ms, zone)
