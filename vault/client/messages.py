"""Writing messages, as plans: into a session, into a new one, into the one that goes on; changing them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vault.client.commits import Edit, Edits, RecordEdit, Source
from vault.client.contents import Contents, OpenRecord
from vault.client.counting import counted_with, taken_up, with_changed
from vault.client.moments import Moment
from vault.client.sessions import (
    check_phase,
    check_tags,
    check_template,
    check_text,
    check_title,
    check_words,
    continue_minutes,
    find_notebook,
    find_session,
    messages_of,
    parse_id,
)
from vault.core import canonical
from vault.core.digest import SetDigest
from vault.core.model import MAX_HELPER, MAX_LABEL, MAX_THREAD, Message, Role, SessionHeader, Version
from vault.core.rootrecords import Notebook
from vault.errors import FormatError, NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.limits import ID_BYTES, KEY_BYTES
from vault.writing.activity import active_session


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to write, with the id it takes. `moment` None: when it is saved. Equal when they say the same."""

    text: str
    role: Role | str = Role.WRITER
    seconds: int = 0
    sources: tuple[Mapping[str, Any], ...] = ()
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    flags: tuple[str, ...] = ()
    moment: Moment | None = None
    record_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False, repr=False)

    def at(self, position: int, moment: Moment) -> Message:
        """The message at its place. Raises UsageError for what no message can say."""
        moment = self.moment or moment
        if type(self.seconds) is not int or self.seconds < 0:
            raise UsageError("A message takes a whole number of seconds to write, 0 or more; give another number.")
        if self.sources or self.tool_calls:
            _check_objects(self.sources, self.tool_calls)
        for flag in self.flags:
            check_words("A flag", flag, MAX_LABEL)
        return Message(
            role=_role(self.role),
            text=check_text(self.text),
            position=position,
            created_at=moment.ms,
            zone=moment.zone,
            seconds=self.seconds,
            sources=tuple(self.sources),
            tool_calls=tuple(self.tool_calls),
            flags=tuple(sorted(set(self.flags))),
        )


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a session that begins is to be. `notebook` is an id; `prompt` comes first, as a message of role `system`."""

    title: str | None = None
    notebook: str | None = None
    phase: int | None = None
    template: str | None = None
    helper: str | None = None
    tags: tuple[str, ...] = ()
    thread: str | None = None
    prompt: str | None = None

    def header(self, contents: Contents, moment: Moment) -> SessionHeader:
        """The header of such a session without messages. Raises UsageError or NotFoundError."""
        notebook = None if self.notebook is None else parse_id(self.notebook)
        if notebook is not None:
            find_notebook(contents, notebook)
        return SessionHeader(
            count=0,
            digest=SetDigest.empty(),
            title=check_title(self.title),
            opening="",
            preview="",
            created_at=moment.ms,
            updated_at=moment.ms,
            zone=moment.zone,
            next_position=0,
            active_at=moment.service_ms,
            notebook=notebook,
            phase=check_phase(self.phase),
            template=check_template(self.template),
            helper=check_words("The name of a helper", self.helper, MAX_HELPER),
            tags=check_tags(self.tags),
            thread=check_words("A thread id", self.thread, MAX_THREAD),
        )


@dataclass(frozen=True, slots=True)
class Write:
    """Plan: add messages to a session."""

    session_id: bytes
    messages: tuple[NewMessage, ...]
    moment: Moment = field(compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Put them at the end. Raises NotFoundError when there is no such session, UsageError for one in the trash."""
        contents = source.contents
        header = find_session(contents, self.session_id)
        if header.trashed_at is not None:
            raise UsageError("This session is in the trash; restore it, or write into another one.")
        if not self.messages:
            return None
        moment = self.messages[-1].moment
        if moment is None:
            activity = taken_up(header, self.moment, continue_minutes(contents))
        else:  # written elsewhere before: nothing goes on here
            activity = {"active_at": max(header.last_active, moment.service_ms)}
        return _appended(self.session_id, header, self.messages, self.moment, activity=activity)


@dataclass(frozen=True, slots=True)
class Begin:
    """Plan: a new session with its first messages."""

    beginning: Beginning
    messages: tuple[NewMessage, ...]
    moment: Moment = field(compare=False)
    session_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)
    key: bytes = field(default_factory=lambda: os.urandom(KEY_BYTES), compare=False, repr=False)
    prompt_id: bytes = field(default_factory=lambda: os.urandom(ID_BYTES), compare=False)

    def __call__(self, source: Source) -> Edits:
        """Raises UsageError for a beginning or text that cannot be, NotFoundError for a notebook that is not there."""
        messages = self.messages
        header = self.beginning.header(source.contents, (messages and messages[0].moment) or self.moment)
        last = messages[-1].moment if messages else None
        activity = {} if last is None else {"active_at": last.service_ms}  # written elsewhere before
        if self.beginning.prompt is not None:
            prompt = NewMessage(self.beginning.prompt, Role.SYSTEM, record_id=self.prompt_id)
            messages = (prompt, *messages)
        return _appended(self.session_id, header, messages, self.moment, activity=activity, new_key=self.key)


