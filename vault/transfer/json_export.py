"""A document as JSON, ``inkvault-export/1``, while it streams by (docs/EXPORT.md)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Protocol

from vault.core import canonical
from vault.core.rootrecords import Notebook, Template
from vault.transfer import layout
from vault.transfer.document import Counts, Document, MissingItem, RootItem, SessionItem
from vault.transfer.layout import Tally, update

_GATHER = 1 << 16
_TOGETHER = 64
"""Lines that are handled at once."""


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...  # noqa: D102


def write_json(document: Document, sink: Sink, judged: dict[bytes, int] | None = None) -> Counts:
    """Write a document to its end; what it holds. One session is in memory at a time.

    `judged` is given the hash of each session with the number of its messages, for
    :class:`vault.transfer.json_import.JsonReader` to read back what was written.
    """
    return _Writer(document, sink, {} if judged is None else judged).run()


class _Writer:
    def __init__(self, document: Document, sink: Sink, judged: dict[bytes, int]) -> None:
        self._judged = judged
        self._document = document
        self._sink = sink
        self._tally = Tally()
        self._pending: list[bytes] = []
        self._size = 0
        self._is_first = True

    def run(self) -> Counts:
        head = layout.head_fields(self._document.head)
        self._put(b'{\n"format":%s,\n"head":%s,\n"items":[' % (_json(layout.FORMAT), _json(head)))
        for item in self._document.items:
            if isinstance(item, RootItem):
                self._root(item)
            elif isinstance(item, SessionItem):
                self._session(item)
            else:
                self._missing(item)
        end = self._tally.end()
        end["sha256"] = layout.whole_hash(head, end)
        self._put(b'\n],\n"end":%s\n}\n' % _json(end))
        self._flush()
        return self._tally.counts

    def _root(self, item: RootItem) -> None:
        self._tally.notebooks += isinstance(item.record, Notebook)
        self._tally.templates += isinstance(item.record, Template)
        self._item(layout.root_line(item.id, canonical.encode(item.record.payload())))

    def _missing(self, item: MissingItem) -> None:
        self._tally.missing += 1
        self._item(layout.missing_line(item))

    def _session(self, item: SessionItem) -> None:
        records = list(item.records)
        messages = sum(record.is_message for record in records)
        lines = list(map(layout.record_line, records))
        self._tally.sessions += 1
        self._tally.messages += messages
        self._tally.records += len(records) - messages
        digest = sha256()
        own = layout.session_line(item.id, item.header, len(lines))
        update(digest, own)
        for at in range(0, len(lines), _TOGETHER):
            update(digest, b"\n".join(lines[at : at + _TOGETHER]))
        self._judged[digest.digest()] = messages
        self._item(layout.with_hash(own, digest.hexdigest()))
        for at in range(0, len(lines), _TOGETHER):
            self._line(b",\n".join(lines[at : at + _TOGETHER]))

    def _item(self, line: bytes) -> None:
        """An item that the hash of the content takes in by itself; records are in it by their session's hash."""
        update(self._tally.content, line)
        self._line(line)

    def _line(self, line: bytes) -> None:
        self._put((b"\n" if self._is_first else b",\n") + line)
        self._is_first = False

    def _put(self, data: bytes) -> None:
        self._pending.append(data)
        self._size += len(data)
        if self._size > _GATHER:
            self._flush()

    def _flush(self) -> None:
        self._sink.write(b"".join(self._pending))
        self._pending.clear()
        self._size = 0


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
