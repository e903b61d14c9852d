/** Reading `inkvault-export/1`: every item checked for its form, every hash and count compared (docs/EXPORT.md). The twin of vault/transfer/json_import.py. */
import { sha256 } from '@noble/hashes/sha2.js';
import { FormatError } from '../errors.ts';
import { concat, toHex, utf8, type Bytes } from '../core/bytes.ts';
import { encode, isPayload, type Json, type Payload } from '../core/canonical.ts';
import { headerPayload, parseMessage, parseSession, type SessionHeader } from '../core/model.ts';
import { parseRootRecord } from '../core/rootrecords.ts';
import { EMPTY_DIGEST, type Counts } from './document.ts';
import { elements, type Element } from './elements.ts';
import { JsonError, Numeral, fieldsOf, isObject, type JsonValue } from './json-values.ts';
import { note, type Note, type RecordRead, type RootRead, type SessionRead } from './reading.ts';
import { SourceError, type Entry } from './sources.ts';

export const FORMAT = 'inkvault-export/1';
const ID = /^[0-9a-f]{32}$/;
const HASH = /^[0-9a-f]{64}$/;
const ZERO = '0'.repeat(32);
const NEWLINE = utf8('\n');
const HEAD = ['exported_at', 'selection', 'tool', 'vault', 'zone'];
const KEYS = new Set(['format', 'head', 'items', 'end']);
const KINDS: ReadonlySet<unknown> = new Set(['root', 'session', 'missing']);
const SELECTION = ['notebook', 'sessions', 'since', 'until'];

type Hash = ReturnType<typeof sha256.create>;

/** An export that was read to its end and holds what it says. */
export interface Verified {
  readonly counts: Counts;
  readonly missing: number;
  /** Hash of all items: two exports of the same content have the same. */
  readonly content: string;
}

/** Whether a file begins as an export does, whatever the order of its keys. */
export async function isExport(entry: Entry): Promise<boolean> {
  try {
    for await (const element of elements(entry)) {
      if (element.key === 'format') return element.value() === FORMAT;
      // The format stands behind all items, which may be a long way.
      if (element.key === 'items' && element.index !== null) return KINDS.has(fieldsOf(element.value()).get('kind'));
      if (element.key === null || !KEYS.has(element.key)) return false;
    }
    return false;
  } catch (error) {
    if (error instanceof SourceError || error instanceof JsonError) return false;
    throw error;
  }
}

/** The items of an export. They are to be taken to the end: only there is it known whether all of it is right. Throws SourceError where it is not. */
export class JsonReader {
  /** There once the items were all read. */
  verified: Verified | null = null;
  readonly #elements: AsyncGenerator<Element, void>;
  readonly #facts = new Map<string, Json>();
  readonly #content = sha256.create();
  readonly #counts = { notebooks: 0, templates: 0, sessions: 0, messages: 0, records: 0 };
  #missing = 0;
  #place = 0;

  constructor(private readonly entry: Entry) {
    this.#elements = elements(entry);
  }

  /** What was not read of a session is read, and checked, before the next item. */
  async *items(): AsyncGenerator<RootRead | SessionRead | Note, void> {
    let [inSessions, last] = [false, ''];
    for (let value = await this.#nextItem(); value !== null; value = await this.#nextItem()) {
      const kind = value['kind'];
      if (kind === 'session') {
        if (!inSessions) last = '';
        inSessions = true;
        const session = this.#session(value, last);
        yield session;
        for await (const _ of session.records);
        last = session.id;
      } else if (kind === 'root' && !inSessions) {
        const item = this.#root(value, last);
        yield item;
        last = item.id;
      } else if (kind === 'missing') {
        yield this.#lack(value);
      } else {
        this.#fail('has an item of no known kind, or in the wrong place');
      }
    }
    this.#finish();
  }

  // --- items ---------------------------------------------------------------------------------------------------------

  #root(value: Payload, last: string): RootRead {
    const { id, payload, line } = this.#record(value, 'root');
    const record = this.#valid(() => parseRootRecord(payload), 'has a record that no vault can hold');
    if (id <= last) this.#fail('has its records out of order');
    if (record?.type === 'notebook') this.#counts.notebooks += 1;
    if (record?.type === 'template') this.#counts.templates += 1;
    update(this.#content, line);
    return { is: 'root', id, payload, record };
  }

