/** The head: what the whole vault is at one sequence number, and the chain of heads before it (FORMAT §5.3, §7). */
import { ID_BYTES, MAX_EPOCH, MAX_SLOTS } from '../wire/limits.ts';
import { expectInteger, expectLength, toHex, u64, utf8, type Bytes } from './bytes.ts';
import { isPayload, type Json, type Payload } from './canonical.ts';
import * as crockford from './crockford.ts';
import type { SetDigest } from './digest.ts';
import { FormatError } from '../errors.ts';
import { Fields } from './fields.ts';
import { sha256 } from './kdf.ts';
import { SlotKind } from './params.ts';

const HASH_BYTES = 32;
const HISTORY = utf8('inkvault/v1/history');
const ORIGIN = /^inkvault\/[0-9a-f]{32}$/;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** The names that payloads use for the kinds of slots. */
export type SlotKindName = 'passphrase' | 'recovery' | 'passkey';
const KINDS: Readonly<Record<SlotKindName, SlotKind>> = {
  passphrase: SlotKind.PASSPHRASE,
  recovery: SlotKind.RECOVERY,
  passkey: SlotKind.PASSKEY,
};

/** What the head says of one slot. `hash` is SHA-256 of its 136 bytes; `createdAt` is in milliseconds. */
export interface SlotEntry {
  readonly id: Bytes;
  readonly kind: SlotKindName;
  readonly hash: Bytes;
  readonly label: string;
  readonly createdAt: number;
  readonly extra: Payload;
}

/** A checkpoint of the vault's log that was accepted: `root` over its first `size` leaves, signed with `key`. */
export interface KeptCheckpoint {
  readonly key: Bytes;
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  readonly extra: Payload;
}

export interface Head {
  readonly seq: number;
  readonly containers: number;
  readonly digest: SetDigest;
  readonly history: Bytes;
  readonly slotEpoch: number;
  readonly slots: readonly SlotEntry[];
  /** null while no checkpoint was accepted. */
  readonly audit: KeptCheckpoint | null;
  readonly extra: Payload;
}

export function kindNumber(name: SlotKindName): SlotKind {
  return KINDS[name];
}

export function headPayload(head: Head): Payload {
  const slots = head.slots.map(slotPayload).sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  return {
    ...head.extra,
    type: 'head',
    seq: head.seq,
    containers: head.containers,
    digest: head.digest.hex(),
    history: toHex(head.history),
    slot_epoch: head.slotEpoch,
    slots,
    audit: head.audit === null ? null : checkpointPayload(head.audit),
  };
}

export function parseHead(payload: Payload): Head {
  const fields = new Fields(payload);
  fields.constant('type', 'head');
  const audit = fields.take('audit');
  return {
    seq: fields.integer('seq', 1),
    containers: fields.integer('containers', 1),
    digest: fields.digest('digest'),
    history: fields.binary('history', HASH_BYTES),
    slotEpoch: fields.integer('slot_epoch', 1, MAX_EPOCH),
    slots: parseSlots(fields.take('slots')),
    audit: audit === null ? null : parseCheckpoint(audit),
    extra: fields.rest(),
  };
}

function checkpointPayload({ key, origin, size, root, extra }: KeptCheckpoint): Payload {
  return { ...extra, key: toHex(key), origin, size, root: toHex(root) };
}

function parseCheckpoint(item: Json): KeptCheckpoint {
  if (!isPayload(item)) throw new FormatError('checkpoint in the head');
  const fields = new Fields(item);
  const origin = fields.text('origin');
  if (!ORIGIN.test(origin)) throw new FormatError('origin in the head');
  return {
    key: fields.binary('key', HASH_BYTES),
    origin,
    size: fields.integer('size', 1),
    root: fields.binary('root', HASH_BYTES),
    extra: fields.rest(),
  };
}

function slotPayload({ id, kind, hash, label, createdAt, extra }: SlotEntry): Payload {
  return { ...extra, id: toHex(id), kind, hash: toHex(hash), label, created_at: createdAt };
}

function parseSlots(items: Json): SlotEntry[] {
  if (!Array.isArray(items) || items.length < 1 || items.length > MAX_SLOTS) throw new FormatError('slots in the head');
  const entries = items.map(parseSlotEntry);
  const ids = entries.map((entry) => toHex(entry.id));
  if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))) throw new FormatError('slots not sorted');
  return entries;
}

function parseSlotEntry(item: Json): SlotEntry {
  if (!isPayload(item)) throw new FormatError('slot in the head');
  const fields = new Fields(item);
  const kind = fields.text('kind');
  if (!Object.hasOwn(KINDS, kind)) throw new FormatError('kind of slot in the head');
  return {
    id: fields.binary('id', ID_BYTES),
    kind: kind as SlotKindName,
    hash: fields.binary('hash', HASH_BYTES),
    label: fields.text('label'),
    createdAt: fields.integer('created_at'),
    extra: fields.rest(),
  };
}

/** SHA-256 of a head's envelope. */
export function headHash(envelope: Bytes): Promise<Bytes> {
  return sha256(envelope);
}

/** The history of the first head. */
export function firstHistory(vaultId: Bytes): Promise<Bytes> {
  return sha256(HISTORY, vaultId);
}

/** The history of the head that follows the one with this history and hash. */
export function nextHistory(history: Bytes, hash: Bytes): Promise<Bytes> {
  return sha256(HISTORY, history, hash);
}

/** `XXXX-XXXX`: what two devices at the same sequence number compare by eye (FORMAT §7.2). */
export async function comparisonCode(vaultId: Bytes, seq: number, hash: Bytes): Promise<string> {
  expectLength(vaultId, ID_BYTES, 'vault id');
  expectLength(hash, HASH_BYTES, 'head hash');
  expectInteger(seq, 1, MAX_SAFE, 'seq');
  return crockford.encode((await sha256(utf8('inkvault/v1/compare'), vaultId, u64(seq), hash)).subarray(0, 5));
}
