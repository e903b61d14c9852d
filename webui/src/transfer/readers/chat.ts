/**
 * Chat back ends: sessions and messages as JSON, as their history end points or table dumps have them. The twin of
 * vault/transfer/readers/chat.py. `{"session": {…}, "messages": […]}`, `{"sessions": […], "messages": […]}`,
 * `{"sessions": [{…, "messages": […]}]}`, or an array of such sessions. Messages of a dump may come in any order, so all of
 * them are held while it is read.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { Role } from '../../core/model.ts';
import type { NotebookKind } from '../../core/rootrecords.ts';
import { elements, sample, type Element } from '../elements.ts';
import { makeNotebook, makeSession, type Facts, type Spoken } from '../foreign.ts';
import { JsonError, Numeral, asJson, decodeText, fieldsOf, isObject, listOf, objectOf, parseJson, textOf, type JsonObject, type JsonValue } from '../json-values.ts';
import { POSSIBLE, NO_OBJECT, foreignReader, note, skipped, type Note, type Read, type ReadOptions, type RootRead, type Skipped } from '../reading.ts';
import type { Doubt } from '../report.ts';
import { SourceError, named, onlyEntry, suffix, type Entry, type Source } from '../sources.ts';
import { readTime, stampAt, type Stamp } from '../times.ts';
import { doubt } from './chatgpt.ts';

const NAME = 'chat';
export const MAX_HELD_BYTES = 256 * 1024 * 1024;
/** Bytes that holding one takes beside its own. */
const HELD_OVERHEAD = 320;
const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['user', 'writer'], ['writer', 'writer'], ['human', 'writer'],
  ['assistant', 'helper'], ['helper', 'helper'], ['ai', 'helper'], ['bot', 'helper'], ['model', 'helper'],
  ['system', 'system'], ['developer', 'system'], ['tool', 'tool'], ['function', 'tool'],
]);
const NOTEBOOKS: readonly NotebookKind[] = ['event', 'project'];
const SESSION_KEYS = ['session', 'sessions', 'chat_sessions', null];
const MESSAGE_KEYS = ['messages', 'chat_messages'];
const SURE = 80;

type Texts = Readonly<Record<string, string>>;
type Doubts = Map<Doubt, string>;

/** What one file holds: sessions and messages as JSON, so that they take little room; titles of notebooks. */
class Dump {
  readonly sessions: Bytes[] = [];
  readonly messages = new Map<string, Bytes[]>();
  readonly titles = new Map<string, string>();
  readonly unknown = new Set<string | null>();
  readonly broken: (Skipped | Note)[] = [];
  #held = 0;

