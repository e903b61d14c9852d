/**
 * Just as much of PDF as finds an attached file (ISO 32000-1 §7): objects by their number, through tables and streams of
 * cross-references, each read by itself and within bounds.
 */
import { Unzlib } from 'fflate';
import { concat, type Bytes } from '../core/bytes.ts';
import { Parser, PdfName, PdfRef, ShortError, latin1, type PdfDict, type PdfValue } from './pdf-syntax.ts';
import { SourceError } from './sources.ts';

/** A stream's dictionary, and where its bytes begin in the file. */
export interface PdfStream {
  readonly dict: PdfDict;
  readonly start: number;
}

const WINDOWS = [4 * 1024, 256 * 1024, 8 * 1024 * 1024];
/** Of an object in a stream of objects; what is longer names no file. */
const MAX_OBJECT = 1024 * 1024;
const MAX_DEPTH = 32;
/** Of tables of cross-references, and of their sections; the newest first. */
const MAX_TABLES = 1_000;
/** Of all streams of cross-references and of objects that are unpacked. */
const MAX_UNPACKED = 256 * 1024 * 1024;
/** Of all objects that are parsed, once and again. */
const MAX_PARSED = 32 * 1024 * 1024;
/** Of all tables that are asked for a number. */
const MAX_LOOKUPS = 100_000;
const MAX_LENGTH = 2 ** 31;
const PACKED_CHUNK = 16 * 1024;
const NOTHING: PdfDict = new Map();

/** What is wrong with a PDF is said in one way. */
export function damagedPdf(name: string): SourceError {
  return new SourceError(`${name} is a damaged PDF.`);
}

type Place = { readonly at: number } | { readonly inside: number; readonly index: number } | null;
type Lookup = (number: number) => Promise<Place>;

export class PdfFile {
  readonly #tables: Lookup[] = [];
  #root: PdfValue = null;
  /** Whether all tables are there. */
  #isOpen = false;
  #left = MAX_UNPACKED;
  #toParse = MAX_PARSED;
  #lookups = MAX_LOOKUPS;
  readonly #places = new Map<number, Place>();

  private constructor(private readonly file: Blob, private readonly name: string) {}

  /** Throws SourceError for what is no PDF that can be read. */
  static async open(file: Blob, name: string): Promise<PdfFile> {
    const pdf = new PdfFile(file, name);
    const tail = latin1(await pdf.bytes(Math.max(0, file.size - 2_048), file.size));
    const found = /startxref\s+(\d{1,15})\s+%%EOF\s*$/.exec(tail.slice(tail.lastIndexOf('startxref')));
    if (found === null) throw damagedPdf(name);
    await pdf.#readTables(Number(found[1]));
    pdf.#isOpen = true;
    return pdf;
  }

  async root(): Promise<PdfDict> {
    return this.dict(this.#root);
  }

  async dict(value: PdfValue | undefined): Promise<PdfDict> {
    const found = await this.resolve(value ?? null);
    return found instanceof Map ? found : NOTHING;
  }

  async list(value: PdfValue | undefined): Promise<readonly PdfValue[]> {
    const found = await this.resolve(value ?? null);
    return Array.isArray(found) ? found : [];
  }

  /** What a reference refers to; a stream gives its dictionary. */
  async resolve(value: PdfValue): Promise<PdfValue> {
    let found = value;
    for (let step = 0; found instanceof PdfRef; step += 1) {
      if (step > MAX_DEPTH) throw damagedPdf(this.name);
      found = await this.#object(found.number);
    }
    return found;
  }

  /** null for what is no stream in the file itself. */
  async stream(value: PdfValue | undefined): Promise<PdfStream | null> {
    if (!(value instanceof PdfRef)) return null;
    const place = await this.#find(value.number);
    return place !== null && 'at' in place ? (await this.#parseAt(place.at, value.number)).stream : null;
  }

  /** The bytes of a stream as they are stored. */
  async stored({ dict, start }: PdfStream): Promise<Blob> {
    const length = await this.resolve(dict.get('Length') ?? null);
    if (typeof length !== 'number' || length < 0 || length > MAX_LENGTH || start + length > this.file.size) throw damagedPdf(this.name);
    return this.file.slice(start, start + length);
  }

  async bytes(start: number, end: number): Promise<Bytes> {
    return new Uint8Array(await this.file.slice(start, end).arrayBuffer());
  }

  // --- cross-references ----------------------------------------------------------------------------------------------

  async #readTables(first: number): Promise<void> {
    const waiting = [first];
    const seen = new Set<number>();
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      if (seen.has(at) || seen.size >= MAX_TABLES || at >= this.file.size) throw damagedPdf(this.name);
      seen.add(at);
      const trailer = latin1(await this.bytes(at, at + 4)) === 'xref' ? await this.#table(at) : await this.#tableStream(at);
      if (trailer.has('Encrypt')) throw new SourceError(`${this.name} is protected by a password; save it without one and import that.`);
      this.#root ??= trailer.get('Root') ?? null;
      for (const next of [trailer.get('XRefStm'), trailer.get('Prev')]) if (typeof next === 'number') waiting.push(next);
    }
  }

