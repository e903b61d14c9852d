"""What ``inkvault doctor`` has found, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How much a finding matters."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was seen, and what to do; ``advice`` is "" when there is nothing to do."""

    subject: str
    level: Level
    seen: str
    advice: str = ""