@dataclass(slots=True)
class Continue:
    """Plan: add messages to the active session; where there is none, begin one (docs/FORMAT.md §5.5).

    Where another device wrote first it is asked again, so that both go on in one session. `session_id` is the one.
    """

    messages: tuple[NewMessage, ...]
    moment: Moment = field(compare=False)
    session_id: bytes = field(default=b"", compare=False)
    begin: Begin = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self.begin = Begin(Beginning(), self.messages, self.moment)

    def __call__(self, source: Source) -> Edits | None:
        """Write or begin. A new session belongs to the notebook of the one that was active last."""
        contents = source.contents
        active = active_session(contents.sessions(), self.moment.service_ms, continue_minutes(contents))
        if active is not None:
            self.session_id = active
            return Write(active, self.messages, self.moment)(source)
        self.session_id = self.begin.session_id
        return replace(self.begin, beginning=Beginning(notebook=_last_notebook(contents)))(source)


@dataclass(frozen=True, slots=True)
class EditMessage:
    """Plan: change the text of a message; the earlier one stays in the record."""

    session_id: bytes
    record_id: bytes
    text: str
    moment: Moment = field(compare=False)

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when the text is that already. Raises NotFoundError when there is no such message."""
        records, message = _find_message(source, self.session_id, self.record_id)
        if message.text == self.text:
            return None
        written_at = message.created_at if message.edited_at is None else message.edited_at
        changed = replace(
            message,
            text=check_text(self.text),
            edited_at=self.moment.ms,
            versions=(*message.versions, Version(message.text, written_at)),
        )
        return change_messages(source.contents, self.session_id, records, {self.record_id: changed})


@dataclass(frozen=True, slots=True)
class TrashMessage:
    """Plan: put a message into the trash, or back. `before` is when it was put there before that, if it was."""

    session_id: bytes
    record_id: bytes
    trashed: bool
    moment: Moment = field(compare=False)
    before: list[int | None] = field(default_factory=list, compare=False)

    @property
    def after(self) -> int | None:
        """When it was put there now."""
        return self.moment.service_ms if self.trashed else None

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when it is there already. Raises NotFoundError when there is no such message."""
        records, message = _find_message(source, self.session_id, self.record_id)
        self.before[:] = [message.trashed_at]
        if (message.trashed_at is not None) is self.trashed:
            return None
        changed = replace(message, trashed_at=self.after)
        return change_messages(source.contents, self.session_id, records, {self.record_id: changed})


@dataclass(frozen=True, slots=True)
class UntrashMessage:
    """Plan: take back what :class:`TrashMessage` did."""

    done: TrashMessage

    def __call__(self, source: Source) -> Edits | None:
        """Nothing to do when it did nothing, or somebody has done something since."""
        done = self.done
        records, message = _find_message(source, done.session_id, done.record_id)
        if message.trashed_at != done.after or done.before == [done.after]:
            return None
        changed = replace(message, trashed_at=done.before[0])
        return change_messages(source.contents, done.session_id, records, {done.record_id: changed})


def change_messages(
    contents: Contents,
    session_id: bytes,
    records: Mapping[bytes, OpenRecord],
    changed: Mapping[bytes, Message],
    header: SessionHeader | None = None,
) -> Edits:
    """The edits that put `changed` in the place of messages of a session, or add them; `records` are all it has.

    `header` is the session's next one but for what is counted here; None: as it is.
    """
    messages = messages_of(records)
    before = [messages[record_id] for record_id in changed if record_id in messages]
    messages.update(changed)
    in_order = [messages[record_id] for record_id in sorted(messages, key=lambda each: (messages[each].position, each))]
    header = with_changed(header or find_session(contents, session_id), before, changed.values(), in_order)
    edits = [RecordEdit(record_id, each.payload(), records.get(record_id)) for record_id, each in changed.items()]
    return Edits([Edit(session_id, header, edits)])


def _appended(
    session_id: bytes,
    header: SessionHeader,
    new: Sequence[NewMessage],
    moment: Moment,
    *,
    activity: Mapping[str, Any],
    new_key: bytes | None = None,
) -> Edits:
    """The edits that put these messages at the end of a session; `activity` are the fields that say who goes on."""
    messages = [each.at(header.next_position + place, moment) for place, each in enumerate(new)]
    if messages:
        header = replace(
            header,
            **counted_with(header, messages),
            **activity,
            updated_at=messages[-1].created_at,
            zone=messages[-1].zone,
            next_position=header.next_position + len(messages),
        )
    records = [RecordEdit(each.record_id, message.payload()) for each, message in zip(new, messages, strict=True)]
    return Edits([Edit(session_id, header, records, new_key)])


def _find_message(source: Source, session_id: bytes, record_id: bytes) -> tuple[Mapping[bytes, OpenRecord], Message]:
    find_session(source.contents, session_id)
    records = source.read(session_id)
    record = records.get(record_id)
    if record is None or record.payload["type"] != "message":
        raise NotFoundError("This session has no such message; choose one that it shows.", ErrorCode.NOT_FOUND)
    return records, Message.parse(record.payload)


def _last_notebook(contents: Contents) -> str | None:
    """The notebook of the session that was active last, unless it is in the trash."""
    kept = ((session_id, header) for session_id, header in contents.sessions() if header.trashed_at is None)
    _, last = min(kept, key=lambda item: (-item[1].last_active, item[0]), default=(None, None))
    if last is None or last.notebook is None:
        return None
    notebook = contents.root.get(last.notebook)
    return last.notebook.hex() if isinstance(notebook, Notebook) and notebook.trashed_at is None else None


def _check_objects(*given: Sequence[Mapping[str, Any]]) -> None:
    """Raise UsageError for what has no place in a payload."""
    try:
        canonical.encode({"given": [[dict(each) for each in objects] for objects in given]})
    except FormatError:
        raise UsageError("Sources and tool calls are objects of plain JSON, keys in lower case.") from None


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise UsageError(f"{role!r} is no role; choose one of {', '.join(Role)}.") from None
