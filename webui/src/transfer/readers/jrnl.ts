/**
 * jrnl: its JSON export, and its text form (`[2026-05-31 08:15] Title` and the body below), in one file or a folder. The twin
 * of vault/transfer/readers/jrnl.py. An entry is a session of one message that begins with its title. jrnl has neither seconds
 * nor zones.
 */
import { compareCodePoints } from '../../core/text.ts';
import { strip, stripChars, stripCharsStart, stripEnd } from '../code-points.ts';
import { objects, sample } from '../elements.ts';
import { leftOut, makeNotebook, makeSession, notebookId, type Facts, type Spoken } from '../foreign.ts';
import { asJson, isObject, listOf, objectOf, textOf, type JsonObject } from '../json-values.ts';
import { CERTAIN, LIKELY, foreignReader, skipped, type Read, type ReadOptions, type Skipped } from '../reading.ts';
import { SourceError, named, partsOf, readStart, stem, suffix, type Entry, type Source } from '../sources.ts';
import { dateMs, fromLocal, readTime, stampAt, type Stamp } from '../times.ts';
import { textFile } from './markdown.ts';

const NAME = 'jrnl';
export const MAX_TEXT_BYTES = 32 * 1024 * 1024;
const HEAD = /^\[([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)( [AP]M)?\] ?([^\n]*)$/;
const TAG = /(?<![^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])@([\p{L}\p{N}_][\p{L}\p{N}_-]*)/gu;
const DAY = /^(\d{4})-(1[0-2]|0?[1-9])-(3[01]|[12]\d|0?[1-9])$/;
const HOURS_24 = /^(2[0-3]|[01]\d|\d):([0-5]\d|\d)(?::([0-5]\d|\d))?$/;
const HOURS_12 = /^(1[0-2]|0?[1-9]):([0-5]\d|\d)(?::([0-5]\d|\d))?\s+(AM|PM)$/i;

interface Found {
  readonly value: JsonObject;
  readonly raw: string;
}

function jsonFiles(source: Source): Entry[] {
  return named(source, (parts) => suffix(parts) === '.json');
}

function textFiles(source: Source): Entry[] {
  return named(source, (parts) => ['.txt', '.jrnl', '.md', ''].includes(suffix(parts)));
}

async function detect(source: Source): Promise<number> {
  for (const entry of jsonFiles(source)) {
    const first = (await sample(entry, 2)).get('entries');
    if (isObject(first)) return ['title', 'body', 'date'].every((field) => first.has(field)) ? CERTAIN : 0;
  }
  for (const entry of textFiles(source).slice(0, 20)) {
    try {
      const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readStart(entry, 200));
      if (HEAD.test(stripCharsStart(start, '\ufeff\n ').split('\n', 1)[0] ?? '')) return LIKELY + 20;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
    }
  }
  return 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const journal = stem(partsOf(source.name)) || NAME;
  let isKnown = false;
  const exports: Entry[] = [];
  for (const entry of jsonFiles(source)) if ((await sample(entry)).has('entries')) exports.push(entry);
  const texts = textFiles(source);
  yield* leftOut(source, [...exports, ...texts]);
  for await (const item of entriesOf(exports, texts)) {
    if ('is' in item) {
      yield item;
      continue;
    }
    const created = stampOf(item.value, options);
    if (!isKnown) {
      isKnown = true;
      yield makeNotebook(NAME, journal, journal, 'journal', created ?? stampAt(options.now));
    }
    yield* entryOf(journal, item, created, options);
  }
}

function* entryOf(journal: string, { value, raw }: Found, created: Stamp | null, options: ReadOptions): Generator<Read> {
  const [title, body] = [strip(textOf(value.get('title'))), textOf(value.get('body'))];
  const facts: Facts = {
    id: textOf(value.get('uuid')) || raw,
    title,
    created,
    notebook: notebookId(NAME, journal),
    tags: listOf(value.get('tags')).map((tag) => stripCharsStart(textOf(tag), '@#')),
    pinned: value.get('starred') === true,
  };
  const text = [title, stripChars(body, '\n')].filter((part) => part !== '').join('\n');
  const spoken: Spoken[] = text === '' ? [] : [{ role: 'writer', text, at: created, item: raw }];
  yield* makeSession(NAME, facts, spoken, options);
}

async function* entriesOf(exports: readonly Entry[], texts: readonly Entry[]): AsyncGenerator<Found | Skipped, void> {
  for (const entry of exports) yield* objects(entry, 'entries');
  for (const entry of texts) yield* textEntries(entry);
}

/** The entries of a text file, in the form of the JSON export. */
async function* textEntries(entry: Entry): AsyncGenerator<Found | Skipped, void> {
  const text = await textFile(entry, MAX_TEXT_BYTES);
  if (text === null) {
    yield skipped(entry.name, 'it is no text in UTF-8');
    return;
  }
  let head: RegExpExecArray | null = null;
  let body: string[] = [];
  for (const line of text.split('\n')) {
    const found = line.startsWith('[') ? HEAD.exec(line) : null;
    if (found === null) {
      body.push(line);
      continue;
    }
    if (head !== null) yield textEntry(head, body);
    else if (strip(body.join('\n')) !== '') yield skipped(entry.name, 'it does not begin with the date of an entry');
    [head, body] = [found, []];
  }
  if (head === null) yield skipped(entry.name, 'it does not begin with the date of an entry');
  else yield textEntry(head, body);
}

function textEntry([, date = '', time = '', half = '', first = '']: RegExpExecArray, lines: readonly string[]): Found {
  let [title, starred] = [stripEnd(first), false];
  if (title.endsWith(' *') || title.endsWith('\t*') || title === '*') [title, starred] = [stripEnd(title.slice(0, -1)), true];
  const body = stripChars(lines.join('\n'), '\n');
  const tags = new Set([...`${title}\n${body}`.matchAll(TAG)].map(([, tag = '']) => tag));
  const value = objectOf({ title, body, date, time: `${time}${half}`, starred, tags: [...tags].sort(compareCodePoints) });
  return { value, raw: asJson(value) };
}

function stampOf(entry: JsonObject, options: ReadOptions): Stamp | null {
  const [day, time] = [textOf(entry.get('date')), textOf(entry.get('time'))];
  const [, year, month, date] = DAY.exec(day) ?? [];
  const start = year === undefined ? null : dateMs(Number(year), Number(month), Number(date));
  const clock = clockMs(time);
  if (start === null || clock === null) return readTime(day, '', options.zone);
  return fromLocal(start + clock, '', options.zone);
}

function clockMs(time: string): number | null {
  const [, hour, minute, second = '0', half] = HOURS_24.exec(time) ?? HOURS_12.exec(time) ?? [];
  if (hour === undefined) return null;
  const hours = half === undefined ? Number(hour) : Number(hour) % 12 + (half.toUpperCase() === 'PM' ? 12 : 0);
  return ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1000;
}

export const READER = foreignReader({ name: NAME, detect, read });
