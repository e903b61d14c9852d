"""A read-only Inkvault client, written from FORMAT.md ("F n" below) and PROTOCOL.md ("P n") alone.

Its authors saw those two documents and nothing of the product: it shares no line with it. It is a device that has never
seen the vault, so it holds no pins. It reads and verifies everything, and only then prints.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE, ZERO_ID, MOST, U32 = b"\x01", bytes(16), 2**53 - 1, 2**32 - 1
HEAD_CLASS, HEADER_CLASS, RECORD_CLASS = b"\x01", b"\x02", b"\x03"
KINDS = {1: "passphrase", 2: "recovery", 3: "passkey"}
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ANSWER_BYTES = 16 * 2**20


class RefusedError(Exception):
    """Something is not as the documents demand. The text is for tests; F 1 forbids to show which check failed."""


class ServiceError(Exception):
    """The service could not be reached, answered with an error, or changed the vault meanwhile."""


def need(holds: object, what: str) -> None:
    """Refuse unless `holds`."""
    if not holds:
        raise RefusedError(what)


Shape = Callable[[Any], Any]


def shape(holds: Shape, give: Shape = lambda value: value) -> Shape:
    """Make a shape of a test and a conversion."""

    def check(value: Any) -> Any:
        need(holds(value), "shape")
        return give(value)

    return check


def to_base64url(raw: bytes) -> str:
    """Write base64url without padding (P 1)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def string(pattern: str = ".*", give: Shape = lambda value: value) -> Shape:
    """Take a string that matches."""
    return shape(lambda v: isinstance(v, str) and re.fullmatch(pattern, v, re.DOTALL), give)


def blob(low: int, high: int | None = None) -> Shape:
    """Take `low` to `high` bytes, or exactly `low`, in canonical base64url (P 1)."""

    def give(value: str) -> bytes:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        need(to_base64url(raw) == value and low <= len(raw) <= (high or low), "bytes")
        return raw

    return string("([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2,3})?", give)


def number(low: int, high: int = MOST) -> Shape:
    """Take an integer within bounds; true and false are none."""
    return shape(lambda v: type(v) is int and low <= v <= high)


def nullable(inner: Shape) -> Shape:
    """Take null, or what `inner` takes."""
    return lambda value: None if value is None else inner(value)


def array(inner: Shape, low: int, high: int) -> Shape:
    """Take `low` to `high` items."""
    return shape(lambda v: isinstance(v, list) and low <= len(v) <= high, lambda v: [inner(item) for item in v])


def model(*, more: bool = False, **fields: Shape) -> Shape:
    """Take an object with exactly these fields (P 10); with `more`, leave others out of what is given (F 5.2)."""
    return shape(
        lambda v: isinstance(v, dict) and (set(v) == set(fields) or (more and set(v) > set(fields))),
        lambda v: {name: inner(v[name]) for name, inner in fields.items()},
    )


ID, HASH = string("[0-9a-f]{32}", bytes.fromhex), string("[0-9a-f]{64}", bytes.fromhex)
ENVELOPE, VERSION, COUNT, TIME = blob(541, 2 * 2**20), number(1), number(0), number(-MOST)
TEXT, NULL = string(), shape(lambda value: value is None)

# P 10
ERROR_BODY = model(code=string("[a-z_]{1,40}"), message=TEXT, seq=nullable(VERSION), retry_after=nullable(COUNT))
CHALLENGE = model(vault_id=ID, vault_salt=blob(32), slots=array(blob(44), 1, 16), challenge=blob(32), expiry=number(0))
LOGIN = model(login_id=ID, token=blob(32), idle_seconds=number(60, 3600), slot=blob(136), resume_share=blob(32))
CONTAINER = model(container_id=ID, version=VERSION, epoch=number(1, U32), wrapped_key=blob(60), header=ENVELOPE)
CONTAINER_PAGE = model(seq=VERSION, head=ENVELOPE, containers=array(CONTAINER, 0, 1000), next=nullable(ID))
RECORD = model(record_id=ID, version=VERSION, envelope=ENVELOPE)
RECORD_PAGE = model(container=CONTAINER, records=array(RECORD, 0, 1000), next=nullable(ID))

