/** Certificates as an honest service makes them (ERASURE.md §4), of a log that has one entry before. */
import { commitment } from '../../audit/leaves.ts';
import { leafHash, rootOf } from '../../audit/merkle.ts';
import { concat, randomBytes, toHex, u64, utf8, type Bytes } from '../../core/bytes.ts';
import * as canonical from '../../core/canonical.ts';
import type { Payload } from '../../core/canonical.ts';
import { sha256 } from '../../core/kdf.ts';
import { fromBase64url, toBase64url } from '../../wire/encodings.ts';
import type { Schemas } from '../../wire/answers.ts';

const NOT_COVERED = [
  'Blocks that an SSD or another disk has remapped.',
  'Snapshots of the file system or of the machine.',
  'Copies of the key directory made earlier.',
  'Keys or text that were in memory or swap.',
  'Your own exports, and text outside the vault.',
];
const FINISHED = 1_800_000_100;

export const LOG_ORIGIN = `inkvault/${'5c'.repeat(16)}`;
const pair = crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

export async function logKey(): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', (await pair).publicKey));
}

interface SignedOrder {
  readonly whole: boolean;
  readonly hash: string;
  /** In base64url. */
  readonly key: string;
  readonly signature: string;
}

export async function certificateOf({ containers, records, rekeyed, resealed, bytes }: Schemas['Erasure'], { whole, hash, key, signature }: SignedOrder): Promise<string> {
  const statement = {
    type: 'erasure', scope: whole ? 'vault' : 'part', containers, records, rekeyed, resealed, bytes,
    requested_at: FINISHED - 2, finished_at: FINISHED, keys: containers + rekeyed, file_system: 'ext4', options: '',
    scan: { samples: 7, found: 0, files: 9, bytes: 123_456 }, verdict: 'VERIFIED', reason: '', not_covered: NOT_COVERED,
    order: { hash, key: toHex(fromBase64url(key)), signature: toHex(fromBase64url(signature)) }, service: 'inkvault 1',
  };
  const salt = randomBytes(32);
  const leaf = await leafOf(8, FINISHED, salt, statement);
  const begun = await leafHash((await firstEntry).leaf);
  const certificate = {
    format: 'inkvault-certificate/1', statement, salt: toHex(salt), leaf: { index: 1, data: toHex(leaf) }, proof: [toHex(begun)],
    checkpoint: await checkpointOf(2, await rootOf([begun, await leafHash(leaf)])),
  };
  return `${new TextDecoder().decode(canonical.encode(certificate))}\n`;
}

async function leafOf(event: number, time: number, salt: Bytes, detail: Payload): Promise<Bytes> {
  return concat(Uint8Array.of(1, event), u64(time), await commitment(salt, canonical.encode(detail)));
}

/** What stands in the log before any erasure: a login. */
const firstEntry = (async () => {
  const [salt, detail] = [randomBytes(32), { kind: 'passphrase', type: 'login' }];
  return { leaf: await leafOf(2, FINISHED - 100, salt, detail), salt, detail };
})();

/** The log, and its signed state, before any erasure. */
export async function logPage(): Promise<Schemas['AuditPage']> {
  const { leaf, salt, detail } = await firstEntry;
  const entry = { index: 0, leaf: toBase64url(leaf), salt: toBase64url(salt), detail: new TextDecoder().decode(canonical.encode(detail)) };
  return { origin: LOG_ORIGIN, size: 1, entries: [entry], next: null };
}

export async function logState(): Promise<Schemas['AuditCheckpoint']> {
  const checkpoint = await checkpointOf(1, await leafHash((await firstEntry).leaf));
  return { key: toBase64url(await logKey()), checkpoint, proof: [], also_proof: [] };
}

async function checkpointOf(size: number, root: Bytes): Promise<string> {
  const text = `${LOG_ORIGIN}\n${size}\n${base64(root)}\n`;
  const keyId = (await sha256(utf8(`${LOG_ORIGIN}\n`), Uint8Array.of(1), await logKey())).subarray(0, 4);
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', (await pair).privateKey, utf8(text)));
  return `${text}\n— ${LOG_ORIGIN} ${base64(concat(keyId, signature))}\n`;
}

function base64(data: Bytes): string {
  return btoa(String.fromCharCode(...data));
}
