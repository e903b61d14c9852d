"""Vectors of certificates (ERASURE §4.2): each hostile one fails one step, and is right in everything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.treelog import LOGIN_KEY, ORDER, SALT, STATEMENT, TreeLog, some_leaves
from tests.vectors.audit.cases_log import OTHER_KEY, OTHER_ORIGIN
from tests.vectors.group import FORMAT, INTEGRITY, Group
from vault.audit.leaves import commitment
from vault.wire import canonical
from vault.wire.orders import order_message

Fields = dict[str, Any]
BEFORE, AFTER = 5, 3
KEY = str(TreeLog().public)


def groups() -> Iterator[Group]:
    yield _certificates()


def _certificates() -> Group:
    group = Group("ERASURE §4.2", "certificate")
    for verdict, change in _sound().items():
        known = {"index": BEFORE, "size": BEFORE + 1 + AFTER, "verdict": STATEMENT.verdict} | change.get("known", {})
        group.known(known, verdict, key=KEY, certificate=text(certificate(change.get("statement", {}))))
    for name, given in {**_wrong_files(), **_wrong_forms(), **_wrong_statements()}.items():
        group.bad(FORMAT, f"step 1: {name}", key=KEY, certificate=given)
    for name, wrong in _wrong_leaves().items():
        group.bad(FORMAT, f"step 2: {name}", key=KEY, certificate=text(wrong))
    for name, wrong in _wrong_commitments().items():
        group.bad(INTEGRITY, f"step 3: {name}", key=KEY, certificate=text(wrong))
    for name, (error, wrong) in _wrong_checkpoints().items():
        group.bad(error, f"step 4: {name}", key=KEY, certificate=text(wrong))
    other = str(TreeLog(key=OTHER_KEY).public)
    group.bad(INTEGRITY, "step 4: the verifier key of another", key=other, certificate=text(certificate()))
    for name, wrong in _wrong_proofs().items():
        group.bad(INTEGRITY, f"step 5: {name}", key=KEY, certificate=text(wrong))
    for name, order in _wrong_orders().items():
        wrong_order = {**STATEMENT.payload()["order"], **order}
        group.bad(INTEGRITY, f"step 6: {name}", key=KEY, certificate=text(certificate({"order": wrong_order})))
    for name, senseless in _senseless().items():
        group.bad(FORMAT, f"step 7: {name}", key=KEY, certificate=text(certificate(senseless)))
    return group


def certificate(
    change: Fields | None = None, *, head: bytes = b"\x01\x08", time: int | None = None, log: TreeLog | None = None
) -> Fields:
    """The fields of a certificate whose statement is changed, and which is right otherwise."""
    stated = {**STATEMENT.payload(), **(change or {})}
    log = log or TreeLog()
    at = stated["finished_at"] if time is None else time
    leaf = head + at.to_bytes(8) + commitment(SALT, canonical.encode(stated))
    log.leaves = [*some_leaves(BEFORE), leaf, *some_leaves(AFTER, b"after")]
    return {
        "format": "inkvault-certificate/1",
        "statement": stated,
        "salt": SALT.hex(),
        "leaf": {"index": BEFORE, "data": leaf.hex()},
        "proof": [hashed.hex() for hashed in log.inclusion(BEFORE)],
        "checkpoint": log.note(),
    }


def text(fields: Fields) -> str:
    return canonical.encode(fields).decode() + "\n"


def without(fields: Fields, name: str) -> Fields:
    return {other: value for other, value in fields.items() if other != name}


def _sound() -> dict[str, Fields]:
    limited = {"verdict": "LIMITED", "reason": "copy_on_write", "file_system": "btrfs"}
    keys_only = {"verdict": "KEYS_ONLY", "reason": "database_server", "scan": None}
    return {
        "VERIFIED": {},
        "LIMITED": {"statement": limited, "known": {"verdict": "LIMITED"}},
        "KEYS_ONLY": {"statement": keys_only, "known": {"verdict": "KEYS_ONLY"}},
        "of the whole vault": {"statement": {"scope": "vault", "containers": 0, "records": 0}},
        "done within a second": {"statement": {"requested_at": STATEMENT.finished_at}},
        "of a file system with a name beyond ASCII": {"statement": {"file_system": "\U0001f4be", "options": ""}},
    }


def _wrong_files() -> dict[str, str]:
    right = text(certificate())
    return {
        "empty": "",
        "no line end": right[:-1],
        "two line ends": right + "\n",
        "a line end of Windows": right[:-1] + "\r\n",
        "a space": right.replace(":", ": ", 1),
        "an escape that needs none": right.replace("ext4", "ext\\u0034"),
        "a name twice": right.replace('"format"', '"checkpoint":"","format"', 1),
        "names out of order": right.replace('{"checkpoint"', '{"zcheckpoint"', 1),
        "an array": f"[{right[:-1]}]\n",
        "larger than 64 KiB": text({**certificate(), "proof": ["ab" * 32] * 1_000}),
    }


def _wrong_forms() -> dict[str, str]:
    right = certificate()
    changes: dict[str, Fields] = {
        "another format": {"format": "inkvault-certificate/2"},
        "a field more": {"verdict": "VERIFIED"},
        "salt of 31 bytes": {"salt": "33" * 31},
        "salt in upper case": {"salt": "AB" * 32},
        "salt null": {"salt": None},
        "index negative": {"leaf": {**right["leaf"], "index": -1}},
        "index a string": {"leaf": {**right["leaf"], "index": "5"}},
        "index true": {"leaf": {**right["leaf"], "index": True}},
        "leaf of 41 bytes": {"leaf": {**right["leaf"], "data": right["leaf"]["data"][:-2]}},
        "leaf with a field more": {"leaf": {**right["leaf"], "event": 8}},
        "leaf without its index": {"leaf": {"data": right["leaf"]["data"]}},
        "proof an object": {"proof": {}},
        "proof of numbers": {"proof": [1, 2]},
        "proof of short hashes": {"proof": [hashed[:-2] for hashed in right["proof"]]},
        "proof in upper case": {"proof": [hashed.upper() for hashed in right["proof"]]},
        "checkpoint an object": {"checkpoint": {}},
        "statement an array": {"statement": []},
    }
    wrong = {name: text({**right, **change}) for name, change in changes.items()}
    return wrong | {f"without {name}": text(without(right, name)) for name in right}


def _wrong_statements() -> dict[str, str]:
    """Statements that the log commits to, and that are none."""
    right = STATEMENT.payload()
    changes: dict[str, Fields] = {
        "another type": {"type": "created"},
        "a field more": {"title": "x"},
        "another scope": {"scope": "all"},
        "another verdict": {"verdict": "SHREDDED"},
        "another reason": {"verdict": "LIMITED", "reason": "unlucky"},
        "a count that is negative": {"records": -1},
        "a count that is true": {"keys": True},
        "a count that is text": {"bytes": "12345"},
        "a file system that is null": {"file_system": None},
        "options of 1,001 characters": {"options": "\U0001f4be" * 1_001},
        "a service that is a number": {"service": 1},
        "scan an array": {"scan": []},
        "scan without files": {"scan": {"samples": 1, "found": 0, "bytes": 1}},
        "scan with a field more": {"scan": {"samples": 1, "found": 0, "bytes": 1, "files": 1, "seconds": 1}},
        "scan false": {"scan": False},
        "nothing that is not covered": {"not_covered": []},
        "less that is not covered": {"not_covered": right["not_covered"][:-1]},
        "more that is not covered": {"not_covered": [*right["not_covered"], "x"]},
        "what is not covered in another order": {"not_covered": right["not_covered"][::-1]},
        "order without its key": {"order": without(right["order"], "key")},
        "order with a signature of 63 bytes": {"order": {**right["order"], "signature": "ab" * 63}},
        "order with a hash in upper case": {"order": {**right["order"], "hash": "AB" * 32}},
    }
    wrong = {f"statement with {name}": text(certificate(change)) for name, change in changes.items()}
    for name in right:
        fields = certificate()
        wrong[f"statement without {name}"] = text({**fields, "statement": without(fields["statement"], name)})
    return wrong


def _wrong_leaves() -> dict[str, Fields]:
    return {
        "leaf of version 2": certificate(head=b"\x02\x08"),
        "leaf of an order": certificate(head=b"\x01\x07"),
        "leaf of a login": certificate(head=b"\x01\x02"),
        "leaf of no event": certificate(head=b"\x01\x0a"),
        "leaf of another time": certificate(time=STATEMENT.finished_at + 1),
    }


def _wrong_commitments() -> dict[str, Fields]:
    right = certificate()
    changes: dict[str, Fields] = {
        "more records": {"records": STATEMENT.records + 1},
        "another file system": {"file_system": "xfs"},
        "an earlier request": {"requested_at": STATEMENT.requested_at - 60},
        "another service": {"service": "inkvault 9"},
    }
    wrong = {name: {**right, "statement": {**right["statement"], **change}} for name, change in changes.items()}
    return wrong | {"another salt": {**right, "salt": "34" * 32}}


def _wrong_checkpoints() -> dict[str, tuple[str, Fields]]:
    right = certificate()
    note: str = right["checkpoint"]

    def changed(other: str) -> Fields:
        return {**right, "checkpoint": other}

    return {
        "no checkpoint": (FORMAT, changed("")),
        "an unsigned one": (FORMAT, changed(note[: note.index("\u2014")])),
        "two signatures": (FORMAT, changed(note + note[note.index("\u2014") :])),
        "signed by another": (INTEGRITY, certificate(log=TreeLog(key=OTHER_KEY))),
        "of another log": (INTEGRITY, certificate(log=TreeLog(origin=OTHER_ORIGIN))),
        "of another size": (INTEGRITY, changed(note.replace("\n9\n", "\n19\n"))),
    }


def _wrong_proofs() -> dict[str, Fields]:
    right = certificate()
    leaf, proof = right["leaf"], right["proof"]
    elsewhere = TreeLog([*some_leaves(BEFORE, b"elsewhere"), bytes.fromhex(leaf["data"])])
    return {
        "another index": {**right, "leaf": {**leaf, "index": BEFORE - 1}},
        "the size as index": {**right, "leaf": {**leaf, "index": BEFORE + 1 + AFTER}},
        "no proof": {**right, "proof": []},
        "a hash less": {**right, "proof": proof[:-1]},
        "a hash more": {**right, "proof": [*proof, "00" * 32]},
        "hashes in another order": {**right, "proof": proof[::-1]},
        "a log from before it": {**right, "checkpoint": TreeLog(some_leaves(BEFORE)).note()},
        "a log without it": {**right, "checkpoint": TreeLog(some_leaves(BEFORE + 1 + AFTER)).note()},
        "a proof of another log": {**right, "proof": [hashed.hex() for hashed in elsewhere.inclusion(BEFORE)]},
    }


def _wrong_orders() -> dict[str, Fields]:
    return {
        "signed by another": {"signature": OTHER_KEY.sign(order_message(ORDER)).hex()},
        "the key of another": {"key": OTHER_KEY.public_key().public_bytes_raw().hex()},
        "another order": {"hash": "ab" * 32},
        "a signature of zeros": {"signature": "00" * 64},
        "a signature of the hash alone": {"signature": LOGIN_KEY.sign(ORDER).hex()},
        "a signature of a login": {"signature": LOGIN_KEY.sign(b"inkvault/v1/login" + ORDER).hex()},
    }


def _senseless() -> dict[str, Fields]:
    scan = STATEMENT.payload()["scan"]
    return {
        "a sample was found": {"scan": {**scan, "found": 1}},
        "VERIFIED without a scan": {"scan": None},
        "LIMITED without a scan": {"verdict": "LIMITED", "reason": "network", "scan": None},
        "KEYS_ONLY with a scan": {"verdict": "KEYS_ONLY", "reason": "database_server"},
        "KEYS_ONLY without a reason": {"verdict": "KEYS_ONLY", "scan": None, "reason": ""},
        "VERIFIED with a reason": {"reason": "network"},
        "LIMITED without a reason": {"verdict": "LIMITED"},
        "finished before it was requested": {"requested_at": STATEMENT.finished_at + 1},
    }
