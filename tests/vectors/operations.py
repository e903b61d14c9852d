"""What each operation of the test vectors runs here; the inputs and outputs are those of README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vault.client import snapshot_frames
from vault.core import (
    canonical,
    digest,
    envelope,
    head,
    kdf,
    keyring,
    keyslot,
    model,
    padding,
    recovery,
    resume,
    rootrecords,
    text,
)
from vault.core.envelope import Context, EnvelopeClass
from vault.core.keyslot import SlotHeader, SlotKeys
from vault.core.order import Order, Scope
from vault.core.params import KdfParams
from vault.errors import FormatError
from vault.wire import encodings

Input = dict[str, Any]
Operation = Callable[[Input], Any]


def context_from(fields: Input) -> Context:
    return Context(
        EnvelopeClass(fields["class"]),
        vault_id=bytes.fromhex(fields["vault_id"]),
        container_id=bytes.fromhex(fields["container_id"]),
        record_id=bytes.fromhex(fields["record_id"]),
        version=fields["version"],
    )


class _Bytes:
    """The input's hexadecimal fields as bytes, read when asked for."""

    def __init__(self, fields: Input) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> bytes:
        return bytes.fromhex(self._fields[name])


def _read_header(data: bytes) -> SlotHeader:
    header = SlotHeader.parse(data)
    assert header.encode() == data
    return header


def _slot_header(given: Input) -> Any:
    header = _read_header(bytes.fromhex(given["header"]))
    return {
        "kind": header.kind.value,
        "params": {"m_kib": header.params.m_kib, "t": header.params.t, "p": header.params.p},
        "vault_id": header.vault_id.hex(),
        "slot_id": header.slot_id.hex(),
        "epoch": header.epoch,
    }


def _slot_keys(given: Input) -> Any:
    keys = SlotKeys.derive(*(bytes.fromhex(given[name]) for name in ("secret", "vault_id", "slot_id")))
    return {
        "wrap": keys.wrap.hex(),
        "mac": keys.mac.hex(),
        "login": keys.login.hex(),
        "login_public_key": keys.login_public_key().hex(),
    }


def _header_and_keys(given: Input) -> tuple[SlotHeader, SlotKeys]:
    header = _read_header(bytes.fromhex(given["header"]))
    return header, SlotKeys.derive(bytes.fromhex(given["secret"]), header.vault_id, header.slot_id)


def _slot_seal(given: Input) -> str:
    header, keys = _header_and_keys(given)
    raw = _Bytes(given)
    return keyslot._seal_with_nonce(header, keys, raw.vault_key, raw.nonce).hex()


def _slot_open(given: Input) -> str:
    return keyslot.open_slot(bytes.fromhex(given["slot"]), *_header_and_keys(given)).hex()


def _login(given: Input) -> Any:
    raw = _Bytes(given)
    keys = SlotKeys.derive(raw.secret, raw.vault_id, raw.slot_id)
    what = (given["origin"], raw.vault_id, raw.slot_id, raw.challenge, given["expiry"])
    return {"message": keyslot.login_message(*what).hex(), "signature": keys.sign_login(*what).hex()}


def _order(given: Input) -> Any:
    raw, scope = _Bytes(given), given["scope"]
    keys = SlotKeys.derive(raw.secret, raw.vault_id, raw.slot_id)
    wanted = Scope(
        tuple(map(bytes.fromhex, scope["containers"])),
        tuple(
            (bytes.fromhex(each["container_id"]), tuple(map(bytes.fromhex, each["record_ids"])))
            for each in scope["records"]
        ),
        scope["whole"],
    )
    head_hash = None if given["head_hash"] is None else raw.head_hash
    order = Order(given["origin"], raw.vault_id, raw.slot_id, raw.erasure_id, given["expected_seq"], wanted, head_hash)
    return {
        "scope": wanted.encode().hex(),
        "hash": order.hash().hex(),
        "signature": keys.sign_order(order.hash()).hex(),
    }


def _passphrase_secret(given: Input) -> str:
    salt, params = bytes.fromhex(given["vault_salt"]), KdfParams(**given["params"])
    return kdf.passphrase_secret(given["passphrase"], given["handle"], salt, params).hex()


def _keyring(given: Input) -> keyring.Keyring:
    return keyring.Keyring(bytes.fromhex(given["vault_id"]), bytes.fromhex(given["vault_key"]))


def _wrap(given: Input) -> str:
    raw = _Bytes(given)
    return _keyring(given)._wrap_with_nonce(raw.container_id, given["epoch"], raw.container_key, raw.nonce).hex()


def _unwrap(given: Input) -> str:
    raw = _Bytes(given)
    return _keyring(given).unwrap(raw.container_id, given["epoch"], raw.wrapped).hex()


def _envelope_seal(given: Input) -> str:
    raw = _Bytes(given)
    return envelope._seal_with_nonce(raw.key, context_from(given["context"]), given["payload"], raw.nonce).hex()


def _envelope_open(given: Input) -> Any:
    raw = _Bytes(given)
    return envelope.open(raw.key, context_from(given["context"]), raw.envelope)


def _canonical_decode(given: Input) -> Any:
    data = bytes.fromhex(given["data"])
    payload = canonical.decode(data)
    assert canonical.encode(payload) == data
    return payload


