/** Strict checks of what a server says: unknown fields, other types and sizes are refused (FORMAT §7.1 rule 1). */
import { FormatError } from '../errors.ts';
import { fromBase64url, type Bytes } from './encodings.ts';

/** Returns the checked value, or throws FormatError. */
export type Decoder<T> = (value: unknown) => T;
export type Decoded<D> = D extends Decoder<infer T> ? T : never;

type Fields<Schema> = { readonly [Name in keyof Required<Schema>]: Decoder<unknown> };
type Values<F> = { readonly [Name in keyof F]: Decoded<F[Name]> };

function refuse(what: string): never {
  throw new FormatError(`answer: not ${what}`);
}

/** An object with exactly these fields. `Schema` is the generated type: a field too few or too many does not compile. */
export function object<Schema extends object>() {
  return <F extends Fields<Schema> & { readonly [Name in Exclude<keyof F, keyof Schema>]: never }>(
    fields: F,
  ): Decoder<Values<F>> => {
    const entries: [string, Decoder<unknown>][] = Object.entries(fields);
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('an object');
      if (Object.keys(value).length !== entries.length) return refuse('these fields alone');
      const given = new Map<string, unknown>(Object.entries(value));
      const checked = entries.map(([name, decoder]) => {
        if (!given.has(name)) return refuse(`an object with ${name}`);
        return [name, decoder(given.get(name))] as const;
      });
      return Object.fromEntries(checked) as Values<F>;
    };
  };
}

export function list<T>(item: Decoder<T>, most: number): Decoder<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return refuse(`a list of at most ${most}`);
    return value.map(item);
  };
}

export function nullable<T>(decoder: Decoder<T>): Decoder<T | null> {
  return (value) => (value === null ? null : decoder(value));
}

/** `low` to `high` bytes in canonical base64url. */
export function bytes(low: number, high = low): Decoder<Bytes> {
  return (value) => {
    // The length first: nothing large is decoded only to be thrown away.
    if (typeof value !== 'string' || value.length > Math.ceil((high * 4) / 3)) return refuse('bytes');
    const data = fromBase64url(value);
    if (data.length < low) return refuse(`${low} bytes`);
    return data;
  };
}

/** 32 lower-case hexadecimal digits; stays text. */
export const id: Decoder<string> = (value) =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : refuse('an id');

/** An id that is not the reserved all-zero one. */
export const recordId: Decoder<string> = (value) => (value === '0'.repeat(32) ? refuse('a record id') : id(value));

export function integer(low: number, high = Number.MAX_SAFE_INTEGER): Decoder<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high
      ? value
      : refuse('an integer within bounds');
}

export function text(most: number): Decoder<string> {
  return (value) => (typeof value === 'string' && value.length <= most ? value : refuse('text'));
}

export const boolean: Decoder<boolean> = (value) => (typeof value === 'boolean' ? value : refuse('true or false'));

export function oneOf<const T extends string>(...known: readonly T[]): Decoder<T> {
  return (value) => known.find((one) => one === value) ?? refuse('a known word');
}
