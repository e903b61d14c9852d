/** A log that grows, and proves that it does, with the key of whoever keeps it. */
import { leafHash, rootOf } from '../../audit/merkle.ts';
import { concat, randomBytes, utf8, type Bytes } from '../../core/bytes.ts';
import { sha256 } from '../../core/kdf.ts';
import type { Schemas } from '../../wire/answers.ts';
import { toBase64url } from '../../wire/encodings.ts';
import type { FakeService } from './fake-service.ts';

export const ORIGIN = `inkvault/${'0d'.repeat(16)}`;

export function newKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

export function someLeaves(count: number): Bytes[] {
  return Array.from({ length: count }, () => randomBytes(42));
}

export class FakeLog {
  constructor(readonly leaves: readonly Bytes[], readonly key: CryptoKeyPair, readonly origin = ORIGIN) {}

  with(leaves: readonly Bytes[]): FakeLog {
    return new FakeLog(leaves, this.key, this.origin);
  }

  /** The lie, or the truth, of a service that shows this log. */
  get shown(): FakeService['lie'] {
    const size = (query: URLSearchParams, name: string) => Number(query.get(name));
    return ({ path, query }, answer) => (path === '/audit/checkpoint' ? this.answer(size(query, 'since'), size(query, 'also')) : answer);
  }

  async answer(since: number, also: number): Promise<Schemas['AuditCheckpoint']> {
    const key = new Uint8Array(await crypto.subtle.exportKey('raw', this.key.publicKey));
    const hashes = await Promise.all(this.leaves.map(leafHash));
    const body = `${this.origin}\n${hashes.length}\n${base64(await rootOf(hashes))}\n`;
    const id = (await sha256(utf8(`${this.origin}\n`), Uint8Array.of(1), key)).subarray(0, 4);
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', this.key.privateKey, utf8(body)));
    const proof = async (old: number) => (old < 1 || old > hashes.length ? [] : (await subproof(old, hashes, true)).map(toBase64url));
    return {
      key: toBase64url(key), checkpoint: `${body}\n— ${this.origin} ${base64(concat(id, signature))}\n`,
      proof: await proof(since), also_proof: await proof(also),
    };
  }
}

/** RFC 9162 §2.1.4.1. */
async function subproof(old: number, hashes: readonly Bytes[], isWhole: boolean): Promise<Bytes[]> {
  if (old === hashes.length) return isWhole ? [] : [await rootOf(hashes)];
  let middle = 1;
  while (2 * middle < hashes.length) middle *= 2;
  const [left, right] = [hashes.slice(0, middle), hashes.slice(middle)];
  if (old <= middle) return [...await subproof(old, left, isWhole), await rootOf(right)];
  return [...await subproof(old - middle, right, false), await rootOf(left)];
}

function base64(data: Bytes): string {
  return btoa(String.fromCharCode(...data));
}
