"""A vault, or what is chosen of it, as a document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from vault import __version__
from vault.client import Vault
from vault.client.contents import RootRecords
from vault.client.moments import Moment
from vault.client.transferring import Reading
from vault.client.verify import Fault
from vault.core.model import SessionHeader
from vault.core.rootrecords import Notebook
from vault.errors import IntegrityError, NotFoundError
from vault.transfer.document import (
    STAYS,
    Document,
    Head,
    Item,
    MissingItem,
    RootItem,
    Selection,
    SessionItem,
)
from vault.wire.codes import ErrorCode

OnSession = Callable[[int, int], None]
"""Is told how many sessions are done, and of how many."""


@contextmanager
def document_of(
    vault: Vault,
    moment: Moment,
    selection: Selection | None = None,
    *,
    skip_damaged: bool = False,
    on_session: OnSession = lambda _done, _total: None,
) -> Iterator[Document]:
    """The document of a vault as it is now, or of a `selection`: those sessions, their notebooks and templates.

    Raises IntegrityError, naming it, where something does not open; with `skip_damaged` it is among the items as
    missing. NotFoundError when what is chosen is not there.
    """
    chosen = selection or Selection()
    faults: list[Fault] | None = [] if skip_damaged else None
    with vault.reading(
        lambda session_id, header: takes(chosen, session_id, header), _stop if faults is None else faults.append
    ) as reading:
        _check(chosen, reading)
        head = Head(vault.vault_id, moment.ms, moment.zone, f"inkvault/{__version__}", chosen)
        yield Document(head, _items(reading, chosen, faults, on_session))


def takes(selection: Selection, session_id: bytes, header: SessionHeader) -> bool:
    """Whether a session is among those chosen."""
    if selection.sessions is not None and session_id.hex() not in selection.sessions:
        return False
    if selection.notebook is not None and (header.notebook is None or header.notebook.hex() != selection.notebook):
        return False
    at = header.last_active
    return (selection.since is None or at >= selection.since) and (selection.until is None or at < selection.until)


def _check(selection: Selection, reading: Reading) -> None:
    unknown = (selection.sessions or frozenset()) - {session_id.hex() for session_id in reading.headers}
    if unknown:
        raise NotFoundError(f"There is no session {min(unknown)}; see inkvault sessions.", ErrorCode.NOT_FOUND)
    if selection.notebook is not None and not isinstance(reading.root.get(bytes.fromhex(selection.notebook)), Notebook):
        raise NotFoundError("There is no such notebook; see inkvault notebooks.", ErrorCode.NOT_FOUND)


def _items(reading: Reading, selection: Selection, faults: list[Fault] | None, on_session: OnSession) -> Iterator[Item]:
    """`faults` are those that the reading tells of as it goes, None when it stops at the first."""
    wanted = [header for each, header in reading.headers.items() if takes(selection, each, header)]
    yield from _root_items(reading.root, None if selection.is_all else wanted)
    for done, session in enumerate(reading.sessions, 1):
        yield SessionItem(session.session_id.hex(), session.header, session.records)
        yield from _missing(faults)
        on_session(done, len(wanted))
    yield from _missing(faults)


def _stop(fault: Fault) -> None:
    raise _damaged(fault)


def _damaged(fault: Fault) -> IntegrityError:
    place = f" of the session {fault.title!r}" if fault.title else ""
    name = f"The record {fault.record}{place}" if fault.record else f"The session {fault.title!r} ({fault.container})"
    return IntegrityError(f"{name} is damaged. {fault.what} Nothing was made; --skip-damaged goes on without it.")


def _missing(faults: list[Fault] | None) -> Iterator[MissingItem]:
    while faults:
        fault = faults.pop(0)
        yield MissingItem(fault.container, fault.record, fault.title, fault.what)


def _root_items(root: RootRecords, wanted: Collection[SessionHeader] | None) -> Iterator[RootItem]:
    """All records but those of the vault itself; or the notebooks of `wanted` sessions, and templates those name."""
    named = None if wanted is None else _named(root, wanted)
    for record_id, opened in sorted(root.opened.items()):
        record = root.get(record_id)
        if record is not None and opened.payload["type"] not in STAYS and (named is None or record_id.hex() in named):
            yield RootItem(record_id.hex(), record)


def _named(root: RootRecords, wanted: Collection[SessionHeader]) -> set[str]:
    notebooks = {header.notebook for header in wanted if header.notebook is not None}
    names = {header.template for header in wanted if header.template is not None}
    for notebook_id in notebooks:
        notebook = root.get(notebook_id)
        if isinstance(notebook, Notebook) and notebook.programme is not None:
            names.add(notebook.programme)
    return names | {notebook_id.hex() for notebook_id in notebooks}
