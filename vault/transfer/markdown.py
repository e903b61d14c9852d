"""A document as Markdown to read: one file a session, in folders by notebook (docs/EXPORT.md).

What a text holds cannot get out of its place: front matter is quoted, names are made safe, HTML is shown and not run.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from vault.client.moments import as_datetime
from vault.core.model import Message, Role, SessionHeader
from vault.core.rootrecords import Notebook
from vault.transfer.document import NO_NOTEBOOK, Counts, Document, RootItem, SessionItem
from vault.transfer.files import new_folder
from vault.transfer.names import Names

_SPEAKERS = {Role.WRITER: "Writer", Role.HELPER: "Helper", Role.SYSTEM: "Prompt", Role.TOOL: "Tool"}
# What YAML takes only spelled out; JSON has no need to.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def write_folder(document: Document, path: Path) -> Counts:
    """Make a folder of files; what they hold. It is there as a whole or not at all. Raises UsageError."""
    writer = _Writer(document)
    with new_folder(path) as folder:
        for (inner, name), text in writer.files():
            (folder / inner).mkdir(mode=0o700, exist_ok=True)
            with (folder / inner / name).open("xb") as stream:
                stream.write(text)
    return writer.counts


def write_zip(document: Document, sink: BinaryIO) -> Counts:
    """Write a zip archive of the files; what they hold."""
    writer = _Writer(document)
    made = datetime.fromtimestamp(max(document.head.exported_at, 315_532_800_000) / 1000, UTC)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for (inner, name), text in writer.files():
            info = zipfile.ZipInfo(f"{inner}/{name}", made.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, text)
    return writer.counts


class _Folder:
    """A folder, and the names in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.names = Names()


class _Writer:
    """Makes the files one by one. Of the root it keeps only the notebooks' titles."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._folder_names = Names()
        self._folders: dict[bytes | None, _Folder] = {}
        self._titles: dict[bytes, str] = {}
        self.counts = Counts()

    def files(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Folder, name and content of each file."""
        notebooks = sessions = messages = 0
        for item in self._document.items:
            if isinstance(item, RootItem) and isinstance(item.record, Notebook):
                notebooks += 1
                notebook_id = bytes.fromhex(item.id)
                self._titles[notebook_id] = item.record.title
                if item.record.notes:
                    folder = self._folder(notebook_id)
                    yield (folder.name, folder.names.take("Notes", ".md")), _notebook(item.record).encode()
            elif isinstance(item, SessionItem):
                said = [record for each in item.records if isinstance(record := each.record, Message)]
                sessions, messages = sessions + 1, messages + len(said)
                header = item.header
                notebook = header.notebook if header.notebook in self._titles else None
                folder = self._folder(notebook)
                day = as_datetime(header.created_at, header.zone).date().isoformat()
                name = folder.names.take(f"{day} {header.opening if header.title is None else header.title}", ".md")
                text = self._session(item.id, header, said)
                yield (folder.name, name), text.encode()
        self.counts = Counts(notebooks=notebooks, sessions=sessions, messages=messages)

    def _folder(self, notebook: bytes | None) -> _Folder:
        if notebook not in self._folders:
            title = NO_NOTEBOOK if notebook is None else self._titles[notebook]
            self._folders[notebook] = _Folder(self._folder_names.take(title))
        return self._folders[notebook]

    def _session(self, session_id: str, header: SessionHeader, messages: list[Message]) -> str:
        fields: dict[str, Any] = {
            "title": header.opening if header.title is None else header.title,
            "date": _time(header.created_at, header.zone),
            "updated": _time(header.updated_at, header.zone),
            "zone": header.zone,
            "notebook": self._titles.get(header.notebook) if header.notebook else None,
            "tags": list(header.tags),
            "phase": header.phase,
            "helper": header.helper,
            "pinned": header.pinned,
            "archived": header.archived_at is not None,
            "trashed": header.trashed_at is not None,
            "id": session_id,
        }
        return front_matter(fields) + "".join(map(_message, messages))


def front_matter(fields: Mapping[str, Any]) -> str:
    """YAML of fields, without those that say nothing. Every text is in quotes, so it cannot end early or mean more."""
    said = {name: value for name, value in fields.items() if value not in (None, False, "", [])}
    return "---\n" + "".join(f"{name}: {_quoted(value)}\n" for name, value in said.items()) + "---\n"


def _notebook(notebook: Notebook) -> str:
    fields = {
        "title": notebook.title,
        "kind": notebook.kind.value,
        "date": notebook.date,
        "created": _time(notebook.created_at, notebook.zone),
    }
    return f"{front_matter(fields)}\n{_inert(notebook.notes)}\n"


def _message(message: Message) -> str:
    when = as_datetime(message.created_at, message.zone)
    gone = ", in the trash" if message.trashed_at is not None else ""
    lines = [f"\n### {_SPEAKERS[message.role]}, {when.date()} {when:%H:%M}{gone}\n\n{_inert(message.text)}\n"]
    for source in message.sources:
        shown = [source[name] for name in ("title", "url") if isinstance(source.get(name), str)]
        lines.append(f"\n> Source: {_line(', '.join(shown))}\n")
    lines += [f"\n> Tool: {_line(str(call.get('name', '')))}\n" for call in message.tool_calls]
    return "".join(lines)


def _line(text: str) -> str:
    return _inert(" ".join(text.split()))


def _inert(text: str) -> str:
    """Text in which no Markdown program finds HTML to obey; it is shown as it stands."""
    return _TAG.sub("&lt;", text)


def _time(ms: int, zone: str) -> str:
    return as_datetime(ms, zone).isoformat(timespec="seconds")


def _quoted(value: Any) -> str:
    """A value as JSON, which is YAML too once these few characters are spelled out."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
