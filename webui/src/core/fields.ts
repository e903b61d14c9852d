/** Strict reading of a decoded payload: each known field by its type, the unknown ones kept (FORMAT §5.2). */
import { expectInteger, fromHex, type Bytes } from './bytes.ts';
import type { Json, Payload } from './canonical.ts';
import { SetDigest } from './digest.ts';
import { FormatError } from '../errors.ts';
import { codePoints } from './text.ts';

export class Fields {
  private readonly left: Map<string, Json>;

  constructor(payload: Payload) {
    this.left = new Map(Object.entries(payload));
  }

  take(name: string): Json {
    const value = this.left.get(name);
    if (value === undefined) throw new FormatError(`payload without ${name}`);
    this.left.delete(name);
    return value;
  }

  /** undefined for a field that is not there. */
  maybe(name: string): Json | undefined {
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  get isEmpty(): boolean {
    return this.left.size === 0;
  }

  /** A field that can have one value only. */
  constant(name: string, expected: string | null): void {
    if (this.take(name) !== expected) throw new FormatError(`payload field ${name}`);
  }

  integer(name: string, low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): number {
    const value = this.take(name);
    if (typeof value !== 'number') throw new FormatError(`payload field ${name}`);
    expectInteger(value, low, high, name);
    return value;
  }

  /** A string of `least` (0 or 1) to `most` code points. */
  text(name: string, most = Infinity, least = 0): string {
    const value = this.take(name);
    if (typeof value !== 'string' || value.length < least || (value.length > most && codePoints(value) > most)) {
      throw new FormatError(`payload field ${name}`);
    }
    return value;
  }

  optionalText(name: string, most = Infinity): string | null {
    if (this.left.get(name) !== null) return this.text(name, most);
    this.left.delete(name);
    return null;
  }

  /** `size` bytes in lower-case hexadecimal. */
  binary(name: string, size: number): Bytes {
    return fromHex(this.text(name), size);
  }

  optionalBinary(name: string, size: number): Bytes | null {
    const text = this.optionalText(name);
    return text === null ? null : fromHex(text, size);
  }

  digest(name: string): SetDigest {
    return SetDigest.fromHex(this.text(name));
  }

  /** The fields not taken, to be written again with the item. */
  rest(): Payload {
    return Object.fromEntries(this.left);
  }
}
