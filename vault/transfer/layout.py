"""The layout ``inkvault-export/1``: each item as one line of canonical JSON, and the hashes over them (docs/EXPORT.md).

A record's payload stands in the file as it is sealed in the vault, so its fields are those of docs/FORMAT.md §5.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any, Protocol

from vault.core import canonical
from vault.core.model import SessionHeader
from vault.transfer.document import AnyRecord, Counts, Head, MissingItem, Selection

FORMAT = "inkvault-export/1"
FILE_NAME = "export.json"
"""In an archive."""


class Hash(Protocol):
    """A hash that is under way."""

    def update(self, data: bytes, /) -> None: ...  # noqa: D102
    def hexdigest(self) -> str: ...  # noqa: D102


def head_fields(head: Head) -> dict[str, Any]:
    """The object under ``head``."""
    return {
        "exported_at": head.exported_at,
        "selection": selection_fields(head.selection),
        "tool": head.tool,
        "vault": head.vault_id,
        "zone": head.zone,
    }


def selection_fields(selection: Selection) -> dict[str, Any]:
    """A selection, without what selects all."""
    chosen = {each.name: getattr(selection, each.name) for each in fields(selection)}
    found = {name: value for name, value in chosen.items() if value is not None}
    if selection.sessions is not None:
        found["sessions"] = sorted(selection.sessions)
    return found


# A payload is encoded by itself: inside the item it would stand one level deeper than payloads may.


def root_line(record_id: str, data: bytes) -> bytes:
    """A record of the root, from the canonical bytes of its payload."""
    return b'{"id":"%b","kind":"root","record":%b}' % (record_id.encode(), data)


def record_line(item: AnyRecord) -> bytes:
    """A record of the session before it. Raises FormatError for a payload that has no canonical form."""
    return b'{"id":"%b","kind":"record","record":%b}' % (item.record_id.hex().encode(), item.data)


def missing_line(item: MissingItem) -> bytes:
    """What the document lacks."""
    return canonical.encode(
        {
            "kind": "missing",
            "reason": item.reason,
            "record": item.record,
            "session": item.session,
            "title": item.title,
        }
    )


def session_line(session_id: str, header: SessionHeader, count: int) -> bytes:
    """A session, before its `count` records, as it is hashed with them."""
    payload = header.payload()
    del payload["count"], payload["digest"]
    inner = canonical.encode(payload)
    return b'{"count":%d,"header":%s,"id":"%s","kind":"session"}' % (count, inner, session_id.encode())


def with_hash(line: bytes, digest: str) -> bytes:
    """A :func:`session_line` as it stands in the file."""
    return b'%b,"sha256":"%b"}' % (line[:-1], digest.encode())


def end_fields(counts: Counts, missing: int, content: str) -> dict[str, Any]:
    """The object under ``end``, without its own hash."""
    return {"content": content, "counts": counts_fields(counts), "missing": missing}


def counts_fields(counts: Counts) -> dict[str, int]:
    """Counts by name."""
    return {each.name: getattr(counts, each.name) for each in fields(counts)}


def whole_hash(head: Mapping[str, Any], end: Mapping[str, Any]) -> str:
    """``end.sha256``: over the head, the counts and, by ``content``, every item."""
    digest = sha256()
    for part in (head, end):
        update(digest, canonical.encode(dict(part)))
    return digest.hexdigest()


def update(digest: Hash, line: bytes) -> None:
    """Take in a line and its end."""
    digest.update(line)
    digest.update(b"\n")


@dataclass(slots=True)
class Tally:
    """What is counted and hashed of a document's items as they pass."""

    notebooks: int = 0
    templates: int = 0
    sessions: int = 0
    messages: int = 0
    records: int = 0
    missing: int = 0
    content: Hash = field(default_factory=sha256)

    @property
    def counts(self) -> Counts:
        """The numbers so far."""
        return Counts(self.notebooks, self.templates, self.sessions, self.messages, self.records)

    def end(self) -> dict[str, Any]:
        """The object under ``end``, without its own hash."""
        return end_fields(self.counts, self.missing, self.content.hexdigest())