  #lack(value: Payload): Note {
    const { session, record, title, reason } = value;
    const names = [session, record, title];
    if (!hasOnly(value, ['kind', 'reason', 'record', 'session', 'title']) || typeof reason !== 'string' || names.some((text) => text !== null && typeof text !== 'string')) {
      this.#fail('has an item with other fields');
    }
    this.#missing += 1;
    update(this.#content, this.#valid(() => encode(value), 'has an item with other fields'));
    const name = [title, session, record].find((text): text is string => typeof text === 'string' && text !== '');
    return note(name ?? '', 'missing_there', reason);
  }

  #session(value: Payload, last: string): SessionRead {
    const { count, header: fields, sha256: digest } = value;
    if (!hasOnly(value, ['count', 'header', 'id', 'kind', 'sha256']) || !isPayload(fields)) this.#fail('has a session with other fields');
    const id = this.#id(value);
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0 || typeof digest !== 'string' || !HASH.test(digest)) this.#fail('has a session with other fields');
    if (id <= last) this.#fail('has its sessions out of order');
    const header = this.#valid(() => parseSession({ ...fields, count: 0, digest: EMPTY_DIGEST }), 'has a session that no vault can hold');
    const line = (shown: string | null) => this.#valid(() => sessionLine(id, header, count, shown), 'has a session that no vault can hold');
    this.#counts.sessions += 1;
    update(this.#content, line(digest));
    return { is: 'session', id, header, records: this.#records(id, count, digest, line(null)) };
  }

  async *#records(session: string, count: number, expected: string, first: Bytes): AsyncGenerator<RecordRead, void> {
    const hash = sha256.create();
    update(hash, first);
    const seen = new Set<string>();
    let before: Place = [-1, ''];
    for (let number = 0; number < count; number += 1) {
      const value = await this.#nextItem();
      if (value?.['kind'] !== 'record') this.#fail(`has fewer records than it says in the session ${session}`);
      const { id, payload, data, line } = this.#record(value, 'record');
      const isMessage = payload['type'] === 'message';
      if (isMessage) this.#valid(() => parseMessage(payload), 'has a record that no vault can hold');
      const place: Place = [isMessage ? Number(payload['position']) : Infinity, id];
      if (!isAfter(place, before) || seen.has(id)) this.#fail(`has records twice or out of order in the session ${session}`);
      before = place;
      seen.add(id);
      this.#counts[isMessage ? 'messages' : 'records'] += 1;
      update(hash, line);
      yield { id, payload, data };
    }
    if (hexOf(hash) !== expected) this.#fail(`was changed: the session ${session} has another hash than it says`);
  }

  /** The id, the payload, and the line that is hashed. */
  #record(value: Payload, kind: string): Required<RecordRead> & { readonly line: Bytes } {
    const { record: payload } = value;
    if (!hasOnly(value, ['id', 'kind', 'record']) || !isPayload(payload)) this.#fail('has an item with other fields');
    if (typeof payload['type'] !== 'string') this.#fail('has a record without a type');
    const id = this.#id(value);
    // The payload is encoded by itself: inside the item it would stand one level deeper than payloads may.
    const data = this.#valid(() => encode(payload), 'has a record that no vault can hold');
    return { id, payload, data, line: concat(utf8(`{"id":"${id}","kind":"${kind}","record":`), data, utf8('}')) };
  }

  // --- the file ------------------------------------------------------------------------------------------------------

  /** The next item; whatever stands outside `items` is kept for the end. */
  async #nextItem(): Promise<Payload | null> {
    for (let step = await this.#elements.next(); step.done !== true; step = await this.#elements.next()) {
      const { value: element } = step;
      if (element.key === 'items') {
        if (element.index === null) continue;
        this.#place = element.index + 1;
        const value = this.#value(element);
        return isPayload(value) ? value : this.#fail('has an item that is no object');
      }
      if (element.key === null || this.#facts.has(element.key) || element.index !== null) this.#fail('is no export of Inkvault');
      this.#facts.set(element.key, this.#value(element));
    }
    return null;
  }

  #finish(): void {
    this.#place = 0;
    const [format, head, end] = ['format', 'head', 'end'].map((name) => this.#facts.get(name));
    if (this.#facts.size !== 3 || format !== FORMAT || head === undefined || end === undefined) {
      this.#fail('is no export of Inkvault, or another version of it');
    }
    if (!isPayload(head) || !isHead(head)) this.#fail('has a head of another form');
    const content = hexOf(this.#content);
    const own: Payload = { content, counts: this.#counts, missing: this.#missing };
    if (!isPayload(end) || !hasOnly(end, ['content', 'counts', 'missing', 'sha256'])) this.#fail('has an end of another form');
    const { sha256: shown, ...said } = end;
    const isIt = this.#valid(() => same(said, own), 'was changed: it does not hold what it says at its end');
    if (!isIt) this.#fail('was changed: it does not hold what it says at its end');
    const whole = sha256.create();
    for (const part of [head, own]) update(whole, this.#valid(() => encode(part), 'has a head of another form'));
    if (shown !== hexOf(whole)) this.#fail('was changed: its hash is another one');
    this.verified = { counts: this.#counts, missing: this.#missing, content };
  }

  #value(element: Element): Json {
    try {
      return toPayload(element.value());
    } catch (error) {
      if (error instanceof JsonError) return this.#fail('is no well-formed JSON');
      throw error;
    }
  }

  #id(value: Payload): string {
    const { id } = value;
    if (typeof id !== 'string' || !ID.test(id) || id === ZERO) this.#fail('has an item without an id');
    return id;
  }

  #valid<T>(work: () => T, otherwise: string): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof FormatError) this.#fail(otherwise);
      throw error;
    }
  }

  #fail(what: string): never {
    throw new SourceError(`${this.entry.name}${this.#place > 0 ? `, item ${this.#place}` : ''}: it ${what}.`);
  }
}

