/**
 * What is imported from: a file, a zip archive or a folder, read in place and within bounds. The twin of
 * vault/transfer/sources.py. Nothing is unpacked as a whole and no name is ever used as a path: names are only looked at,
 * to tell layouts apart.
 */
import { InkvaultError } from '../errors.ts';
import type { Bytes } from '../core/bytes.ts';
import { compareCodePoints } from '../core/text.ts';

/** Of a folder or an archive. */
export const MAX_FILES = 100_000;

/** The files cannot be taken in: damaged, hostile, too large, or in no layout known. One sentence that says what to do. */
export class SourceError extends InkvaultError {}

/** A file that was chosen. `path` has `/` between folders and begins with the chosen folder's name, if one was chosen. */
export interface PickedFile {
  readonly path: string;
  readonly file: File;
}

/** A stream of bytes. Throws SourceError where what it reads is damaged. */
export interface Readable {
  /** The next bytes, about so many at most; none at the end. */
  read(size: number): Promise<Bytes>;
}

/** What the clock showed, as milliseconds, where nobody knows in which zone it stood. */
export interface LocalTime {
  readonly local: number;
}

/** One file of a source. `name` is for telling files apart and for messages, never a path to write to. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970 UTC, or local time; null where no time is told. */
  readonly modified: number | LocalTime | null;
  /** Reads it from its beginning. */
  open(): Readable;
}

/** What an import reads: one file, or those of an archive or folder in the order of their names. */
export interface Source {
  /** Of the file or folder. */
  readonly name: string;
  readonly isArchive: boolean;
  readonly entries: readonly Entry[];
  /** What is there but is never read: links, special files. */
  readonly leftOut: readonly string[];
  /** The one file as it is, where it is one. */
  readonly file: Blob | null;
}

/** The files as a page is given them. */
export function pickedFiles(files: Iterable<File>): PickedFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

export function inOrder(entries: Entry[]): Entry[] {
  return entries.sort((one, two) => compareCodePoints(one.name, two.name));
}

export function blobEntry(name: string, file: File): Entry {
  return { name, size: file.size, modified: file.lastModified, open: () => new BlobReader(file, name) };
}

/** Reads a blob slice by slice: what a slice had is forgotten with it. */
export class BlobReader implements Readable {
  constructor(private readonly blob: Blob, private readonly name: string, private at = 0) {}

  async read(size: number): Promise<Bytes> {
    const slice = this.blob.slice(this.at, this.at + size);
    this.at += slice.size;
    try {
      return new Uint8Array(await slice.arrayBuffer());
    } catch {
      throw damaged(this.name);
    }
  }
}

export function damaged(name: string): SourceError {
  return new SourceError(`${name} cannot be read: it is damaged or packed in a way that Inkvault does not know.`);
}

/** All of an entry. Throws SourceError when that is more than `most` bytes. */
export async function readAll(entry: Entry, most: number): Promise<Bytes> {
  const parts: BlobPart[] = [];
  const stream = entry.open();
  let left = most + 1;
  while (left > 0) {
    const part = await stream.read(Math.min(left, 1 << 20));
    if (part.length === 0) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(part);
    left -= part.length;
  }
  throw new SourceError(`${entry.name} is larger than ${most} bytes, which is more than Inkvault reads at once.`);
}

/** The first bytes of an entry, so many where it has them. */
export async function readStart(entry: Entry, size: number): Promise<Bytes> {
  const stream = entry.open();
  let found: Bytes = new Uint8Array();
  while (found.length < size) {
    const part = await stream.read(size - found.length);
    if (part.length === 0) break;
    const joined = new Uint8Array(found.length + part.length);
    joined.set(found);
    joined.set(part, found.length);
    found = joined;
  }
  return found.subarray(0, size);
}

/** The files whose name fits. Of several the hidden ones never do, nor what a Mac puts beside each file. */
export function named({ isArchive, entries }: Source, fits: (parts: readonly string[]) => boolean): Entry[] {
  const isOne = !isArchive && entries.length === 1;
  return entries.filter(({ name }) => {
    const parts = partsOf(name);
    return fits(parts) && (isOne || !parts.some((part) => part.startsWith('.') || part === '__MACOSX'));
  });
}

/** The one file of a source that is no archive, or null. */
export function onlyEntry({ isArchive, entries }: Source): Entry | null {
  return !isArchive && entries.length === 1 ? entries[0] ?? null : null;
}

// --- names, part by part, as Python's PurePosixPath has them ---------------------------------------------------------

export function partsOf(name: string): string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return name.startsWith('/') ? ['/', ...parts] : parts;
}

export function baseName(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return last === '/' ? '' : last;
}

/** With its dot, in lower case; '' for none. */
export function suffix(parts: readonly string[]): string {
  const name = baseName(parts);
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 ? name.slice(dot).toLowerCase() : '';
}

export function stem(parts: readonly string[]): string {
  const name = baseName(parts);
  return name.slice(0, name.length - suffix(parts).length);
}
