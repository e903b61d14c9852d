/**
 * Large JSON files piece by piece, in bounded memory: the values of the outermost array, or of an outermost object, whose
 * arrays are taken apart too. The twin of vault/transfer/elements.py. Each piece keeps its bytes as they were written, which
 * is how a source item can be kept verbatim.
 */
import { concat, type Bytes } from '../core/bytes.ts';
import { JsonError, decodeText, isObject, parseJson, type JsonObject, type JsonValue } from './json-values.ts';
import { NO_OBJECT, type Skipped } from './reading.ts';
import { SourceError, type Entry, type Readable } from './sources.ts';

export const MAX_DEPTH = 64;
export const MAX_ELEMENT_BYTES = 32 * 1024 * 1024;
/** Of one element; with the next bound it keeps the memory that a parsed element takes to a few times its bytes. */
export const MAX_BRACKETS = 1_000_000;
export const MAX_COMMAS = 4_000_000;

const SAMPLE_BYTES = 8 * 1024 * 1024;
const CHUNK = 1 << 18;
const code = (char: string): number => char.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, COLON] = [code('"'), code('\\'), code(','), code(':')];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [code('['), code(']'), code('{'), code('}')];
const BARE_ENDS = new Set([...' \t\n\r,:"[]{}'].map(code));

/**
 * A value: of the outermost array when `key` is null, else of that key; `index` counts those of one array from 0. It is null
 * for a value that is no array, and for an array without elements.
 */
export class Element {
  constructor(readonly key: string | null, readonly index: number | null, readonly raw: Bytes) {}

  /** Throws JsonError for JSON that is not well-formed, and for a name that an object has twice. */
  value(): JsonValue {
    return parseJson(this.text());
  }

  text(): string {
    return decodeText(this.raw);
  }
}

/** The elements of a JSON file, in order. Throws SourceError where it is not JSON, or out of bounds. */
export function elements(entry: Entry): AsyncGenerator<Element, void> {
  return new Scanner(entry.open(), entry.name).elements();
}

/**
 * The first value of each key (null: of the outermost array), from the first `most` elements; for telling layouts. Looks no
 * further than some megabytes. An array without elements gives `[]`. Empty when this is no JSON.
 */
export async function sample(entry: Entry, most = 5_000): Promise<Map<string | null, JsonValue>> {
  const found = new Map<string | null, JsonValue>();
  let [number, seen] = [0, 0];
  try {
    for await (const element of elements(entry)) {
      if (!found.has(element.key)) found.set(element.key, element.value());
      seen += element.raw.length;
      number += 1;
      if (number >= most || seen > SAMPLE_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof JsonError)) throw error;
  }
  return found;
}

