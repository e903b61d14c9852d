/** base64url (RFC 4648 §5) without padding: exactly one spelling for each value (PROTOCOL §1). */
import { FormatError } from '../errors.ts';

/** Bytes of their own buffer, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const VALUES = new Uint8Array(128).fill(255);
ALPHABET.forEach((code, value) => {
  VALUES[code] = value;
});
const ASCII = new TextDecoder();

export function toBase64url(data: Bytes): string {
  const out = new Uint8Array(Math.ceil((data.length * 4) / 3));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const byte of data) {
    held = ((held & 0x3f) << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out[at++] = ALPHABET[(held >>> bits) & 63] ?? 0;
    }
  }
  if (bits > 0) out[at] = ALPHABET[(held << (6 - bits)) & 63] ?? 0;
  return ASCII.decode(out);
}

/** Refuses padding, foreign characters and stray bits. */
export function fromBase64url(text: string): Bytes {
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = VALUES[text.charCodeAt(index)] ?? 255;
    if (value === 255) throw new FormatError('not canonical base64url');
    held = ((held & 0x3f) << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = held >>> bits;
    }
  }
  if (bits === 6 || (held & ((1 << bits) - 1)) !== 0) throw new FormatError('not canonical base64url');
  return out;
}
