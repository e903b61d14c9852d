"""The command line: one module for each group of commands, and nothing heavy imported before it is needed."""

from vault.cli.commands import main

__all__ = ["main"]