# F 5.3
HEAD_SLOT = model(more=True, id=ID, kind=string("passphrase|recovery|passkey"), hash=HASH, label=TEXT, created_at=TIME)
LOG = model(more=True, key=HASH, origin=string("inkvault/[0-9a-f]{32}"), size=number(1), root=HASH)
HEAD = model(
    more=True, type=string("head"), seq=VERSION, containers=number(1), digest=HASH, history=HASH,
    slot_epoch=number(1, U32), slots=array(HEAD_SLOT, 1, 16), audit=nullable(LOG),
)  # fmt: skip
ROOT = model(more=True, type=string("root"), count=COUNT, digest=HASH)
SESSION = model(
    more=True, type=string("session"), count=COUNT, digest=HASH, title=nullable(string(".{0,200}")),
    opening=string(".{0,50}"), preview=string(".{0,160}"), created_at=TIME, updated_at=TIME, zone=TEXT,
    next_position=COUNT,
)  # fmt: skip
ANY_RECORD = model(more=True, type=TEXT)
MESSAGE = model(
    more=True, type=string("message"), role=string("writer|helper|system|tool"), text=TEXT, position=COUNT,
    created_at=TIME, zone=TEXT,
)  # fmt: skip


def parse_json(raw: bytes, levels: int) -> Any:
    """Read JSON: UTF-8, unique plain keys, safe integers only, well-formed strings, at most `levels` levels."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), "a key twice")
        need(all(re.fullmatch("[a-z][a-z0-9_]{0,63}", key) for key, _ in pairs), "key alphabet")
        return dict(pairs)

    def integer(digits: str) -> int:
        need(len(digits) <= 17 and digits != "-0" and abs(int(digits)) <= MOST, "number out of range")
        return int(digits)

    def walk(value: Any, left: int) -> None:
        if isinstance(value, str):
            value.encode()  # a lone surrogate raises a ValueError
        elif isinstance(value, dict | list):
            need(left > 0, "nesting")
            for child in value.values() if isinstance(value, dict) else value:
                walk(child, left - 1)

    none = shape(lambda _: False)  # fractions, exponents, NaN and the infinities
    hooks: dict[str, Any] = {"parse_int": integer, "parse_float": none, "parse_constant": none}
    try:
        tree = json.loads(raw.decode(), object_pairs_hook=unique, **hooks)
        walk(tree, levels)
    except (ValueError, RecursionError) as error:
        raise RefusedError("JSON") from error
    return tree


def normal_handle(name: str) -> str:
    """Normalise the name of a vault."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())
    handle = re.sub("[\t-\r ]+", " ", folded).strip(" ")
    classes = {unicodedata.category(character) for character in handle}
    need(not any(c[0] == "C" or c in ("Zl", "Zp") for c in classes), "handle")
    need(1 <= len(handle) <= 64 and len(handle.encode()) <= 256, "length of handle")
    return handle


def recovery_key(written: str) -> bytes:
    """Read the 32 bytes of a recovery key in its written form."""
    need(written.isascii(), "recovery key alphabet")
    plain = re.sub("[\t-\r -]", "", written).upper().translate(str.maketrans("OIL", "011"))
    need(len(plain) == 56 and set(plain) <= set(CROCKFORD), "recovery key")
    raw = sum(CROCKFORD.index(c) << 5 * place for place, c in enumerate(reversed(plain))).to_bytes(35)
    need(sha256(b"inkvault/v1/recovery", raw[:32])[:3] == raw[32:], "recovery key check bits")
    return raw[:32]


def secret_value(secret: str | bytes, header: bytes, salt: bytes) -> bytes:
    """Make the value S of a passphrase (str) or recovery key (bytes) for a slot (F 3.1)."""
    if isinstance(secret, bytes):
        need(len(secret) == 32, "recovery key")
        return secret
    raw = unicodedata.normalize("NFKC", secret).encode()
    need(1 <= len(raw) <= 1024, "passphrase length")
    return hash_secret_raw(raw, salt, header[6], int.from_bytes(header[2:6]), header[7], 32, Type.ID, 0x13)


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the concatenation."""
    return hashlib.sha256(b"".join(parts)).digest()


def derive(key: bytes, label: str, *parts: bytes) -> bytes:
    """HKDF; the info is "inkvault/v1/", the label and the parts."""
    return HKDF(SHA256(), 32, b"", b"inkvault/v1/" + label.encode() + b"".join(parts)).derive(key)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Open AES-256-GCM; `sealed` is nonce, ciphertext and tag."""
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], aad)
    except InvalidTag as error:
        raise RefusedError("tag") from error


