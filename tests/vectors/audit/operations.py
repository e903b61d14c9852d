"""What each operation of the vectors of logs and certificates runs here (README.md)."""

from __future__ import annotations

from typing import Any

from tests.vectors.operations import Input, Operation
from vault.audit import merkle
from vault.audit.certificate import verify
from vault.audit.checkpoint import VerifierKey
from vault.audit.leaves import open_leaf


def _bytes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def root(given: Input) -> str:
    return merkle.root_of([merkle.leaf_hash(leaf) for leaf in _bytes(given["leaves"])]).hex()


def inclusion(given: Input) -> None:
    leaf, wanted = _bytes([given["leaf"], given["root"]])
    merkle.verify_inclusion(merkle.leaf_hash(leaf), given["index"], given["size"], _bytes(given["proof"]), wanted)


def consistency(given: Input) -> None:
    old_root, new_root = _bytes([given["old_root"], given["root"]])
    merkle.verify_consistency(given["old"], old_root, given["size"], new_root, _bytes(given["proof"]))


def leaf(given: Input) -> dict[str, Any]:
    data, salt = _bytes([given["leaf"], given["salt"]])
    opened, detail = open_leaf(data, salt, given["detail"].encode())
    return {"event": int(opened.event), "time": opened.time, "detail": detail}


def verifier_key(given: Input) -> dict[str, str]:
    key = VerifierKey.parse(given["text"])
    return {"origin": key.origin, "key": key.key.hex()}


def checkpoint(given: Input) -> dict[str, Any]:
    opened = VerifierKey.parse(given["key"]).open(given["note"])
    return {"origin": opened.origin, "size": opened.size, "root": opened.root.hex()}


def certificate(given: Input) -> dict[str, Any]:
    found, state = verify(given["certificate"].encode(), VerifierKey.parse(given["key"]))
    return {"index": found.index, "size": state.size, "verdict": found.statement.verdict}


OPERATIONS: dict[str, Operation] = {
    function.__name__: function
    for function in (root, inclusion, consistency, leaf, verifier_key, checkpoint, certificate)
}
