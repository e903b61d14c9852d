/**
 * Fields that are left out when they have nothing to say, and of one form when they are there (FORMAT §5.3).
 *
 * An item's absent field has its default, so that writing what was read gives the same payload.
 */
import { FormatError } from '../errors.ts';
import { isPayload, type Json, type Payload } from './canonical.ts';
import type { Fields } from './fields.ts';
import { codePoints, compareCodePoints } from './text.ts';

/** One form: `read` takes the payload's value and throws FormatError, `write` gives it back. */
export interface Codec<T> {
  read(value: Json): T;
  write(value: T): Json;
}

interface Optional<T> {
  readonly codec: Codec<T>;
  readonly absent: T;
}

/** null is what stands for a field that is not there. */
export function orNull<T>(codec: Codec<T>): Optional<T | null> {
  return { codec: codec as Codec<T | null>, absent: null };
}

const NONE: readonly never[] = [];

/** No items stand for a field that is not there. */
export function orNone<T>(codec: Codec<readonly T[]>): Optional<readonly T[]> {
  return { codec, absent: NONE };
}

export function or<T>(absent: T, codec: Codec<T>): Optional<T> {
  return { codec, absent };
}

/** The optional fields of one kind of item; in payloads their names are in snake case. */
export class Optionals<S extends object> {
  /** An item that has none of them. */
  readonly absent: S;
  readonly #table: readonly (Optional<unknown> & { readonly name: keyof S & string; readonly key: string })[];

  constructor(fields: { readonly [Name in keyof S]: Optional<S[Name]> }) {
    const named = Object.entries<Optional<unknown>>(fields) as [keyof S & string, Optional<unknown>][];
    this.#table = named.map(([name, { codec, absent }]) => ({
      name, codec, absent, key: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    }));
    this.absent = Object.fromEntries(named.map(([name, { absent }]) => [name, absent])) as S;
  }

  /** Takes those that are there. */
  read(fields: Fields): S {
    const found: S = { ...this.absent };
    if (fields.isEmpty) return found;
    for (const { name, key, codec } of this.#table) {
      const value = fields.maybe(key);
      if (value !== undefined) found[name] = codec.read(value) as S[typeof name];
    }
    return found;
  }

  write(item: S): Payload {
    const payload: Record<string, Json> = {};
    for (const { name, key, codec, absent } of this.#table) {
      const value = item[name];
      if (value !== absent && !isNone(value)) payload[key] = codec.write(value);
    }
    return payload;
  }
}

function isNone(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function asItIs<T extends Json>(read: (value: Json) => T): Codec<T> {
  return { read, write: (value) => value };
}

export function integer(low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): Codec<number> {
  return asItIs((value) => {
    if (typeof value !== 'number' || value < low || value > high) throw new FormatError('optional integer');
    return value;
  });
}

function that<T extends string = string>(fits: (value: string) => boolean): Codec<T> {
  return asItIs((value) => {
    if (typeof value !== 'string' || !fits(value)) throw new FormatError('optional text');
    return value as T;
  });
}

/** 1 to `most` code points. */
export function text(most: number): Codec<string> {
  return that((value) => value !== '' && (value.length <= most || codePoints(value) <= most));
}

export function choice<T extends string>(known: readonly T[]): Codec<T> {
  return that<T>((value) => known.some((one) => one === value));
}

function items<T>(most: number, read: (value: Json) => T): (value: Json) => readonly T[] {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > most) throw new FormatError('optional list');
    return (value as readonly Json[]).map(read);
  };
}

/** 1 to `most` strings of 1 to 50 code points, sorted by their UTF-8 bytes, none twice. */
export function labels(most = Infinity): Codec<readonly string[]> {
  const read = items(most, text(MAX_LABEL).read);
  return asItIs((value) => {
    const found = read(value);
    const isSorted = found.every((label, index) => index === 0 || compareCodePoints(found[index - 1] ?? '', label) < 0);
    if (!isSorted) throw new FormatError('labels not sorted');
    return found;
  });
}

/** Code points of a tag or a flag. */
export const MAX_LABEL = 50;

function object(value: Json): Payload {
  if (!isPayload(value)) throw new FormatError('optional object');
  return value;
}

/** One object. */
export function one<T>(parse: (payload: Payload) => T, write: (item: T) => Payload): Codec<T> {
  return { read: (value) => parse(object(value)), write };
}

/** 1 to `most` objects. */
export function many<T>(parse: (payload: Payload) => T, write: (item: T) => Payload, most = Infinity): Codec<readonly T[]> {
  return { read: items(most, (value) => parse(object(value))), write: (all) => all.map(write) };
}

export const TIME = integer();
export const TRUE: Codec<boolean> = asItIs((value) => {
  if (value !== true) throw new FormatError('optional flag');
  return value;
});
/** Stays hexadecimal. */
export const ID = that((value) => /^[0-9a-f]{32}$/.test(value));
export const OBJECTS: Codec<readonly Payload[]> = asItIs(items(Infinity, object));
export const DAY = that(isDay);
export const TEMPLATE_NAME = that((value) => /^(?:[a-z0-9-]{1,31}|[0-9a-f]{32})$/.test(value));

/** Whether this is a day from 0001-01-01 to 9999-12-31, as `YYYY-MM-DD`. */
export function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || value < '0001') return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}
