"""Sources in the published layouts of other tools, made small."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vault.core.model import Message
from vault.core.rootrecords import Notebook
from vault.transfer.document import RootItem, SessionItem
from vault.transfer.reading import Note, Read, ReadOptions, Skipped, choose_reader
from vault.transfer.sources import Source, open_source

NOW = 1_800_000_000_000
BERLIN = "Europe/Berlin"


def options(zone: str = BERLIN) -> ReadOptions:
    def refuse(_prompt: str) -> str:
        raise AssertionError

    return ReadOptions(zone=zone, now=NOW, secret=refuse)


class Found:
    """All that a reader gives, sorted out."""

    def __init__(self, reader: str, items: Iterator[Read]) -> None:
        self.reader = reader
        self.sessions: list[SessionItem] = []
        self.notebooks: list[Notebook] = []
        self.ids: list[str] = []
        self.skipped: list[Skipped] = []
        self.notes: list[Note] = []
        for item in items:
            if isinstance(item, SessionItem):
                self.sessions.append(item)
            elif isinstance(item, RootItem):
                assert isinstance(item.record, Notebook)
                self.notebooks.append(item.record)
                self.ids.append(item.id)
            elif isinstance(item, Skipped):
                self.skipped.append(item)
            else:
                assert isinstance(item, Note)
                self.notes.append(item)

    def messages(self, place: int = 0) -> list[Message]:
        return [record.record for record in self.sessions[place].records if isinstance(record.record, Message)]

    def texts(self, place: int = 0) -> list[str]:
        return [message.text for message in self.messages(place)]

    @property
    def titles(self) -> list[str | None]:
        return [session.header.title for session in self.sessions]

    @property
    def doubts(self) -> set[str]:
        return {note.doubt.value for note in self.notes}


def found(path: Path, name: str = "auto", zone: str = BERLIN) -> Found:
    with open_source(path) as source:
        reader = choose_reader(source, name)
        return Found(reader.name, reader.read(source, options(zone)))


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    with open_source(path) as source:
        yield source


def put_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def put_zip(path: Path, files: Mapping[str, Any]) -> Path:
    """Members that are no text or bytes are written as JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, value if isinstance(value, (str, bytes)) else json.dumps(value))
    return path


def chatgpt_node(name: str, parent: str | None, role: str = "user", text: str = "", **message: Any) -> dict[str, Any]:
    said = {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1_700_000_000.5,
        "content": {"content_type": "text", "parts": [text]},
        "recipient": "all",
        **message,
    }
    return {"id": name, "parent": parent, "children": [], "message": said}


def chatgpt(*nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A conversation; its thread is the last node's."""
    by_name = {node["id"]: node for node in nodes}
    for node in nodes:
        if node["parent"] in by_name:
            by_name[node["parent"]]["children"].append(node["id"])
    return {
        "id": "c-1",
        "conversation_id": "c-1",
        "title": "Talk",
        "create_time": 1_700_000_000.25,
        "update_time": 1_700_000_100.0,
        "current_node": nodes[-1]["id"] if nodes else None,
        "is_archived": False,
        "is_starred": None,
        "mapping": by_name,
        **fields,
    }


def dayone_entry(number: int, text: str = "Words.", **fields: Any) -> dict[str, Any]:
    return {
        "uuid": f"{number:032X}",
        "creationDate": "2024-05-01T10:00:00Z",
        "modifiedDate": "2024-05-01T11:00:00Z",
        "timeZone": "Europe/Lisbon",
        "text": text,
        **fields,
    }


def dayone(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"metadata": {"version": "1.0"}, "entries": entries}
