"""Plain messages, known by their spelling alone: a vault has them by the hundred thousand (FORMAT §5.2, §5.3)."""

from __future__ import annotations

import re
from typing import Final

from vault.core.model import Role

_TEXT = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*+)*+"'
"""A string as FORMAT §5.2 spells it, but that it may be no UTF-8."""
SPELLING: Final = (
    rb'\{"created_at":(?:0|-?[1-9][0-9]{0,14}),"position":(?P<position>0|[1-9][0-9]{0,14}),'
    rb'"role":"(?:%b)","text":%b,"type":"message","zone":%b\}'
    % (b"|".join(role.value.encode() for role in Role), _TEXT, _TEXT)
)
"""The canonical bytes of a plain message: one with the fields that every message has, and no others, at a moment that
any calendar has. What matches this and is UTF-8 is what :func:`vault.core.canonical.decode` and
:meth:`vault.core.model.Message.check` accept, in half the time. Not all do: of numbers it leaves the largest out.
"""

match_plain = re.compile(SPELLING).fullmatch


def is_utf8(data: bytes) -> bool:
    """Whether `data` is well-formed UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