  /** A table as text: each entry takes twenty bytes, so that one is found without reading the others. */
  async #table(start: number): Promise<PdfDict> {
    let at = start + 4;
    for (let section = 0; section < MAX_TABLES; section += 1) {
      const head = latin1(await this.bytes(at, at + 64));
      if (/^\s*trailer/.test(head)) return this.#trailer(at + head.indexOf('trailer') + 7);
      const found = /^\s*(\d{1,10}) (\d{1,10})[ \t]*\r?\n?/.exec(head);
      if (found === null) break;
      const [begin, low, count] = [at + found[0].length, Number(found[1]), Number(found[2])];
      this.#addTable(async (number) => {
        if (number < low || number >= low + count) return null;
        const place = begin + 20 * (number - low);
        const [, offset, , kind] = /^(\d{10}) (\d{5}) ([fn])/.exec(latin1(await this.bytes(place, place + 20))) ?? [];
        return kind === 'n' ? { at: Number(offset) } : null;
      });
      at = begin + 20 * count;
    }
    throw damagedPdf(this.name);
  }

  async #trailer(at: number): Promise<PdfDict> {
    const found = await this.#parsed(at, (parser) => parser.value());
    return found instanceof Map ? found : NOTHING;
  }

  async #tableStream(at: number): Promise<PdfDict> {
    const { stream } = await this.#parseAt(at, null);
    if (stream === null) throw damagedPdf(this.name);
    const { dict } = stream;
    const widths = numbers(dict.get('W'));
    const size = dict.get('Size');
    const index = dict.has('Index') ? numbers(dict.get('Index')) : [0, typeof size === 'number' ? size : 0];
    const data = await this.#unpacked(stream);
    const [one = 0, two = 0, three = 0] = widths;
    const width = one + two + three;
    if (widths.length !== 3 || width === 0 || width > 24) throw damagedPdf(this.name);
    this.#addTable((number) => {
      let row = 0;
      for (let place = 0; place + 1 < index.length; place += 2) {
        const [low, count] = [index[place] ?? 0, index[place + 1] ?? 0];
        if (number >= low && number < low + count) {
          const start = (row + number - low) * width;
          const field = (from: number, length: number) => data.subarray(from, from + length).reduce((sum, byte) => sum * 256 + byte, 0);
          const kind = one === 0 ? 1 : field(start, one);
          const [second, third] = [field(start + one, two), field(start + one + two, three)];
          return Promise.resolve(kind === 1 ? { at: second } : kind === 2 ? { inside: second, index: third } : null);
        }
        row += count;
      }
      return Promise.resolve(null);
    });
    return dict;
  }

  #addTable(table: Lookup): void {
    if (this.#tables.length >= MAX_TABLES) throw damagedPdf(this.name);
    this.#tables.push(table);
  }

  async #find(number: number): ReturnType<Lookup> {
    const known = this.#places.get(number);
    if (known !== undefined) return known;
    let found: Place = null;
    for (const table of this.#tables) {
      this.#lookups -= 1;
      if (this.#lookups < 0) throw damagedPdf(this.name);
      found = await table(number);
      if (found !== null) break;
    }
    // While the tables are read, those that are to come may still say where it is.
    if (this.#isOpen) this.#places.set(number, found);
    return found;
  }

  // --- objects -------------------------------------------------------------------------------------------------------

  async #object(number: number): Promise<PdfValue> {
    const place = await this.#find(number);
    if (place === null) return null;
    if ('at' in place) return (await this.#parseAt(place.at, number)).value;
    const stream = await this.stream(new PdfRef(place.inside));
    if (stream === null) throw damagedPdf(this.name);
    const data = await this.#unpacked(stream);
    const [first, count] = [stream.dict.get('First'), stream.dict.get('N')];
    if (typeof first !== 'number' || typeof count !== 'number' || place.index >= count) throw damagedPdf(this.name);
    this.#toParse -= first + Math.min(MAX_OBJECT, data.length);
    if (this.#toParse < 0) throw damagedPdf(this.name);
    return this.#guarded(() => {
      const pairs = new Parser(data.subarray(0, first));
      let offset: PdfValue = null;
      for (let index = 0; index <= place.index; index += 1) [, offset] = [pairs.value(), pairs.value()];
      const start = first + (typeof offset === 'number' ? offset : 0);
      return new Parser(data.subarray(start, start + MAX_OBJECT)).value();
    });
  }

  /** The object that begins at this place; a table of cross-references may say of which number it is. */
  async #parseAt(at: number, number: number | null): Promise<{ value: PdfValue; stream: PdfStream | null }> {
    const { value, end } = await this.#parsed(at, (parser) => {
      const [own, , keyword] = [parser.value(), parser.value(), parser.word()];
      if (keyword !== 'obj' || (number !== null && own !== number)) throw damagedPdf(this.name);
      const found = parser.value();
      return { value: found, end: parser.streamStart() };
    });
    return { value, stream: end !== null && value instanceof Map ? { dict: value, start: at + end } : null };
  }

  async #parsed<T>(at: number, parse: (parser: Parser) => T): Promise<T> {
    for (const size of WINDOWS) {
      try {
        const data = await this.bytes(at, at + size);
        this.#toParse -= data.length;
        if (this.#toParse < 0) throw damagedPdf(this.name);
        return parse(new Parser(data));
      } catch (error) {
        if (error instanceof ShortError && at + size < this.file.size) continue;
        throw error instanceof SourceError ? error : damagedPdf(this.name);
      }
    }
    throw damagedPdf(this.name);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof SourceError ? error : damagedPdf(this.name);
    }
  }

  /** A stream of the file's own, unpacked as a whole. */
  async #unpacked(stream: PdfStream): Promise<Bytes> {
    const raw = await this.stored(stream);
    this.#left -= raw.size;
    if (this.#left < 0) throw damagedPdf(this.name);
    const data = new Uint8Array(await raw.arrayBuffer());
    const filters = nameList(stream.dict.get('Filter'));
    if (filters.length === 0) return data;
    if (filters.join() !== 'FlateDecode') throw damagedPdf(this.name);
    const parms = stream.dict.get('DecodeParms');
    const settings = Array.isArray(parms) ? parms[0] as PdfValue : parms;
    const unpacked = this.#guarded(() => unzlib(data, this.#left));
    this.#left -= unpacked.length;
    return settings instanceof Map ? this.#guarded(() => withoutPredictor(unpacked, settings as PdfDict)) : unpacked;
  }
}

