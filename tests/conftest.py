"""Fixtures that tests of more than one package need."""

from __future__ import annotations

import pytest

from vault.core import params
from vault.core.params import KdfParams


@pytest.fixture
def cheap_kdf(monkeypatch: pytest.MonkeyPatch) -> KdfParams:
    """Make key derivation cost next to nothing; gives the profile that new slots then use. FLOOR is below it."""
    monkeypatch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=1, p=1))
    monkeypatch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=1, p=1))
    return params.PROFILE
