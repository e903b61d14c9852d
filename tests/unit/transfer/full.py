"""A vault with every feature in it, made the way that writers make it."""

from __future__ import annotations

from vault.client import (
    Beginning,
    NewMessage,
    NotebookFields,
    NotebookKind,
    Phase,
    Retention,
    Role,
    SessionChange,
    TemplateFields,
    Vault,
)


def fill(vault: Vault) -> dict[str, str]:
    """Write into a vault; the ids of what is in it, by name."""
    template = vault.save_template(TemplateFields("Letters", (Phase("To you", "Write to …", 15),), "about", ("post",)))
    notebook = vault.save_notebook(
        NotebookFields(
            "Wäsche: “Leine”", NotebookKind.PROJECT, "notes\n…", "teal", "2026-01-02", template, Retention(30)
        )
    )
    away = vault.save_notebook(NotebookFields("Away", NotebookKind.EVENT))
    vault.change_notebook(away, archived=True)
    vault.save_settings(continue_minutes=9, retention=Retention(remind_days=7))
    sources = ({"title": "A page", "url": "https://example.org", "page": 3},)
    beginning = Beginning(
        None, notebook, 1, template, "Muse", ("post", "ürgent"), "thread-1", prompt="Write to somebody"
    )
    letters = vault.append_all(
        None,
        [
            NewMessage("Dear you,\n\nשלום 你好 🙂", seconds=61, flags=("heavy",)),
            NewMessage("Go on.", Role.HELPER, sources=sources),
            NewMessage("{}", Role.TOOL, tool_calls=({"name": "count", "input": "1", "output": "2"},)),
        ],
        new=beginning,
    )
    first = next(each for each in vault.messages(letters) if each.role is Role.WRITER)
    vault.edit_message(letters, first.id, "Dearest you")
    other = vault.append_all(None, [NewMessage("to be merged"), NewMessage("and thrown away")], new=Beginning("Other"))
    vault.trash_message(other, [each.id for each in vault.messages(other)][-1])
    vault.merge_sessions(letters, other)
    pinned = vault.write("kept", new="Pinned")
    vault.change_sessions([pinned], SessionChange(pinned=True, archived=True))
    vault.end_session(letters)
    return {"template": template, "notebook": notebook, "letters": letters, "other": other, "pinned": pinned}
