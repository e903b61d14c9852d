/** What a certificate states of an erasure (ERASURE.md §4.1). */
import { fromHex, type Bytes } from '../core/bytes.ts';
import { isPayload, type Json, type Payload } from '../core/canonical.ts';
import { codePoints } from '../core/text.ts';
import { FormatError } from '../errors.ts';

/** ERASURE §5. */
export const NOT_COVERED = [
  'Blocks that an SSD or another disk has remapped.',
  'Snapshots of the file system or of the machine.',
  'Copies of the key directory made earlier.',
  'Keys or text that were in memory or swap.',
  'Your own exports, and text outside the vault.',
] as const;
const SCOPES = ['part', 'vault'] as const;
const VERDICTS = ['VERIFIED', 'LIMITED', 'KEYS_ONLY'] as const;
const REASONS = [
  '', 'copy_on_write', 'journaled_data', 'layered', 'memory', 'network', 'unknown_file_system', 'database_server',
] as const;
const MAX_TEXT = 1_000;

export interface Scan {
  readonly samples: number;
  readonly found: number;
  readonly files: number;
  readonly bytes: number;
}

/** One erasure that is done. Times are in seconds; `scan` is null where the live data was not searched. */
export interface Statement {
  readonly scope: (typeof SCOPES)[number];
  readonly containers: number;
  readonly records: number;
  readonly rekeyed: number;
  readonly resealed: number;
  readonly bytes: number;
  readonly requestedAt: number;
  readonly finishedAt: number;
  readonly keys: number;
  readonly fileSystem: string;
  readonly options: string;
  readonly scan: Scan | null;
  readonly verdict: (typeof VERDICTS)[number];
  readonly reason: (typeof REASONS)[number];
  readonly notCovered: readonly string[];
  readonly order: { readonly hash: Bytes; readonly key: Bytes; readonly signature: Bytes };
  readonly service: string;
}

export function parseStatement(value: Json | undefined): Statement {
  const fields = exactly(value, [
    'type', 'scope', 'containers', 'records', 'rekeyed', 'resealed', 'bytes', 'requested_at', 'finished_at', 'keys',
    'file_system', 'options', 'scan', 'verdict', 'reason', 'not_covered', 'order', 'service',
  ]);
  const order = exactly(fields['order'], ['hash', 'key', 'signature']);
  const notCovered = fields['not_covered'];
  if (fields['type'] !== 'erasure' || !Array.isArray(notCovered)) throw new FormatError('statement');
  if (notCovered.length !== NOT_COVERED.length || notCovered.some((text, index) => text !== NOT_COVERED[index])) {
    throw new FormatError('what is not covered');
  }
  return {
    scope: oneOf(SCOPES, fields['scope']),
    containers: count(fields['containers']),
    records: count(fields['records']),
    rekeyed: count(fields['rekeyed']),
    resealed: count(fields['resealed']),
    bytes: count(fields['bytes']),
    requestedAt: count(fields['requested_at']),
    finishedAt: count(fields['finished_at']),
    keys: count(fields['keys']),
    fileSystem: text(fields['file_system']),
    options: text(fields['options']),
    scan: fields['scan'] === null ? null : parseScan(fields['scan']),
    verdict: oneOf(VERDICTS, fields['verdict']),
    reason: oneOf(REASONS, fields['reason']),
    notCovered: NOT_COVERED,
    order: { hash: hex(order['hash'], 32), key: hex(order['key'], 32), signature: hex(order['signature'], 64) },
    service: text(fields['service']),
  };
}

function parseScan(value: Json | undefined): Scan {
  const fields = exactly(value, ['samples', 'found', 'files', 'bytes']);
  return {
    samples: count(fields['samples']), found: count(fields['found']), files: count(fields['files']), bytes: count(fields['bytes']),
  };
}

/** An object with these fields and no others. */
export function exactly(value: Json | undefined, names: readonly string[]): Payload {
  if (!isPayload(value)) throw new FormatError('certificate: not an object');
  const found = Object.keys(value);
  if (found.length !== names.length || !names.every((name) => found.includes(name))) throw new FormatError('certificate: other fields');
  return value;
}

export function count(value: Json | undefined): number {
  if (typeof value !== 'number' || value < 0) throw new FormatError('certificate: number');
  return value;
}

export function hex(value: Json | undefined, size: number): Bytes {
  if (typeof value !== 'string') throw new FormatError('certificate: bytes');
  return fromHex(value, size);
}

function text(value: Json | undefined): string {
  if (typeof value !== 'string' || codePoints(value) > MAX_TEXT) throw new FormatError('certificate: text');
  return value;
}

function oneOf<T extends string>(allowed: readonly T[], value: Json | undefined): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new FormatError('certificate: word');
  return found;
}
