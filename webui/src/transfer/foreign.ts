/**
 * Items of a document out of what another tool wrote: the parts that all its readers share (docs/FORMAT.md §5.3). The twin of
 * vault/transfer/foreign.py. A source item is kept verbatim, as a string of JSON, in the field `origin` of what was made of
 * it; one that is too large for that goes into records of type `source` beside the messages.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { withChanged } from '../client/counting.ts';
import { toHex, utf8, type Bytes } from '../core/bytes.ts';
import type { Payload } from '../core/canonical.ts';
import {
  MAX_HELPER, MAX_PHASE, MAX_TAGS, MAX_THREAD, MAX_TITLE, emptySession, messagePayload, plainMessage, type Message, type Role,
  type SessionHeader,
} from '../core/model.ts';
import { MAX_LABEL } from '../core/optional.ts';
import { MAX_NOTES, rootRecordPayload, type Notebook, type NotebookKind } from '../core/rootrecords.ts';
import { compareCodePoints } from '../core/text.ts';
import { firstPoints, inParts, points, strip, stripEnd, words } from './code-points.ts';
import { asJson, asciiLength } from './json-values.ts';
import { note, skipped, type Note, type Read, type ReadOptions, type RecordRead, type RootRead, type SessionRead } from './reading.ts';
import type { Doubt } from './report.ts';
import { named, suffix, type Entry, type Source } from './sources.ts';
import { stampAt, type Stamp } from './times.ts';

const ID_DIGITS = 32;
const MAX_ID = 100;
const TEXTS = ['.json', '.txt', '.md', '.markdown'];
const TEXT_BYTES = 1_000_000;
/** Code points of a part of a text that is longer than that; escaped they take six bytes at most. */
const PART = 160_000;
/** Of sources and tool calls; more of them stands in the source item alone. */
const DETAIL_CHARS = 300_000;
/** Of a source item kept in its message. */
const ITEM_BYTES = 400_000;
/** Code points of a part of a source item; without control characters, escaped they take four bytes at most. */
const ITEM_PART = 400_000;

type Texts = Readonly<Record<string, string>>;

/** A message as another tool has it. */
export interface Spoken {
  readonly role: Role;
  readonly text: string;
  readonly at: Stamp | null;
  readonly id?: string;
  /** Its JSON. */
  readonly item?: string;
  readonly sources?: readonly Texts[];
  readonly toolCalls?: readonly Texts[];
  readonly flags?: Iterable<string>;
  /** How long it took to write. */
  readonly seconds?: number;
}

/** What another tool says of a session as a whole. */
export interface Facts {
  /** The same each time the tool exports it. */
  readonly id: string;
  readonly title?: string | null;
  readonly created?: Stamp | null;
  readonly updated?: Stamp | null;
  /** The JSON of what no message has. */
  readonly item?: string;
  /** The id of its item. */
  readonly notebook?: string | null;
  readonly tags?: Iterable<string>;
  readonly pinned?: boolean;
  readonly archived?: boolean;
  readonly trashed?: boolean;
  readonly thread?: string | null;
  readonly phase?: number | null;
  readonly helper?: string | null;
}

/** The session and what is doubtful about it; or that it is skipped, because there is nothing in it. */
export function* makeSession(tool: string, facts: Facts, spoken: readonly Spoken[], options: ReadOptions): Generator<Read> {
  const maker = new Maker(tool, facts, options);
  if (spoken.length === 0) {
    yield skipped(maker.name, 'it has no messages');
    return;
  }
  yield maker.session(spoken);
  for (const [doubt, detail] of maker.doubts) yield note(maker.name, doubt, detail);
}

/**
 * A session for each branch of a conversation: `facts` for the first, the others tagged `branch`. What connects them is that
 * they have one `thread`.
 */
export function* makeBranches(tool: string, facts: Facts, paths: readonly (readonly Spoken[])[], options: ReadOptions): Generator<Read> {
  const [first = [], ...others] = paths;
  if (others.length === 0) {
    yield* makeSession(tool, facts, first, options);
    return;
  }
  const threaded: Facts = { ...facts, thread: facts.id };
  yield* makeSession(tool, threaded, first, options);
  for (const [index, spoken] of others.entries()) {
    const branch: Facts = {
      ...threaded,
      id: `${facts.id} ${spoken.at(-1)?.id ?? ''}`,
      title: `${facts.title || 'Untitled'} (branch ${index + 2})`,
      created: spoken[0]?.at ?? facts.created ?? null,
      updated: spoken.at(-1)?.at ?? facts.updated ?? null,
      item: '',
      tags: ['branch'],
    };
    yield* makeSession(tool, branch, spoken, options);
  }
}

