/** Leaves of the log, and what opens the commitments in them (ERASURE.md §2.1). */
import { concat, equal, expectLength, fromHex, toHex, utf8, type Bytes } from '../core/bytes.ts';
import * as canonical from '../core/canonical.ts';
import type { Payload } from '../core/canonical.ts';
import { sha256 } from '../core/kdf.ts';
import { FormatError, IntegrityError } from '../errors.ts';
import { LEAF_BYTES } from '../wire/limits.ts';

/** By the byte that stands for each: the `type` in its detail. */
export const EVENTS = {
  1: 'created', 2: 'login', 3: 'failed_logins', 4: 'slots', 5: 'export', 6: 'import', 7: 'ordered', 8: 'erasure', 9: 'failed',
} as const;
export type EventName = (typeof EVENTS)[keyof typeof EVENTS];

const VERSION = 1;
const SALT_BYTES = 32;
const DOMAIN = utf8('inkvault/v1/audit');

export interface Leaf {
  readonly event: EventName;
  /** In seconds. */
  readonly time: number;
  readonly commitment: Bytes;
}

export function parseLeaf(data: Bytes): Leaf {
  expectLength(data, LEAF_BYTES, 'leaf');
  const event = (EVENTS as Readonly<Record<number, EventName>>)[data[1] ?? 0];
  if (data[0] !== VERSION || event === undefined) throw new FormatError('leaf of another kind');
  const time = Number.parseInt(toHex(data.slice(2, 10)), 16);
  if (!Number.isSafeInteger(time)) throw new FormatError('time of a leaf');
  return { event, time, commitment: data.slice(10) };
}

/** What a leaf says of its detail, which is canonical JSON: nothing to those without the salt. */
export function commitment(salt: Bytes, detail: Bytes): Promise<Bytes> {
  return sha256(concat(DOMAIN, salt, detail));
}

/** A leaf and its detail, which must be the one committed to. */
export async function openLeaf(data: Bytes, salt: Bytes, detail: Bytes): Promise<{ readonly leaf: Leaf; readonly detail: Payload }> {
  const leaf = parseLeaf(data);
  if (salt.length !== SALT_BYTES || !equal(await commitment(salt, detail), leaf.commitment)) throw new IntegrityError('detail of a leaf');
  const opened = canonical.decode(detail);
  if (opened['type'] !== leaf.event) throw new FormatError('detail of another event');
  return { leaf, detail: opened };
}

export function parseSalt(text: string): Bytes {
  return fromHex(text, SALT_BYTES);
}
