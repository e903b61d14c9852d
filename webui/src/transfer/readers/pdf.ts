/** A vault out of a book: the document that a PDF of ours has inside (docs/EXPORT.md). The twin of vault/transfer/readers/pdf.py. */
import { Unzlib } from 'fflate';
import type { Bytes } from '../../core/bytes.ts';
import { datable } from '../datable.ts';
import { JsonReader, isExport } from '../json-import.ts';
import { PdfFile, damagedPdf } from '../pdf-objects.ts';
import { PdfName, latin1, type PdfValue } from '../pdf-syntax.ts';
import { CERTAIN, type Read, type Reader } from '../reading.ts';
import { BlobReader, SourceError, damaged, onlyEntry, readStart, type Entry, type Readable, type Source } from '../sources.ts';
import { MAX_RATIO, RATIO_FROM_BYTES } from '../zip.ts';

const ATTACHMENT = 'inkvault-export.json';
/** Of the tree of attached files that are looked at, and names in it. */
const MAX_NODES = 1_000;
const MAX_NAMES = 10_000;
const MAGIC = '%PDF-';
const PACKED_CHUNK = 16 * 1024;

async function detect(source: Source): Promise<number> {
  if (!(await isBook(source))) return 0;
  try {
    return (await isExport(await attached(source))) ? CERTAIN : 0;
  } catch (error) {
    if (error instanceof SourceError) return 0;
    throw error;
  }
}

async function* read(source: Source): AsyncGenerator<Read, void> {
  if (!(await isBook(source))) throw new SourceError(`${source.name} is no PDF.`);
  yield* datable(new JsonReader(await attached(source)).items());
}

async function isBook(source: Source): Promise<boolean> {
  const entry = onlyEntry(source);
  return entry !== null && source.file !== null && latin1(await readStart(entry, MAGIC.length)) === MAGIC;
}

/** The attached document, which is unpacked as it is read. Throws SourceError when there is none. */
async function attached({ file, name }: Source): Promise<Entry> {
  const pdf = await PdfFile.open(file ?? new Blob(), name);
  const found = await find(pdf, name);
  if (found === null) throw new SourceError(`${name} has no document of Inkvault inside; only PDFs that Inkvault made restore a vault.`);
  const { stored, isPacked } = found;
  const open = () => (isPacked ? new Unpacked(stored, ATTACHMENT) : new BlobReader(stored, ATTACHMENT));
  return { name: ATTACHMENT, size: stored.size, modified: null, open };
}

/** The attached document as it is stored (ISO 32000-1 §7.9.6, §7.11.4). */
async function find(pdf: PdfFile, name: string): Promise<{ readonly stored: Blob; readonly isPacked: boolean } | null> {
  const names = await pdf.dict((await pdf.root()).get('Names'));
  const waiting: PdfValue[] = [names.get('EmbeddedFiles') ?? null];
  let looked = 0;
  for (let count = 0; count < MAX_NODES && looked < MAX_NAMES && waiting.length > 0; count += 1) {
    const node = await pdf.dict(waiting.pop());
    for (const kid of await pdf.list(node.get('Kids'))) waiting.push(kid);
    const pairs = await pdf.list(node.get('Names'));
    for (let place = 0; place + 1 < pairs.length && looked < MAX_NAMES; place += 2, looked += 1) {
      if (!isAttachment(await pdf.resolve(pairs[place] ?? null))) continue;
      const files = await pdf.dict((await pdf.dict(pairs[place + 1])).get('EF'));
      const stream = await pdf.stream(files.get('F') ?? files.get('UF'));
      if (stream === null) throw damagedPdf(name);
      const filters = filtersOf(await pdf.resolve(stream.dict.get('Filter') ?? null));
      if (filters === null || stream.dict.has('DecodeParms')) return null;
      return { stored: await pdf.stored(stream), isPacked: filters.length > 0 };
    }
  }
  return null;
}

function isAttachment(name: PdfValue): boolean {
  if (typeof name !== 'string') return false;
  return name === ATTACHMENT || name === `\xfe\xff${[...ATTACHMENT].map((char) => `\0${char}`).join('')}`;
}

/** None, or the one that is known; null for others. */
function filtersOf(value: PdfValue): readonly string[] | null {
  const all = value === null ? [] : Array.isArray(value) ? value as readonly PdfValue[] : [value];
  const names = all.map((each) => (each instanceof PdfName ? each.name : ''));
  return names.length === 0 || names.join() === 'FlateDecode' ? names : null;
}

/** Unpacks in bounded memory. Throws SourceError where what it reads is damaged or packed too tightly. */
class Unpacked implements Readable {
  readonly #packed: BlobReader;
  readonly #unzip: Unzlib;
  readonly #ready: Bytes[] = [];
  #left: number;
  #isDone = false;

  constructor(blob: Blob, private readonly name: string) {
    this.#packed = new BlobReader(blob, name);
    this.#left = Math.max(RATIO_FROM_BYTES, MAX_RATIO * blob.size);
    this.#unzip = new Unzlib((chunk, isLast) => {
      if (chunk.length > 0) this.#ready.push(new Uint8Array(chunk));
      this.#isDone ||= isLast;
    });
  }

  async read(size: number): Promise<Bytes> {
    while (this.#ready.length === 0 && !this.#isDone) {
      const packed = await this.#packed.read(PACKED_CHUNK);
      try {
        this.#unzip.push(packed, packed.length < PACKED_CHUNK);
      } catch {
        throw damaged(this.name);
      }
    }
    const part = this.#ready.shift() ?? new Uint8Array();
    if (part.length > size) this.#ready.unshift(part.subarray(size));
    const given = part.subarray(0, size);
    this.#left -= given.length;
    if (this.#left < 0) throw damaged(this.name);
    return given;
  }
}

export const READER: Reader = { name: 'pdf', keepsIds: true, isSealed: false, detect, read };
