"""Changing what is said of sessions, as plans: many at once, and back again (docs/FORMAT.md §5.3, §5.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from vault.client.commits import Edit, Edits, Source
from vault.client.contents import Contents
from vault.client.counting import taken_up
from vault.client.moments import Moment
from vault.client.sessions import (
    check_phase,
    check_tags,
    check_title,
    check_words,
    continue_minutes,
    find_notebook,
    find_session,
    parse_id,
)
from vault.core.model import MAX_HELPER, MAX_THREAD, SessionHeader


class Keep(Enum):
    """The value of what is to stay as it is."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
KeepOr: TypeAlias = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Changes to sessions; what is not given stays. None takes a value away; a title of None is the opening again.

    `notebook` is an id. `ended` True ends, False resumes.
    """

    title: str | KeepOr | None = KEEP
    notebook: str | KeepOr | None = KEEP
    phase: int | KeepOr | None = KEEP
    helper: str | KeepOr | None = KEEP
    thread: str | KeepOr | None = KEEP
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    pinned: bool | None = None
    archived: bool | None = None
    trashed: bool | None = None
    ended: bool | None = None

    def apply(self, header: SessionHeader, contents: Contents, moment: Moment) -> SessionHeader:
        """The header after the change. Raises UsageError, or NotFoundError for a notebook that is not there."""
        fields: dict[str, Any] = {}
        if self.title is not KEEP:
            fields["title"] = check_title(self.title)
        if self.notebook is not KEEP:
            fields["notebook"] = _notebook(contents, self.notebook)
        if self.phase is not KEEP:
            fields["phase"] = check_phase(self.phase)
        if self.helper is not KEEP:
            fields["helper"] = check_words("The name of a helper", self.helper, MAX_HELPER)
        if self.thread is not KEEP:
            fields["thread"] = check_words("A thread id", self.thread, MAX_THREAD)
        if self.add_tags or self.remove_tags:
            fields["tags"] = check_tags((set(header.tags) | set(self.add_tags)) - set(self.remove_tags))
        if self.pinned is not None:
            fields["pinned"] = self.pinned
        fields["archived_at"] = since(header.archived_at, moment, wanted=self.archived)
        fields["trashed_at"] = since(header.trashed_at, moment, wanted=self.trashed)
        header = replace(header, **fields)
        if self.ended:
            return replace(header, ended_at=since(header.ended_at, moment, wanted=True), resumed_at=None)
        if self.ended is None:
            return header
        return replace(header, **taken_up(header, moment, continue_minutes(contents)))


@dataclass(frozen=True, slots=True)
class ChangeSessions:
    """Plan: change sessions. `before` and `after` are the headers of those that did change."""

    session_ids: tuple[bytes, ...]
    change: SessionChange
    moment: Moment = field(compare=False)
    before: dict[bytes, SessionHeader] = field(default_factory=dict, compare=False, repr=False)
    after: dict[bytes, SessionHeader] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, source: Source) -> Edits | None:
        """Keep all else. Raises NotFoundError when there is no such session: then none is changed."""
        contents = source.contents
        before = {session_id: find_session(contents, session_id) for session_id in self.session_ids}
        return _changed(
            self.before, self.after, before, lambda _, header: self.change.apply(header, contents, self.moment)
        )


@dataclass(frozen=True, slots=True)
class RestoreSessions:
    """Plan: put back, of what became `after` from `before`, all that nobody has changed again since."""

    before: Mapping[bytes, SessionHeader]
    after: Mapping[bytes, SessionHeader]

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when everything was changed again."""
        headers = {session_id: find_session(source.contents, session_id) for session_id in self.before}
        return _changed({}, {}, headers, self._restored)

    def _restored(self, session_id: bytes, header: SessionHeader) -> SessionHeader:
        before, after = self.before[session_id], self.after[session_id]
        fields = {
            name: getattr(before, name)
            for name in _RESTORED
            if getattr(before, name) != getattr(after, name) and getattr(header, name) == getattr(after, name)
        }
        if {"ended_at", "resumed_at"} & fields.keys() and header.active_at != after.active_at:
            fields = {name: value for name, value in fields.items() if name not in ("ended_at", "resumed_at")}
        return replace(header, **fields)


_RESTORED = (
    *("title", "notebook", "phase", "helper", "thread", "tags", "pinned", "archived_at", "trashed_at"),
    *("active_at", "ended_at", "resumed_at"),
)


def since(before: int | None, moment: Moment, *, wanted: bool | None) -> int | None:
    """Since when something holds: as before where that is as `wanted` or None is, else from now on, or no more."""
    if wanted is None or (before is not None) is wanted:
        return before
    return moment.service_ms if wanted else None


def _changed(
    noted_before: dict[bytes, SessionHeader],
    noted_after: dict[bytes, SessionHeader],
    headers: Mapping[bytes, SessionHeader],
    change: Callable[[bytes, SessionHeader], SessionHeader],
) -> Edits | None:
    """The edits of the headers that change, noted as they were and as they become."""
    after = {session_id: change(session_id, header) for session_id, header in headers.items()}
    changed = [session_id for session_id in headers if after[session_id] != headers[session_id]]
    for noted, values in ((noted_before, headers), (noted_after, after)):
        noted.clear()
        noted.update({session_id: values[session_id] for session_id in changed})
    return Edits([Edit(session_id, after[session_id]) for session_id in changed]) if changed else None


def _notebook(contents: Contents, notebook: str | None) -> bytes | None:
    if notebook is None:
        return None
    notebook_id = parse_id(notebook)
    find_notebook(contents, notebook_id)
    return notebook_id
