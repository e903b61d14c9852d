/** Recovery keys: 32 random bytes, and their text for human hands (FORMAT §3.5). */
import { KEY_BYTES } from '../wire/limits.ts';
import { concat, equal, expectLength, randomBytes, utf8, type Bytes } from './bytes.ts';
import * as crockford from './crockford.ts';
import { FormatError } from '../errors.ts';
import { sha256 } from './kdf.ts';

const CHECK_BYTES = 3;
const CHARS = 56;

/** A fresh recovery key: itself the secret value of its slot. */
export function newRecoveryKey(): Bytes {
  return randomBytes(KEY_BYTES);
}

/** 14 groups of 4 characters joined by `-`; the last 24 bits are a check. */
export async function encodeRecoveryKey(key: Bytes): Promise<string> {
  expectLength(key, KEY_BYTES, 'recovery key');
  return crockford.encode(concat(key, await checkBits(key)));
}

/** Undoes `encodeRecoveryKey`, forgiving case, spacing and look-alikes. */
export async function decodeRecoveryKey(text: string): Promise<Bytes> {
  const refusal = new FormatError('recovery key', 'That is not a recovery key; compare every group with your copy.');
  const plain = text.replace(/[-\x20\t-\r]/g, '');
  // Before upper-casing, which would turn a few foreign letters into plain ones.
  if (plain.length !== CHARS || !/^[0-9A-Za-z]+$/.test(plain)) throw refusal;
  const chars = plain.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  let bits = '';
  for (const char of chars) {
    const value = crockford.ALPHABET.indexOf(char);
    if (value < 0) throw refusal;
    bits += value.toString(2).padStart(5, '0');
  }
  const data = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const key = data.slice(0, KEY_BYTES);
  if (!equal(data.subarray(KEY_BYTES), await checkBits(key))) throw refusal;
  return key;
}

async function checkBits(key: Bytes): Promise<Bytes> {
  return (await sha256(utf8('inkvault/v1/recovery'), key)).subarray(0, CHECK_BYTES);
}
