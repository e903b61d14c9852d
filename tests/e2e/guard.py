"""What must not happen in any test: a violated policy, an error in the console, an uncaught exception."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError

LISTEN = """
document.addEventListener('securitypolicyviolation', (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  console.error(`policy violated: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""
FAILED_REQUEST = "Failed to load resource"
"""Chromium itself writes this for every answer of 400 and above, and for a server that is away."""


@dataclass
class Guard:
    said: list[str] = field(default_factory=list)
    expects_failed_requests: bool = False
    """Set by a test in which a request is meant to fail."""

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(LISTEN)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def check(self) -> None:
        assert self.said == [], self.said

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if self.expects_failed_requests and message.text.startswith(FAILED_REQUEST):
            return
        self.said.append(f"{message.type}: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.said.append(f"uncaught: {error.error}")