/** The objects of one array of a JSON file, each with its JSON; what is none is skipped. Throws SourceError. */
export async function* objects(entry: Entry, key: string | null, kind = 'session'): AsyncGenerator<{ value: JsonObject; raw: string } | Skipped, void> {
  for await (const element of elements(entry)) {
    if (element.key !== key || element.index === null) continue;
    const name = `${entry.name}, item ${element.index + 1}`;
    let value: JsonValue;
    let raw: string;
    try {
      raw = element.text();
      value = parseJson(raw);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      yield { is: 'skipped', name, reason: 'it is no well-formed JSON', kind };
      continue;
    }
    if (isObject(value)) yield { value, raw };
    else yield { is: 'skipped', name, reason: NO_OBJECT, kind };
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Finds where values begin and end, without parsing them. */
class Scanner {
  #buffer: Bytes = new Uint8Array();
  #at = 0;

  constructor(private readonly stream: Readable, private readonly name: string) {}

  async *elements(): AsyncGenerator<Element, void> {
    while (this.#buffer.length < 3 && await this.#fill());
    if (this.#buffer[0] === 0xef && this.#buffer[1] === 0xbb && this.#buffer[2] === 0xbf) this.#at = 3;
    const first = await this.#peek();
    if (first === OPEN_ARRAY) yield* this.#array(null);
    else if (first === OPEN_OBJECT) yield* this.#object();
    else yield new Element(null, null, await this.#value());
    if (await this.#peek() !== null) this.#fail('goes on after its end');
  }

  async *#object(): AsyncGenerator<Element, void> {
    this.#at += 1;
    if (await this.#peek() === CLOSE_OBJECT) {
      this.#at += 1;
      return;
    }
    do {
      if (await this.#peek() !== QUOTE) this.#fail('is no JSON');
      const key = this.#keyOf(await this.#string());
      await this.#expect(COLON);
      if (await this.#peek() === OPEN_ARRAY) yield* this.#array(key);
      else yield new Element(key, null, await this.#value());
    } while (await this.#expect(COMMA, CLOSE_OBJECT) === COMMA);
  }

  async *#array(key: string | null): AsyncGenerator<Element, void> {
    this.#at += 1;
    if (await this.#peek() === CLOSE_ARRAY) {
      this.#at += 1;
      yield new Element(key, null, Uint8Array.of(OPEN_ARRAY, CLOSE_ARRAY));
      return;
    }
    let index = 0;
    do {
      await this.#peek();
      yield new Element(key, index, await this.#value());
      index += 1;
    } while (await this.#expect(COMMA, CLOSE_ARRAY) === COMMA);
  }

  #keyOf(raw: Bytes): string {
    try {
      return String(parseJson(decodeText(raw)));
    } catch {
      return this.#fail('is no JSON');
    }
  }

  async #value(): Promise<Bytes> {
    const first = await this.#peek();
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) return this.#nested();
    return first === QUOTE ? this.#string() : this.#bare();
  }

  /** A value in brackets. Whether they pair up is the parser's to say; here they are only counted. */
  async #nested(): Promise<Bytes> {
    let [length, depth, brackets, commas, inString] = [0, 0, 0, 0, false];
    for (;;) {
      const buffer = this.#buffer;
      let at = this.#at + length;
      for (; at < buffer.length; at += 1) {
        const byte = buffer[at];
        if (inString) {
          if (byte === BACKSLASH) at += 1;
          else if (byte === QUOTE) inString = false;
          else if (byte === COMMA) commas += 1;
        } else if (byte === QUOTE) {
          inString = true;
        } else if (byte === COMMA) {
          commas += 1;
        } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          depth += byte === OPEN_OBJECT || byte === OPEN_ARRAY ? 1 : -1;
          brackets += 1;
          if (depth > MAX_DEPTH || brackets > MAX_BRACKETS) this.#fail('is nested more than any export we know');
          if (depth === 0) {
            if (commas > MAX_COMMAS) this.#fail('has an item of too many parts');
            return this.#take(at + 1);
          }
        }
      }
      // An escaped character may be in the next bytes: then `at` is beyond these.
      length = at - this.#at;
      await this.#more();
    }
  }

  async #string(): Promise<Bytes> {
    for (let length = 1; ;) {
      const buffer = this.#buffer;
      let at = this.#at + length;
      for (; at < buffer.length; at += 1) {
        if (buffer[at] === BACKSLASH) at += 1;
        else if (buffer[at] === QUOTE) return this.#take(at + 1);
      }
      length = at - this.#at;
      await this.#more();
    }
  }

  async #bare(): Promise<Bytes> {
    for (let length = 0; ;) {
      let at = this.#at + length;
      while (at < this.#buffer.length && !BARE_ENDS.has(this.#buffer[at] ?? 0)) at += 1;
      length = at - this.#at;
      if (at < this.#buffer.length || !(await this.#tryMore())) {
        return length === 0 ? this.#fail('is no JSON') : this.#take(this.#at + length);
      }
    }
  }

  #take(end: number): Bytes {
    const raw = this.#buffer.slice(this.#at, end);
    this.#at = end;
    return raw;
  }

  /** The next byte that is no white space; null at the end. */
  async #peek(): Promise<number | null> {
    for (;;) {
      const buffer = this.#buffer;
      let at = this.#at;
      while (isSpace(buffer[at])) at += 1;
      this.#at = at;
      if (at < buffer.length) return buffer[at] ?? null;
      if (!(await this.#tryMore())) return null;
    }
  }

  async #expect(...which: number[]): Promise<number> {
    const found = await this.#peek();
    if (found === null) this.#fail('ends in the middle');
    if (!which.includes(found)) this.#fail('is no JSON');
    this.#at += 1;
    return found;
  }

  async #more(): Promise<void> {
    if (!(await this.#tryMore())) this.#fail('ends in the middle');
  }

  /** Drops what is done and reads on: as much as is pending, so that a long value is not copied over and over. */
  async #tryMore(): Promise<boolean> {
    if (this.#buffer.length - this.#at > MAX_ELEMENT_BYTES) {
      this.#fail(`has an item of more than ${MAX_ELEMENT_BYTES >> 20} MiB`);
    }
    return this.#fill();
  }

  async #fill(): Promise<boolean> {
    const parts = [this.#buffer.subarray(this.#at)];
    const pending = parts[0]?.length ?? 0;
    let length = pending;
    const wanted = pending + Math.max(CHUNK, pending);
    while (length < wanted) {
      const more = await this.stream.read(wanted - length);
      if (more.length === 0) break;
      parts.push(more);
      length += more.length;
    }
    [this.#buffer, this.#at] = [concat(...parts), 0];
    return length > pending;
  }

  #fail(what: string): never {
    throw new SourceError(`${this.name} ${what}; export it again, or import another file.`);
  }
}
