/** The answers of the service (docs/PROTOCOL.md), each with its check. Ids stay text, bytes are decoded. */
import {
  bytes, boolean, id, integer, list, nullable, object, oneOf, recordId, text, type Decoded,
} from './decode.ts';
import {
  LEAF_BYTES, MAX_CERTIFICATE_BYTES, MAX_ENVELOPE_BYTES, MAX_EPOCH, MAX_HISTORY_PAGE, MAX_IDLE_SECONDS, MAX_PAGE_ITEMS, MAX_PROOF, MAX_SLOTS, MIN_ENVELOPE_BYTES,
  MIN_IDLE_SECONDS, SLOT_BYTES, SLOT_HEADER_BYTES, WRAPPED_KEY_BYTES,
} from './limits.ts';
import { ERROR_CODES } from './codes.ts';
import type { components } from './types.ts';

export type Schemas = components['schemas'];

const bytes32 = bytes(32);
const envelope = bytes(MIN_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES);
const counter = integer(1);
const count = integer(0);
const idleSeconds = integer(MIN_IDLE_SECONDS, MAX_IDLE_SECONDS);

export const container = object<Schemas['Container']>()({
  container_id: id,
  version: counter,
  epoch: integer(1, MAX_EPOCH),
  wrapped_key: bytes(WRAPPED_KEY_BYTES),
  header: envelope,
});
export type Container = Decoded<typeof container>;

export const containerPage = object<Schemas['ContainerPage']>()({
  seq: counter,
  head: envelope,
  containers: list(container, MAX_PAGE_ITEMS),
  next: nullable(id),
});
export type ContainerPage = Decoded<typeof containerPage>;

export const record = object<Schemas['Record']>()({ record_id: recordId, version: counter, envelope });
export type Record = Decoded<typeof record>;

export const recordPage = object<Schemas['RecordPage']>()({
  container,
  records: list(record, MAX_PAGE_ITEMS),
  next: nullable(recordId),
});
export type RecordPage = Decoded<typeof recordPage>;

export const changes = object<Schemas['Changes']>()({
  seq: counter,
  head: envelope,
  head_hashes: list(bytes32, MAX_HISTORY_PAGE),
  // As many as changed: bounded by the size of the answer.
  containers: list(container, Infinity),
  complete: boolean,
  erased_seq: count,
});
export type Changes = Decoded<typeof changes>;

export const commitResult = object<Schemas['CommitResult']>()({ seq: counter, head_hash: bytes32 });
export type CommitResult = Decoded<typeof commitResult>;

export const challenge = object<Schemas['Challenge']>()({
  vault_id: id,
  vault_salt: bytes32,
  slots: list(bytes(SLOT_HEADER_BYTES), MAX_SLOTS),
  challenge: bytes32,
  expiry: count,
});
export type Challenge = Decoded<typeof challenge>;

export const login = object<Schemas['Login']>()({
  login_id: id,
  token: nullable(bytes32),
  idle_seconds: idleSeconds,
  slot: bytes(SLOT_BYTES),
  resume_share: bytes32,
});
export type Login = Decoded<typeof login>;

export const currentLogin = object<Schemas['CurrentLogin']>()({
  login_id: id,
  vault_id: id,
  slot_id: id,
  idle_seconds: idleSeconds,
  resume_share: bytes32,
});
export type CurrentLogin = Decoded<typeof currentLogin>;

const slotInfo = object<Schemas['SlotInfo']>()({
  header: bytes(SLOT_HEADER_BYTES),
  created_at: count,
  last_used_at: nullable(count),
});
export const slotList = object<Schemas['SlotList']>()({ slots: list(slotInfo, MAX_SLOTS) });
export type SlotList = Decoded<typeof slotList>;

export const erasure = object<Schemas['Erasure']>()({
  erasure_id: recordId,
  state: oneOf('planned', 'requested', 'keys', 'rows', 'scrubbed', 'done'),
  problem: nullable(oneOf('busy', 'keys', 'disk', 'found', 'scan')),
  containers: count,
  records: count,
  rekeyed: count,
  resealed: count,
  bytes: count,
});
export type Erasure = Decoded<typeof erasure>;

export const certificateFile = object<Schemas['CertificateFile']>()({ certificate: text(MAX_CERTIFICATE_BYTES) });
export type CertificateFile = Decoded<typeof certificateFile>;

const auditEntry = object<Schemas['AuditEntry']>()({
  index: count, leaf: bytes(LEAF_BYTES), salt: bytes32, detail: text(MAX_CERTIFICATE_BYTES),
});
export const auditPage = object<Schemas['AuditPage']>()({
  origin: text(100),
  size: count,
  entries: list(auditEntry, MAX_PAGE_ITEMS),
  next: nullable(count),
});
export type AuditPage = Decoded<typeof auditPage>;

const proof = list(bytes32, MAX_PROOF);
export const auditCheckpoint = object<Schemas['AuditCheckpoint']>()({ key: bytes32, checkpoint: text(1_000), proof, also_proof: proof });
export type AuditCheckpoint = Decoded<typeof auditCheckpoint>;

export const serviceInfo = object<Schemas['ServiceInfo']>()({
  name: oneOf('inkvault'),
  version: text(100),
  sign_up: boolean,
  max_records: count,
  max_bytes: count,
});
export type ServiceInfo = Decoded<typeof serviceInfo>;

export const errorBody = object<Schemas['ErrorBody']>()({
  code: oneOf(...ERROR_CODES),
  message: text(10_000),
  seq: nullable(counter),
  retry_after: nullable(count),
});
export type ErrorBody = Decoded<typeof errorBody>;
