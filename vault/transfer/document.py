"""What an export is made of and an import takes, whatever the file's layout (docs/EXPORT.md).

A *document* is a head and a stream of items: first those of the vault's root, in the order of their ids, then the
sessions, each with a stream of its own. A stream is read once, in order, and a session's records before the next item
is asked for. Ids are 32 hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from vault.core import canonical
from vault.core.digest import SetDigest
from vault.core.model import Message, SessionHeader
from vault.core.records import ProvedRecord
from vault.core.rootrecords import RootRecord, UnknownRecord

NO_DIGEST = SetDigest.empty()
"""For the header of an item, where digests say nothing."""
NO_NOTEBOOK = "Without a notebook"
"""What sessions without a notebook stand under."""
REPORT = "report"
"""The type of the root records that tell of imports."""
STAYS = frozenset({REPORT, "backup"})
"""The types of the root records that tell of the vault itself; they stay with it, so no export has them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a document holds. `records` are those of sessions of types other than ``message``."""

    notebooks: int = 0
    templates: int = 0
    sessions: int = 0
    messages: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions to take: those of a notebook or of these ids, last active from `since` to before `until`.

    Times are in milliseconds since 1970 UTC. What is None selects all. Ids are 32 hexadecimal digits.
    """

    notebook: str | None = None
    sessions: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


@dataclass(frozen=True, slots=True)
class Head:
    """Where a document comes from. `exported_at` is in milliseconds since 1970 UTC; `tool` is ``name/version``."""

    vault_id: str
    exported_at: int
    zone: str
    tool: str
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class RootItem:
    """A notebook, a template, the settings, or a record of the root of a type that is not known here."""

    id: str
    record: RootRecord


@dataclass(frozen=True)
class RecordItem:
    """A message, or a record of a session of a type that is not known here, which may be one that no vault can hold.

    What a vault or an export of Inkvault says is a :class:`vault.core.records.ProvedRecord` instead.
    """

    id: str
    record: Message | UnknownRecord

    @property
    def record_id(self) -> bytes:
        """The id in bytes."""
        return bytes.fromhex(self.id)

    @property
    def is_message(self) -> bool:
        """Whether it is one."""
        return isinstance(self.record, Message)

    @property
    def payload(self) -> dict[str, Any]:
        """What a vault seals."""
        return self.record.payload()

    @cached_property
    def data(self) -> bytes:
        """The canonical bytes of its payload. Raises FormatError where that has none."""
        return canonical.encode(self.payload)


AnyRecord: TypeAlias = RecordItem | ProvedRecord


@dataclass(frozen=True, slots=True)
class SessionItem:
    """A session. The messages come first, by (`position`, id), then the other records, by id.

    ``count`` and ``digest`` of the header say nothing here: they depend on the vault.
    """

    id: str
    header: SessionHeader
    records: Iterable[AnyRecord] = field(repr=False)
    proof: bytes | None = field(default=None, compare=False, repr=False)
    """A hash of all of it, where the layout has one: taking the records to the end has proved it."""


@dataclass(frozen=True, slots=True)
class MissingItem:
    """Something the vault has that could not be opened, and so is not in the document. The ids tell what it is."""

    session: str | None
    record: str | None
    title: str | None
    reason: str


Item: TypeAlias = RootItem | SessionItem | MissingItem


@dataclass(frozen=True, slots=True)
class Document:
    """A head and its items."""

    head: Head
    items: Iterator[Item] = field(repr=False)
