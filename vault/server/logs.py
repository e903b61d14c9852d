"""Logs: one line a request, and of a fault its kind and place. Never a body, query, id, token or address."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

logger = logging.getLogger("inkvault.service")


def log_fault(error: BaseException) -> None:
    """Log the class of an error and where it was raised. Its text stays out: it may quote the request."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    logger.error("fault %s at %s", type(error).__name__, places or "unknown")
