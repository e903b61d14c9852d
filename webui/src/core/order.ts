/** The order of an erasure: what goes, and what the writer's client signs (ERASURE.md §3). */
import { FormatError } from '../errors.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { concat, expectInteger, expectLength, fromHex, u16, u32, u64, utf8, type Bytes } from './bytes.ts';
import { sha256 } from './kdf.ts';

/** Ids are 32 hexadecimal digits, and rise. The whole vault, or containers, and records of others. */
export interface Scope {
  readonly whole: boolean;
  readonly containers: readonly string[];
  readonly records: readonly { readonly containerId: string; readonly recordIds: readonly string[] }[];
}

export interface Order {
  /** The one this client connects to. */
  readonly origin: string;
  readonly vaultId: Bytes;
  readonly slotId: Bytes;
  readonly erasureId: Bytes;
  readonly expectedSeq: number;
  readonly scope: Scope;
  /** SHA-256 of the head that comes with the order; null when the whole vault goes. */
  readonly headHash: Bytes | null;
}

const HASH_BYTES = 32;

export function scopeBytes({ whole, containers, records }: Scope): Bytes {
  if (whole && containers.length + records.length > 0) throw new FormatError('scope of the whole vault and of parts');
  const ids = [...containers, ...records.map(({ containerId }) => containerId)];
  if (new Set(ids).size !== ids.length) throw new FormatError('container twice in a scope');
  checkRising(records.map(({ containerId }) => containerId));
  return concat(
    Uint8Array.of(whole ? 1 : 0),
    listed(containers),
    u32(records.length),
    ...records.flatMap(({ containerId, recordIds }) => [fromHex(containerId, ID_BYTES), listed(recordIds)]),
  );
}

/** How many, and each. */
function listed(ids: readonly string[]): Bytes {
  checkRising(ids);
  if (ids.some((id) => id.length !== 2 * ID_BYTES)) throw new FormatError('id in a scope');
  return concat(u32(ids.length), fromHex(ids.join(''), ids.length * ID_BYTES));
}

function checkRising(ids: readonly string[]): void {
  if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))) throw new FormatError('ids of a scope do not rise');
}

export async function orderHash({ origin, vaultId, slotId, erasureId, expectedSeq, scope, headHash }: Order): Promise<Bytes> {
  if (!/^[\x21-\x7e]+$/.test(origin)) throw new FormatError('origin');
  for (const id of [vaultId, slotId, erasureId]) expectLength(id, ID_BYTES, 'id in an order');
  const head = headHash ?? new Uint8Array(HASH_BYTES);
  expectLength(head, HASH_BYTES, 'head hash');
  expectInteger(expectedSeq, 1, Number.MAX_SAFE_INTEGER, 'seq');
  return sha256(
    utf8('inkvault/v1/erasure'), u16(origin.length), utf8(origin), vaultId, slotId, erasureId, u64(expectedSeq),
    await sha256(scopeBytes(scope)), head,
  );
}

/** What is signed with the login key of a slot. */
export function orderMessage(hash: Bytes): Bytes {
  expectLength(hash, HASH_BYTES, 'hash of an order');
  return concat(utf8('inkvault/v1/erasure-order'), hash);
}
