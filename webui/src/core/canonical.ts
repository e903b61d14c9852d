/** Payloads as canonical JSON: one spelling for each value, no other (FORMAT §5.2; RFC 8785, integers only). */
import { fromUtf8, utf8, type Bytes } from './bytes.ts';
import { FormatError } from '../errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | Payload;
export interface Payload {
  readonly [key: string]: Json;
}

const MAX_DEPTH = 32;
const KEY = /^[a-z][a-z0-9_]{0,63}$/;

export function encode(payload: Payload): Bytes {
  return utf8(write(payload, 0));
}

/** Refuses `data` unless it is exactly what `encode` gives for the payload in it. */
export function decode(data: Bytes): Payload {
  const text = fromUtf8(data);
  const value = parse(text);
  if (!isPayload(value) || write(value, 0) !== text) throw new FormatError('payload not canonical');
  return value;
}

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError('payload not JSON');
  }
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new FormatError('number not canonical');
      return String(value);
    case 'string':
      if (!value.isWellFormed()) throw new FormatError('string with a lone surrogate');
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeNested(value, depth + 1);
    default:
      throw new FormatError(`payload with a ${typeof value}`);
  }
}

function writeNested(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new FormatError('payload nested too deeply');
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth)).join(',')}]`;
  const members = Object.keys(value).sort().map((key) => {
    if (!KEY.test(key)) throw new FormatError('payload key');
    return `"${key}":${write((value as Payload)[key], depth)}`;
  });
  return `{${members.join(',')}}`;
}
