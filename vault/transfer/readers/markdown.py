"""Markdown and plain text: a file, a folder or a zip; each file is a session of one message.

What stands in front matter (``title``, ``date``, ``updated``, ``zone``, ``tags``, ``notebook``, ``pinned``,
``archived``, ``trashed``) is taken from there; else the title is the first heading or the file's name, the notebook
the outermost folder, the date that of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import yaml

from vault.core.model import Role
from vault.core.rootrecords import NotebookKind
from vault.errors import FormatError
from vault.transfer.foreign import Facts, Spoken, as_json, make_notebook, make_session, notebook_id
from vault.transfer.reading import LIKELY, POSSIBLE, Doubt, Note, Read, Reader, ReadOptions, Skipped
from vault.transfer.sources import Entry, Source
from vault.transfer.times import Stamp, from_local, read_time

_NAME = "markdown"
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_FRONT_BYTES = 64 * 1024
_MARKDOWN = (".md", ".markdown", ".mdown")
_TEXT = (*_MARKDOWN, ".txt")
_FRONT = re.compile(r"---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_WHITE = str.maketrans(dict.fromkeys("\t\x85\u2028\u2029\ufeff", " "))
"""What YAML parsers take for different things: white space, line ends, an error."""
_OUTDENTED = re.compile(r"\n[^ \n\]}]")
_HEADING = re.compile(r"#{1,6}[ \t]+(.+)")
_DATES = ("date", "created", "created_at")
_UPDATES = ("updated", "updated_at", "modified", "lastmod")


class _Loader(yaml.BaseLoader):
    """Reads plain YAML: every scalar as text, and no aliases, which can make a small file large.

    What only some parsers take is refused, so that all clients make the same of a file: anchors, tags, directives,
    marks between documents, names after a question mark or that are empty, notes without a space before them, and text
    in quotes, brackets or a block that begins or goes on at the beginning of a line.
    """

    def fetch_alias(self) -> None:
        raise yaml.YAMLError

    fetch_anchor = fetch_tag = fetch_directive = fetch_key = fetch_document_start = fetch_document_end = fetch_alias

    def scan_to_next_token(self) -> None:
        if self.column and self.peek() == "#" and self.buffer[self.pointer - 1] != " ":
            raise yaml.YAMLError
        super().scan_to_next_token()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        node = super().compose_node(parent, index)
        is_in_block = isinstance(parent, yaml.CollectionNode) and not parent.flow_style
        if is_in_block and node is not None and _is_outdented(node):
            raise yaml.YAMLError
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        found = super().construct_mapping(node, deep)
        if "" in found:
            raise yaml.YAMLError
        return found


def _is_outdented(node: yaml.Node) -> bool:
    """Whether what is in quotes, brackets or a block goes on, or begins, at the beginning of a line."""
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return bool(start.column == 0)
    is_bare = isinstance(node, yaml.CollectionNode) and not node.flow_style
    is_bare = is_bare or (isinstance(node, yaml.ScalarNode) and node.style is None)
    return not is_bare and _OUTDENTED.search((start.buffer or "")[start.pointer : end.pointer]) is not None


def _files(source: Source) -> list[Entry]:
    return source.named(lambda path: path.suffix.lower() in _TEXT)


def _detect(source: Source) -> int:
    files = _files(source)
    if any(entry.path.suffix.lower() in _MARKDOWN for entry in files):
        return LIKELY if len(files) == len(source.entries) else POSSIBLE
    return POSSIBLE // 2 if files else 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    known: set[str] = set()
    files = _files(source)
    for entry in files:
        try:
            text = entry.read(MAX_FILE_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            yield Skipped(entry.name, "it is no text in UTF-8")
            continue
        except FormatError as error:
            yield Skipped(entry.name, str(error).rstrip(".").replace(entry.name, "it", 1))
            continue
        yield from _session(entry, text, known, options)
    others = len(source.entries) - len(files)
    if others:
        yield Note(source.path.name, Doubt.FILE_LEFT_OUT, f"{others} files that are no Markdown")


def _session(entry: Entry, text: str, known: set[str], options: ReadOptions) -> Iterator[Read]:
    front, body, is_odd = _front(text)
    created = _time(front, _DATES, options)
    dated = created or _file_time(entry, options)
    folders = [part for part in entry.path.parts[:-1] if part.strip("./\\")]
    notebook = _one_line(front.get("notebook")) or (folders[0] if folders else "")
    if notebook and notebook not in known:
        known.add(notebook)
        yield make_notebook(_NAME, notebook, notebook, NotebookKind.JOURNAL, dated)
    title = _one_line(front.get("title")) or _title(body, entry)
    facts = Facts(
        id=f"{entry.name}\0{text}",
        title=title,
        created=dated,
        updated=_time(front, _UPDATES, options) or (None if created else dated),
        notebook=notebook_id(_NAME, notebook) if notebook else None,
        tags=_tags(front.get("tags")),
        pinned=front.get("pinned") == "true",
        archived=front.get("archived") == "true",
        trashed=front.get("trashed") == "true",
    )
    item = as_json({"file": entry.name, "front_matter": text[: len(text) - len(body)]})
    yield from make_session(
        _NAME, facts, [Spoken(Role.WRITER, body.strip("\n"), dated, item=item)] if body.strip() else (), options
    )
    if created is None:
        yield Note(title, Doubt.TIME_MISSING, "the time of the file")
    if is_odd:
        yield Note(title, Doubt.UNKNOWN_PART, "front matter that is no plain YAML")


def _front(text: str) -> tuple[Mapping[str, Any], str, bool]:
    """The front matter, the text below it, and whether there is some that cannot be read; it is text then."""
    match = _FRONT.match(text[: MAX_FRONT_BYTES + 8])
    if match is None:
        return {}, text, False
    try:
        plain = (match[1] or "").replace("\r", "\n").translate(_WHITE)
        front = yaml.load(plain, _Loader)  # noqa: S506 - a BaseLoader makes nothing but text, lists and maps
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}, text, True
    if front is None:
        front = {}
    if not isinstance(front, dict) or not all(isinstance(name, str) for name in front):
        return {}, text, True
    return front, text[match.end() :], False


def _time(front: Mapping[str, Any], names: tuple[str, ...], options: ReadOptions) -> Stamp | None:
    zone = _one_line(front.get("zone")) or _one_line(front.get("timezone"))
    found = (read_time(front.get(name), zone, options.zone) for name in names)
    return next((stamp for stamp in found if stamp is not None), None)


def _file_time(entry: Entry, options: ReadOptions) -> Stamp:
    if isinstance(entry.modified, datetime):
        return from_local(entry.modified, "", options.zone) or Stamp(options.now, "UTC")
    return Stamp(options.now if entry.modified is None else entry.modified, "UTC")


def _title(body: str, entry: Entry) -> str:
    heading = _HEADING.match(body.lstrip())
    return heading[1].rstrip("# \t") if heading else entry.path.stem


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.split(",") if "," in value else value.split()
    return [tag.lstrip("#") for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _one_line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


READER = Reader(_NAME, "Markdown or plain text files", _detect, _read)
