/** Zip archives, read in place (APPNOTE.TXT 6.3): their table of contents within bounds, then each file as it is asked for. */
import { Inflate } from 'fflate';
import type { Bytes } from '../core/bytes.ts';
import {
  BlobReader, MAX_FILES, SourceError, damaged, inOrder, readStart, type Entry, type LocalTime, type Readable, type Source,
} from './sources.ts';

/** Of a table of contents, which is read as a whole. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;
/** How often larger the files of an archive may be than itself, all together, once they are larger than the next bound. */
export const MAX_RATIO = 100;
export const RATIO_FROM_BYTES = 256 * 1024 * 1024;

const FILE = 0x04034b50;
const MEMBER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const END_SIZE = 22;
const ALL_ONES = 0xffff_ffff;
const [STORED, DEFLATED] = [0, 8];
/** An inflater gives at most about a thousand times as much at once. */
const PACKED_CHUNK = 16 * 1024;
const TOO_MANY = 'This archive lists too many files; unpack it and import its parts.';

/** The upper half of code page 437, in which names are that are marked as nothing else. */
const CP437 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

interface Member {
  readonly name: string;
  readonly rawName: Bytes;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly at: number;
  readonly kind: number;
  readonly modified: LocalTime | null;
}

export async function isArchive(entry: Entry): Promise<boolean> {
  const start = await readStart(entry, 4);
  return start.length === 4 && [FILE, END].includes(new DataView(start.buffer, start.byteOffset).getUint32(0, true));
}

/** Throws SourceError for an archive that is damaged or goes beyond the bounds. */
export async function openArchive(name: string, file: File): Promise<Source> {
  const { data, shift } = await tableOf(name, file);
  const members = [...membersOf(name, data, shift)];
  checkSizes(members, file.size);
  const files = members.filter((member) => !member.name.endsWith('/'));
  // 0 is what systems without kinds of files write, 8 is a regular file.
  const isRegular = ({ kind }: Member) => kind === 0 || kind === 8;
  checkPacking(files.filter(isRegular));
  const entries = files.filter(isRegular).map((member): Entry => ({
    name: member.name, size: member.size, modified: member.modified, open: () => new MemberReader(file, member),
  }));
  const leftOut = files.filter((member) => !isRegular(member)).map((member) => member.name).sort();
  return { name, isArchive: true, entries: inOrder(entries), leftOut, file: null };
}

/** The table of contents, and how much further back things are than it says. */
async function tableOf(name: string, file: Blob): Promise<{ data: DataView<ArrayBuffer>; shift: number }> {
  const start = Math.max(0, file.size - END_SIZE - 0xffff);
  const tail = await viewOf(file, start, file.size, name);
  const at = findEnd(tail);
  if (at === null) throw wrong(name);
  let [size, offset, end] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true), start + at];
  if (at >= 20 && tail.getUint32(at - 20, true) === END_64_LOCATOR) {
    const record = await viewOf(file, Math.max(0, end - 76), end - 20, name);
    if (record.byteLength < 56 || record.getUint32(0, true) !== END_64) throw wrong(name);
    [size, offset, end] = [numberAt(record, 40), numberAt(record, 48), end - 76];
  }
  if (size > MAX_DIRECTORY_BYTES) throw new SourceError(TOO_MANY);
  if (end - size < offset) throw wrong(name);
  return { data: await viewOf(file, end - size, end, name), shift: end - size - offset };
}

/** Where the end record is: at the very end, or before a comment. */
function findEnd(tail: DataView): number | null {
  for (let at = tail.byteLength - END_SIZE; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) === END) return at;
  }
  return null;
}

async function viewOf(file: Blob, start: number, end: number, name: string): Promise<DataView<ArrayBuffer>> {
  const { buffer, byteOffset, byteLength } = await new BlobReader(file, name, start).read(end - start);
  return new DataView(buffer, byteOffset, byteLength);
}

/** Eight bytes; what is beyond all files comes out as infinite. */
function numberAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
}

function* membersOf(name: string, data: DataView<ArrayBuffer>, shift: number): Generator<Member> {
  let count = 0;
  for (let at = 0; at < data.byteLength;) {
    if ((count += 1) > MAX_FILES) throw new SourceError(TOO_MANY);
    if (at + 46 > data.byteLength || data.getUint32(at, true) !== MEMBER) throw wrong(name);
    const [nameLength, extraLength, commentLength] = [data.getUint16(at + 28, true), data.getUint16(at + 30, true), data.getUint16(at + 32, true)];
    const extraAt = at + 46 + nameLength;
    const next = extraAt + extraLength + commentLength;
    if (next > data.byteLength) throw wrong(name);
    const flags = data.getUint16(at + 8, true);
    const rawName = new Uint8Array(data.buffer, data.byteOffset + at + 46, nameLength);
    const shown = nameOf(rawName, flags);
    if (shown === null) throw wrong(name);
    const long = wideFields(data, extraAt, extraAt + extraLength);
    const wide = (place: number): number => {
      const value = data.getUint32(place, true);
      return value === ALL_ONES ? long.shift() ?? value : value;
    };
    // In this order: sizes that do not fit stand in it in the extra field too.
    const [size, packedSize, offset] = [wide(at + 24), wide(at + 20), wide(at + 42)];
    yield {
      name: shown, rawName, flags, size, packedSize, at: offset + shift,
      method: data.getUint16(at + 10, true),
      crc: data.getUint32(at + 16, true),
      kind: data.getUint16(at + 40, true) >> 12,
      modified: clockOf(data.getUint16(at + 14, true), data.getUint16(at + 12, true)),
    };
    at = next;
  }
}

