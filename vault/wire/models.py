"""Requests and responses of the service (docs/PROTOCOL.md). The one definition: it validates, it makes the OpenAPI
document, and that makes the TypeScript types.

Bytes travel as canonical base64url (:mod:`vault.wire.encodings`), ids as 32 hexadecimal digits. Unknown fields are
refused on both sides: a field nobody asked for is how a lying server smuggles in policy.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass

from vault.errors import FormatError
from vault.wire import limits
from vault.wire.codes import ErrorCode
from vault.wire.encodings import b64decode, b64encode, id_from_text, id_to_text


def _text_bytes(minimum: int, maximum: int) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    """Validator, serializer and schema of bytes that travel as base64url, `minimum` to `maximum` bytes long."""

    def validate(value: object) -> bytes:
        if isinstance(value, str):
            try:
                value = b64decode(value)
            except FormatError as error:
                raise ValueError(str(error)) from None
        if not isinstance(value, bytes) or not minimum <= len(value) <= maximum:
            raise ValueError(f"must be {minimum} to {maximum} bytes in base64url")
        return value

    low, high = (-(-8 * count // 6) for count in (minimum, maximum))
    schema = {
        "type": "string",
        "format": "base64url",
        "pattern": "^[A-Za-z0-9_-]*$",
        "minLength": low,
        "maxLength": high,
    }
    return PlainValidator(validate), PlainSerializer(b64encode, when_used="json"), WithJsonSchema(schema)


def _validate_id(value: object) -> bytes:
    if isinstance(value, str):
        try:
            value = id_from_text(value)
        except FormatError as error:
            raise ValueError(str(error)) from None
    if not isinstance(value, bytes) or len(value) != limits.ID_BYTES:
        raise ValueError("must be 32 lower-case hexadecimal digits")
    return value


def _validate_record_id(value: bytes) -> bytes:
    if value == bytes(limits.ID_BYTES):
        raise ValueError("the zero id is reserved")
    return value


Id = Annotated[
    bytes,
    PlainValidator(_validate_id),
    PlainSerializer(id_to_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "id", "pattern": "^[0-9a-f]{32}$"}),
]
RecordId = Annotated[Id, AfterValidator(_validate_record_id)]
Bytes32 = Annotated[bytes, *_text_bytes(32, 32)]
SlotHeader = Annotated[bytes, *_text_bytes(limits.SLOT_HEADER_BYTES, limits.SLOT_HEADER_BYTES)]
Slot = Annotated[bytes, *_text_bytes(limits.SLOT_BYTES, limits.SLOT_BYTES)]
WrappedKey = Annotated[bytes, *_text_bytes(limits.WRAPPED_KEY_BYTES, limits.WRAPPED_KEY_BYTES)]
Signature = Annotated[bytes, *_text_bytes(64, 64)]
Envelope = Annotated[bytes, *_text_bytes(limits.MIN_ENVELOPE_BYTES, limits.MAX_ENVELOPE_BYTES)]
Leaf = Annotated[bytes, *_text_bytes(limits.LEAF_BYTES, limits.LEAF_BYTES)]
Origin = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[\x21-\x7e]+$", strict=True)]
LogOrigin = Annotated[str, Field(pattern=r"^inkvault/[0-9a-f]{32}$", strict=True)]
Counter = Annotated[int, Field(ge=1, le=limits.MAX_SAFE_INTEGER, strict=True)]
Count = Annotated[int, Field(ge=0, le=limits.MAX_SAFE_INTEGER, strict=True)]
Epoch = Annotated[int, Field(ge=1, le=limits.MAX_EPOCH, strict=True)]
Handle = Annotated[str, Field(min_length=1, max_length=limits.MAX_HANDLE_CODE_POINTS, strict=True)]
IdleSeconds = Annotated[int, Field(ge=limits.MIN_IDLE_SECONDS, le=limits.MAX_IDLE_SECONDS, strict=True)]
UnixSeconds = Annotated[int, Field(ge=0, le=limits.MAX_SAFE_INTEGER, strict=True)]


class Model(BaseModel):
    """Base of all wire models: immutable, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- slots -----------------------------------------------------------------------------------------------------------


