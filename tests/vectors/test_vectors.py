"""Every test vector, run by the Python core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.operations import OPERATIONS
from vault import errors

FILES = sorted(Path(__file__).parent.glob("*.json"))
VECTORS = [
    pytest.param(content["operation"], vector, id=f"{content['operation']}: {vector['name']}")
    for content in (json.loads(path.read_text("ascii")) for path in FILES)
    for vector in content["vectors"]
]


@pytest.mark.parametrize(("operation", "vector"), VECTORS)
def test_vector(operation: str, vector: dict[str, Any]) -> None:
    if "error" in vector:
        with pytest.raises(errors.HostileDataError) as refusal:
            OPERATIONS[operation](vector["input"])
        assert type(refusal.value) is getattr(errors, vector["error"])
    else:
        output = OPERATIONS[operation](vector["input"])
        assert json.dumps(output, sort_keys=True) == json.dumps(vector["output"], sort_keys=True)


def test_every_operation_has_a_file() -> None:
    assert {path.stem for path in FILES} == set(OPERATIONS)
    assert all(json.loads(path.read_text("ascii"))["operation"] == path.stem for path in FILES)


def test_a_third_of_the_vectors_is_hostile() -> None:
    hostile = [param for param in VECTORS if isinstance(param.values[1], dict) and "error" in param.values[1]]
    assert len(VECTORS) >= 80
    assert len(hostile) * 3 >= len(VECTORS)
