/**
 * Markdown and plain text: a file, a folder or a zip; each file is a session of one message. The twin of
 * vault/transfer/readers/markdown.py. What stands in front matter (`title`, `date`, `updated`, `zone`, `tags`, `notebook`,
 * `pinned`, `archived`, `trashed`) is taken from there; else the title is the first heading or the file's name, the notebook
 * the outermost folder, the date that of the file.
 */
import { isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Pair } from 'yaml';
import { firstPoints, saysSomething, stripChars, stripCharsEnd, stripCharsStart, stripStart, words } from '../code-points.ts';
import { makeNotebook, makeSession, notebookId, type Facts, type Spoken } from '../foreign.ts';
import { asJson, objectOf } from '../json-values.ts';
import { LIKELY, POSSIBLE, foreignReader, note, skipped, type Read, type ReadOptions } from '../reading.ts';
import { SourceError, named, partsOf, readAll, stem, suffix, type Entry, type Source } from '../sources.ts';
import { fromLocal, readTime, stampAt, type Stamp } from '../times.ts';

const NAME = 'markdown';
export const MAX_FILE_BYTES = 16 * 1024 * 1024;
export const MAX_FRONT = 64 * 1024;
const MARKDOWN = ['.md', '.markdown', '.mdown'];
const TEXT = [...MARKDOWN, '.txt'];
const FRONT = /^---[ \t]*\n([^]*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|$)/;
/** What YAML parsers take for different things: white space, line ends, an error. */
const WHITE = /[\t\x85\u2028\u2029\ufeff]/g;
/** What is in no YAML 1.1. */
const UNPRINTABLE = /[^\n -~\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Directives, and marks between documents. */
const DIRECTIVE = /^(?:%|(?:---|\.\.\.)(?=\s|$))/m;
const HEADING = /^#{1,6}[ \t]+([^\n]+)/;
const DATES = ['date', 'created', 'created_at'];
const UPDATES = ['updated', 'updated_at', 'modified', 'lastmod'];

/** What plain YAML has: text, and lists of anything. */
type Front = ReadonlyMap<string, unknown>;

const NO_FRONT: Front = new Map();

function filesOf(source: Source): Entry[] {
  return named(source, (parts) => TEXT.includes(suffix(parts)));
}

async function detect(source: Source): Promise<number> {
  const files = filesOf(source);
  if (!files.some(({ name }) => MARKDOWN.includes(suffix(partsOf(name))))) return files.length > 0 ? POSSIBLE / 2 : 0;
  return files.length === source.entries.length ? LIKELY : POSSIBLE;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const known = new Set<string>();
  const files = filesOf(source);
  for (const entry of files) {
    let text: string | null;
    try {
      text = await textFile(entry, MAX_FILE_BYTES);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      yield skipped(entry.name, stripCharsEnd(error.message, '.').replace(entry.name, 'it'));
      continue;
    }
    if (text === null) yield skipped(entry.name, 'it is no text in UTF-8');
    else yield* sessionOf(entry, text, known, options);
  }
  const others = source.entries.length - files.length;
  if (others > 0) yield note(source.name, 'file_left_out', `${others} files that are no Markdown`);
}

/** A text with the line ends of this world; null for what is no UTF-8. Throws SourceError when it is too large. */
export async function textFile(entry: Entry, most: number): Promise<string | null> {
  const data = await readAll(entry, most);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data).replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}

function* sessionOf(entry: Entry, text: string, known: Set<string>, options: ReadOptions): Generator<Read> {
  const { front, body, isOdd } = splitFront(text);
  const created = timeOf(front, DATES, options);
  const dated = created ?? fileTime(entry, options);
  const folder = partsOf(entry.name).slice(0, -1).find((part) => stripChars(part, './\\') !== '');
  const notebook = oneLine(front.get('notebook')) || (folder ?? '');
  if (notebook !== '' && !known.has(notebook)) {
    known.add(notebook);
    yield makeNotebook(NAME, notebook, notebook, 'journal', dated);
  }
  const title = oneLine(front.get('title')) || titleOf(body, entry);
  const facts: Facts = {
    id: `${entry.name}\0${text}`,
    title,
    created: dated,
    updated: timeOf(front, UPDATES, options) ?? (created === null ? dated : null),
    notebook: notebook === '' ? null : notebookId(NAME, notebook),
    tags: tagsOf(front.get('tags')),
    pinned: front.get('pinned') === 'true',
    archived: front.get('archived') === 'true',
    trashed: front.get('trashed') === 'true',
  };
  const item = asJson(objectOf({ file: entry.name, front_matter: text.slice(0, text.length - body.length) }));
  const spoken: Spoken[] = saysSomething(body) ? [{ role: 'writer', text: stripChars(body, '\n'), at: dated, item }] : [];
  yield* makeSession(NAME, facts, spoken, options);
  if (created === null) yield note(title, 'time_missing', 'the time of the file');
  if (isOdd) yield note(title, 'unknown_part', 'front matter that is no plain YAML');
}

