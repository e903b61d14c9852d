"""Certificates checked by a verifier that shares nothing with ours: written after docs/ERASURE.md, run by Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
VERIFIER = HERE / "stranger_verifier.mjs"
VECTORS: list[dict[str, Any]] = json.loads((HERE.parent / "vectors" / "audit" / "certificate.json").read_text("ascii"))[
    "vectors"
]
MANY = """
import { readFileSync } from 'node:fs';
import { verify } from '%s';
const holds = ([text, key]) => {
  try { verify(Buffer.from(text, 'base64'), key); return true; } catch { return false; }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(holds)));
"""
"""Many certificates in one process."""


def node(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which("node")
    assert program is not None, "scripts/setup installs Node"
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


def verdicts(certificates: list[tuple[bytes, str]]) -> list[bool]:
    given = json.dumps([(b64encode(data).decode(), key) for data, key in certificates])
    result = node("--input-type=module", "-e", MANY % VERIFIER.as_uri(), stdin=given)
    assert result.returncode == 0, result.stderr
    found: list[bool] = json.loads(result.stdout)
    return found


def test_the_stranger_agrees_on_every_vector() -> None:
    found = verdicts([(vector["input"]["certificate"].encode(), vector["input"]["key"]) for vector in VECTORS])
    assert {vector["name"]: holds for vector, holds in zip(VECTORS, found, strict=True)} == {
        vector["name"]: "output" in vector for vector in VECTORS
    }


def test_the_stranger_refuses_every_byte_that_was_changed() -> None:
    right = VECTORS[0]["input"]
    data = right["certificate"].encode()
    changed = [data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))]
    assert verdicts([(each, right["key"]) for each in [data, *changed]]) == [True, *([False] * len(data))]


@pytest.mark.parametrize("place", [0, -1])
def test_as_a_command(tmp_path: Path, place: int) -> None:
    file, given = tmp_path / "certificate.json", VECTORS[place]["input"]
    file.write_bytes(given["certificate"].encode())
    assert node(str(VERIFIER), str(file), given["key"]).returncode == (0 if "output" in VECTORS[place] else 1)


def test_the_stranger_is_small() -> None:
    assert len(VERIFIER.read_text("utf-8").splitlines()) <= 60
