"""A vault out of a book: the document that a PDF of ours has inside (docs/EXPORT.md)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from vault.errors import FormatError
from vault.transfer.datable import datable
from vault.transfer.json_import import JsonReader, is_export
from vault.transfer.pdf import ATTACHMENT
from vault.transfer.reading import CERTAIN, Read, Reader, ReadOptions
from vault.transfer.sources import MAX_RATIO, RATIO_FROM_BYTES, Entry, Source

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import DictionaryObject

MAGIC: Final = b"%PDF-"
_MAX_BYTES: Final = 2 * 1024**3
_MAX_NODES: Final = 1_000
"""Of the tree of attached files that are looked at."""
_CHUNK: Final = 1 << 16


def _detect(source: Source) -> int:
    entry = _book(source)
    if entry is None:
        return 0
    try:
        inside = attached(entry)
        return CERTAIN if inside is not None and is_export(inside) else 0
    except FormatError:
        return 0


def _read(source: Source, options: ReadOptions) -> Iterator[Read]:
    entry = _book(source)
    if entry is None:
        raise FormatError(f"{source.path.name} is no PDF.")
    inside = attached(entry)
    if inside is None:
        raise FormatError(
            f"{entry.name} has no document of Inkvault inside; only PDFs that Inkvault made restore a vault."
        )
    yield from datable(JsonReader(inside, options.judged).items(), options.judged)


def _book(source: Source) -> Entry | None:
    if len(source.entries) != 1:
        return None
    (entry,) = source.entries
    with entry.open() as stream:
        return entry if stream.read(len(MAGIC)) == MAGIC else None


def attached(entry: Entry) -> Entry | None:
    """The document attached to a PDF, which is unpacked as it is read; None without one. Raises FormatError."""
    from pypdf import PdfReader  # noqa: PLC0415 - for PDFs alone: all readers are asked what a source is

    data = io.BytesIO(entry.read(_MAX_BYTES))
    try:
        packed = _find(PdfReader(data))
    except Exception as error:  # a PDF can be wrong in more ways than pypdf has errors for
        raise FormatError(f"{entry.name} is a damaged PDF.") from error
    if packed is None:
        return None
    return Entry(ATTACHMENT, len(packed), entry.modified, lambda: _Unpacked(packed))


def _find(reader: PdfReader) -> bytes | None:
    """The compressed bytes of the attached document (ISO 32000-1 §7.9.6, §7.11.4)."""
    root: Any = reader.trailer["/Root"]
    if "/Names" not in root or "/EmbeddedFiles" not in root["/Names"]:
        return None
    waiting = [root["/Names"]["/EmbeddedFiles"]]
    for _ in range(_MAX_NODES):
        if not waiting:
            return None
        node: Any = waiting.pop().get_object()
        waiting += list(node.get("/Kids", ()))
        names = node.get("/Names", ())
        for place in range(0, len(names) - 1, 2):
            if names[place] == ATTACHMENT:
                return _packed(names[place + 1].get_object())
    return None


def _packed(specification: DictionaryObject) -> bytes | None:
    from pypdf.generic import StreamObject  # noqa: PLC0415 - likewise

    files: Any = specification["/EF"]
    stream = files["/F"].get_object()
    if not isinstance(stream, StreamObject):
        return None
    if stream.get("/Filter") in (None, "/FlateDecode", ["/FlateDecode"]) and "/DecodeParms" not in stream:
        # Unpacked here, in bounded memory: pypdf would unpack all at once, or refuse what is large.
        raw: bytes = stream._data  # noqa: SLF001
        return raw if stream.get("/Filter") is not None else zlib.compress(raw)
    return None


class _Unpacked(io.RawIOBase, BinaryIO):
    """Reads a compressed attachment. Raises zlib.error or OSError where it is damaged or packed too tightly."""

    def __init__(self, packed: bytes) -> None:
        super().__init__()
        self._packed = memoryview(packed)
        self._unpacker = zlib.decompressobj()
        self._left = max(RATIO_FROM_BYTES, MAX_RATIO * len(packed))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left + 1 if size < 0 else size
        parts = []
        while wanted > 0 and not self._unpacker.eof:
            given = self._unpacker.unconsumed_tail
            if not given:
                given, self._packed = bytes(self._packed[:_CHUNK]), self._packed[_CHUNK:]
            part = self._unpacker.decompress(given, wanted)
            if not part and not given:
                raise EOFError
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
            if self._left < 0:
                raise OSError("packed too tightly")
        return b"".join(parts)


READER = Reader("pdf", "PDF of Inkvault", _detect, _read, keeps_ids=True)
