"""What an erasure takes: from what the writer chose to containers, records, and what others say no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from vault.client.contents import Contents, OpenRecord
from vault.client.counting import counted_anew
from vault.client.rekeying import Part
from vault.client.sessions import find_notebook, find_session, messages_of, parse_id
from vault.client.unlocked import Unlocked
from vault.core import canonical, envelope
from vault.core.model import MAX_OPENING, Message, SessionHeader
from vault.core.order import Scope
from vault.core.rootrecords import Notebook, RootRecord, Template, UnknownRecord
from vault.core.text import excerpt
from vault.errors import NotFoundError, UsageError
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_BODY_BYTES, MAX_SCOPE_ITEMS


@dataclass(frozen=True, slots=True)
class ToErase:
    """What the writer wants gone. Ids are 32 hexadecimal digits; of messages, with that of their session before them.

    A notebook goes with its sessions. `before`: sessions whose last activity was earlier, in milliseconds since 1970.
    `trash`: all that is in it. `earlier_texts`: what these messages said before they were edited or as imported.
    `everything` is the whole vault, and stands alone.
    """

    sessions: tuple[str, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    earlier_texts: tuple[tuple[str, str], ...] = ()
    notebooks: tuple[str, ...] = ()
    before: int | None = None
    trash: bool = False
    everything: bool = False


class TakenMessage(NamedTuple):
    """A message of which something goes, and where it is."""

    session_id: bytes
    record_id: bytes
    message: Message


_WRITE_BYTES: Final = 208
"""Of a container in an order, beside its header: names, id, version, epoch, and the wrapped key in 80 characters."""
_OTHER_BYTES: Final = 64 * 1024
"""The signature, and the head: of a vault's slots it names each, and of all the rest how much there is."""


def too_much() -> UsageError:
    """More than one order carries."""
    return UsageError("This is more than one order carries; erase it in smaller steps, or the whole vault at once.")


