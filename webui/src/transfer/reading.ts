/** What every reader of a layout is: a way to tell it, and a stream of what it holds (docs/EXPORT.md). The twin of vault/transfer/reading.py. */
import { UsageError } from '../errors.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import type { SessionHeader } from '../core/model.ts';
import type { RootRecord } from '../core/rootrecords.ts';
import type { Doubt } from './report.ts';
import type { Source } from './sources.ts';

export type Duplicates = 'skip' | 'replace' | 'copy';

/** One for each choice. */
export function byChoice<T>(make: (duplicates: Duplicates) => T): Readonly<Record<Duplicates, T>> {
  return { skip: make('skip'), replace: make('replace'), copy: make('copy') };
}

/** The layouts, for the writer. */
export const TITLES = {
  inkvault: 'an export of Inkvault',
  'inkvault-backup': 'an encrypted backup of Inkvault',
  pdf: 'PDF of Inkvault',
  chatgpt: 'ChatGPT export',
  claude: 'Claude export',
  dayone: 'Day One export',
  jrnl: 'jrnl export',
  standardnotes: 'Standard Notes backup (decrypted)',
  markdown: 'Markdown or plain text files',
  chat: 'chat back end (sessions and messages as JSON)',
} as const;

export type ReaderName = keyof typeof TITLES;

/** How sure a reader is; with 0 it cannot read the source. */
export const CERTAIN = 100;
export const LIKELY = 60;
export const POSSIBLE = 20;

/** A record of the root; `record` is null for one of a type that is not known here. */
export interface RootRead {
  readonly is: 'root';
  readonly id: string;
  readonly payload: Payload;
  readonly record: RootRecord | null;
}

/** A message, or a record of a session of another type: its payload, checked. */
export interface RecordRead {
  readonly id: string;
  readonly payload: Payload;
  /** The canonical bytes of the payload, where they were made already. */
  readonly data?: Bytes;
}

/** A session; its records are to be read, once and to the end, before the next item is asked for. */
export interface SessionRead {
  readonly is: 'session';
  readonly id: string;
  /** Its count and digest say nothing. */
  readonly header: SessionHeader;
  readonly records: AsyncIterable<RecordRead> | Iterable<RecordRead>;
}

/** An item that is there but not taken, and why: a sentence without its full stop. */
export interface Skipped {
  readonly is: 'skipped';
  readonly name: string;
  readonly reason: string;
  readonly kind: string;
}

/** The reason why a part of a source is not taken that stands where an object of JSON is wanted, and is none. */
export const NO_OBJECT = 'it is not in a form that can be read';

/** A doubt about the item it names. It is no item and not counted as one. */
export interface Note {
  readonly is: 'note';
  readonly name: string;
  readonly doubt: Doubt;
  readonly detail: string;
}

export type Read = RootRead | SessionRead | Skipped | Note;

export function skipped(name: string, reason: string, kind = 'session'): Skipped {
  return { is: 'skipped', name, reason, kind };
}

export function note(name: string, doubt: Doubt, detail = ''): Note {
  return { is: 'note', name, doubt, detail };
}

/** What a reader may have to be told. */
export interface ReadOptions {
  /** IANA name, for times that have none. */
  readonly zone: string;
  /** Taken where a time is missing altogether; milliseconds. */
  readonly now: number;
  /** What opens a sealed file. */
  readonly secret: string | null;
}

/** One layout. */
export interface Reader {
  readonly name: ReaderName;
  /** Whether the ids of the items are those of a vault, to be kept as they are; others only tell items of one source apart. */
  readonly keepsIds: boolean;
  /** Whether `secret` must be there. */
  readonly isSealed: boolean;
  /** How sure it is, 0 to 100, from names and the beginning of files. */
  detect(source: Source): Promise<number>;
  /**
   * Each item once, those of the root before the sessions that name them, and notes anywhere; each call begins again. Throws
   * SourceError where the source is damaged as a whole.
   */
  read(source: Source, options: ReadOptions): AsyncGenerator<Read, void>;
}

/** Most readers: of a foreign layout, in the clear. */
export function foreignReader(reader: Pick<Reader, 'name' | 'detect' | 'read'>): Reader {
  return { ...reader, keepsIds: false, isSealed: false };
}

/** The reader of this name, or the one that is surest of the source. Throws UsageError when there is none. */
export async function chooseReader(readers: readonly Reader[], source: Source, name: ReaderName | 'auto' = 'auto'): Promise<Reader> {
  if (name !== 'auto') {
    const reader = readers.find((each) => each.name === name);
    if (reader === undefined) throw new UsageError(`There is no reader ${name}. Choose another one.`);
    return reader;
  }
  let best: { reader: Reader; sure: number } | null = null;
  for (const reader of [...readers].sort((one, two) => (one.name < two.name ? -1 : 1))) {
    const sure = await reader.detect(source);
    // Of two that are as sure the one of the later name, as at the command line.
    if (sure > 0 && sure >= (best?.sure ?? 0)) best = { reader, sure };
  }
  if (best === null) throw new UsageError(`${source.name} is in no layout that Inkvault knows. If you know better, choose the layout yourself.`);
  return best.reader;
}
