/** The syntax of PDF objects (ISO 32000-1 §7.2, §7.3). */

export class PdfName {
  constructor(readonly name: string) {}
}

export class PdfRef {
  constructor(readonly number: number) {}
}

export type PdfDict = ReadonlyMap<string, PdfValue>;
/** Strings have one character for each byte. */
export type PdfValue = null | boolean | number | string | PdfName | PdfRef | readonly PdfValue[] | PdfDict;

/** Objects that end beyond the bytes at hand. */
export class ShortError extends Error {}

const MAX_DEPTH = 32;
const SPACE = '\0\t\n\f\r ';
const DELIMITERS = '()<>[]{}/%';
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const WORDS: Readonly<Record<string, null | boolean>> = { true: true, false: false, null: null };

export function latin1(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; at += 8_192) text += String.fromCharCode(...data.subarray(at, at + 8_192));
  return text;
}

/** Throws ShortError where the bytes end too early, Error for what is no PDF. */
export class Parser {
  readonly #text: string;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#text = latin1(data);
  }

  value(depth = 0): PdfValue {
    if (depth > MAX_DEPTH) throw new Error('nested too deeply');
    this.#skipSpace();
    const [first, second] = [this.#char(), this.#text.charAt(this.#at + 1)];
    if (first === '<' && second === '<') return this.#dict(depth);
    if (first === '[') return this.#list(depth);
    if (first === '(') return this.#string();
    if (first === '<') return this.#hex();
    if (first === '/') return this.#name();
    return this.#plain();
  }

  /** A run of characters that means something by itself. */
  word(): string {
    this.#skipSpace();
    const start = this.#at;
    while (!`${SPACE}${DELIMITERS}`.includes(this.#char())) this.#at += 1;
    if (this.#at === start) throw new Error('no word');
    return this.#text.slice(start, this.#at);
  }

  /** Where the bytes of a stream begin, after its dictionary; null where none follows. */
  streamStart(): number | null {
    this.#skipSpace();
    if (!this.#text.startsWith('stream', this.#at)) {
      if (this.#text.length - this.#at < 6) throw new ShortError();
      return null;
    }
    this.#at += 6;
    if (this.#char() === '\r') this.#at += 1;
    if (this.#char() === '\n') this.#at += 1;
    return this.#at;
  }

  #char(): string {
    if (this.#at >= this.#text.length) throw new ShortError();
    return this.#text.charAt(this.#at);
  }

  #skipSpace(): void {
    while (SPACE.includes(this.#char()) || this.#char() === '%') {
      if (this.#char() === '%') while (!'\r\n'.includes(this.#char())) this.#at += 1;
      this.#at += 1;
    }
  }

  #dict(depth: number): PdfDict {
    const found = new Map<string, PdfValue>();
    this.#at += 2;
    for (this.#skipSpace(); this.#char() !== '>'; this.#skipSpace()) {
      const name = this.value(depth + 1);
      if (!(name instanceof PdfName)) throw new Error('no name');
      found.set(name.name, this.value(depth + 1));
    }
    this.#at += 2;
    return found;
  }

  #list(depth: number): readonly PdfValue[] {
    const found: PdfValue[] = [];
    this.#at += 1;
    for (this.#skipSpace(); this.#char() !== ']'; this.#skipSpace()) found.push(this.value(depth + 1));
    this.#at += 1;
    return found;
  }

  #string(): string {
    let [text, depth] = ['', 1];
    for (this.#at += 1; ; this.#at += 1) {
      const char = this.#char();
      if (char === '\\') {
        this.#at += 1;
        text += this.#escaped();
        continue;
      }
      if (char === '(') depth += 1;
      if (char === ')' && (depth -= 1) === 0) break;
      text += char;
    }
    this.#at += 1;
    return text;
  }

  #escaped(): string {
    const char = this.#char();
    const octal = /^[0-7]{1,3}/.exec(this.#text.slice(this.#at, this.#at + 3))?.[0];
    if (octal !== undefined) {
      this.#at += octal.length - 1;
      return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    }
    if (char === '\r' && this.#text.charAt(this.#at + 1) === '\n') this.#at += 1;
    return '\r\n'.includes(char) ? '' : ESCAPES[char] ?? char;
  }

  #hex(): string {
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0) throw new ShortError();
    const digits = this.#text.slice(this.#at + 1, end).replace(/[\0\t\n\f\r ]/g, '');
    if (!/^[0-9a-fA-F]*$/.test(digits)) throw new Error('no hexadecimal');
    this.#at = end + 1;
    return (`${digits}0`.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
  }

  #name(): PdfName {
    this.#at += 1;
    const start = this.#at;
    while (!`${SPACE}${DELIMITERS}`.includes(this.#char())) this.#at += 1;
    return new PdfName(this.#text.slice(start, this.#at).replace(/#([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))));
  }

  /** A number, a reference, or a word. */
  #plain(): PdfValue {
    const start = this.#at;
    const word = this.word();
    if (Object.hasOwn(WORDS, word)) return WORDS[word] ?? null;
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(word)) throw new Error('no value');
    const reference = /^(\d{1,10})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?=[\0\t\n\f\r ()<>[\]{}/%])/.exec(this.#text.slice(start, start + 64));
    if (reference === null) return Number(word);
    this.#at = start + reference[0].length;
    return new PdfRef(Number(reference[1]));
  }
}
