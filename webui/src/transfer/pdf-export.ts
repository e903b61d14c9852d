/** A document as a book in PDF that has the document itself, as JSON, inside. The twin of vault/transfer/pdf_export.py. */
import { concat, type Bytes } from '../core/bytes.ts';
import { parseMessage, type SessionHeader } from '../core/model.ts';
import { parseRootRecord, type Notebook } from '../core/rootrecords.ts';
import { shownTime } from '../writing/days.ts';
import { NO_NOTEBOOK, headerOf, isAll, type Counts, type Document, type SessionItem } from './document.ts';
import { writeJson } from './json-export.ts';
import { printBook, type Book, type Chapter, type Entry, type Part } from './pdf/book.ts';
import type { Paper } from './pdf/pages.ts';
import type { LoadFace } from './pdf/typefaces.ts';

const ROLES = { writer: 'You', helper: 'Helper', system: 'Note', tool: 'Tool' } as const;
const KINDS = { event: 'An event', project: 'A project', journal: 'A journal' } as const;
const CLOSING = 'Inkvault can restore all of this from the file inkvault-export.json that is attached to this PDF.';

/** What is printed. The attached document has everything, whatever is printed. */
export interface PdfOptions {
  readonly paper: Paper;
  readonly withTrash: boolean;
  readonly withHelper: boolean;
  readonly withDocument: boolean;
  readonly load: LoadFace;
  readonly signal: AbortSignal;
  readonly onSession: (done: number) => void;
}

/** The PDF of the vault called `name`, in parts, and what it holds. */
export async function writePdf(document: Document, name: string, options: PdfOptions): Promise<{ parts: Bytes[]; counts: Counts }> {
  const kept: SessionItem[] = [];
  const written: Bytes[] = [];
  const passed = { ...document, sessions: passOn(document.sessions, kept) };
  const writer = writeJson(passed);
  let step = await writer.next();
  for (; step.done !== true; step = await writer.next()) written.push(step.value);
  const book = bookOf(passed, name, step.value, kept, options);
  const parts = await printBook(book, {
    paper: options.paper, attachment: options.withDocument ? concat(...written) : null, load: options.load, signal: options.signal, onChapter: options.onSession,
  });
  return { parts: parts as Bytes[], counts: step.value };
}

async function* passOn(sessions: AsyncIterable<SessionItem>, kept: SessionItem[]): AsyncGenerator<SessionItem> {
  for await (const session of sessions) {
    kept.push(session);
    yield session;
  }
}

function bookOf({ head, root, missing }: Document, name: string, counts: Counts, kept: readonly SessionItem[], options: PdfOptions): Book {
  const notebooks = new Map(root.flatMap(({ id, payload }) => {
    const record = parseRootRecord(payload);
    return record?.type === 'notebook' ? [[id, record] as const] : [];
  }));
  const isPart = !isAll(head.selection);
  const facts = [
    `Exported on ${day(head.exportedAt, head.zone)}, ${time(head.exportedAt, head.zone)} (${head.zone})`,
    [counted(counts.notebooks, 'notebook'), counted(counts.sessions, 'session'), counted(counts.messages, 'message')].join(', '),
    ...(isPart ? ['This is a part of the vault.'] : []),
    ...(missing.length > 0 ? [`${counted(missing.length, 'item')} could not be opened and is not in here.`] : []),
    ...(options.withDocument ? [CLOSING] : []),
  ];
  return { title: name, subtitle: 'Kept with Inkvault', facts, parts: partsOf(notebooks, kept, options), language: 'en' };
}

/** Notebooks by title, then what belongs to none; sessions in the order in which they were begun. */
function partsOf(notebooks: ReadonlyMap<string, Notebook>, kept: readonly SessionItem[], options: PdfOptions): Part[] {
  const sessions = kept
    .map((item) => ({ item, header: headerOf(item) }))
    .filter(({ header }) => header.trashedAt === null || options.withTrash)
    .sort((a, b) => a.header.createdAt - b.header.createdAt);
  const chaptersOf = (home: string | null): Chapter[] => sessions
    .filter(({ header: { notebook } }) => (notebook !== null && notebooks.has(notebook) ? notebook : null) === home)
    .map(({ item, header }) => chapterOf(item, header, options));
  const titled = [...notebooks].sort(([a, one], [b, two]) => compare(one.title.toLowerCase(), two.title.toLowerCase()) || compare(a, b));
  return [
    ...titled.map(([id, notebook]) => ({ title: notebook.title, about: aboutNotebook(notebook), chapters: chaptersOf(id) })),
    { title: NO_NOTEBOOK, about: '', chapters: chaptersOf(null) },
  ].filter(({ chapters }) => chapters.length > 0);
}

function chapterOf({ records }: SessionItem, header: SessionHeader, { withHelper }: PdfOptions): Chapter {
  function* entries(): Generator<Entry> {
    for (const { payload } of records) {
      if (payload['type'] !== 'message') continue;
      const { role, text, createdAt, zone, trashedAt } = parseMessage(payload);
      if (trashedAt !== null || (role === 'helper' && !withHelper)) continue;
      yield {
        who: role === 'helper' ? header.helper ?? ROLES.helper : ROLES[role],
        isOwn: role === 'writer', day: longDay(createdAt, zone), time: time(createdAt, zone), text,
      };
    }
  }
  return { title: header.title ?? (header.opening === '' ? 'Untitled' : header.opening), about: aboutSession(header), entries };
}

function aboutSession({ createdAt, zone, phase, tags, trashedAt }: SessionHeader): string {
  return [
    day(createdAt, zone),
    ...(phase === null ? [] : [`phase ${phase}`]),
    ...(tags.length === 0 ? [] : [`tags: ${tags.join(', ')}`]),
    ...(trashedAt === null ? [] : ['in the trash']),
  ].join('  ·  ');
}

function aboutNotebook({ kind, date, notes }: Notebook): string {
  const first = `${KINDS[kind]}${date === null ? '' : ` on ${date}`}.`;
  return notes === '' ? first : `${first}\n${notes}`;
}

function format(at: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(shownTime(at));
  } catch {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(shownTime(at));
  }
}

function day(at: number, zone: string): string {
  return format(at, zone, { day: 'numeric', month: 'long', year: 'numeric' });
}

function longDay(at: number, zone: string): string {
  return `${format(at, zone, { weekday: 'long' })}, ${day(at, zone)}`;
}

function time(at: number, zone: string): string {
  return format(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
