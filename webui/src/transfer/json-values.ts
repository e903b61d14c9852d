/**
 * JSON as files of other tools have it: every number and the order of every name kept, none of them twice in one object.
 * `JSON.parse` loses all three. Written again it is what Python's `json.dumps` writes, so that both clients keep a source
 * item as the same text.
 */

/** A number that is no plain integer: as it was written. */
export class Numeral {
  constructor(readonly text: string) {}

  /** The nearest double. */
  get value(): number {
    return Number(this.text);
  }

  get isInteger(): boolean {
    return !/[.eE]/.test(this.text);
  }
}

export type JsonValue = null | boolean | number | Numeral | string | readonly JsonValue[] | JsonObject;
/** In the order of the file. Never an object of JavaScript, whose names may mean more than they say. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** JSON that is not well-formed, or has a name twice. */
export class JsonError extends Error {}

const MAX_DEPTH = 900;
/** Of an integer, as with Python. */
const MAX_DIGITS = 4_300;
const SPACE = /[ \t\n\r]*/y;
const PLAIN = /"([^"\\\x00-\x1f]*)"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, null | boolean>> = { true: true, false: false, null: null };
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text. Throws JsonError for what is no UTF-8. */
export function decodeText(raw: Uint8Array): string {
  try {
    return UTF8.decode(raw);
  } catch {
    throw new JsonError('no UTF-8');
  }
}

/** Throws JsonError. */
export function parseJson(text: string): JsonValue {
  return new Parser(text).whole();
}

class Parser {
  #at = 0;

  constructor(private readonly text: string) {}

  whole(): JsonValue {
    const value = this.#value(0);
    if (this.#next() !== '') throw new JsonError('more after the end');
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw new JsonError('nested too deeply');
    switch (this.#next()) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
      case 'f':
      case 'n':
        return WORDS[this.#match(WORD)] ?? null;
      default:
        return numberOf(this.#match(NUMBER));
    }
  }

  #object(depth: number): JsonObject {
    const found = new Map<string, JsonValue>();
    this.#at += 1;
    if (this.#took('}')) return found;
    do {
      if (this.#next() !== '"') throw new JsonError('no name');
      const name = this.#string();
      if (!this.#took(':')) throw new JsonError('no colon');
      if (found.has(name)) throw new JsonError('a name twice');
      found.set(name, this.#value(depth + 1));
    } while (this.#took(','));
    if (!this.#took('}')) throw new JsonError('no end of an object');
    return found;
  }

  #array(depth: number): readonly JsonValue[] {
    const found: JsonValue[] = [];
    this.#at += 1;
    if (this.#took(']')) return found;
    do found.push(this.#value(depth + 1)); while (this.#took(','));
    if (!this.#took(']')) throw new JsonError('no end of an array');
    return found;
  }

  #string(): string {
    PLAIN.lastIndex = this.#at;
    const plain = PLAIN.exec(this.text)?.[1];
    if (plain !== undefined) {
      this.#at = PLAIN.lastIndex;
      return plain;
    }
    // With a loop: a regular expression that chooses at each character overflows its stack on a long string.
    let end = this.#at + 1;
    while (end < this.text.length && this.text.charAt(end) !== '"') end += this.text.charAt(end) === '\\' ? 2 : 1;
    const quoted = this.text.slice(this.#at, end + 1);
    this.#at = end + 1;
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw new JsonError('no string');
    }
  }

  #took(char: string): boolean {
    if (this.#next() !== char) return false;
    this.#at += 1;
    return true;
  }

  /** The next character that is no white space; '' at the end. */
  #next(): string {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.text);
    this.#at = SPACE.lastIndex;
    return this.text.charAt(this.#at);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw new JsonError('no value');
    this.#at = pattern.lastIndex;
    return found;
  }
}

function numberOf(text: string): number | Numeral {
  const numeral = new Numeral(text);
  if (!numeral.isInteger) return numeral;
  if (text.replace('-', '').length > MAX_DIGITS) throw new JsonError('a number of too many digits');
  const { value } = numeral;
  // -0 is an integer like any other.
  return Number.isSafeInteger(value) ? value + 0 : numeral;
}

/** As Python's `json.dumps(value, ensure_ascii=False)`; with halves of characters all of it in ASCII. */
export function asJson(value: JsonValue): string {
  const text = write(value, quote);
  return text.isWellFormed() ? text : write(value, quoteAscii);
}

/** The length of `json.dumps(value)` in Python. */
export function asciiLength(value: JsonValue): number {
  return write(value, quoteAscii).length;
}

function write(value: JsonValue, quoted: (text: string) => string): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Numeral) return value.isInteger ? value.text : floatText(value.value);
  if (value instanceof Map) return `{${[...value].map(([name, each]) => `${quoted(name)}: ${write(each as JsonValue, quoted)}`).join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map((each: JsonValue) => write(each, quoted)).join(', ')}]`;
  return String(value as null | boolean | number);
}

/** Halves of characters stay as they are. */
function quote(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text);
  return `"${text.replace(/["\\\x00-\x1f]/g, (char) => JSON.stringify(char).slice(1, -1))}"`;
}

function quoteAscii(text: string): string {
  return quote(text).replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As Python's `repr` of a float: the fewest digits, an exponent below 1e-4 and from 1e16. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 16) {
    return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = digits.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${plain}`;
  const whole = plain.padEnd(exponent + 1, '0');
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || '0'}`;
}

// --- what readers ask of values --------------------------------------------------------------------------------------

const NOTHING: JsonObject = new Map();

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** `value` when it is an object, else an empty one. */
export function fieldsOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : NOTHING;
}

/** `value` when it is an array, else an empty one. */
export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value as readonly JsonValue[] : [];
}

/** `value` when it is a string, else an empty one. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** An object with other fields in it, those that were there in their places. */
export function withFields(object: JsonObject, fields: Readonly<Record<string, JsonValue>>): JsonObject {
  return new Map([...object, ...Object.entries(fields)]);
}

/** An object of these fields. */
export function objectOf(fields: Readonly<Record<string, JsonValue>>): JsonObject {
  return new Map(Object.entries(fields));
}
