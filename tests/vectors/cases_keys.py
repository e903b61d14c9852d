"""Vectors of keys: derivations, slots, logins, wrapped container keys, resume values."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.group import (
    CONTAINER_ID,
    CONTAINER_KEY,
    FORMAT,
    INTEGRITY,
    OTHER_CONTAINER_ID,
    OTHER_VAULT_ID,
    OTHER_VAULT_KEY,
    POLICY,
    SLOT_ID,
    VAULT_ID,
    VAULT_KEY,
    Group,
    fixed,
    flipped,
)
from tests.vectors.multikey import multi_key_slot
from vault.core import keyslot, resume
from vault.core.keyring import Keyring
from vault.core.params import CAP, FLOOR, NO_PARAMS, PROFILE, KdfParams, SlotKind

SECRET = fixed("slot secret", 32)
OTHER_SECRET = fixed("other slot secret", 32)
SALT = fixed("vault salt", 32)
NONCE = fixed("nonce", 12)
HEADERS = {
    "passphrase": keyslot.SlotHeader(SlotKind.PASSPHRASE, PROFILE, VAULT_ID, SLOT_ID, 5),
    "recovery key": keyslot.SlotHeader(SlotKind.RECOVERY, NO_PARAMS, VAULT_ID, SLOT_ID, 2),
    "passkey": keyslot.SlotHeader(SlotKind.PASSKEY, NO_PARAMS, VAULT_ID, SLOT_ID, 2**32 - 1),
}
SLOT_FIELDS = {
    "vault id": (8, 24),
    "slot id": (24, 40),
    "epoch": (40, 44),
    "nonce": (44, 56),
    "ciphertext": (56, 88),
    "tag": (88, 104),
    "HMAC": (104, 136),
}
"""First byte and end of each field whose change only authentication, or the header shown before, can tell."""


def groups() -> Iterator[Group]:
    yield _hkdf()
    yield from _derivations()
    yield _slot_keys()
    yield _slot_headers()
    yield _slot_seal()
    yield _slot_open()
    yield _login()
    yield from _wrapped()
    yield from _resume()


def _hkdf() -> Group:
    group = Group("FORMAT §1", "hkdf")
    group.known(
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
        "RFC 5869, test case 3, first 32 bytes",
        key=b"\x0b" * 22,
        info=b"",
    )
    group.good("32-byte key", key=fixed("hkdf", 32), info=b"inkvault/v1/wrap" + VAULT_ID)
    return group


def _derivations() -> Iterator[Group]:
    salt = Group("FORMAT §3.1", "argon2_salt")
    salt.good("plain handle", handle="ada", vault_salt=SALT)
    salt.good("handle outside ASCII", handle="zo\u00eb \U0001f58b", vault_salt=SALT)
    yield salt
    prf = Group("FORMAT §3.1", "prf_input")
    prf.good("random vault id", vault_id=VAULT_ID)
    yield prf
    yield _passphrase_secrets()


def _params(params: KdfParams) -> dict[str, int]:
    return {"m_kib": params.m_kib, "t": params.t, "p": params.p}


def _passphrase_secrets() -> Group:
    group = Group("FORMAT §3.1", "passphrase_secret")
    base = {"passphrase": "correct horse battery staple", "handle": "ada", "vault_salt": SALT}
    group.good("lowest costs", **base, params=_params(FLOOR))
    group.good("four lanes", **base, params=_params(KdfParams(FLOOR.m_kib, FLOOR.t, CAP.p)))
    unusual = {"passphrase": " Cafe\u0301 \ufb01\t", "handle": "  Zoe\u0308\u00a0 X ", "vault_salt": SALT}
    group.good("both texts are normalised", **unusual, params=_params(FLOOR))
    for name, m_kib, t, p in (
        ("too little memory", FLOOR.m_kib - 1, 3, 1),
        ("8 MiB", 8_192, 3, 1),
        ("too much memory", CAP.m_kib + 1, 3, 1),
        ("memory 2^31", 2**31, 3, 1),
        ("no memory", 0, 3, 1),
        ("too few passes", FLOOR.m_kib, 2, 1),
        ("no passes", FLOOR.m_kib, 0, 1),
        ("too many passes", FLOOR.m_kib, 11, 1),
        ("no lanes", FLOOR.m_kib, 3, 0),
        ("too many lanes", FLOOR.m_kib, 3, 5),
        ("all zero, as for other kinds", 0, 0, 0),
    ):
        group.bad(POLICY, name, **base, params=_params(KdfParams(m_kib, t, p)))
    good = _params(FLOOR)
    group.bad(FORMAT, "lone surrogate", **{**base, "passphrase": "\ud800"}, params=good)
    group.bad(FORMAT, "no handle", **{**base, "handle": " "}, params=good)
    return group


def _slot_keys() -> Group:
    group = Group("FORMAT §3.2", "slot_keys")
    group.good("random secret", secret=SECRET, vault_id=VAULT_ID, slot_id=SLOT_ID)
    group.good("another slot", secret=SECRET, vault_id=VAULT_ID, slot_id=fixed("other slot id", 16))
    group.good("another vault", secret=SECRET, vault_id=OTHER_VAULT_ID, slot_id=SLOT_ID)
    return group


def _slot_headers() -> Group:
    group = Group("FORMAT §3.3", "slot_header")
    for name, header in HEADERS.items():
        group.good(name, header=header.encode())
    for name, params in (("lowest costs", FLOOR), ("highest costs", CAP)):
        group.good(name, header=keyslot.SlotHeader(SlotKind.PASSPHRASE, params, VAULT_ID, SLOT_ID, 7).encode())
    top = HEADERS["passphrase"].encode()
    bare = HEADERS["recovery key"].encode()
    for name, data in (
        ("empty", b""),
        ("43 bytes", top[:-1]),
        ("45 bytes", top + b"\0"),
        ("suite 0", b"\x00" + top[1:]),
        ("suite 2", b"\x02" + top[1:]),
        ("suite 255", b"\xff" + top[1:]),
        ("kind 0", b"\x01\x00" + top[2:]),
        ("kind 4", b"\x01\x04" + top[2:]),
        ("epoch 0", top[:-4] + bytes(4)),
    ):
        group.bad(FORMAT, name, header=data)
    for name, data in (
        ("memory below the floor", top[:2] + (65_535).to_bytes(4) + top[6:]),
        ("8 MiB", top[:2] + (8_192).to_bytes(4) + top[6:]),
        ("memory 2^31", top[:2] + (2**31).to_bytes(4) + top[6:]),
        ("memory above the cap", top[:2] + (1_048_577).to_bytes(4) + top[6:]),
        ("1 pass", top[:6] + b"\x01" + top[7:]),
        ("11 passes", top[:6] + b"\x0b" + top[7:]),
        ("no lanes", top[:7] + b"\x00" + top[8:]),
        ("5 lanes", top[:7] + b"\x05" + top[8:]),
        ("passphrase slot without costs", top[:2] + bytes(6) + top[8:]),
        ("recovery slot with costs", bare[:2] + top[2:8] + bare[8:]),
        ("passkey slot with one lane", b"\x01\x03" + bytes(5) + b"\x01" + bare[8:]),
    ):
        group.bad(POLICY, name, header=data)
    return group


def _slot(header: keyslot.SlotHeader, secret: bytes = SECRET) -> bytes:
    keys = keyslot.SlotKeys.derive(secret, header.vault_id, header.slot_id)
    return keyslot._seal_with_nonce(header, keys, VAULT_KEY, NONCE)


def _slot_seal() -> Group:
    group = Group("FORMAT §3.3", "slot_seal")
    for name, header in HEADERS.items():
        group.good(name, header=header.encode(), secret=SECRET, vault_key=VAULT_KEY, nonce=NONCE)
    return group


def _slot_open() -> Group:
    group = Group("FORMAT §3.3", "slot_open")
    for name, header in HEADERS.items():
        group.known(VAULT_KEY, name, slot=_slot(header), header=header.encode(), secret=SECRET)
    header = HEADERS["passphrase"]
    top, slot = header.encode(), _slot(header)
    base = {"header": top, "secret": SECRET}
    group.bad(INTEGRITY, "wrong secret", slot=slot, header=top, secret=OTHER_SECRET)
    for name, (start, end) in SLOT_FIELDS.items():
        group.bad(INTEGRITY, f"{name}: first bit", slot=flipped(slot, start, 7), **base)
        group.bad(INTEGRITY, f"{name}: last bit", slot=flipped(slot, end - 1), **base)
    for name, changed in (
        ("empty", b""),
        ("header alone", top),
        ("one byte short", slot[:-1]),
        ("one byte long", slot + b"\0"),
        ("without HMAC", slot[:104]),
        ("suite 0", b"\x00" + slot[1:]),
        ("suite 255", b"\xff" + slot[1:]),
        ("kind 0", slot[:1] + b"\x00" + slot[2:]),
        ("kind 4", slot[:1] + b"\x04" + slot[2:]),
        ("epoch 0", slot[:40] + bytes(4) + slot[44:]),
    ):
        group.bad(FORMAT, name, slot=changed, **base)
    for name, changed in (
        ("kind changed to recovery key", slot[:1] + b"\x02" + slot[2:]),
        ("memory 8 MiB", slot[:2] + (8_192).to_bytes(4) + slot[6:]),
        ("1 pass", slot[:6] + b"\x01" + slot[7:]),
        ("no lanes", slot[:7] + b"\x00" + slot[8:]),
    ):
        group.bad(POLICY, name, slot=changed, **base)
    group.bad(INTEGRITY, "memory changed within the bounds", slot=slot[:2] + (65_536).to_bytes(4) + slot[6:], **base)
    group.bad(INTEGRITY, "passes changed within the bounds", slot=slot[:6] + b"\x04" + slot[7:], **base)
    group.bad(INTEGRITY, "lanes changed within the bounds", slot=slot[:7] + b"\x02" + slot[8:], **base)
    _add_swapped_headers(group)
    _add_multi_key(group)
    return group


def _add_swapped_headers(group: Group) -> None:
    """Slots that are right in themselves, but not the one whose header was shown before login."""
    header = HEADERS["recovery key"]
    shown = header.encode()
    for name, other in (
        ("right slot of a later epoch", keyslot.SlotHeader(header.kind, NO_PARAMS, VAULT_ID, SLOT_ID, 3)),
        ("right slot of another kind", keyslot.SlotHeader(SlotKind.PASSKEY, NO_PARAMS, VAULT_ID, SLOT_ID, 2)),
        ("right slot of another vault", keyslot.SlotHeader(header.kind, NO_PARAMS, OTHER_VAULT_ID, SLOT_ID, 2)),
        ("right slot with another id", keyslot.SlotHeader(header.kind, NO_PARAMS, VAULT_ID, fixed("x", 16), 2)),
    ):
        group.bad(INTEGRITY, name, slot=_slot(other), header=shown, secret=SECRET)
    lower = keyslot.SlotHeader(SlotKind.PASSPHRASE, FLOOR, VAULT_ID, SLOT_ID, 5).encode()
    slot = _slot(HEADERS["passphrase"])
    group.bad(INTEGRITY, "header shown before login had lower costs", slot=slot, header=lower, secret=SECRET)


def _add_multi_key(group: Group) -> None:
    """A partitioning oracle (Len et al., 2021): GCM accepts one ciphertext under the keys of two secrets."""
    header = HEADERS["recovery key"]
    base = {"header": header.encode()}
    by_secret = {}
    for name, secret in (("first", SECRET), ("second", OTHER_SECRET)):
        by_secret[name] = multi_key_slot(header, SECRET, OTHER_SECRET, NONCE, mac_secret=secret)
        group.good(f"control: multi-key slot, HMAC of the {name} secret", slot=by_secret[name], secret=secret, **base)
    group.bad(
        INTEGRITY, "multi-key slot, HMAC of the other secret", slot=by_secret["first"], secret=OTHER_SECRET, **base
    )
    group.bad(INTEGRITY, "multi-key slot, HMAC of the one secret", slot=by_secret["second"], secret=SECRET, **base)
    for name, secret in (("first", SECRET), ("second", OTHER_SECRET)):
        nobody = multi_key_slot(header, SECRET, OTHER_SECRET, NONCE, mac_secret=None)
        group.bad(INTEGRITY, f"multi-key slot, HMAC of nobody, {name} secret", slot=nobody, secret=secret, **base)


def _login() -> Group:
    group = Group("FORMAT §3.4", "login")
    base = {"secret": SECRET, "vault_id": VAULT_ID, "slot_id": SLOT_ID, "challenge": fixed("challenge", 32)}
    group.good("TLS origin", **base, origin="https://ink.example", expiry=1_800_000_000)
    group.good("loopback origin with port", **base, origin="http://127.0.0.1:8765", expiry=1_800_000_120)
    group.good("latest expiry", **base, origin="https://ink.example", expiry=2**53 - 1)
    group.bad(FORMAT, "origin outside ASCII", **base, origin="https://t\u00efnte.example", expiry=1_800_000_000)
    group.bad(FORMAT, "expiry 2^53", **base, origin="https://ink.example", expiry=2**53)
    short = {**base, "challenge": fixed("challenge", 31)}
    group.bad(FORMAT, "challenge of 31 bytes", **short, origin="https://ink.example", expiry=1_800_000_000)
    return group


def _wrapped() -> Iterator[Group]:
    vault = {"vault_id": VAULT_ID, "vault_key": VAULT_KEY}
    wrap = Group("FORMAT §4", "wrap")
    unwrap = Group("FORMAT §4", "unwrap")
    keyring = Keyring(VAULT_ID, VAULT_KEY)
    for name, container_id, epoch in (
        ("session, epoch 1", CONTAINER_ID, 1),
        ("root container", VAULT_ID, 1),
        ("last epoch", CONTAINER_ID, 2**32 - 1),
    ):
        place = {**vault, "container_id": container_id, "epoch": epoch}
        wrap.good(name, **place, container_key=CONTAINER_KEY, nonce=NONCE)
        wrapped = keyring._wrap_with_nonce(container_id, epoch, CONTAINER_KEY, NONCE)
        unwrap.known(CONTAINER_KEY, name, **place, wrapped=wrapped)
    wrapped = keyring._wrap_with_nonce(CONTAINER_ID, 1, CONTAINER_KEY, NONCE)
    place = {**vault, "container_id": CONTAINER_ID, "epoch": 1}
    for name, change in (
        ("another container", {"container_id": OTHER_CONTAINER_ID}),
        ("another epoch", {"epoch": 2}),
        ("another vault", {"vault_id": OTHER_VAULT_ID}),
        ("another vault key", {"vault_key": OTHER_VAULT_KEY}),
    ):
        unwrap.bad(INTEGRITY, name, **{**place, **change}, wrapped=wrapped)
    for name, index in (("nonce", 0), ("ciphertext", 12), ("tag", 59)):
        unwrap.bad(INTEGRITY, f"{name} changed", **place, wrapped=flipped(wrapped, index))
    unwrap.bad(FORMAT, "one byte short", **place, wrapped=wrapped[:-1])
    unwrap.bad(FORMAT, "one byte long", **place, wrapped=wrapped + b"\0")
    unwrap.bad(FORMAT, "empty", **place, wrapped=b"")
    unwrap.bad(FORMAT, "epoch 0", **{**place, "epoch": 0}, wrapped=wrapped)
    wrap.bad(FORMAT, "epoch 0", **{**place, "epoch": 0}, container_key=CONTAINER_KEY, nonce=NONCE)
    wrap.bad(FORMAT, "epoch 2^32", **{**place, "epoch": 2**32}, container_key=CONTAINER_KEY, nonce=NONCE)
    wrap.bad(FORMAT, "key of 31 bytes", **place, container_key=CONTAINER_KEY[:-1], nonce=NONCE)
    yield wrap
    yield unwrap
    draft = Group("FORMAT §5", "draft_key")
    draft.good("random vault", **vault)
    yield draft


def _resume() -> Iterator[Group]:
    share, login_id = fixed("resume share", 32), fixed("login id", 16)
    base = {"share": share, "vault_id": VAULT_ID, "login_id": login_id}
    seal = Group("FORMAT §8", "resume_seal")
    seal.good("random", **base, vault_key=VAULT_KEY, slot_id=SLOT_ID, nonce=NONCE)
    yield seal
    group = Group("FORMAT §8", "resume_open")
    value = resume._seal_with_nonce(share, VAULT_ID, login_id, VAULT_KEY, SLOT_ID, nonce=NONCE)
    group.known({"vault_key": VAULT_KEY, "slot_id": SLOT_ID}, "random", **base, value=value)
    for name, change in (
        ("share of another login", {"share": fixed("other share", 32)}),
        ("another vault", {"vault_id": OTHER_VAULT_ID}),
        ("another login", {"login_id": fixed("other login id", 16)}),
        ("ciphertext changed", {"value": flipped(value, 20)}),
        ("tag changed", {"value": flipped(value, 76)}),
    ):
        group.bad(INTEGRITY, name, **{**base, "value": value, **change})
    for name, changed in (
        ("suite 0", b"\x00" + value[1:]),
        ("suite 255", b"\xff" + value[1:]),
        ("one byte short", value[:-1]),
        ("one byte long", value + b"\0"),
        ("empty", b""),
    ):
        group.bad(FORMAT, name, **base, value=changed)
    yield group