/** Reads an export to its end. Throws SourceError. */
export async function verifyJson(entry: Entry): Promise<Verified> {
  const reader = new JsonReader(entry);
  for await (const _ of reader.items());
  if (reader.verified === null) throw new Error('items that ended before their end');
  return reader.verified;
}

type Place = readonly [position: number, id: string];

function isAfter([position, id]: Place, [before, beforeId]: Place): boolean {
  return position > before || (position === before && id > beforeId);
}

/** A number that no payload has becomes one that none is encoded with. */
function toPayload(value: JsonValue): Json {
  if (value instanceof Numeral) return Number.NaN;
  if (isObject(value)) return Object.fromEntries([...value].map(([name, each]) => [name, toPayload(each)]));
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(toPayload) : value as Json;
}

function hasOnly(value: Payload, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

function same(one: Payload, two: Payload): boolean {
  return toHex(encode(one)) === toHex(encode(two));
}

function isHead(head: Payload): boolean {
  const { exported_at: at, selection, tool, vault, zone } = head;
  const isWhole = hasOnly(head, HEAD) && Number.isSafeInteger(at) && [tool, vault, zone].every((text) => typeof text === 'string');
  return isWhole && ID.test(String(vault)) && isPayload(selection) && isSelection(selection);
}

function isSelection(selection: Payload): boolean {
  const { notebook, sessions, since, until } = selection;
  return Object.keys(selection).every((name) => SELECTION.includes(name))
    && (sessions === undefined || (Array.isArray(sessions) && (sessions as readonly Json[]).every((each) => typeof each === 'string')))
    && [since, until].every((each) => each === undefined || Number.isSafeInteger(each))
    && (notebook === undefined || typeof notebook === 'string');
}

function sessionLine(id: string, header: SessionHeader, count: number, digest: string | null): Bytes {
  const { count: _, digest: __, ...fields } = headerPayload(header);
  const end = digest === null ? '' : `,"sha256":"${digest}"`;
  return concat(utf8(`{"count":${count},"header":`), encode(fields), utf8(`,"id":"${id}","kind":"session"${end}}`));
}

function update(hash: Hash, line: Bytes): void {
  hash.update(line).update(NEWLINE);
}

function hexOf(hash: Hash): string {
  return toHex(hash.clone().digest() as Bytes);
}
