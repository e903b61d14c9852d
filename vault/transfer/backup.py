"""Encrypted backups: the JSON export in a zip archive, sealed in the age format (docs/EXPORT.md).

Nothing of it is ever on disk unsealed. Any age tool and any unzip open it without Inkvault.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO

from vault.errors import FormatError, IntegrityError
from vault.transfer.age import MAGIC, AgeReader, AgeWriter
from vault.transfer.age_keys import Identity, Passphrase, Recipient
from vault.transfer.document import Counts, Document
from vault.transfer.json_export import write_json
from vault.transfer.json_import import Verified, verify_json
from vault.transfer.layout import FILE_NAME
from vault.transfer.sources import Entry

_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError)


def make_backup(document: Document, stream: BinaryIO, recipient: Recipient) -> Verified:
    """Write a backup, then open it again, read it to its end and count; what it holds.

    Opened with the passphrase itself; what is sealed for a recipient, who alone has the identity, with the file's key.
    A session that comes back with the hash it was written with is not taken apart again.
    Raises IntegrityError when it does not hold what was written.
    """
    judged: dict[bytes, int] = {}
    counts, identity = write_backup(document, stream, recipient, judged)
    stream.flush()
    found = verify_backup(stream, identity, judged)
    if found.counts != counts:
        raise IntegrityError("The backup does not hold what was written to it; try again on another disk.")
    return found


def write_backup(
    document: Document, sink: BinaryIO, recipient: Recipient, judged: dict[bytes, int] | None = None
) -> tuple[Counts, Identity]:
    """Write a document sealed, in a stream; what it holds, and what opens it. `sink` is left open.

    `judged` as for :func:`vault.transfer.json_export.write_json`.
    """
    sealed = AgeWriter(sink, recipient)
    # Not packed: that costs more time than all the rest, and a packed archive of unknown size is what readers fear.
    with zipfile.ZipFile(sealed, "w", zipfile.ZIP_STORED) as archive:
        made = datetime.fromtimestamp(max(document.head.exported_at, 315_532_800_000) / 1000, UTC)
        info = zipfile.ZipInfo(FILE_NAME, made.timetuple()[:6])
        info.external_attr = 0o600 << 16
        with archive.open(info, "w", force_zip64=True) as member:
            counts = write_json(document, member, judged)
    sealed.finish()
    return counts, recipient if isinstance(recipient, Passphrase) else sealed.identity


@contextmanager
def open_backup(stream: BinaryIO, identity: Identity) -> Iterator[Entry]:
    """The export in a backup. Raises UnlockError when `identity` does not open it, FormatError when it is damaged."""
    stream.seek(0)
    with io.BufferedReader(AgeReader(stream, identity), 1 << 16) as plain:
        try:
            archive = zipfile.ZipFile(plain)
            info = archive.getinfo(FILE_NAME)
        except KeyError:
            raise FormatError(f"This file holds no {FILE_NAME}, so it is no backup of a vault.") from None
        except _DAMAGED:
            raise FormatError("This file opens, but what it holds is no backup of a vault.") from None
        with archive:
            if info.compress_type != zipfile.ZIP_STORED:
                raise FormatError("This backup is packed, as Inkvault packs none; unseal and import what it holds.")
            yield Entry(FILE_NAME, info.file_size, None, lambda: archive.open(info))  # type: ignore[arg-type,return-value]


def verify_backup(stream: BinaryIO, identity: Identity, judged: Mapping[bytes, int] | None = None) -> Verified:
    """Open a backup and read its export to the end. Raises UnlockError, FormatError."""
    with open_backup(stream, identity) as entry:
        return verify_json(entry, judged)


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins so is in the age format."""
    return head.startswith(MAGIC)