class NewSlot(Model):
    """A slot to store, with the public key that proves possession of its secret."""

    slot: Slot
    login_key: Bytes32


class SlotChanges(Model):
    """Slots that a commit adds and destroys. At least one slot must remain."""

    add: list[NewSlot] = Field(default_factory=list, max_length=limits.MAX_SLOTS)
    destroy: list[Id] = Field(default_factory=list, max_length=limits.MAX_SLOTS)


class SlotInfo(Model):
    """What the server knows of a slot. `last_used_at` is null until the first login."""

    header: SlotHeader
    created_at: UnixSeconds
    last_used_at: UnixSeconds | None


class SlotList(Model):
    """All slots of the vault."""

    slots: list[SlotInfo] = Field(max_length=limits.MAX_SLOTS)


# --- containers, records, commits ------------------------------------------------------------------------------------


# What commits are made of is no Model: thousands come at once, and what a model has besides its fields costs as much.
_ITEM = ConfigDict(extra="forbid")


@dataclass(config=_ITEM, frozen=True, kw_only=True, slots=True)
class ContainerWrite:
    """A container's new header. `wrapped_key` comes with a new key: that of a new container, or of an erasure."""

    container_id: Id
    version: Counter
    epoch: Epoch
    wrapped_key: WrappedKey | None = None
    header: Envelope


@dataclass(config=_ITEM, frozen=True, kw_only=True, slots=True)
class RecordWrite:
    """A record's new envelope. Its container must be among the commit's containers."""

    container_id: Id
    record_id: RecordId
    version: Counter
    envelope: Envelope


class Commit(Model):
    """One atomic batch: moves the head from `expected_seq` to `expected_seq` + 1."""

    expected_seq: Counter
    head: Envelope
    containers: list[ContainerWrite] = Field(default_factory=list, max_length=limits.MAX_COMMIT_ITEMS)
    records: list[RecordWrite] = Field(default_factory=list, max_length=limits.MAX_COMMIT_ITEMS)
    slots: SlotChanges | None = None


class CommitResult(Model):
    """The head as stored: the client compares both with what it sent."""

    seq: Counter
    head_hash: Bytes32


class Container(Model):
    """A container as stored."""

    container_id: Id
    version: Counter
    epoch: Epoch
    wrapped_key: WrappedKey
    header: Envelope


class ContainerPage(Model):
    """Containers in the order of their ids. `next` continues the listing; null on the last page."""

    seq: Counter
    head: Envelope
    containers: list[Container]
    next: Id | None


class Record(Model):
    """A record as stored."""

    record_id: RecordId
    version: Counter
    envelope: Envelope


class RecordPage(Model):
    """Records of one container in the order of their ids, and the container itself."""

    container: Container
    records: list[Record]
    next: RecordId | None


class Changes(Model):
    """What moved after `since`: the hashes of the heads `since` + 1 … , and the containers that changed.

    `complete` is false when there is more to fetch: ask again with `since` + the number of `head_hashes`.
    `erased_seq` is the commit that erased last, 0 for none: above `since` it says that containers may be gone.
    """

    seq: Counter
    head: Envelope
    head_hashes: list[Bytes32]
    containers: list[Container]
    complete: bool
    erased_seq: Count


# --- vaults and logins -----------------------------------------------------------------------------------------------


class CreateVault(Model):
    """A new vault: its slots and its first commit, which makes seq 1."""

    handle: Handle
    vault_id: RecordId
    vault_salt: Bytes32
    slots: list[NewSlot] = Field(min_length=1, max_length=limits.MAX_SLOTS)
    root: ContainerWrite
    head: Envelope


class ChallengeRequest(Model):
    """Ask for a login challenge by vault name."""

    handle: Handle


class Challenge(Model):
    """What a client needs to derive its keys and sign. Has the same shape for names nobody uses."""

    vault_id: RecordId
    vault_salt: Bytes32
    slots: list[SlotHeader] = Field(min_length=1, max_length=limits.MAX_SLOTS)
    challenge: Bytes32
    expiry: UnixSeconds


class LoginRequest(Model):
    """The answer to a challenge: a signature by the login key of one slot (docs/FORMAT.md §3.4)."""

    vault_id: Id
    slot_id: Id
    challenge: Bytes32
    expiry: UnixSeconds
    origin: Origin
    signature: Signature
    carrier: Literal["cookie", "bearer"]
    idle_seconds: IdleSeconds = limits.DEFAULT_IDLE_SECONDS


