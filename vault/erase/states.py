"""From an order to a certificate, state by state (docs/ERASURE.md §6). Every step may be done again without harm."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final

from vault.erase.filesystem import look
from vault.erase.samples import unmask
from vault.erase.scan import Found, scan
from vault.erase.scrub import BusyError, scrub
from vault.erase.statement import make_statement
from vault.errors import StorageError
from vault.storage.plans import ErasureRow, Problem
from vault.storage.store import Store

logger = logging.getLogger("inkvault.erase")
_ORDER: Final = ("requested", "keys", "rows", "scrubbed", "done")


class TroubleError(Exception):
    """Something is in the way just now."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


def carry_on(store: Store, row: ErasureRow, may_go_on: Callable[[], bool]) -> bool:
    """Do what is left of an erasure while it may go on, which is asked before each step; whether nothing is left.

    Raises TroubleError; the state that was reached by then stands.
    """
    if row.problem == "found":
        _repeat(store, row)
    while row.state != "done":
        if not may_go_on():
            return False
        _STEPS[row.state](store, row)
        row = store.erasures.find(row.vault_id, row.erasure_id)
    if not may_go_on():
        return False
    # The mask, what it covered and the commits since the scrub lie in the log of SQLite still.
    _try("disk", lambda: _clean(store))
    _try("disk", lambda: store.erasures.settle(row))
    return True


def forget_outdated(store: Store) -> None:
    """Forget the certificates that were kept long enough. Raises TroubleError; doing it again goes on with it."""
    _try("disk", lambda: store.erasures.forget_outdated(lambda: _clean(store)))


def _destroy_keys(store: Store, row: ErasureRow) -> None:
    _try("keys", lambda: store.erasures.destroy_keys(row))
    _try("disk", lambda: store.erasures.advance(row, "keys"))


def _delete_rows(store: Store, row: ErasureRow) -> None:
    _try("disk", lambda: store.erasures.delete_rows(row))


def _scrub(store: Store, row: ErasureRow) -> None:
    _try("disk", lambda: _clean(store))
    _try("disk", lambda: store.erasures.advance(row, "scrubbed"))


def _search(store: Store, row: ErasureRow) -> None:
    found: list[Found] = []
    if store.sqlite_file is not None:
        samples = unmask(row.samples or b"", row.pad or b"")
        _try("scan", lambda: found.append(scan(store.directory.path, samples)))
        if found[0].samples != len(samples) or not samples or not found[0].bytes:
            raise TroubleError("scan")
        if found[0].found:
            raise TroubleError("found")
    state = partial(make_statement, row, look(store.directory.path), found[0] if found else None)
    _try("disk", lambda: store.erasures.finish(row, state))


_STEPS: Final[dict[str, Callable[[Store, ErasureRow], None]]] = {
    "requested": _destroy_keys,
    "keys": _delete_rows,
    "rows": _scrub,
    "scrubbed": _search,
}


def _repeat(store: Store, row: ErasureRow) -> None:
    """Do again what was done, since the search has found that it was not enough."""
    reached = _ORDER.index(row.state)
    if reached >= _ORDER.index("keys"):
        _try("keys", lambda: store.erasures.destroy_keys(row))
    if reached >= _ORDER.index("scrubbed"):
        _try("disk", lambda: _clean(store))


def _clean(store: Store) -> None:
    if store.sqlite_file is None:
        store.erasures.shrink()
    else:
        scrub(store.sqlite_file)


def _try(problem: Problem, act: Callable[[], None]) -> None:
    """Act; what goes wrong is that problem, unless it is that somebody else holds the database."""
    try:
        act()
    except BusyError:
        raise TroubleError("busy") from None
    except StorageError as error:
        raise TroubleError("busy" if _is_locked(error) else problem) from error
    except Exception as error:
        logger.error("an erasure met a fault: %s", type(error).__name__)
        raise TroubleError(problem) from error


def _is_locked(error: StorageError) -> bool:
    found = getattr(error.__cause__, "orig", None)
    return isinstance(found, sqlite3.OperationalError) and found.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
