"""Every vector of logs and certificates, run by vault/audit, and that each step of checking one counts."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.audit.operations import OPERATIONS
from vault import errors
from vault.audit import certificate, merkle
from vault.audit.checkpoint import Checkpoint, VerifierKey

FILES = {path.stem: json.loads(path.read_text("ascii"))["vectors"] for path in Path(__file__).parent.glob("*.json")}
VECTORS = [
    pytest.param(operation, vector, id=f"{operation}: {vector['name']}")
    for operation, vectors in sorted(FILES.items())
    for vector in vectors
]


@pytest.mark.parametrize(("operation", "vector"), VECTORS)
def test_vector(operation: str, vector: dict[str, Any]) -> None:
    if "error" in vector:
        with pytest.raises(errors.HostileDataError) as refusal:
            OPERATIONS[operation](vector["input"])
        assert type(refusal.value) is getattr(errors, vector["error"])
    else:
        assert OPERATIONS[operation](vector["input"]) == vector["output"]


def test_every_operation_has_a_file() -> None:
    assert FILES.keys() == OPERATIONS.keys()


def accepted(step: int) -> int:
    """How many of the certificates that fail at a step are taken for good."""
    count = 0
    for vector in FILES["certificate"]:
        if vector["name"].startswith(f"step {step}:"):
            try:
                OPERATIONS["certificate"](vector["input"])
            except errors.HostileDataError:
                continue
            count += 1
    return count


def unsigned(_key: VerifierKey, note: str) -> Checkpoint:
    """Read a note without asking who has signed it."""
    origin, size, root, *_ = [*note.split("\n"), "0", ""]
    return Checkpoint(origin, int(size), b64decode(root))


SKIPPED: list[tuple[int, object, str, Callable[..., object]]] = [
    (2, certificate, "_check_leaf", lambda *_: None),
    (3, certificate, "_check_commitment", lambda *_: None),
    (4, VerifierKey, "open", unsigned),
    (5, merkle, "verify_inclusion", lambda *_: None),
    (6, certificate, "_check_order", lambda *_: None),
    (7, certificate, "_check_sense", lambda *_: None),
]


@pytest.mark.parametrize(("step", "where", "name", "nothing"), SKIPPED)
def test_a_verifier_that_skips_a_step_is_found_out(
    step: int, where: object, name: str, nothing: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert accepted(step) == 0
    monkeypatch.setattr(where, name, nothing)
    assert accepted(step) > 0


def test_every_byte_of_a_certificate_counts() -> None:
    right = FILES["certificate"][0]["input"]
    key, data = VerifierKey.parse(right["key"]), right["certificate"].encode()
    certificate.verify(data, key)
    for place in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            changed = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            with pytest.raises(errors.HostileDataError):
                certificate.verify(changed, key)
    for size in range(len(data)):
        with pytest.raises(errors.HostileDataError):
            certificate.verify(data[:size], key)