  hold(raw: Bytes): Bytes {
    this.#held += raw.length + HELD_OVERHEAD;
    if (this.#held > MAX_HELD_BYTES) throw new SourceError('This dump is too large to be put in order; export it in parts.');
    return raw;
  }

  add(session: string, messages: readonly Bytes[]): void {
    const known = this.messages.get(session) ?? [];
    known.push(...messages);
    this.messages.set(session, known);
  }
}

/** Its JSON files. What an end point answers may have been saved without a suffix, but then by itself. */
function filesOf(source: Source): Entry[] {
  const suffixes = onlyEntry(source) === null ? ['.json'] : ['.json', ''];
  return named(source, (parts) => suffixes.includes(suffix(parts)));
}

async function detect(source: Source): Promise<number> {
  for (const entry of filesOf(source).slice(0, 50)) {
    const found = await sample(entry);
    const sessions = SESSION_KEYS.filter((key) => found.has(key)).map((key) => found.get(key));
    const messages = MESSAGE_KEYS.filter((key) => found.has(key)).map((key) => found.get(key));
    if (messages.some((each) => isObject(each) && each.has('role') && each.has('content'))) return SURE;
    if (sessions.some((each) => isObject(each) && (each.has('messages') || each.has('user_id')))) return SURE - 10;
    if (sessions.length > 0 && (messages.length > 0 || found.has('success')) && !found.has(null)) return POSSIBLE;
  }
  return 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const known = new Set<string>();
  for (const entry of filesOf(source)) {
    const dump = await load(entry);
    yield* dump.broken;
    for (const raw of dump.sessions) {
      const session = new Map(objectIn(raw));
      const name = firstId(session, 'id', 'uuid', 'session_id');
      const messages: JsonValue[] = (dump.messages.get(name) ?? []).map(objectIn);
      dump.messages.delete(name);
      for (const key of MESSAGE_KEYS) {
        for (const message of listOf(session.get(key))) messages.push(message);
        session.delete(key);
      }
      yield* sessionOf(name || decodeText(raw), session, messages, dump, known, options);
    }
    for (const [name, held] of dump.messages) {
      if (name !== '') yield* sessionOf(name, new Map(), held.map(objectIn), dump, known, options);
      else for (const _ of held) yield skipped(entry.name, 'it names no session', 'message');
    }
  }
}

/** Bytes that were parsed before. */
function objectIn(raw: Bytes): JsonObject {
  return fieldsOf(parseJson(decodeText(raw)));
}

async function load(entry: Entry): Promise<Dump> {
  const dump = new Dump();
  for await (const element of elements(entry)) {
    const { key, raw } = element;
    let value: JsonValue;
    try {
      value = parseJson(decodeText(raw));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      dump.broken.push(skipped(`${entry.name}, ${key || 'item'}`, 'it is no well-formed JSON'));
      continue;
    }
    if (!isObject(value)) {
      addOdd(entry, element, value, dump);
      continue;
    }
    const kind = (key ?? '').replace(/s$/, '');
    if (key !== null && MESSAGE_KEYS.includes(key)) dump.add(firstId(value, 'session_id', 'chat_session_id'), [dump.hold(raw)]);
    else if (SESSION_KEYS.includes(key)) dump.sessions.push(dump.hold(raw));
    else if (NOTEBOOKS.some((each) => each === kind)) {
      dump.titles.set(`${kind} ${firstId(value, 'id', 'uuid')}`, textOf(value.get('title')) || textOf(value.get('name')));
    } else {
      addUnknown(entry, element, value, dump);
    }
  }
  takeHome(dump);
  return dump;
}

/** What is no object: no session and no message, but where there is none at all. */
function addOdd(entry: Entry, element: Element, value: JsonValue, dump: Dump): void {
  const { key, index } = element;
  const isMessage = key !== null && MESSAGE_KEYS.includes(key);
  const isNothing = index === null && (value === null || (Array.isArray(value) && value.length === 0));
  if (!isMessage && !SESSION_KEYS.includes(key)) addUnknown(entry, element, value, dump);
  else if (!isNothing) dump.broken.push(skipped(`${entry.name}, ${key || 'item'}`, NO_OBJECT, isMessage ? 'message' : 'session'));
}

/** Notes each part of a file that may say something and is not read. */
function addUnknown(entry: Entry, { key }: Element, value: JsonValue, dump: Dump): void {
  const saysSomething = isObject(value) ? value.size > 0 : (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
  if (!saysSomething || dump.unknown.has(key)) return;
  dump.unknown.add(key);
  dump.broken.push(note(entry.name, 'unknown_part', key ?? ''));
}

/** An end point for one session need not repeat its id. */
function takeHome(dump: Dump): void {
  const [only, ...others] = dump.sessions;
  const homeless = dump.messages.get('');
  if (only === undefined || others.length > 0 || homeless === undefined) return;
  const name = firstId(objectIn(only), 'id', 'uuid', 'session_id');
  if (name === '') return;
  dump.messages.delete('');
  dump.add(name, homeless);
}

function* sessionOf(
  name: string, session: JsonObject, messages: readonly JsonValue[], dump: Dump, known: Set<string>, options: ReadOptions,
): Generator<Read> {
  const created = stampOf(session, options, 'created_at', 'createdAt', 'started_at');
  const notebook = notebookOf(session, created ?? stampAt(options.now), dump);
  if (notebook !== null && !known.has(notebook.id)) {
    known.add(notebook.id);
    yield notebook;
  }
  const doubts: Doubts = new Map();
  const said = messages.filter((message) => isObject(message) || typeof message === 'string');
  const spoken = said.map((message) => spokenOf(message, options, doubts));
  if (spoken.every(({ at }) => at !== null)) spoken.sort((one, two) => (one.at?.ms ?? 0) - (two.at?.ms ?? 0));
  const phase = session.get('phase');
  const facts: Facts = {
    id: name,
    title: textOf(session.get('title')) || textOf(session.get('name')) || null,
    created,
    updated: stampOf(session, options, 'updated_at', 'updatedAt'),
    item: asJson(session),
    notebook: notebook?.id ?? null,
    tags: [...listOf(session.get('tags')).map(textOf), textOf(phase)],
    phase: typeof phase === 'number' ? phase : null,
    helper: textOf(session.get('helper')) || textOf(fieldsOf(session.get('helper')).get('name')) || null,
    thread: firstId(session, 'thread_id') || null,
  };
  yield* makeSession(NAME, facts, spoken, options);
  for (let left = messages.length - said.length; left > 0; left -= 1) yield skipped(facts.title || name, NO_OBJECT, 'message');
  for (const [kind, detail] of doubts) yield note(facts.title || name, kind, detail);
}

function notebookOf(session: JsonObject, created: Stamp, dump: Dump): RootRead | null {
  for (const kind of NOTEBOOKS) {
    const about = fieldsOf(session.get(kind));
    const own = firstId(session, `${kind}_id`) || firstId(about, 'id');
    if (own === '') continue;
    const title = textOf(about.get('title')) || dump.titles.get(`${kind} ${own}`) || `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${own}`;
    return makeNotebook(NAME, `${kind} ${own}`, title, kind, created, { item: asJson(about) });
  }
  return null;
}

function spokenOf(given: JsonObject | string, options: ReadOptions, doubts: Doubts): Spoken {
  const message = typeof given === 'string' ? objectOf({ content: given }) : given;
  const speaker = textOf(message.get('role')) || textOf(message.get('sender'));
  const role = ROLES.get(speaker.toLowerCase());
  if (role === undefined) doubt(doubts, 'unknown_part', `a message of ${speaker || 'nobody'}`);
  const content = message.has('content') ? message.get('content') : message.get('text');
  return {
    role: role ?? 'system',
    text: textFrom(content, doubts),
    at: stampOf(message, options, 'timestamp', 'created_at', 'createdAt'),
    id: firstId(message, 'id', 'uuid'),
    item: asJson(given),
    sources: listOf(message.get('sources')).map(sourceOf),
    toolCalls: listOf(message.get('tool_calls')).map((each) => callOf(fieldsOf(each))),
    flags: [...message].filter(([field, value]) => field.startsWith('is_') && value === true).map(([field]) => field.slice(3)),
  };
}

function textFrom(content: JsonValue | undefined, doubts: Doubts): string {
  if (typeof content === 'string') return content;
  const found: string[] = [];
  const parts = isObject(content) ? [content] : listOf(content);
  for (const part of parts) {
    const text = typeof part === 'string' ? part : textOf(fieldsOf(part).get('text'));
    if (text === '') doubt(doubts, 'unknown_part', textOf(fieldsOf(part).get('type')) || 'a part of no type');
    else found.push(text);
  }
  return found.join('\n\n');
}

function sourceOf(value: JsonValue): Texts {
  if (typeof value === 'string') return { [/^https?:\/\//.test(value) ? 'url' : 'title']: value };
  const given = fieldsOf(value);
  const first = (...names: string[]) => names.map((name) => textOf(given.get(name))).find((text) => text !== '') ?? '';
  const shown = { title: first('title', 'name'), url: first('url', 'link'), text: first('text', 'snippet', 'content') };
  return Object.fromEntries(Object.entries(shown).filter(([, text]) => text !== ''));
}

function callOf(call: JsonObject): Texts {
  const inner = fieldsOf(call.get('function'));
  const given = inner.size > 0 ? inner : call;
  const first = (...names: string[]): JsonValue => names.map((name) => given.get(name)).find((value) => value !== null && value !== undefined) ?? null;
  const shown: Record<string, string> = { name: textOf(given.get('name')) || 'tool' };
  for (const [name, value] of [['input', first('arguments', 'input', 'args')], ['output', first('output', 'result')]] as const) {
    if (value !== null) shown[name] = typeof value === 'string' ? value : asJson(value);
  }
  return shown;
}

/** The first id among the fields, as text; a whole number is one too. */
function firstId(given: JsonObject, ...fields: string[]): string {
  for (const field of fields) {
    const value = given.get(field);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
    if (value instanceof Numeral && value.isInteger) return value.text;
  }
  return '';
}

function stampOf(given: JsonObject, options: ReadOptions, ...fields: string[]): Stamp | null {
  for (const field of fields) {
    const stamp = readTime(given.get(field), textOf(given.get('zone')), options.zone);
    if (stamp !== null) return stamp;
  }
  return null;
}

export const READER = foreignReader({ name: NAME, detect, read });
