"""Argon2id costs: the profile of new slots, and the bounds checked before anything is derived (FORMAT §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vault.core.refuse import policy_error


class SlotKind(IntEnum):
    """What kind of secret opens a slot; the value is the byte in the slot header."""

    PASSPHRASE = 1
    RECOVERY = 2
    PASSKEY = 3


@dataclass(frozen=True, slots=True)
class KdfParams:
    """Argon2id costs: memory in KiB, passes, lanes (RFC 9106)."""

    m_kib: int
    t: int
    p: int


PROFILE = KdfParams(m_kib=131_072, t=3, p=1)
"""Profile 2026: the costs of every new passphrase slot."""
FLOOR = KdfParams(m_kib=65_536, t=3, p=1)
CAP = KdfParams(m_kib=1_048_576, t=10, p=4)
NO_PARAMS = KdfParams(m_kib=0, t=0, p=0)
"""What the header of a recovery or passkey slot holds: these secrets are not stretched."""


def check_params(kind: SlotKind, params: KdfParams) -> None:
    """Raise PolicyError unless `params` are within the bounds for slots of this kind."""
    if kind is SlotKind.PASSPHRASE:
        fits = (
            FLOOR.m_kib <= params.m_kib <= CAP.m_kib and FLOOR.t <= params.t <= CAP.t and FLOOR.p <= params.p <= CAP.p
        )
    else:
        fits = params == NO_PARAMS
    if not fits:
        raise policy_error()


def is_weaker(params: KdfParams) -> bool:
    """Whether a passphrase slot with these costs is to be replaced by one of the current profile."""
    return params.m_kib < PROFILE.m_kib or params.t < PROFILE.t