@dataclass(slots=True)
class Taken:
    """What goes. `sessions` and `root` go altogether, `parts` of the containers that stay."""

    everything: bool
    sessions: dict[bytes, SessionHeader] = field(default_factory=dict)
    messages: list[TakenMessage] = field(default_factory=list)
    """Those that go out of sessions that stay."""
    earlier_texts: list[TakenMessage] = field(default_factory=list)
    """Messages that stay, and whose earlier texts go."""
    root: dict[bytes, RootRecord] = field(default_factory=dict)
    parts: dict[bytes, Part] = field(default_factory=dict)
    headers: dict[bytes, SessionHeader] = field(default_factory=dict)
    """What the sessions of `parts` say of themselves then, but for number and digest of their records."""

    def scope(self) -> Scope:
        """What the order names. Raises UsageError when it is more than one order can name."""
        if self.everything:
            return Scope(whole=True)
        erased = {container_id: part.erased for container_id, part in self.parts.items()}
        if max(len(self.sessions), len(erased), sum(map(len, erased.values()))) > MAX_SCOPE_ITEMS:
            raise too_much()
        return Scope.of(self.sessions, erased)

    def check_size(self, contents: Contents) -> None:
        """Raise UsageError when the order, with what each of `parts` says of itself then, is more than one request."""
        if self.order_bytes(contents) > MAX_BODY_BYTES:
            raise too_much()

    def order_bytes(self, contents: Contents) -> int:
        """How large the order is at most."""
        size = _OTHER_BYTES
        for container_id in self.parts:
            before = contents.containers[container_id]
            header = self.headers.get(container_id, before.header)
            size += _WRITE_BYTES + 4 * -(-envelope.sealed_size(len(canonical.encode(header.payload()))) // 3)
        return size

    @property
    def counts(self) -> dict[str, int]:
        """How many go of each kind; earlier texts one by one."""
        root = self.root.values()
        return {
            "notebooks": sum(isinstance(each, Notebook) for each in root),
            "sessions": len(self.sessions),
            "messages": len(self.messages),
            "templates": sum(isinstance(each, Template) for each in root),
            "earlier_texts": sum(len(each.message.versions) for each in self.earlier_texts),
        }


def take(source: Unlocked, choice: ToErase) -> Taken:
    """All that goes with what was chosen, as of one state of the vault.

    Raises NotFoundError for what is not there and when there is nothing, UsageError for what cannot be chosen at once.
    """
    while True:
        seq = source.contents.head.seq
        taken = _everything(source.contents) if choice.everything else _chosen(source, choice)
        if source.contents.head.seq == seq:  # reading may find a newer state
            break
    if choice.everything and choice != ToErase(everything=True):
        raise UsageError("The whole vault goes with all that is in it; choose nothing beside it.")
    if not (taken.everything or taken.sessions or taken.parts):
        raise NotFoundError("There is nothing to erase in what you chose; choose something else.", ErrorCode.NOT_FOUND)
    return taken


def _everything(contents: Contents) -> Taken:
    root = {record_id: record for record_id in contents.root.opened if (record := contents.root.get(record_id))}
    return Taken(everything=True, sessions=dict(contents.sessions()), root=root)


def _chosen(source: Unlocked, choice: ToErase) -> Taken:
    contents = source.contents
    taken = Taken(everything=False)
    _take_root(contents, choice, taken)
    for text in choice.sessions:
        session_id = parse_id(text)
        taken.sessions[session_id] = find_session(contents, session_id)
    for session_id, header in contents.sessions():
        is_old = choice.before is not None and header.last_active < choice.before
        if is_old or (choice.trash and header.trashed_at is not None) or header.notebook in _ids(choice.notebooks):
            taken.sessions[session_id] = header
    for session_id, wanted in _parts(contents, choice).items():
        if session_id not in taken.sessions:
            _take_part(source, session_id, wanted, taken)
            source.service.transport.keep_alive()
    _take_reports(contents, taken)
    if taken.root:
        taken.parts[contents.vault_id] = Part(frozenset(taken.root))
    return taken


def _ids(texts: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(parse_id, texts))


def _take_root(contents: Contents, choice: ToErase, taken: Taken) -> None:
    for notebook_id in _ids(choice.notebooks):
        taken.root[notebook_id] = find_notebook(contents, notebook_id)
    if choice.trash:
        for shelf in (contents.root.notebooks(), contents.root.templates()):
            taken.root.update({each: record for each, record in shelf.items() if record.trashed_at is not None})


@dataclass(slots=True)
class _Wanted:
    """Of one session: messages that go (`all_trashed`: those in the trash too), and those whose earlier texts go."""

    messages: set[bytes] = field(default_factory=set)
    earlier_texts: set[bytes] = field(default_factory=set)
    all_trashed: bool = False


def _parts(contents: Contents, choice: ToErase) -> dict[bytes, _Wanted]:
    wanted: dict[bytes, _Wanted] = {}
    for session_id, message_id in choice.messages:
        wanted.setdefault(parse_id(session_id), _Wanted()).messages.add(parse_id(message_id))
    for session_id, message_id in choice.earlier_texts:
        wanted.setdefault(parse_id(session_id), _Wanted()).earlier_texts.add(parse_id(message_id))
    if choice.trash:  # no header tells which messages are in the trash
        for each, _ in contents.sessions():
            wanted.setdefault(each, _Wanted()).all_trashed = True
    return wanted


def _take_part(source: Unlocked, session_id: bytes, wanted: _Wanted, taken: Taken) -> None:
    """Note what goes of a session that stays. Nothing goes where it has nothing of what is wanted."""
    header = find_session(source.contents, session_id)
    records = source.read(session_id)
    messages = messages_of(records)
    trashed = {each for each, message in messages.items() if wanted.all_trashed and message.trashed_at is not None}
    if not wanted.messages | wanted.earlier_texts <= messages.keys():
        raise NotFoundError("This session has no such message; choose one that it shows.", ErrorCode.NOT_FOUND)
    gone = wanted.messages | trashed
    edited = {each: messages[each] for each in wanted.earlier_texts - gone if messages[each].versions}
    if not gone and not edited:
        return
    taken.headers[session_id] = counted_anew(header, [messages[each] for each in messages if each not in gone])
    positions = {messages[each].position for each in gone} | {message.position for message in edited.values()}
    rewritten = {each: _as_if_never_edited(message).payload() for each, message in edited.items()}
    taken.parts[session_id] = Part(frozenset(gone) | frozenset(_sources(records, positions)), rewritten)
    taken.messages += [TakenMessage(session_id, each, messages[each]) for each in messages if each in gone]
    taken.earlier_texts += [TakenMessage(session_id, each, message) for each, message in edited.items()]


def _sources(records: Mapping[bytes, OpenRecord], positions: set[int]) -> Iterator[bytes]:
    """Beside a message lies what it was in another tool, where that is too large for it (docs/FORMAT.md §5.3)."""
    for record_id, record in records.items():
        position = record.payload.get("position")
        if record.payload["type"] == "source" and isinstance(position, int) and position in positions:
            yield record_id


def _as_if_never_edited(message: Message) -> Message:
    """Without the earlier texts, the one it was imported with included."""
    origin = message.extra.get("origin")
    extra = dict(message.extra)
    if isinstance(origin, dict):
        extra["origin"] = {name: value for name, value in origin.items() if name != "item"}
    return replace(message, versions=(), edited_at=None, extra=extra)


def _take_reports(contents: Contents, taken: Taken) -> None:
    """Take the reports of the imports that the sessions came with, and those that name something that goes."""
    shelved = [record for record in taken.root.values() if isinstance(record, (Notebook, Template))]
    names = {header.opening if header.title is None else header.title for header in taken.sessions.values()}
    names |= {record.title for record in shelved}
    texts = [each.message.text for each in taken.messages]
    texts += [text.text for each in (*taken.messages, *taken.earlier_texts) for text in each.message.versions]
    names |= {excerpt(text, MAX_OPENING) for text in texts}
    marks = [each.extra.get("imported") for each in (*taken.sessions.values(), *shelved)]
    runs = {mark.get("run") for mark in marks if isinstance(mark, dict)}
    for record_id in contents.root.opened:
        record = contents.root.get(record_id)
        if not isinstance(record, UnknownRecord) or record.fields["type"] != "report":
            continue
        if record_id.hex() in runs or not names.isdisjoint(_named(record.fields)):
            taken.root[record_id] = record


def _named(report: Mapping[str, Any]) -> Iterator[str]:
    """What a report calls by name: items, and examples of what was doubtful in them."""
    for item in _objects(report.get("items")):
        yield str(item.get("name"))
    for doubt in _objects(report.get("doubts")):
        examples = doubt.get("examples")
        for example in examples if isinstance(examples, list) else []:
            yield from (str(example), str(example).rpartition(": ")[0])


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