def _unpad(given: Input) -> str:
    padded = bytes.fromhex(given["padded"])
    data = padding.unpad(padded)
    assert padding.pad(data) == padded
    return data.hex()


_MODELS: dict[str, Callable[[Any], Any]] = {
    "head": head.Head.parse,
    "root": model.RootHeader.parse,
    "session": model.SessionHeader.parse,
    "message": model.Message.parse,
    "notebook": rootrecords.Notebook.parse,
    "template": rootrecords.Template.parse,
    "settings": rootrecords.Settings.parse,
    "backup": rootrecords.Backup.parse,
}


def _payload(given: Input) -> Any:
    return _MODELS[given["payload"]["type"]](given["payload"]).payload()


def _element(given: Input) -> str:
    element = _keyring(given).element(context_from(given["context"]), bytes.fromhex(given["envelope"]))
    return element.to_bytes(32).hex()


def _digest(given: Input) -> str:
    total = digest.SetDigest.from_hex(given["start"])
    for element in given["add"]:
        total = total.add(int(element, 16))
    for element in given["remove"]:
        total = total.remove(int(element, 16))
    return total.hex()


def _history(given: Input) -> str:
    history = head.first_history(bytes.fromhex(given["vault_id"]))
    for item in given["heads"]:
        history = head.next_history(history, head.head_hash(bytes.fromhex(item)))
    return history.hex()


def _resume_seal(given: Input) -> str:
    raw = _Bytes(given)
    return resume._seal_with_nonce(
        raw.share, raw.vault_id, raw.login_id, raw.vault_key, raw.slot_id, nonce=raw.nonce
    ).hex()


def _resume_open(given: Input) -> Any:
    raw = _Bytes(given)
    vault_key, slot_id = resume.open_resume(raw.share, raw.vault_id, raw.login_id, raw.value)
    return {"vault_key": vault_key.hex(), "slot_id": slot_id.hex()}


def _base64url(given: Input) -> str:
    data = encodings.b64decode(given["text"])
    assert encodings.b64encode(data) == given["text"]
    return data.hex()


def _id(given: Input) -> str:
    value = encodings.id_from_text(given["text"])
    assert encodings.id_to_text(value) == given["text"]
    return value.hex()


def _snapshot_frames(given: Input) -> Any:
    found = list(snapshot_frames.read_frames([bytes.fromhex(given["data"])]))
    if None in found:
        raise FormatError("a frame of the wrong shape")
    return [shown for frame in found if frame is not None for shown in _shown(frame)]


def _shown(frame: snapshot_frames.SnapshotFrame) -> Iterator[dict[str, Any]]:
    if isinstance(frame, snapshot_frames.StoredRecords):
        for record_id, own, envelope in frame.run:
            assert own[:16] == record_id
            version = int.from_bytes(own[16:])
            yield {"kind": "record", "record_id": record_id.hex(), "version": version, "envelope": envelope.hex()}
        return
    values = {name: value.hex() if isinstance(value, bytes) else value for name, value in frame._asdict().items()}
    yield {"kind": _FRAMES[type(frame)], **values}


_FRAMES: dict[type, str] = {
    snapshot_frames.SnapshotHead: "head",
    snapshot_frames.StoredContainer: "container",
    snapshot_frames.SnapshotEnd: "end",
}


OPERATIONS: dict[str, Operation] = {
    "handle": lambda given: text.normalise_handle(given["handle"]),
    "passphrase": lambda given: text.passphrase_bytes(given["passphrase"]).hex(),
    "hkdf": lambda given: kdf.hkdf(_Bytes(given).key, _Bytes(given).info).hex(),
    "argon2_salt": lambda given: kdf.argon2_salt(given["handle"], _Bytes(given).vault_salt).hex(),
    "prf_input": lambda given: kdf.prf_input(_Bytes(given).vault_id).hex(),
    "passphrase_secret": _passphrase_secret,
    "recovery_encode": lambda given: recovery.encode_recovery_key(_Bytes(given).key),
    "recovery_decode": lambda given: recovery.decode_recovery_key(given["text"]).hex(),
    "slot_keys": _slot_keys,
    "slot_header": _slot_header,
    "slot_seal": _slot_seal,
    "slot_open": _slot_open,
    "login": _login,
    "order": _order,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "aad": lambda given: context_from(given["context"]).aad.hex(),
    "draft_key": lambda given: _keyring(given).draft_key.hex(),
    "envelope_seal": _envelope_seal,
    "envelope_open": _envelope_open,
    "padme": lambda given: padding.padme(given["length"]),
    "pad": lambda given: padding.pad(_Bytes(given).data).hex(),
    "unpad": _unpad,
    "canonical_encode": lambda given: canonical.encode(given["payload"]).hex(),
    "canonical_decode": _canonical_decode,
    "payload": _payload,
    "excerpt": lambda given: text.excerpt(given["text"], given["count"]),
    "element": _element,
    "digest": _digest,
    "history": _history,
    "comparison_code": lambda given: head.comparison_code(
        _Bytes(given).vault_id, given["seq"], _Bytes(given).head_hash
    ),
    "resume_seal": _resume_seal,
    "resume_open": _resume_open,
    "base64url": _base64url,
    "id": _id,
    "snapshot_frames": _snapshot_frames,
}
