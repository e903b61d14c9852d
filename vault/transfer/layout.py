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
from vault.transfer.document import Counts, Head, MissingItem, RecordItem, RootItem, Selection

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


def root_line(item: RootItem) -> bytes:
    """A record of the root."""
    return payload_line("root", item.id, item.record.payload())


def record_line(item: RecordItem) -> bytes:
    """A record of the session before it."""
    return payload_line("record", item.id, item.record.payload())


def payload_line(kind: str, record_id: str, payload: dict[str, Any]) -> bytes:
    """A record of the root or of a session. Raises FormatError for a payload that has no canonical form."""
    # The payload is encoded by itself: inside the item it would stand one level deeper than payloads may.
    return b'{"id":"%s","kind":"%s","record":%s}' % (record_id.encode(), kind.encode(), canonical.encode(payload))


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


def session_line(session_id: str, header: SessionHeader, count: int, digest: str | None) -> bytes:
    """A session, before its `count` records; `digest` is None in what is hashed itself."""
    payload = header.payload()
    del payload["count"], payload["digest"]
    inner = canonical.encode(payload)
    end = b"" if digest is None else b',"sha256":"%s"' % digest.encode()
    return b'{"count":%d,"header":%s,"id":"%s","kind":"session"%s}' % (count, inner, session_id.encode(), end)


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
