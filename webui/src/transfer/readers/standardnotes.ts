/**
 * Standard Notes: a decrypted backup, as the text file inside its zip or by itself. The twin of
 * vault/transfer/readers/standardnotes.py. A note is a session of one message. Tags, also nested ones, become tags. An
 * encrypted backup is refused with the advice to export a decrypted one.
 */
import { saysSomething, stripChars } from '../code-points.ts';
import { objects, sample } from '../elements.ts';
import { leftOut, makeSession, type Facts, type Spoken } from '../foreign.ts';
import { JsonError, Numeral, fieldsOf, isObject, listOf, parseJson, textOf, type JsonObject, type JsonValue } from '../json-values.ts';
import { CERTAIN, LIKELY, foreignReader, note, skipped, type Read, type ReadOptions } from '../reading.ts';
import { SourceError, baseName, named, onlyEntry, type Entry, type Source } from '../sources.ts';
import { readTime, type Stamp } from '../times.ts';

const NAME = 'standardnotes';
const FILE = 'Standard Notes Backup and Import File.txt';
const OWN = 'org.standardnotes.sn';
const MAX_NESTED_TAGS = 32;
/** Of all tags to notes. */
export const MAX_REFERENCES = 1_000_000;
const BLOCKS = new Set(['paragraph', 'heading', 'quote', 'code', 'listitem', 'tablerow']);

function filesOf(source: Source): Entry[] {
  const only = onlyEntry(source);
  return only === null ? named(source, (parts) => baseName(parts) === FILE) : [only];
}

async function detect(source: Source): Promise<number> {
  for (const entry of filesOf(source)) {
    const found = await sample(entry, 4);
    const first = found.get('items');
    if (isObject(first)) return first.has('content_type') && first.has('content') ? CERTAIN : 0;
    if (Array.isArray(first) && first.length === 0 && found.has('version')) return LIKELY;
  }
  return 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const files = filesOf(source);
  yield* leftOut(source, files);
  for (const entry of files) {
    const tags = await tagsOf(entry);
    for await (const item of objects(entry, 'items')) {
      if ('is' in item) {
        yield item;
        continue;
      }
      const kind = textOf(item.value.get('content_type'));
      const id = textOf(item.value.get('uuid'));
      if (kind === 'Note') yield* noteOf(item.value, item.raw, tags.get(id) ?? [], options);
      else if (kind !== 'Tag') yield skipped(id, `it is no note but a ${kind || 'thing'} of the tool`, 'record');
    }
  }
}

/** The tags of each note, by its id. Throws SourceError for an encrypted backup. */
async function tagsOf(entry: Entry): Promise<Map<string, string[]>> {
  const titles = new Map<string, string>();
  const parents = new Map<string, string>();
  const notes = new Map<string, string[]>();
  let count = 0;
  for await (const item of objects(entry, 'items')) {
    if ('is' in item) continue;
    if (typeof item.value.get('content') === 'string' && !isTrue(item.value.get('deleted'))) {
      throw new SourceError('This backup is encrypted; make a decrypted one in Standard Notes and import that.');
    }
    if (item.value.get('content_type') !== 'Tag') continue;
    const [name, content] = [textOf(item.value.get('uuid')), fieldsOf(item.value.get('content'))];
    titles.set(name, textOf(content.get('title')));
    const references = listOf(content.get('references')).map(fieldsOf);
    count += references.length + 1;
    if (count > MAX_REFERENCES) throw new SourceError('This backup has more tags on notes than Inkvault reads; export it in parts.');
    for (const reference of references) {
      const other = textOf(reference.get('uuid'));
      if (reference.get('content_type') === 'Tag') {
        parents.set(name, other);
        continue;
      }
      const of = notes.get(other) ?? [];
      of.push(name);
      notes.set(other, of);
    }
  }
  return new Map([...notes].map(([id, tags]) => [id, tags.map((tag) => fullName(tag, titles, parents))]));
}

/** As Python takes it for true. */
function isTrue(value: JsonValue | undefined): boolean {
  if (value instanceof Numeral) return value.value !== 0;
  if (isObject(value)) return value.size > 0;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** The name of a tag with those it is nested in, as `trips/Iceland`; a circle is cut. */
function fullName(tag: string, titles: ReadonlyMap<string, string>, parents: ReadonlyMap<string, string>): string {
  const names: string[] = [];
  for (let at = tag; titles.has(at) && names.length < MAX_NESTED_TAGS; at = parents.get(at) ?? '') names.push(titles.get(at) ?? '');
  return names.reverse().join('/');
}

function* noteOf(value: JsonObject, raw: string, tags: readonly string[], options: ReadOptions): Generator<Read> {
  const content = fieldsOf(value.get('content'));
  const own = fieldsOf(fieldsOf(content.get('appData')).get(OWN));
  const title = textOf(content.get('title'));
  const name = textOf(value.get('uuid')) || raw;
  if (isTrue(value.get('deleted'))) {
    yield skipped(title || name, 'it was deleted there');
    return;
  }
  let text = textOf(content.get('text'));
  if (content.get('noteType') === 'super') {
    const shown = lexicalText(text);
    if (shown === null) yield note(title || name, 'unknown_part', 'a Super note that cannot be read as one');
    text = shown ?? text;
  }
  const says = (field: string) => content.get(field) === true || own.get(field) === true;
  const created = stampOf(value, 'created_at', options);
  const facts: Facts = {
    id: name,
    title,
    created,
    updated: readTime(own.get('client_updated_at'), '', options.zone) ?? stampOf(value, 'updated_at', options),
    tags,
    pinned: says('pinned') || says('starred'),
    archived: says('archived'),
    trashed: says('trashed'),
  };
  // A note may be its title alone.
  if (!saysSomething(text)) text = title;
  const spoken: Spoken[] = saysSomething(text) ? [{ role: 'writer', text, at: created, id: name, item: raw }] : [];
  yield* makeSession(NAME, facts, spoken, options);
}

/** The text of a Super note, one line for each block; null when it is none. */
function lexicalText(state: string): string | null {
  const root = fieldsOf(parsed(state)).get('root');
  if (!isObject(root) || root.size === 0) return null;
  const found: string[] = [];
  const left: JsonValue[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node === 'string') {
      found.push(node);
      continue;
    }
    const fields = fieldsOf(node);
    const kind = textOf(fields.get('type'));
    if (kind === 'linebreak') found.push('\n');
    found.push(textOf(fields.get('text')));
    if (BLOCKS.has(kind)) left.push('\n');
    for (const child of listOf(fields.get('children')).toReversed()) left.push(child);
  }
  return stripChars(found.join(''), '\n');
}

/** null for what is no JSON. Halves of characters come out as question marks. */
function parsed(text: string): JsonValue {
  try {
    return parseJson(text.toWellFormed() === text ? text : text.replace(/[\ud800-\udfff]/gu, '?'));
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

function stampOf(value: JsonObject, field: string, options: ReadOptions): Stamp | null {
  return readTime(value.get(field), '', options.zone) ?? readTime(value.get(`${field}_timestamp`), '', options.zone);
}

export const READER = foreignReader({ name: NAME, detect, read });
