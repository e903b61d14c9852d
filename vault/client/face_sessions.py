"""The part of a vault's face that has to do with sessions and messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from vault.client import merge, searching
from vault.client.changes import ChangeSessions, RestoreSessions, SessionChange
from vault.client.face import Face
from vault.client.messages import (
    Begin,
    Beginning,
    Continue,
    EditMessage,
    NewMessage,
    TrashMessage,
    UntrashMessage,
    Write,
)
from vault.client.sessions import (
    Session,
    SessionFilter,
    SessionSummary,
    ShownMessage,
    View,
    continue_minutes,
    find_session,
    messages_of,
    parse_id,
    show_message,
    summarise,
)
from vault.client.undo import Undo, in_commits, keeping_undo
from vault.client.unlocked import Unlocked
from vault.core import canonical
from vault.core.model import Message, Role
from vault.errors import UnavailableError, UsageError
from vault.writing import activity
from vault.writing.activity import State


class SessionsFace(Face):
    """Listing, reading, writing, changing, merging and searching sessions."""

    # --- reading -----------------------------------------------------------------------------------------------------

    def sessions(
        self,
        limit: int | None = None,
        *,
        notebook: str | None = None,
        phase: int | None = None,
        tag: str | None = None,
        helper: str | None = None,
        status: State | str | None = None,
        since: datetime | None = None,
        include_trashed: bool = False,
    ) -> list[SessionSummary]:
        """The sessions as last seen that fit, the one active last first; at most `limit`.

        Those in the trash are left out unless `include_trashed` or `status` asks for them. `since` is aware.
        """
        wanted = SessionFilter(
            notebook=None if notebook is None else parse_id(notebook),
            phase=phase,
            tag=tag,
            helper=helper,
            status=None if status is None else _state(status),
            since=None if since is None else int(since.timestamp() * 1000),
            include_trashed=include_trashed,
        )
        with self._guarded() as unlocked:
            view = View.of(unlocked.contents, self.now())
            found = [item for item in unlocked.contents.sessions() if wanted.passes(item[1], view)]
            found.sort(key=lambda item: (-item[1].last_active, item[0]))
            return [summarise(session_id, header, view) for session_id, header in found[:limit]]

    def session(self, session_id: str) -> Session:
        """One session with its messages in order, as the service has it now. Raises NotFoundError."""
        container_id = parse_id(session_id)
        with self._guarded() as unlocked:
            messages = [
                show_message(record_id, message)
                for record_id, message in _messages(unlocked, container_id).items()
                if message.trashed_at is None
            ]
            header = find_session(unlocked.contents, container_id)
            return Session(summarise(container_id, header, View.of(unlocked.contents, self.now())), tuple(messages))

    def messages(self, session_id: str) -> Iterator[ShownMessage]:
        """The messages of a session in order, those in the trash too. All were checked before the first is given."""
        with self._guarded() as unlocked:
            messages = _messages(unlocked, parse_id(session_id))
        return (show_message(record_id, message) for record_id, message in messages.items())

    def active_session(self) -> str | None:
        """The id of the session that the next message goes into (docs/FORMAT.md §5.5); None: it begins a new one."""
        with self._guarded() as unlocked:
            contents = unlocked.contents
            found = activity.active_session(contents.sessions(), self.now(), continue_minutes(contents))
            return None if found is None else found.hex()

    def search(self, query: str) -> Iterator[searching.Hit]:
        """What fits a query (see :mod:`vault.writing.query`): titles, tags and notes, then texts as they are read.

        Every session is checked whole before any of its hits is given; memory holds one session at a time.
        """
        with self._guarded() as unlocked:
            for hit in searching.search(unlocked, query):
                yield hit
                self._usable()  # it may have been locked meanwhile

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(
        self,
        text: str,
        *,
        session: str | None = None,
        new: Beginning | str | None = None,
        role: Role | str = Role.WRITER,
        seconds: int = 0,
    ) -> str:
        """Add a message to a session, or begin one with it (`new`: what it is to be, or its title); the session's id.

        With neither, it goes into the active session, and begins a new one when there is none (docs/FORMAT.md §5.5).
        Durable in the service when it returns; :meth:`confirm` reads it back.
        """
        message = NewMessage(text, role, seconds)
        if session is not None or new is not None:
            return self.append_all(session, [message], new=new)
        with self._guarded() as unlocked:
            if self._connection.clock.is_doubtful:
                unlocked.settle()
                unlocked.refresh()  # whose answer tells the service's time
            return unlocked.commit(Continue((message,), self._moment())).session_id.hex()

    def append_all(
        self, session: str | None, messages: Iterable[NewMessage], *, new: Beginning | str | None = None
    ) -> str:
        """Add several messages in one commit: all of them or none; the session's id. None begins a session.

        Raises UsageError when they are more than a commit carries (8 MiB, 5,000 messages).
        """
        if session is not None and new is not None:
            raise UsageError("Write to a session or begin a new one, not both.")
        given = tuple(messages)
        with self._guarded() as unlocked:
            if session is None:
                beginning = new if isinstance(new, Beginning) else Beginning(title=new)
                return unlocked.commit(Begin(beginning, given, self._moment())).session_id.hex()
            return unlocked.commit(Write(parse_id(session), given, self._moment())).session_id.hex()

    def edit_message(self, session_id: str, message_id: str, text: str) -> None:
        """Change the text of a message; the earlier one is kept in its ``versions``."""
        with self._guarded() as unlocked:
            unlocked.commit(EditMessage(parse_id(session_id), parse_id(message_id), text, self._moment()))

    def trash_message(self, session_id: str, message_id: str, *, trashed: bool = True) -> Undo:
        """Put a message into the trash, or take it out. This erases nothing."""
        plan = TrashMessage(parse_id(session_id), parse_id(message_id), trashed, self._moment())
        with self._guarded() as unlocked:
            done = unlocked.commit(plan)
        return self._undo(lambda unlocked: unlocked.commit(UntrashMessage(done)))

    # --- changing ----------------------------------------------------------------------------------------------------

    def change_sessions(self, session_ids: Iterable[str], change: SessionChange) -> Undo:
        """Change any number of sessions, in as many commits as it takes. Raises NotFoundError, UsageError.

        Where a later commit fails, `undo_of` the error takes back the earlier ones.
        """
        ids = dict.fromkeys(map(parse_id, session_ids))
        moment, done = self._moment(), list[RestoreSessions]()
        with keeping_undo(lambda: self._restoring(done) if done else None), self._guarded() as unlocked:
            headers = {session_id: find_session(unlocked.contents, session_id) for session_id in ids}
            more = len(repr(change).encode(errors="replace"))
            for part in in_commits(ids, lambda each: len(canonical.encode(headers[each].payload())) + more):
                plan = ChangeSessions(part, change, moment)
                try:
                    unlocked.commit(plan)
                except UnavailableError:  # it may have arrived; where it has not, undo finds nothing of it
                    done.append(RestoreSessions(plan.before, plan.after))
                    raise
                done.append(RestoreSessions(plan.before, plan.after))
        return self._restoring(done)

    def _restoring(self, done: Sequence[RestoreSessions]) -> Undo:
        return self._undo(*(lambda unlocked, plan=plan: unlocked.commit(plan) for plan in done))

    def rename(self, session_id: str, title: str | None) -> None:
        """Give a session a title; None shows the beginning of its first message again."""
        self.change_sessions([session_id], SessionChange(title=title))

    def end_session(self, session_id: str) -> Undo:
        """End a session now: the next message begins another one."""
        return self.change_sessions([session_id], SessionChange(ended=True))

    def resume_session(self, session_id: str) -> Undo:
        """Take a session up again: the next message goes into it."""
        return self.change_sessions([session_id], SessionChange(ended=False))

    def merge_sessions(self, into: str, from_: str) -> Undo:
        """Copy the messages of one session to the end of another, and put it into the trash.

        Nothing is copied twice, however often it is called. Raises NotFoundError, UsageError.
        """
        target, given = parse_id(into), parse_id(from_)
        steps = list[RestoreSessions]()
        copies = dict[bytes, int | None]()

        def taking_back() -> Undo:
            return self._undo(
                lambda unlocked: self._trash_copies(unlocked, target, copies),
                *(lambda unlocked, plan=plan: unlocked.commit(plan) for plan in steps),
            )

        with keeping_undo(lambda: taking_back() if steps else None), self._guarded() as unlocked:
            is_done = False
            while not is_done:
                plan = unlocked.commit(merge.Merge(target, given, self._moment()))
                is_done = plan.is_done
                copies |= plan.copies
                steps.append(RestoreSessions(plan.before, plan.after))
        return taking_back()

    def _trash_copies(self, unlocked: Unlocked, session_id: bytes, copies: Mapping[bytes, int | None]) -> None:
        while not unlocked.commit(merge.TrashCopies(session_id, copies, self._moment())).is_done:
            pass


def _messages(unlocked: Unlocked, session_id: bytes) -> dict[bytes, Message]:
    find_session(unlocked.contents, session_id)
    return messages_of(unlocked.read(session_id))


def _state(name: State | str) -> State:
    try:
        return State(name)
    except ValueError:
        raise UsageError(f"{name!r} is no state; choose one of {', '.join(State)}.") from None