/** A notebook; `name` is what the tool tells it apart by. */
export function makeNotebook(
  tool: string, name: string, title: string, kind: NotebookKind, created: Stamp, { notes = '', item = '' } = {},
): RootRead {
  const fits = item !== '' && utf8(item).length <= ITEM_BYTES;
  const origin = { tool, id: identity(name), ...(fits && { item }) };
  const record: Notebook = {
    type: 'notebook',
    title: firstPoints(strip(title.toWellFormed()), MAX_TITLE) || 'Untitled',
    kind,
    createdAt: created.ms,
    updatedAt: created.ms,
    zone: created.zone,
    notes: firstPoints(notes.toWellFormed(), MAX_NOTES),
    colour: null, date: null, programme: null, archivedAt: null, trashedAt: null, retention: null,
    extra: { origin },
  };
  return { is: 'root', id: notebookId(tool, name), payload: rootRecordPayload(record), record };
}

/** The id that a notebook's item has, for the sessions in it. */
export function notebookId(tool: string, name: string): string {
  return hash(`${tool}\0${identity(name)}`).slice(0, ID_DIGITS);
}

/** That a source has other files of text or JSON than were read, if so. */
export function* leftOut(source: Source, read: readonly Entry[]): Generator<Note> {
  const others = named(source, (parts) => TEXTS.includes(suffix(parts))).filter((each) => !read.includes(each));
  const files = others.length === 1 ? '1 other file' : `${others.length} other files`;
  if (others.length > 0) yield note(source.name, 'file_left_out', `${files} of text or JSON`);
}

/** Makes one session. `doubts` has each kind of doubt once, with the first detail. */
class Maker {
  readonly doubts = new Map<Doubt, string>();
  readonly #title: string | null;
  readonly name: string;

  constructor(private readonly tool: string, private readonly facts: Facts, private readonly options: ReadOptions) {
    this.#title = this.#short('title', facts.title, MAX_TITLE);
    this.name = this.#title ?? (facts.id.toWellFormed() || 'untitled');
  }

  session(spoken: readonly Spoken[]): SessionRead {
    const { facts } = this;
    const { messages, kept } = this.#messages(spoken);
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) throw new Error('a session without messages');
    const created = this.#sure(facts.created) ?? stampAt(first.createdAt, first.zone);
    const updated = this.#sure(facts.updated) ?? stampAt(Math.max(last.createdAt, created.ms), last.zone);
    const tags = this.#tags(facts.tags ?? []);
    const header: SessionHeader = {
      ...emptySession(created.ms, created.zone),
      title: this.#title,
      updatedAt: updated.ms,
      nextPosition: messages.length,
      notebook: facts.notebook ?? null,
      phase: phaseOf(facts.phase),
      helper: this.#short('helper', facts.helper, MAX_HELPER),
      tags,
      pinned: facts.pinned ?? false,
      archivedAt: facts.archived === true ? updated.ms : null,
      trashedAt: facts.trashed === true ? updated.ms : null,
      thread: this.#short('thread', facts.thread, MAX_THREAD),
      extra: { origin: { tool: this.tool, id: identity(facts.id), hash: this.#hash(messages, tags) } },
    };
    const payloads = [...messages.map(messagePayload), ...kept];
    const records = payloads.map((payload, place): RecordRead => ({ id: place.toString(16).padStart(ID_DIGITS, '0'), payload }));
    return { is: 'session', id: notebookId(this.tool, `session ${facts.id}`), header: withChanged(header, [], messages, messages), records };
  }

  /** The messages, and the source items that are too large to be kept in them. */
  #messages(spoken: readonly Spoken[]): { messages: Message[]; kept: Payload[] } {
    const messages: Message[] = [];
    const kept: Payload[] = [];
    let last: Stamp | null = null;
    for (const each of spoken) {
      last = this.#time(each.at, last);
      let isFirst = true;
      for (const text of this.#parts(each.text)) {
        const message = this.#message(each, text, last, messages.length, isFirst);
        messages.push(message);
        if (isFirst) kept.push(...oversized(each.item ?? '', { position: message.position }));
        isFirst = false;
      }
    }
    kept.push(...oversized(this.facts.item ?? '', {}));
    return { messages, kept };
  }

