"""Every vector of the writing rules, run by the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.writing.operations import OPERATIONS

FILES = [json.loads(path.read_text("ascii")) for path in sorted(Path(__file__).parent.glob("*.json"))]
VECTORS = [
    pytest.param(content["operation"], vector, id=f"{content['operation']}: {vector['name']}")
    for content in FILES
    for vector in content["vectors"]
]


@pytest.mark.parametrize(("operation", "vector"), VECTORS)
def test_vector(operation: str, vector: dict[str, Any]) -> None:
    assert OPERATIONS[operation](vector["input"]) == vector["output"]


def test_every_operation_has_a_file() -> None:
    assert {content["operation"] for content in FILES} == set(OPERATIONS)
