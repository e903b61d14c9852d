/**
 * Day One: a zip of one JSON file for each journal (named after it) and its pictures, which are not taken over. The twin of
 * vault/transfer/readers/dayone.py. A journal is a notebook, an entry a session of one message.
 */
import { saysSomething, stripCharsStart, stripStart } from '../code-points.ts';
import { objects, sample } from '../elements.ts';
import { leftOut, makeNotebook, makeSession, notebookId, type Facts, type Spoken } from '../foreign.ts';
import { JsonError, Numeral, fieldsOf, isObject, listOf, parseJson, textOf, type JsonObject } from '../json-values.ts';
import { CERTAIN, LIKELY, foreignReader, note, type Read, type ReadOptions } from '../reading.ts';
import { named, partsOf, stem, suffix, type Entry, type Source } from '../sources.ts';
import { readTime, stampAt, type Stamp } from '../times.ts';

const NAME = 'dayone';
const ESCAPED = /\\([.()!-])/g;
const FILES = ['photos', 'videos', 'audios', 'pdfAttachments'];
const MAX_SECONDS = 7 * 24 * 3600;

function journalsOf(source: Source): Entry[] {
  return named(source, (parts) => suffix(parts) === '.json');
}

async function detect(source: Source): Promise<number> {
  for (const entry of journalsOf(source)) {
    const found = await sample(entry, 2);
    const first = found.get('entries');
    if (isObject(first)) return first.has('creationDate') ? CERTAIN : 0;
    if (found.has('metadata') && Array.isArray(first) && first.length === 0) return LIKELY;
  }
  return 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const journals: Entry[] = [];
  for (const entry of journalsOf(source)) if ((await sample(entry)).has('entries')) journals.push(entry);
  yield* leftOut(source, journals);
  for (const entry of journals) {
    const journal = stem(partsOf(entry.name));
    let isKnown = false;
    for await (const item of objects(entry, 'entries')) {
      if ('is' in item) {
        yield item;
        continue;
      }
      if (!isKnown) {
        isKnown = true;
        yield makeNotebook(NAME, journal, journal, 'journal', stampOf(item.value, 'creationDate', options) ?? stampAt(options.now));
      }
      yield* entryOf(journal, item.value, item.raw, options);
    }
  }
}

function* entryOf(journal: string, entry: JsonObject, raw: string, options: ReadOptions): Generator<Read> {
  const text = textOf(entry.get('text')).replace(ESCAPED, '$1') || richText(entry);
  const created = stampOf(entry, 'creationDate', options);
  const name = textOf(entry.get('uuid')) || raw;
  const firstLine = stripStart(text).split('\n', 1)[0] ?? '';
  const facts: Facts = {
    id: name,
    title: firstLine.startsWith('#') ? stripCharsStart(firstLine, '# ') : null,
    created,
    updated: stampOf(entry, 'modifiedDate', options),
    notebook: notebookId(NAME, journal),
    tags: listOf(entry.get('tags')).map(textOf),
    pinned: entry.get('starred') === true || entry.get('isPinned') === true,
  };
  const spoken: Spoken[] = saysSomething(text) ? [{ role: 'writer', text, at: created, id: name, item: raw, seconds: secondsOf(entry) }] : [];
  yield* makeSession(NAME, facts, spoken, options);
  const files = FILES.reduce((sum, field) => sum + listOf(entry.get(field)).length, 0);
  if (files > 0) yield note(facts.title || name, 'file_left_out', `${files} pictures, sounds or other files`);
}

/** The text of an entry that has none beside it. */
function richText(entry: JsonObject): string {
  try {
    const text = textOf(entry.get('richText'));
    if (!text.isWellFormed()) return '';
    return listOf(fieldsOf(parseJson(text)).get('contents')).map((part) => textOf(fieldsOf(part).get('text'))).join('');
  } catch (error) {
    if (error instanceof JsonError) return '';
    throw error;
  }
}

function secondsOf(entry: JsonObject): number {
  const given = entry.get('editingTime');
  const value = given instanceof Numeral ? given.value : given;
  return typeof value === 'number' && value >= 1 && value <= MAX_SECONDS ? Math.floor(value) : 0;
}

function stampOf(entry: JsonObject, field: string, options: ReadOptions): Stamp | null {
  return readTime(entry.get(field), textOf(entry.get('timeZone')), options.zone);
}

export const READER = foreignReader({ name: NAME, detect, read });
