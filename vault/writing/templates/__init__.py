"""The built-in ways to begin: one JSON file each beside this one, the same files as the page's.

A new one is a file named as its ``name``, with the fields of :class:`BuiltIn`; its texts are bounded as those of a
template record (FORMAT §5.3).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vault.core.rootrecords import NotebookKind, Phase


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A template. `kind` is that of the notebook it is a programme for, None when it is made for single sessions.

    `source` says where it comes from and `care` what to mind; both may be empty. Sessions and notebooks call it by its
    `name`.
    """

    name: str
    title: str
    about: str
    kind: NotebookKind | None
    source: str
    care: str
    tags: tuple[str, ...]
    phases: tuple[Phase, ...]


@cache
def built_in_templates() -> tuple[BuiltIn, ...]:
    """All of them by name; ``blank`` is the first."""
    texts = [each.read_text("utf-8") for each in files(__package__).iterdir() if each.name.endswith(".json")]
    return tuple(sorted(map(_read, texts), key=lambda template: template.name))


def _read(text: str) -> BuiltIn:
    fields = json.loads(text)
    return BuiltIn(
        **(
            fields
            | {
                "kind": fields["kind"] and NotebookKind(fields["kind"]),
                "tags": tuple(fields["tags"]),
                "phases": tuple(map(Phase.parse, fields["phases"])),
            }
        )
    )