/** Sizes and places of more than four bytes (APPNOTE 4.5.3). */
function wideFields(data: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end;) {
    const [id, length] = [data.getUint16(at, true), data.getUint16(at + 2, true)];
    if (id === 1) {
      const count = Math.floor(Math.min(length, end - at - 4) / 8);
      return Array.from({ length: count }, (_, index) => numberAt(data, at + 4 + 8 * index));
    }
    at += 4 + length;
  }
  return [];
}

/** null for one that is not in UTF-8 and says that it is. A name ends at a NUL. */
function nameOf(raw: Uint8Array, flags: number): string | null {
  let text: string;
  if ((flags & 0x800) === 0) {
    text = Array.from(raw, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437.charAt(byte - 128))).join('');
  } else {
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    } catch {
      return null;
    }
  }
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function clockOf(date: number, time: number): LocalTime | null {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, 2 * (time & 31)];
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = new Date(local).getUTCMonth() === month - 1 && new Date(local).getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? { local } : null;
}

function checkSizes(members: readonly Member[], size: number): void {
  const all = members.reduce((sum, member) => sum + member.size, 0);
  if (all > Math.max(RATIO_FROM_BYTES, MAX_RATIO * size)) {
    throw new SourceError('This archive is packed too tightly to be unpacked safely; unpack it and import its parts.');
  }
  const places = [...members].sort((one, two) => one.at - two.at);
  if (places.some(({ at, packedSize }, index) => at + 30 + packedSize > (places[index + 1]?.at ?? Infinity))) {
    throw new SourceError('The files of this archive overlap, as no packing program writes them.');
  }
}

/** Before readers look at it: what they cannot open they take for another layout. */
function checkPacking(members: readonly Member[]): void {
  if (members.some(({ flags }) => (flags & 1) !== 0)) {
    throw new SourceError('This archive is protected by a password; unpack it first and import what it holds.');
  }
  if (members.some(({ method }) => method !== STORED && method !== DEFLATED)) {
    throw new SourceError('This archive is packed in a way that this page cannot unpack; unpack it and import what it holds, or pack that again as usual.');
  }
}

class MemberReader implements Readable {
  #packed: BlobReader | null = null;
  #left: number;
  #given = 0;
  #crc = 0;
  #ready: Bytes[] = [];
  readonly #inflate: Inflate | null;

  constructor(private readonly file: Blob, private readonly member: Member) {
    this.#left = member.packedSize;
    this.#inflate = member.method === DEFLATED ? new Inflate((chunk) => this.#give(new Uint8Array(chunk))) : null;
  }

  async read(size: number): Promise<Bytes> {
    while (this.#ready.length === 0 && this.#left > 0) await this.#more();
    const part = this.#ready.shift();
    if (part === undefined) {
      if (this.#given !== this.member.size || this.#crc !== this.member.crc) throw damaged(this.member.name);
      return new Uint8Array();
    }
    if (part.length > size) this.#ready.unshift(part.subarray(size));
    return part.subarray(0, size);
  }

  async #more(): Promise<void> {
    this.#packed ??= await this.#begin();
    const packed = await this.#packed.read(Math.min(PACKED_CHUNK, this.#left));
    if (packed.length === 0) throw damaged(this.member.name);
    this.#left -= packed.length;
    if (this.#inflate === null) return this.#give(packed);
    try {
      this.#inflate.push(packed, this.#left === 0);
    } catch {
      throw damaged(this.member.name);
    }
  }

  /** Where its bytes begin: its own header says how long that is. It must be of this file and of no other. */
  async #begin(): Promise<BlobReader> {
    const { at, name, rawName } = this.member;
    const header = await viewOf(this.file, at, at + 30 + rawName.length, name);
    const isIt = header.byteLength === 30 + rawName.length && header.getUint32(0, true) === FILE
      && header.getUint16(26, true) === rawName.length && rawName.every((byte, index) => header.getUint8(30 + index) === byte);
    if (!isIt) throw damaged(name);
    return new BlobReader(this.file, name, at + 30 + rawName.length + header.getUint16(28, true));
  }

  #give(chunk: Bytes): void {
    if (chunk.length === 0) return;
    this.#given += chunk.length;
    if (this.#given > this.member.size) throw damaged(this.member.name);
    this.#crc = crc32(this.#crc, chunk);
    this.#ready.push(chunk);
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb8_8320 : 0);
  return value;
});

function crc32(before: number, data: Uint8Array): number {
  const table = CRC_TABLE;
  let value = ~before;
  for (let at = 0; at < data.length; at += 1) value = (value >>> 8) ^ (table[(value ^ (data[at] ?? 0)) & 255] ?? 0);
  return ~value >>> 0;
}

function wrong(name: string): SourceError {
  return new SourceError(`${name} is a damaged zip archive.`);
}
