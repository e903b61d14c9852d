"""Which session, notebook or template is meant: by the beginning of its id, or by its title where titles are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vault.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from vault.client import Notebook, TemplateView, Vault


def find_session(vault: Vault, prefix: str) -> str:
    """The id of the one session that begins with `prefix`, as :func:`find_id`."""
    return find_sessions(vault, [prefix])[0]


def find_sessions(vault: Vault, prefixes: Iterable[str]) -> list[str]:
    """The ids of several, those in the trash too."""
    ids = [session.id for session in vault.sessions(include_trashed=True)]
    return [find_id("session", prefix, ids) for prefix in prefixes]


def find_notebook(vault: Vault, text: str) -> Notebook:
    """The notebook of this title or beginning of an id, also in the trash. Raises as :func:`find_id`."""
    notebooks = {notebook.id: notebook for notebook in vault.notebooks(include_trashed=True)}
    return notebooks[_named("notebook", text, {each.id: each.title for each in notebooks.values()})]


def find_template(vault: Vault, text: str) -> TemplateView:
    """The template of this name, title, or beginning of a name. Raises as :func:`find_id`."""
    templates = {template.name: template for template in vault.templates()}
    return templates[_named("template", text, {each.name: each.title for each in templates.values()})]


def find_messages(vault: Vault, prefixes: Sequence[str]) -> list[tuple[str, str]]:
    """The sessions and ids of messages that begin so, wherever they are, as :func:`find_id`. Reads the whole vault."""
    if not prefixes:
        return []
    sessions = {
        message.id: session.id
        for session in vault.sessions(include_trashed=True)
        for message in vault.messages(session.id)
    }
    found = [find_id("message", prefix, sessions, "show SESSION") for prefix in prefixes]
    return [(sessions[each], each) for each in found]


def find_id(kind: str, prefix: str, ids: Iterable[str], listing: str | None = None) -> str:
    """The one id that begins with `prefix`. Raises NotFoundError, or UsageError for several.

    `listing` is the command that shows them, without it the kind's own.
    """
    found = [each for each in ids if each.startswith(prefix.lower())]
    if not prefix or not found:
        raise NotFoundError(f"No {kind} begins with {prefix!r}; see inkvault {listing or f'{kind}s'}.", "not_found")
    if len(found) > 1 and prefix not in found:
        raise UsageError(f"{len(found)} {kind}s begin with {prefix!r}; give more of the id.")
    return prefix if prefix in found else found[0]


def _named(kind: str, text: str, titles: Mapping[str, str]) -> str:
    from vault.writing.fold import fold  # noqa: PLC0415 - keeps --help quick

    found = [name for name, title in titles.items() if fold(title) == fold(text)]
    if len(found) > 1:
        raise UsageError(f"{len(found)} {kind}s are called {text!r}; give the id, see inkvault {kind}s.")
    return found[0] if found else find_id(kind, text, titles)