def open_envelope(key: bytes, aad: bytes, envelope: bytes) -> Any:
    """Open an envelope: the payload (F 5)."""
    need(envelope[:1] == SUITE, "suite of envelope")
    padded = unseal(key, envelope[1:], SUITE + aad)
    length = int.from_bytes(padded[:4])
    least = max(4 + length, 512)
    exponent = least.bit_length() - 1
    unit = 1 << exponent - exponent.bit_length()
    need(len(padded) == -(-least // unit) * unit and not any(padded[4 + length :]), "padding")
    plain = padded[4 : 4 + length]
    tree = parse_json(plain, 32)
    again = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    need(again.encode() == plain, "not canonical")
    return tree


def check_slot_header(raw: bytes, vault_id: bytes) -> None:
    """Check suite, kind, epoch, bounds and vault_id of a slot header (F 3.1, 3.3)."""
    kind, m, t, p = raw[1], int.from_bytes(raw[2:6]), raw[6], raw[7]
    need(raw[:1] == SUITE and kind in KINDS and any(raw[40:44]), "slot header")
    within = 65_536 <= m <= 1_048_576 and 3 <= t <= 10 and 1 <= p <= 4 if kind == 1 else m == t == p == 0
    need(within, "key derivation out of bounds")
    need(raw[8:24] == vault_id, "slot of another vault")


def open_slot(value: bytes, header: bytes, slot: bytes) -> bytes:
    """Open the slot that the login brought: the vault key. The MAC is compared first (F 3.3)."""
    need(slot[:44] == header, "not the header shown before login")
    tag = hmac.digest(derive(value, "slot/mac", header[8:40]), slot[:104], "sha256")
    need(hmac.compare_digest(tag, slot[104:]), "slot MAC")
    return unseal(derive(value, "slot/wrap", header[8:40]), slot[44:104], header)


class Service:
    """Requests to one service; follows no redirect, reads no answer past its bound."""

    def __init__(self, server: str) -> None:
        """Take the address apart; what remains is the origin that logins are signed for (F 3.4)."""
        local = r"http://(?:localhost|\[::1]|127(?:\.[0-9]{1,3}){3})"
        remote = r"https://(?:[a-z0-9.-]+|\[[0-9a-f:]+])"
        parts = re.fullmatch(f"({local}|{remote})(:[1-9][0-9]{{0,4}})?/?", server.lower())
        if parts is None:
            raise ServiceError("the server is no https origin, nor an http origin of this machine")
        usual = {"http": ":80", "https": ":443"}[parts[1].partition(":")[0]]
        self.origin, self.token = parts[1] + ("" if parts[2] in (None, usual) else parts[2]), ""

    def ask(self, method: str, path: str, wanted: Shape, body: dict[str, Any] | None = None) -> Any:
        """Send one request; the answer in its shape."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = None if body is None else json.dumps(body).encode()
        headers |= {} if body is None else {"Content-Type": "application/json"}
        scheme, _, place = self.origin.partition("://")
        link = (http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection)(place, timeout=60)
        try:
            link.request(method, "/api/v1" + path, sent, headers)
            answer = link.getresponse()
            raw = answer.read(ANSWER_BYTES + 1)
        except (OSError, ValueError, OverflowError, http.client.HTTPException) as error:
            raise ServiceError("no answer from the service") from error
        finally:
            link.close()
        need(len(raw) <= ANSWER_BYTES and answer.getheader("Content-Encoding") is None, "answer")
        if answer.status == 204:
            return wanted(None)
        need(answer.status == 200 or answer.status >= 400, "status")
        need((answer.getheader("Content-Type") or "").partition(";")[0].strip() == "application/json", "media type")
        value = parse_json(raw, 16)
        if answer.status >= 400:
            raise ServiceError(f"the service answered {answer.status} {ERROR_BODY(value)['code']}")
        return wanted(value)

    def pages(self, path: str, wanted: Shape, listed: str, name: str) -> Iterator[Any]:
        """Ask for page after page (P 7); each id must be above the one before, the first above zero."""
        last, query = ZERO_ID, ""
        while True:
            page = self.ask("GET", path + query, wanted)
            for item in page[listed]:
                need(item[name] > last, "not in the order of ids")
                last = item[name]
            yield page
            if page["next"] is None:
                return
            need(page[listed] and page["next"] == last, "next")
            query = f"?after={last.hex()}"


@dataclass
class Vault:
    """A vault after login: lists, verifies and opens what the service stores (F 7.1)."""

    service: Service
    vault_id: bytes
    slot: bytes
    vault_key: bytes

    def read(self) -> tuple[list[dict[str, Any]], int, str]:
        """All sessions by creation time, the sequence number and the comparison code."""
        seq, sealed_head, containers = self.list_containers()
        wrap_key = derive(self.vault_key, "wrap", self.vault_id)
        keys: dict[bytes, bytes] = {}
        headers = []
        for one in containers:
            ids = self.vault_id + one["container_id"]
            key = unseal(wrap_key, one["wrapped_key"], SUITE + ids + one["epoch"].to_bytes(4))
            opened = open_envelope(key, HEADER_CLASS + ids + ZERO_ID + one["version"].to_bytes(8), one["header"])
            headers.append((ROOT if one["container_id"] == self.vault_id else SESSION)(opened))
            keys[one["container_id"]] = key
        need(self.vault_id in keys, "no root container")
        aad = HEAD_CLASS + self.vault_id * 2 + ZERO_ID + seq.to_bytes(8)
        self.check_head(seq, HEAD(open_envelope(keys[self.vault_id], aad, sealed_head)), containers)
        sessions = []
        for one, header in zip(containers, headers, strict=True):
            messages = self.open_records(one, keys[one["container_id"]], header)
            if header["type"] == "session":
                sessions.append({**header, "id": one["container_id"], "messages": messages})
        sessions.sort(key=lambda session: (session["created_at"], session["id"]))
        bits = int.from_bytes(sha256(b"inkvault/v1/compare", self.vault_id, seq.to_bytes(8), sha256(sealed_head))[:5])
        code = "".join(CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))
        return sessions, seq, f"{code[:4]}-{code[4:]}"

    def list_containers(self) -> tuple[int, bytes, list[dict[str, Any]]]:
        """Fetch the sequence number, the head and all containers."""
        heads, containers = set(), []
        for page in self.service.pages("/containers", CONTAINER_PAGE, "containers", "container_id"):
            heads.add((page["seq"], page["head"]))
            if len({seq for seq, _ in heads}) > 1:
                raise ServiceError("the vault changed while it was read; run again")
            need(len(heads) == 1, "two heads with one sequence number")
            containers += page["containers"]
        return *heads.pop(), containers

    def check_head(self, seq: int, head: Any, containers: list[dict[str, Any]]) -> None:
        """Check the head against the answer, our slot and the containers (F 7.1, rule 2)."""
        need(head["seq"] == seq, "sequence number")
        need(int.from_bytes(self.slot[40:44]) <= head["slot_epoch"], "slot epoch")
        ids = [entry["id"] for entry in head["slots"]]
        need(ids == sorted(set(ids)), "slots by id")
        ours = self.slot[24:40], KINDS[self.slot[1]], sha256(self.slot)
        named = [(entry["id"], entry["kind"], entry["hash"]) for entry in head["slots"]]
        need(ours in named, "our slot is not in the head")
        need(head["containers"] == len(containers), "number of containers")
        items = [(one["container_id"] + ZERO_ID, one["version"], one["header"]) for one in containers]
        need(self.digest(HEADER_CLASS, items) == head["digest"], "digest of containers")
        first = sha256(b"inkvault/v1/history", self.vault_id)
        need(seq > 1 or head["history"] == first, "history of the first head")

    def digest(self, kind: bytes, items: list[tuple[bytes, int, bytes]]) -> bytes:
        """Compute the digest of a set of (container_id and record_id, version, envelope) (F 6)."""
        key = derive(self.vault_key, "digest", self.vault_id)
        parts = (kind + ids + version.to_bytes(8) + sha256(envelope) for ids, version, envelope in items)
        return (sum(int.from_bytes(hmac.digest(key, part, "sha256")) for part in parts) % 2**256).to_bytes(32)

    def open_records(self, one: dict[str, Any], key: bytes, header: Any) -> list[dict[str, Any]]:
        """Fetch a container's records, check them against its verified header, open them: the messages in order."""
        items: list[tuple[bytes, int, bytes]] = []
        path = f"/containers/{one['container_id'].hex()}/records"
        for page in self.service.pages(path, RECORD_PAGE, "records", "record_id"):
            if page["container"]["version"] > one["version"]:
                raise ServiceError("the vault changed while it was read; run again")
            need(page["container"] == one, "another copy of the container")
            items += [(one["container_id"] + r["record_id"], r["version"], r["envelope"]) for r in page["records"]]
            need(len(items) <= header["count"], "too many records")
        need(len(items) == header["count"], "number of records")
        need(self.digest(RECORD_CLASS, items) == header["digest"], "digest of records")
        messages = []
        for ids, version, envelope in items:
            opened = open_envelope(key, RECORD_CLASS + self.vault_id + ids + version.to_bytes(8), envelope)
            if ANY_RECORD(opened)["type"] == "message" and header["type"] == "session":
                messages.append((MESSAGE(opened), ids))
        messages.sort(key=lambda entry: (entry[0]["position"], entry[1]))
        return [message for message, _ in messages]


def log_in(service: Service, handle: str, secret: str | bytes) -> Vault:
    """Log in (P 4) and open the slot."""
    offer = service.ask("POST", "/logins/challenge", CHALLENGE, {"handle": handle})
    vault_id, origin = offer["vault_id"], service.origin.encode()
    for header in offer["slots"]:
        check_slot_header(header, vault_id)
    need(len({header[24:40] for header in offer["slots"]}) == len(offer["slots"]), "a slot twice")
    headers = [header for header in offer["slots"] if header[1] == (2 if isinstance(secret, bytes) else 1)]
    if not headers:
        raise ServiceError("nothing of this kind opens the vault")
    need(len(headers) == 1, "two slots of one kind")
    header = headers[0]
    value = secret_value(secret, header, sha256(b"inkvault/v1/salt", handle.encode(), offer["vault_salt"]))
    signed = b"inkvault/v1/login" + len(origin).to_bytes(2) + origin + header[8:40]
    signed += offer["challenge"] + offer["expiry"].to_bytes(8)
    signature = Ed25519PrivateKey.from_private_bytes(derive(value, "slot/login", header[8:40])).sign(signed)
    body = {"vault_id": vault_id.hex(), "slot_id": header[24:40].hex(), "challenge": to_base64url(offer["challenge"])}
    body |= {"origin": service.origin, "signature": to_base64url(signature), "carrier": "bearer"}
    numbers = {"expiry": offer["expiry"], "idle_seconds": 3600}
    login = service.ask("POST", "/logins", LOGIN, body | numbers)
    service.token = to_base64url(login["token"])
    return Vault(service, vault_id, login["slot"], open_slot(value, header, login["slot"]))


def read_all(server: str, handle: str, secret: str | bytes) -> tuple[list[dict[str, Any]], int, str]:
    """Headers with messages, the sequence number and the comparison code. A failed check ends the login."""
    service = Service(server)
    try:
        return log_in(service, normal_handle(handle), secret).read()
    finally:
        if service.token:
            with suppress(ServiceError, RefusedError):
                service.ask("DELETE", "/logins/current", NULL)


def read_vault(server: str, handle: str, secret: str | bytes) -> list[dict[str, Any]]:
    """All sessions by creation time; `secret` is a passphrase, or the 32 bytes that `recovery_key` returns."""
    return [
        {"title": one["title"], "messages": [{"role": m["role"], "text": m["text"]} for m in one["messages"]]}
        for one in read_all(server, handle, secret)[0]
    ]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Read an Inkvault vault, changing nothing.")
    parser.add_argument("--server", required=True, help="origin of the service, such as http://127.0.0.1:8765")
    parser.add_argument("--vault", required=True, help="name of the vault")
    files = parser.add_mutually_exclusive_group(required=True)
    files.add_argument("--passphrase-file", type=Path, help="one line ending at its end is not part of the passphrase")
    files.add_argument("--recovery-key-file", type=Path)
    options = parser.parse_args()
    try:
        written = (options.passphrase_file or options.recovery_key_file).read_bytes().decode()
        secret = re.sub("\r?\n\\Z", "", written) if options.passphrase_file else recovery_key(written)
        sessions, seq, code = read_all(options.server, options.vault, secret)
    except (RefusedError, ServiceError, OSError, UnicodeError) as error:
        shown = "a check failed; nothing is shown" if isinstance(error, RefusedError) else str(error)
        print(f"stranger_client: {shown}", file=sys.stderr)
        return 1
    print(f"sequence number {seq}, comparison code {code}", file=sys.stderr)
    lines: list[str] = []
    for one in sessions:
        lines += [f"# {one['opening'] if one['title'] is None else one['title']}"]
        lines += [f"{message['role']}: {message['text']}" for message in one["messages"]]
    sys.stdout.buffer.write("".join(line + "\n" for line in lines).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