function numbers(value: PdfValue | undefined): number[] {
  return (Array.isArray(value) ? value as readonly PdfValue[] : []).filter((each) => typeof each === 'number');
}

function nameList(value: PdfValue | undefined): string[] {
  const all = Array.isArray(value) ? value as readonly PdfValue[] : [value ?? null];
  return all.filter((each) => each instanceof PdfName).map(({ name }) => name);
}

/** Throws for what is damaged, or gives more bytes than `most`. */
function unzlib(data: Bytes, most: number): Bytes {
  const parts: Bytes[] = [];
  let left = most;
  const unzip = new Unzlib((chunk) => {
    left -= chunk.length;
    if (left < 0) throw new Error('too large');
    parts.push(new Uint8Array(chunk));
  });
  for (let at = 0; at < data.length; at += PACKED_CHUNK) unzip.push(data.subarray(at, at + PACKED_CHUNK), at + PACKED_CHUNK >= data.length);
  return concat(...parts);
}

/** Rows that were written as differences from what stands left of them and above (PNG, as in ISO 32000-1 §7.4.4.4). */
function withoutPredictor(data: Bytes, settings: PdfDict): Bytes {
  const [predictor, columns] = [settings.get('Predictor') ?? 1, settings.get('Columns') ?? 1];
  const isPlain = [['Colors', 1], ['BitsPerComponent', 8]].every(([name, usual]) => (settings.get(String(name)) ?? usual) === usual);
  if (predictor === 1) return data;
  if (typeof predictor !== 'number' || predictor < 10 || typeof columns !== 'number' || columns < 1 || columns > 64 || !isPlain) {
    throw new Error('another predictor');
  }
  const rows = Math.floor(data.length / (columns + 1));
  const found = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const kind = data[row * (columns + 1)] ?? 0;
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const left = column > 0 ? found[at - 1] ?? 0 : 0;
      const above = row > 0 ? found[at - columns] ?? 0 : 0;
      const corner = row > 0 && column > 0 ? found[at - columns - 1] ?? 0 : 0;
      found[at] = (data[row * (columns + 1) + 1 + column] ?? 0) + predicted(kind, left, above, corner);
    }
  }
  return found;
}

function predicted(kind: number, left: number, above: number, corner: number): number {
  if (kind < 4) return [0, left, above, (left + above) >> 1][kind] ?? 0;
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}
