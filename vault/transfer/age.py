"""Files in the age format, version 1 (age-encryption.org/v1), written and read in a stream; any age tool opens them."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import re
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vault.errors import FormatError, UnlockError
from vault.transfer.age_keys import FILE_KEY_BYTES, FileKey, Identity, Recipient, Stanza, derive, wrong
from vault.transfer.age_text import decode, encode

MAGIC = b"age-encryption.org/v1\n"
CHUNK = 64 * 1024
_TAG = 16
_NONCE = 16
_COLUMNS = 64
_MAX_LINE = 4_096
_MAX_STANZAS = 100
_ARGUMENT = re.compile(r"[!-~]+")


class AgeWriter(io.RawIOBase):
    """Seals what is written to it into `sink`, which is left open. Without :meth:`finish` it never opens."""

    def __init__(self, sink: BinaryIO, recipient: Recipient) -> None:
        file_key, nonce = os.urandom(FILE_KEY_BYTES), os.urandom(_NONCE)
        self.identity = FileKey(file_key)
        self._sink = sink
        sink.write(_header(file_key, recipient.wrap(file_key)) + nonce)
        self._cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
        self._pending = bytearray()
        self._number = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # bytes are all that is written here
        """Take in bytes. A chunk is sealed only when more comes behind it: the last one is marked as such."""
        self._pending += data
        while len(self._pending) > CHUNK:
            self._seal(bytes(memoryview(self._pending)[:CHUNK]), is_last=False)
            del self._pending[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Seal the last chunk. Only then is it a whole file: one that is dropped on the way never opens."""
        self._seal(bytes(self._pending), is_last=True)
        self._pending.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_chunk_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


class AgeReader(io.RawIOBase):
    """What a file holds, at any place. Every chunk is authenticated before anything of it is given.

    Raises UnlockError when the identity does not open it, FormatError when it is damaged or cut off.
    """

    def __init__(self, source: BinaryIO, identity: Identity) -> None:
        self._source = source
        file_key = _open_header(source, identity)
        nonce = source.read(_NONCE)
        self._start = source.tell()
        sealed = source.seek(0, io.SEEK_END) - self._start
        self._chunks = -(-sealed // (CHUNK + _TAG))
        self._size = sealed - self._chunks * _TAG
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        if len(nonce) != _NONCE or self._chunks < 1 or self._size < 0:
            raise wrong()
        self._cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
        # The last chunk first: it alone tells where the file ends.
        if not self._chunk(self._chunks - 1) and self._chunks != 1:
            raise wrong()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # io only ever hands a view
        """The bytes at the place, at most to the end of a chunk; 0 at the end."""
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, CHUNK)
        part = self._chunk(number)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._source.seek(self._start + number * (CHUNK + _TAG))
            sealed = self._source.read(CHUNK + _TAG)
            nonce = _chunk_nonce(number, is_last=number == self._chunks - 1)
            try:
                self._held = (number, self._cipher.decrypt(nonce, sealed, None))
            except InvalidTag:
                raise FormatError("This file was changed, damaged or cut off; take another copy of it.") from None
        return self._held[1]


def _chunk_nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])


def _header(file_key: bytes, stanza: Stanza) -> bytes:
    """The header for one recipient."""
    body = encode(stanza.body)
    lines = [body[at : at + _COLUMNS] for at in range(0, len(body) + 1, _COLUMNS)]
    text = MAGIC + f"-> {' '.join(stanza.arguments)}\n{chr(10).join(lines)}\n---".encode()
    return text + b" " + _mac(file_key, text).encode() + b"\n"


def _mac(file_key: bytes, text: bytes) -> str:
    return encode(hmac.digest(derive(file_key, b"", b"header"), text, hashlib.sha256))


def _open_header(source: BinaryIO, identity: Identity) -> bytes:
    """The file key; `source` stands behind the header then."""
    if source.read(len(MAGIC)) != MAGIC:
        raise wrong()
    text, stanzas = MAGIC, list[Stanza]()
    while (line := _line(source)).startswith("-> "):
        text += line.encode() + b"\n"
        arguments = tuple(line[3:].split(" "))
        if len(stanzas) >= _MAX_STANZAS or not all(map(_ARGUMENT.fullmatch, arguments)):
            raise wrong()
        body, raw = _body(source)
        text += raw
        stanzas.append(Stanza(arguments, body))
    if not line.startswith("--- ") or not stanzas:
        raise wrong()
    file_key = identity.unwrap(stanzas)
    if file_key is None:
        raise UnlockError("This passphrase or identity does not open the file; check it and try again.")
    if not hmac.compare_digest(_mac(file_key, text + b"---"), line[4:]):
        raise wrong()
    return file_key


def _body(source: BinaryIO) -> tuple[bytes, bytes]:
    """The body of a stanza, and its lines as they stand; the last one is shorter than the others."""
    lines = list[str]()
    while not lines or len(lines[-1]) == _COLUMNS:
        lines.append(_line(source))
        if len(lines[-1]) > _COLUMNS or len(lines) * _COLUMNS > _MAX_LINE:
            raise wrong()
    return decode("".join(lines)), "".join(f"{line}\n" for line in lines).encode()


def _line(source: BinaryIO) -> str:
    line = source.readline(_MAX_LINE)
    if not line.endswith(b"\n") or not line.isascii():
        raise wrong()
    return line[:-1].decode("ascii")
