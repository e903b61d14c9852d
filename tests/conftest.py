"""Fixtures and settings that tests of more than one package need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import Cluster, binaries, running_cluster
from vault.core import params
from vault.core.params import KdfParams

# No deadline: the machine that runs the tests may be busy, and a slow example says nothing about the code.
settings.register_profile("inkvault", deadline=None, print_blob=True)
settings.load_profile("inkvault")


@pytest.fixture
def cheap_kdf(monkeypatch: pytest.MonkeyPatch) -> KdfParams:
    """Make key derivation cost next to nothing; gives the profile that new slots then use. FLOOR is below it."""
    monkeypatch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=1, p=1))
    monkeypatch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=1, p=1))
    return params.PROFILE


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, for tests that take a database of their own from it."""
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL's initdb is not installed (apt install postgresql)")
    with running_cluster(found) as running:
        yield running
