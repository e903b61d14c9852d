/** The sources that the tests of both languages share (tests/unit/transfer/test_shared_imports.py), and short ways to read others. */
import { Buffer } from 'node:buffer';
import { readFileSync, readdirSync } from 'node:fs';
import { constants, deflateRawSync } from 'node:zlib';
import { zipSync, type Zippable } from 'fflate';
import { headerPayload, parseMessage, type Message } from '../../core/model.ts';
import { READERS } from '../readers/all.ts';
import { chooseReader, type Note, type Read, type ReaderName, type ReadOptions, type RootRead, type SessionRead, type Skipped } from '../reading.ts';
import { openSource } from '../opening.ts';
import type { PickedFile, Source } from '../sources.ts';

const FOLDER = new URL('../../../../tests/support/imports/', import.meta.url);

export const NOW = 1_800_000_000_000;
export const OPTIONS: ReadOptions = { zone: 'Europe/Berlin', now: NOW, secret: 'quiet lantern' };
export const SHARED_NAMES = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name).sort();

export function sharedFile(name: string): File {
  return new File([readFileSync(new URL(encodeURIComponent(name), FOLDER))], name, { lastModified: NOW });
}

export function sharedExpectation(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`expected/${encodeURIComponent(name)}.json`, FOLDER), 'utf8'));
}

export function picked(name: string, ...parts: BlobPart[]): PickedFile {
  return { path: name, file: new File(parts, name.split('/').at(-1) ?? '', { lastModified: NOW }) };
}

export function jsonFile(name: string, value: unknown): PickedFile {
  return picked(name, JSON.stringify(value));
}

/** Members that are no text or bytes are written as JSON. */
export function zipFile(name: string, files: Readonly<Record<string, unknown>>): PickedFile {
  const members: Zippable = {};
  for (const [path, value] of Object.entries(files)) {
    members[path] = value instanceof Uint8Array ? value : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return picked(name, new Uint8Array(zipSync(members)));
}

/** So many MiB of one character, deflated (RFC 1951): blocks that are alike, and an empty last one. */
export function bomb(mebibytes: number, char: string): Buffer<ArrayBuffer> {
  const block = deflateRawSync(Buffer.alloc(1 << 20, char), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([...Array.from({ length: mebibytes }, () => block), deflateRawSync('')]);
}

/** All that a reader gives, sorted out. */
export class Found {
  readonly sessions: SessionRead[] = [];
  readonly roots: RootRead[] = [];
  readonly skipped: Skipped[] = [];
  readonly notes: Note[] = [];
  readonly messages: Message[][] = [];
  readonly shown: unknown[] = [];

  constructor(readonly reader: ReaderName) {}

  get texts(): string[][] {
    return this.messages.map((messages) => messages.map(({ text }) => text));
  }

  get titles(): (string | null)[] {
    return this.sessions.map(({ header }) => header.title);
  }

  get doubts(): Set<string> {
    return new Set(this.notes.map(({ doubt }) => doubt));
  }

  async add(item: Read): Promise<void> {
    if (item.is === 'session') {
      const records = [];
      for await (const { id, payload } of item.records) records.push({ id, payload });
      this.sessions.push({ ...item, records });
      this.messages.push(records.filter(({ payload }) => payload['type'] === 'message').map(({ payload }) => parseMessage(payload)));
      this.shown.push({ ...item, header: headerPayload(item.header), records });
      return;
    }
    if (item.is === 'root') {
      const { record: _, ...shown } = item;
      this.roots.push(item);
      this.shown.push(shown);
      return;
    }
    if (item.is === 'skipped') this.skipped.push(item);
    else this.notes.push(item);
    this.shown.push(item);
  }
}

/** Reads files to their end. */
export async function found(files: PickedFile | readonly PickedFile[], name: ReaderName | 'auto' = 'auto', options = OPTIONS): Promise<Found> {
  const source: Source = await openSource([files].flat());
  const reader = await chooseReader(READERS, source, name);
  const result = new Found(reader.name);
  for await (const item of reader.read(source, options)) await result.add(item);
  return result;
}
