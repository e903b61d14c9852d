/** Crockford base 32: the text of recovery keys and comparison codes (FORMAT §3.5, §7.2). */
import type { Bytes } from './bytes.ts';

export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `data` (a multiple of 5 bytes), most significant bit first, in groups of 4 joined by `-`. */
export function encode(data: Bytes): string {
  let bits = '';
  for (const byte of data) bits += byte.toString(2).padStart(8, '0');
  const chars = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2)));
  return chars.join('').replace(/(.{4})(?!$)/g, '$1-');
}
