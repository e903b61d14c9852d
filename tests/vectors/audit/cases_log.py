"""Vectors of leaves, trees and checkpoints (ERASURE §2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.treelog import SALT, TreeLog, mth, some_leaves
from tests.vectors.group import FORMAT, INTEGRITY, Group, fixed, flipped
from vault.audit.checkpoint import Checkpoint
from vault.audit.leaves import Event, commitment, make_leaf

TIME = 1_800_000_000
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x55" * 32)
OTHER_ORIGIN = "inkvault/" + "ff" * 16


def groups() -> Iterator[Group]:
    yield from (_roots(), _inclusions(), _consistencies(), _leaves(), _keys(), _checkpoints())


def _roots() -> Group:
    group = Group("ERASURE §2.2", "root")
    for size in (0, 1, 2, 3, 4, 5, 7, 8, 9, 33):
        group.known(mth(some_leaves(size)), f"{size} leaves", leaves=some_leaves(size))
    return group


def _inclusions() -> Group:
    group = Group("ERASURE §2.2", "inclusion")
    for size, index in ((1, 0), (2, 1), (5, 0), (5, 4), (8, 3), (11, 10), (33, 32)):
        log = TreeLog(some_leaves(size))
        proof, leaf, root = log.inclusion(index), log.leaves[index], mth(log.leaves)
        right = {"leaf": leaf, "index": index, "size": size, "proof": proof, "root": root}
        name = f"{index} of {size}"
        group.known(None, name, **right)
        group.bad(INTEGRITY, f"{name}: another leaf", **{**right, "leaf": flipped(leaf, 41)})
        group.bad(INTEGRITY, f"{name}: a hash more", **{**right, "proof": [*proof, bytes(32)]})
        group.bad(INTEGRITY, f"{name}: the size as index", **{**right, "index": size})
        group.bad(INTEGRITY, f"{name}: another root", **{**right, "root": flipped(root, 0)})
        if proof:
            group.bad(INTEGRITY, f"{name}: a hash less", **{**right, "proof": proof[:-1]})
            group.bad(INTEGRITY, f"{name}: a hash changed", **{**right, "proof": [flipped(proof[0], 0), *proof[1:]]})
            group.bad(INTEGRITY, f"{name}: another index", **{**right, "index": (index + 1) % size})
    log = TreeLog(some_leaves(5))
    wrong = {"leaf": log.leaves[2], "index": 2, "proof": log.inclusion(2), "root": mth(log.leaves)}
    group.bad(INTEGRITY, "an empty tree", **wrong, size=0)
    group.bad(INTEGRITY, "a much larger tree", **wrong, size=2**53 - 1)
    return group


def _consistencies() -> Group:
    group = Group("ERASURE §2.2", "consistency")
    for old, size in ((1, 2), (1, 5), (3, 7), (4, 7), (6, 7), (4, 8), (5, 5), (8, 33), (32, 33)):
        leaves = some_leaves(size)
        proof, old_root, root = TreeLog(leaves).consistency(old), mth(leaves[:old]), mth(leaves)
        right = {"old": old, "old_root": old_root, "size": size, "root": root, "proof": proof}
        name = f"{old} to {size}"
        group.known(None, name, **right)
        forged = TreeLog([*leaves[: old - 1], *some_leaves(1, b"forged"), *leaves[old:]])
        rewritten = {"proof": forged.consistency(old), "root": mth(forged.leaves)}
        group.bad(INTEGRITY, f"{name}: an entry rewritten", **{**right, **rewritten})
        group.bad(INTEGRITY, f"{name}: a hash more", **{**right, "proof": [*proof, bytes(32)]})
        group.bad(INTEGRITY, f"{name}: another root", **{**right, "root": flipped(root, 0)})
        group.bad(INTEGRITY, f"{name}: another old root", **{**right, "old_root": flipped(old_root, 0)})
        if old != size:
            shrunk = {"old": size, "size": old, "old_root": root, "root": old_root}
            group.bad(INTEGRITY, f"{name}: shrunk", **{**right, **shrunk})
        if proof:
            group.bad(INTEGRITY, f"{name}: no proof", **{**right, "proof": []})
    return group


def _leaves() -> Group:
    group = Group("ERASURE §2.1", "leaf")
    details: dict[Event, dict[str, Any]] = {
        Event.CREATED: {},
        Event.LOGIN: {"kind": "passkey"},
        Event.FAILED_LOGINS: {"count": 12},
        Event.SLOTS: {"added": ["passphrase"], "destroyed": ["passphrase", "recovery"]},
        Event.EXPORT: {"by": "client"},
        Event.IMPORT: {"by": "client"},
        Event.ORDERED: {"order": "ab" * 32},
        Event.FAILED: {"order": "ab" * 32, "problem": "busy"},
    }
    for event, fields in details.items():
        leaf, detail = make_leaf(event, TIME, SALT, fields)
        known = {"event": int(event), "time": TIME, "detail": {**fields, "type": event.name.lower()}}
        group.known(known, event.name.lower(), leaf=leaf.encode(), salt=SALT, detail=detail.decode())
    leaf, detail = make_leaf(Event.LOGIN, TIME, SALT, {"kind": "passphrase"})
    right = {"leaf": leaf.encode(), "salt": SALT, "detail": detail.decode()}
    spaced = detail.decode().replace(":", ": ")
    other = b"\x01\x03" + leaf.encode()[2:]
    group.bad(FORMAT, "short", **{**right, "leaf": leaf.encode()[:-1]})
    group.bad(FORMAT, "long", **{**right, "leaf": leaf.encode() + b"\x00"})
    group.bad(FORMAT, "version 2", **{**right, "leaf": b"\x02" + leaf.encode()[1:]})
    group.bad(FORMAT, "event 0", **{**right, "leaf": b"\x01\x00" + leaf.encode()[2:]})
    group.bad(FORMAT, "event 10", **{**right, "leaf": b"\x01\x0a" + leaf.encode()[2:]})
    group.bad(FORMAT, "time of 2^53", **{**right, "leaf": b"\x01\x02\x00\x20" + bytes(6) + leaf.encode()[10:]})
    group.bad(FORMAT, "detail of another event", **{**right, "leaf": other})
    group.bad(INTEGRITY, "another salt", **{**right, "salt": flipped(SALT, 31)})
    group.bad(INTEGRITY, "a salt of 33 bytes", **{**right, "salt": SALT + detail[:1], "detail": detail[1:].decode()})
    group.bad(INTEGRITY, "another detail", **{**right, "detail": detail.decode().replace("passphrase", "recovery")})
    group.bad(INTEGRITY, "another commitment", **{**right, "leaf": flipped(leaf.encode(), 20)})
    committed = leaf.encode()[:10] + commitment(SALT, spaced.encode())
    group.bad(FORMAT, "detail not canonical", **{**right, "leaf": committed, "detail": spaced})
    return group


def _keys() -> Group:
    group = Group("ERASURE §2.3", "verifier_key")
    key = TreeLog().public
    text = str(key)
    group.known({"origin": key.origin, "key": key.key}, "a key", text=text)
    origin, key_id, encoded = text.split("+", 2)
    wrong = {
        "another id": f"{origin}+{'0' * 8}+{encoded}",
        "id in upper case": f"{origin}+{key_id.upper()}+{encoded}",
        "another origin": text.replace(origin, OTHER_ORIGIN),
        "origin in upper case": text.replace("0a", "0A"),
        "another algorithm": f"{origin}+{key_id}+Aw{encoded[2:]}",
        "cut": text[:-1],
        "longer": text + "A",
        "with a line end": text + "\n",
        "in base64url": f"{origin}+{key_id}+{encoded[:-1]}_",
        "empty": "",
    }
    for name, case in wrong.items():
        group.bad(FORMAT, name, text=case)
    return group


def _checkpoints() -> Group:
    group = Group("ERASURE §2.3", "checkpoint")
    log = TreeLog(some_leaves(12))
    key, state, note = str(log.public), log.state(), log.note()
    for size in (0, 1, 12, 2**53 - 1):
        known = {"origin": log.origin, "size": size, "root": state.root}
        group.known(known, f"size {size}", key=key, note=Checkpoint(log.origin, size, state.root).sign(log.key))
    lines = note.split("\n")
    signature = lines[4].split(" ")[2]
    wrong = {
        "empty": "",
        "without the last line end": note[:-1],
        "one line end more": note + "\n",
        "line ends of Windows": note.replace("\n", "\r\n"),
        "no blank line": note.replace("\n\n", "\n"),
        "no signature": note[: note.index("\u2014")],
        "two signatures": note + lines[4] + "\n",
        "a hyphen for the dash": note.replace("\u2014", "-"),
        "an extension line": note.replace("\n\n", "\nextension\n\n"),
        "size with a zero before": note.replace("\n12\n", "\n012\n"),
        "size with a sign": note.replace("\n12\n", "\n+12\n"),
        "size in hexadecimal": note.replace("\n12\n", "\n0xc\n"),
        "no size": note.replace("\n12\n", "\n\n"),
        "size of 2^53": Checkpoint(log.origin, 2**53, state.root).sign(log.key),
        "size of 17 digits": Checkpoint(log.origin, 10**16, state.root).sign(log.key),
        "root of 31 bytes": Checkpoint(log.origin, 12, state.root[:-1]).sign(log.key),
        "root of 33 bytes": Checkpoint(log.origin, 12, state.root + b"x").sign(log.key),
        "root with stray bits": note.replace(lines[2], lines[2][:-2] + _next_letter(lines[2][-2]) + "="),
        "root without padding": note.replace(lines[2], lines[2][:-1]),
        "signature with stray bits": note.replace(signature, signature[:-2] + _next_letter(signature[-2]) + "="),
        "signature of another name": note.replace(f"\u2014 {log.origin}", f"\u2014 {OTHER_ORIGIN}"),
        "origin of a page": note.replace(log.origin, "https://ink.example"),
        "origin in upper case": note.replace("0a", "0A"),
    }
    for name, case in wrong.items():
        group.bad(FORMAT, name, key=key, note=case)
    forged = {
        "another size": note.replace("\n12\n", "\n13\n"),
        "another root": note.replace(lines[2], TreeLog(some_leaves(11)).note().split("\n")[2]),
        "another log of the same key": Checkpoint(OTHER_ORIGIN, 12, state.root).sign(log.key),
        "another key": TreeLog(log.leaves, OTHER_KEY).note(),
        "signature of another checkpoint": note.replace(signature, log.note(11).split("\n")[4].split(" ")[2]),
    }
    for name, case in forged.items():
        group.bad(INTEGRITY, name, key=key, note=case)
    random_root = fixed("root of a checkpoint", 32)
    group.good("any root", key=key, note=Checkpoint(log.origin, 3, random_root).sign(log.key))
    return group


def _next_letter(letter: str) -> str:
    """The character of base64 whose value is one higher: where it is the last of a group, a stray bit."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(letter) + 1]
