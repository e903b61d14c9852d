/** Our own encrypted backup (docs/EXPORT.md): unsealed as it is read, so that nothing of it lies anywhere in the clear. */
import { Decrypter } from 'age-encryption';
import { concat, fromUtf8, type Bytes } from '../../core/bytes.ts';
import { UnlockError } from '../../errors.ts';
import { datable } from '../datable.ts';
import { JsonReader } from '../json-import.ts';
import { CERTAIN, type Read, type Reader, type ReadOptions } from '../reading.ts';
import { SourceError, onlyEntry, readStart, type Entry, type Readable, type Source } from '../sources.ts';
import { FILE_NAME } from './inkvault-json.ts';

const MAGIC = 'age-encryption.org/v1\n';
const IDENTITY = 'AGE-SECRET-KEY-1';
const LOCAL_HEADER = 0x04034b50;
/** In front of what stands behind a file whose size was not known before it; JSON cannot hold its control characters. */
const DESCRIPTOR = Uint8Array.of(0x50, 0x4b, 0x07, 0x08);
const UNKNOWN_SIZE = 8;
/** Of what stands before the sealed bytes; what is sealed for many recipients is within it. */
const MAX_HEADER_BYTES = 64 * 1024;
const WRONG_SECRET = 'This does not open the backup. Check the passphrase, or take the key that it was sealed for.';

async function detect(source: Source): Promise<number> {
  const entry = onlyEntry(source);
  if (entry === null) return 0;
  return new TextDecoder('latin1').decode(await readStart(entry, MAGIC.length)) === MAGIC ? CERTAIN : 0;
}

async function* read(source: Source, { secret }: ReadOptions): AsyncGenerator<Read, void> {
  const { file, name } = source;
  if (file === null || (await detect(source)) === 0) throw new SourceError(`${name} is no encrypted backup of Inkvault.`);
  const stream = await unsealed(file, secret ?? '');
  const entry: Entry = { name: FILE_NAME, size: 0, modified: null, open: () => new FirstMember(stream) };
  yield* datable(new JsonReader(entry).items());
}

async function unsealed(file: Blob, secret: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const start = new TextDecoder('latin1').decode(await file.slice(0, MAX_HEADER_BYTES).arrayBuffer());
  if (!start.includes('\n--- ')) throw new SourceError('This is no age file, or it is damaged; take another copy of it.');
  const decrypter = new Decrypter();
  try {
    const line = secret.trim().toUpperCase();
    if (line.startsWith(IDENTITY)) decrypter.addIdentity(line);
    else decrypter.addPassphrase(secret);
  } catch {
    throw new UnlockError(WRONG_SECRET);
  }
  try {
    return (await decrypter.decrypt(file.stream())).getReader();
  } catch (error) {
    // The library has no types of errors.
    if (String(error).includes('no identity matched')) throw new UnlockError(WRONG_SECRET);
    throw notWhole();
  }
}

/** Reads the first file of a zip archive that comes as a stream, then the rest, which shows whether all of it is there. */
class FirstMember implements Readable {
  #buffer: Bytes = new Uint8Array();
  #ended = false;
  /** Bytes of the file that are to come; null where only its end says how many. */
  #left: number | null | undefined = undefined;
  #isDone = false;

  constructor(private readonly stream: ReadableStreamDefaultReader<Uint8Array>) {}

  async read(size: number): Promise<Bytes> {
    if (this.#left === undefined) await this.#begin();
    while (!this.#isDone) {
      const part = this.#left === null ? this.#upToDescriptor(size) : this.#counted(size);
      if (part.length > 0) return part;
      if (!this.#isDone && !(await this.#more())) throw notWhole();
    }
    // The last piece of what is sealed says that it is the last.
    while (await this.#more()) this.#buffer = new Uint8Array();
    return new Uint8Array();
  }

  async #begin(): Promise<void> {
    const header = await this.#need(30);
    const nameLength = header.getUint16(26, true);
    const extraLength = header.getUint16(28, true);
    const [flags, method, size] = [header.getUint16(6, true), header.getUint16(8, true), header.getUint32(18, true)];
    const isZip = header.getUint32(0, true) === LOCAL_HEADER;
    await this.#need(30 + nameLength + extraLength);
    if (!isZip || nameOf(this.#buffer.subarray(30, 30 + nameLength)) !== FILE_NAME) {
      throw new SourceError(`This file opens, but what it holds is no backup of a vault.`);
    }
    if (method !== 0) throw new SourceError('This backup is packed, as Inkvault packs none; unseal and import what it holds.');
    this.#left = (flags & UNKNOWN_SIZE) !== 0 ? null : size;
    this.#buffer = this.#buffer.subarray(30 + nameLength + extraLength);
  }

  #counted(size: number): Bytes {
    const left = this.#left ?? 0;
    const part = this.#buffer.subarray(0, Math.min(size, left));
    this.#left = left - part.length;
    this.#buffer = this.#buffer.subarray(part.length);
    this.#isDone = this.#left === 0;
    return part;
  }

  #upToDescriptor(size: number): Bytes {
    const at = indexOf(this.#buffer, DESCRIPTOR);
    // Its beginning may be there already, and its end not.
    const end = at < 0 ? Math.max(0, this.#buffer.length - DESCRIPTOR.length + 1) : at;
    const part = this.#buffer.subarray(0, Math.min(size, end));
    this.#buffer = this.#buffer.subarray(part.length);
    this.#isDone = at >= 0 && part.length === at;
    return part;
  }

  async #need(size: number): Promise<DataView> {
    while (this.#buffer.length < size) if (!(await this.#more())) throw notWhole();
    return new DataView(this.#buffer.buffer, this.#buffer.byteOffset, size);
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    try {
      const { done, value } = await this.stream.read();
      this.#ended = done;
      if (value !== undefined) this.#buffer = concat(this.#buffer, new Uint8Array(value));
      return !done;
    } catch {
      throw notWhole();
    }
  }
}

function indexOf(data: Bytes, wanted: Bytes): number {
  for (let at = data.indexOf(wanted[0] ?? 0); at >= 0; at = data.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => data[at + index] === byte)) return at;
  }
  return -1;
}

function nameOf(raw: Bytes): string | null {
  try {
    return fromUtf8(raw);
  } catch {
    return null;
  }
}

function notWhole(): SourceError {
  return new SourceError('This backup is damaged or not whole; take another copy of it.');
}

export const READER: Reader = {
  name: 'inkvault-backup', keepsIds: true, isSealed: true, detect, read,
};