/** The front matter, the text below it, and whether there is some that cannot be read; it is text then. */
function splitFront(text: string): { front: Front; body: string; isOdd: boolean } {
  const match = FRONT.exec(firstPoints(text, MAX_FRONT + 8));
  if (match === null) return { front: NO_FRONT, body: text, isOdd: false };
  const front = plainYaml(match[1] ?? '');
  if (front === null) return { front: NO_FRONT, body: text, isOdd: true };
  return { front, body: text.slice(match[0].length), isOdd: false };
}

/**
 * Every scalar as text, and no aliases, which can make a small file large, nor what only some parsers take: anchors, tags,
 * directives, marks between documents, names after a question mark. null for anything else.
 */
function plainYaml(text: string): Front | null {
  const plain = text.replaceAll('\r', '\n').replace(WHITE, ' ');
  if (UNPRINTABLE.test(plain) || DIRECTIVE.test(plain)) return null;
  try {
    const document = parseDocument(plain, { schema: 'failsafe', version: '1.1', uniqueKeys: false, merge: false, keepSourceTokens: true, prettyErrors: false, logLevel: 'error' });
    if (document.errors.length > 0) return null;
    const { contents } = document;
    let isOdd = false;
    const refuse = () => { isOdd = true; return visit.BREAK; };
    visit(document, {
      Alias: refuse,
      Pair: (_, pair) => (nameOf(pair.key) === '' || isAsked(pair) ? refuse() : undefined),
      Node: (_, { anchor, tag }) => (anchor === undefined && tag === undefined ? undefined : refuse()),
    });
    if (isOdd) return null;
    if (contents === null) return NO_FRONT;
    if (!isMap(contents)) return null;
    const found = new Map<string, unknown>();
    for (const { key, value } of contents.items) found.set(nameOf(key), valueOf(value));
    return found;
  } catch {
    // What nests too deeply ends in a RangeError: the library goes down with it.
    return null;
  }
}

/** Whether a question mark stands before its name. */
function isAsked({ srcToken }: Pair): boolean {
  return srcToken?.start.some(({ type }) => type === 'explicit-key-ind') ?? false;
}

/** '' for what is none. */
function nameOf(key: unknown): string {
  return isScalar(key) ? textOfScalar(key.value) : '';
}

function valueOf(node: unknown): unknown {
  if (isScalar(node)) return textOfScalar(node.value);
  if (isSeq(node)) return node.items.map(valueOf);
  return isMap(node) || isAlias(node) ? null : '';
}

function textOfScalar(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function timeOf(front: Front, names: readonly string[], options: ReadOptions): Stamp | null {
  const zone = oneLine(front.get('zone')) || oneLine(front.get('timezone'));
  for (const name of names) {
    const value = front.get(name);
    const stamp = typeof value === 'string' ? readTime(value, zone, options.zone) : null;
    if (stamp !== null) return stamp;
  }
  return null;
}

function fileTime({ modified }: Entry, options: ReadOptions): Stamp {
  if (typeof modified === 'number') return stampAt(modified);
  return (modified === null ? null : fromLocal(modified.local, '', options.zone)) ?? stampAt(options.now);
}

function titleOf(body: string, entry: Entry): string {
  const heading = HEADING.exec(stripStart(body))?.[1];
  return heading === undefined ? stem(partsOf(entry.name)) : stripCharsEnd(heading, '# \t');
}

function tagsOf(value: unknown): string[] {
  const given = typeof value === 'string' ? (value.includes(',') ? value.split(',') : words(value)) : value;
  const tags: unknown[] = Array.isArray(given) ? given : [];
  return tags.filter((tag) => typeof tag === 'string').map((tag) => stripCharsStart(tag, '#'));
}

function oneLine(value: unknown): string {
  return typeof value === 'string' ? words(value).join(' ') : '';
}

export const READER = foreignReader({ name: NAME, detect, read });
