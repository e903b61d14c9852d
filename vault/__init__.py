"""Inkvault: a locally encrypted vault for writers, over a service that cannot read it."""

__version__ = "0.1.0"
