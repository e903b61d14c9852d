/** Bytes and their strict text forms: exactly one spelling for each value (FORMAT §1). */
import type { Bytes } from '../wire/encodings.ts';
import { ID_BYTES } from '../wire/limits.ts';
import { FormatError } from '../errors.ts';

export type { Bytes };

const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of well-formed text. */
export function utf8(text: string): Bytes {
  if (!text.isWellFormed()) throw new FormatError('text with a lone surrogate');
  return UTF8.encode(text);
}

export function fromUtf8(data: Bytes): string {
  try {
    return STRICT_UTF8.decode(data);
  } catch {
    throw new FormatError('not UTF-8');
  }
}

export function concat(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Not constant in time: for public values only. */
export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function isZero(data: Bytes): boolean {
  return data.every((byte) => byte === 0);
}

export function randomBytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** A fresh id; the all-zero one is reserved. */
export function randomId(): Bytes {
  const id = randomBytes(ID_BYTES);
  return isZero(id) ? randomId() : id;
}

export function expectLength(data: Bytes, length: number, what: string): void {
  if (data.length !== length) throw new FormatError(`${what}: ${data.length} bytes`);
}

/** A counter of FORMAT §1: an integer from `low` to `high`. */
export function expectInteger(value: number, low: number, high: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) throw new FormatError(`${what}: ${value}`);
}

// --- big-endian integers ---------------------------------------------------------------------------------------------

export function u16(value: number): Bytes {
  expectInteger(value, 0, 0xffff, 'u16');
  return Uint8Array.of(value >>> 8, value);
}

export function u32(value: number): Bytes {
  expectInteger(value, 0, 0xffff_ffff, 'u32');
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function u64(value: number): Bytes {
  expectInteger(value, 0, Number.MAX_SAFE_INTEGER, 'u64');
  return concat(u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32));
}

export function readU32(data: Bytes, at: number): number {
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(at);
}

// --- hexadecimal -----------------------------------------------------------------------------------------------------

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX = /^(?:[0-9a-f]{2})*$/;

export function toHex(data: Bytes): string {
  let text = '';
  for (const byte of data) text += HEX_BYTES[byte];
  return text;
}

/** Lower-case hexadecimal of exactly `length` bytes. */
export function fromHex(text: string, length: number): Bytes {
  if (text.length !== 2 * length || !HEX.test(text)) throw new FormatError('not lower-case hexadecimal of that length');
  const data = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) data[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return data;
}