  #message(each: Spoken, text: string, at: Stamp, position: number, isFirst: boolean): Message {
    const { item = '', id = '', sources = [], toolCalls = [], flags = [], seconds = 0 } = each;
    const ofSession = this.facts.item ?? '';
    const origin = {
      tool: this.tool,
      ...(id !== '' && { id: identity(id) }),
      ...(isFirst && item !== '' && fits(item) && { item }),
      ...(position === 0 && ofSession !== '' && fits(ofSession) && { session: ofSession }),
    };
    const labels = new Set([...flags].filter((flag) => flag !== '').map((flag) => firstPoints(flag.toWellFormed(), MAX_LABEL)));
    const message: Message = {
      ...plainMessage({ role: each.role, text, position, createdAt: at.ms, zone: at.zone }),
      flags: [...labels].sort(compareCodePoints),
      extra: { origin },
    };
    if (!isFirst) return message;
    const details = { sources: sources.map(wellFormed), toolCalls: toolCalls.map(wellFormed) };
    const size = asciiLength([details.sources, details.toolCalls].map((list) => list.map((one) => new Map(Object.entries(one)))));
    if (size > DETAIL_CHARS) {
      this.#doubt('cut', 'sources and tool calls');
      return { ...message, seconds };
    }
    return { ...message, ...details, seconds };
  }

  *#parts(text: string): Generator<string> {
    const whole = text.toWellFormed();
    if (whole !== text) this.#doubt('repaired', 'half a character');
    if (escaped(whole) <= TEXT_BYTES) {
      yield whole;
      return;
    }
    this.#doubt('split', 'a very long message');
    yield* inParts(whole, PART);
  }

  /** The time of a message; where it has none, that of the one before or of the session. */
  #time(at: Stamp | null, last: Stamp | null): Stamp {
    if (at !== null) return this.#sure(at) ?? at;
    this.#doubt('time_missing');
    return last ?? this.facts.created ?? this.facts.updated ?? stampAt(this.options.now);
  }

  #sure(at: Stamp | null | undefined): Stamp | null {
    if (at?.doubt) this.#doubt(at.doubt, at.zone);
    return at ?? null;
  }

  #tags(tags: Iterable<string>): readonly string[] {
    const found = new Set<string>();
    for (const tag of tags) {
      const short = this.#short('tag', tag, MAX_LABEL);
      if (short !== null) found.add(short);
    }
    if (found.size > MAX_TAGS) this.#doubt('cut', 'tags');
    return [...found].sort(compareCodePoints).slice(0, MAX_TAGS);
  }

  /** `text` in one line without its ends, at most so many code points; null for nothing. */
  #short(what: string, text: string | null | undefined, most: number): string | null {
    if (text === null || text === undefined) return null;
    const whole = words(firstPoints(text, most * 64).toWellFormed()).join(' ');
    if (points(whole) > most) this.#doubt('cut', what);
    return stripEnd(firstPoints(whole, most)) || null;
  }

  #doubt(doubt: Doubt, detail = ''): void {
    if (!this.doubts.has(doubt)) this.doubts.set(doubt, detail);
  }

  /** What tells two exports of one session apart when it changed in between. */
  #hash(messages: readonly Message[], tags: readonly string[]): string {
    const digest = sha256.create().update(utf8(asJson([this.#title, tags])));
    for (const { role, text, createdAt } of messages) digest.update(utf8(asJson([role, text, createdAt])));
    return toHex(digest.digest() as Bytes);
  }
}

function phaseOf(phase: number | null | undefined): number | null {
  return phase !== null && phase !== undefined && phase >= 1 && phase <= MAX_PHASE ? phase : null;
}

function* oversized(item: string, place: { readonly position?: number }): Generator<Payload> {
  if (item === '' || fits(item)) return;
  const parts = [...inParts(item, ITEM_PART)];
  for (const [number, part] of parts.entries()) yield { type: 'source', ...place, part: number, parts: parts.length, item: part };
}

function identity(text: string): string {
  const whole = text.toWellFormed();
  return points(whole) <= MAX_ID ? whole : hash(whole);
}

function hash(text: string): string {
  return toHex(sha256(utf8(text)) as Bytes);
}

function wellFormed(texts: Texts): Texts {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.toWellFormed()]));
}

function fits(item: string): boolean {
  return escaped(item) <= ITEM_BYTES;
}

/** The bytes that a string takes in a payload; 0 for one that is far below all bounds. */
function escaped(text: string): number {
  return 6 * text.length < ITEM_BYTES ? 0 : utf8(asJson(text)).length;
}