class Login(Model):
    """An opened login. `token` is null when the cookie carries it."""

    login_id: Id
    token: Bytes32 | None
    idle_seconds: IdleSeconds
    slot: Slot
    resume_share: Bytes32


class CurrentLogin(Model):
    """The login that asks. Asking renews it."""

    login_id: Id
    vault_id: Id
    slot_id: Id
    idle_seconds: IdleSeconds
    resume_share: Bytes32


# --- erasure and audit -----------------------------------------------------------------------------------------------


class RecordsOf(Model):
    """Records of one container that go; the rest of it gets a new key."""

    container_id: RecordId
    record_ids: list[RecordId] = Field(max_length=limits.MAX_SCOPE_ITEMS)


class Scope(Model):
    """What an erasure takes away (docs/ERASURE.md §3): the whole vault, or containers and records."""

    whole: bool = Field(strict=True)
    containers: list[RecordId] = Field(max_length=limits.MAX_SCOPE_ITEMS)
    records: list[RecordsOf] = Field(max_length=limits.MAX_SCOPE_ITEMS)


class NewErasure(Model):
    """The plan of an erasure. Nothing is changed by it."""

    erasure_id: RecordId
    expected_seq: Counter
    scope: Scope


class StagedRecords(Model):
    """Records that stay, sealed under the new key of their container."""

    records: list[RecordWrite] = Field(min_length=1, max_length=limits.MAX_COMMIT_ITEMS)


class ConfirmErasure(Model):
    """The signed order. `head` is null when the whole vault goes."""

    slot_id: Id
    origin: Origin
    signature: Signature
    head: Envelope | None
    containers: list[ContainerWrite] = Field(default_factory=list, max_length=limits.MAX_SCOPE_ITEMS)


class Erasure(Model):
    """How far an erasure is, and how much it takes away: `bytes` of envelopes that go or are replaced.

    `problem` is what keeps it from going on just now; it is tried again.
    """

    erasure_id: RecordId
    state: Literal["planned", "requested", "keys", "rows", "scrubbed", "done"]
    problem: Literal["busy", "keys", "disk", "found", "scan"] | None
    containers: Count
    records: Count
    rekeyed: Count
    resealed: Count
    bytes: Count


class CertificateFile(Model):
    """The certificate of an erasure that is done: the bytes of its file (docs/ERASURE.md §4)."""

    certificate: Annotated[str, Field(max_length=limits.MAX_CERTIFICATE_BYTES, strict=True)]


class AuditEntry(Model):
    """One entry of the log: its leaf, and what opens the commitment in it (docs/ERASURE.md §2.1)."""

    index: Count
    leaf: Leaf
    salt: Bytes32
    detail: Annotated[str, Field(max_length=limits.MAX_CERTIFICATE_BYTES, strict=True)]


class AuditPage(Model):
    """Entries by rising index. `next` continues: ask with `after` = `next`; null on the last page."""

    origin: LogOrigin
    size: Count
    entries: list[AuditEntry] = Field(max_length=limits.MAX_PAGE_ITEMS)
    next: Count | None


class AuditCheckpoint(Model):
    """A signed checkpoint, the public key it is signed with, and the proofs that it goes on from trees known."""

    key: Bytes32
    checkpoint: Annotated[str, Field(max_length=1_000, strict=True)]
    proof: list[Bytes32] = Field(max_length=128)
    also_proof: list[Bytes32] = Field(max_length=128)


class AuditReport(Model):
    """What a client reports of itself."""

    event: Literal["export", "import"]


# --- service ---------------------------------------------------------------------------------------------------------


class ServiceInfo(Model):
    """What a client may show before unlocking. Information, never policy."""

    name: Literal["inkvault"]
    version: str
    sign_up: bool
    max_records: Count
    max_bytes: Count


class Health(Model):
    """Answer of the health endpoints."""

    status: Literal["ok"]


class ErrorBody(Model):
    """Every answer of 400 and above."""

    code: ErrorCode
    message: str
    seq: Counter | None = None
    retry_after: Count | None = None
