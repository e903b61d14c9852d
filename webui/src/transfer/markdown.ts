/**
 * A document as Markdown to read: one file a session, in folders by notebook, in a zip archive (docs/EXPORT.md). The twin of
 * vault/transfer/markdown.py. What a text holds cannot get out of its place: front matter is quoted, names are made
 * safe, HTML is shown and not run.
 */
import { zipSync, strToU8, type Zippable } from 'fflate';
import { parseMessage, type Message, type SessionHeader } from '../core/model.ts';
import { parseRootRecord, type Notebook } from '../core/rootrecords.ts';
import { NO_NOTEBOOK, headerOf, type Counts, type Document, type SessionItem } from './document.ts';
import { FIRST_MS, LAST_MS } from './times.ts';

const SPEAKERS = { writer: 'Writer', helper: 'Helper', system: 'Prompt', tool: 'Tool' } as const;
/** What YAML takes only spelled out; JSON has no need to. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
const TAG = /<(?=[A-Za-z/!?])/g;
/** What Windows refuses, controls, invisible marks that turn the direction of text round, and halves of characters. */
const REFUSED = /[\0-\x1f<>:"/\\|?*\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]+/gu;
const DEVICES = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
const MOST_POINTS = 80;
const MOST_BYTES = 150;
const DAY_MINUTES = 24 * 60;

/** The archive, and what it holds. */
export async function writeMarkdown({ head, root, sessions }: Document): Promise<{ archive: Uint8Array<ArrayBuffer>; counts: Counts }> {
  const files: Zippable = {};
  const shelf = new Shelf();
  const counts = { notebooks: 0, templates: 0, sessions: 0, messages: 0, records: 0 };
  for (const { id, payload } of root) {
    const record = parseRootRecord(payload);
    if (record?.type !== 'notebook') continue;
    counts.notebooks += 1;
    shelf.titles.set(id, record.title);
    if (record.notes !== '') files[shelf.place(id, 'Notes')] = strToU8(notebookText(record));
  }
  for await (const item of sessions) {
    const header = headerOf(item);
    const messages = item.records.filter(({ payload }) => payload['type'] === 'message').map(({ payload }) => parseMessage(payload));
    counts.sessions += 1;
    counts.messages += messages.length;
    const day = localTime(header.createdAt, header.zone).slice(0, 10);
    files[shelf.place(header.notebook, `${day} ${titleOf(header)}`)] = strToU8(sessionText(item, header, messages, shelf));
  }
  const archive = zipSync(files, { level: 6, mtime: Math.max(head.exportedAt, 315_619_200_000) });
  return { archive: new Uint8Array(archive), counts };
}

/** Folders by notebook, and the names in each: none twice, also not in another case or Unicode form. */
class Shelf {
  readonly titles = new Map<string, string>();
  readonly #folders = new Map<string | null, { name: string; taken: Set<string> }>();
  readonly #taken = new Set<string>();

  place(notebook: string | null, title: string): string {
    const key = notebook !== null && this.titles.has(notebook) ? notebook : null;
    let folder = this.#folders.get(key);
    if (folder === undefined) {
      folder = { name: take(this.#taken, (key === null ? undefined : this.titles.get(key)) ?? NO_NOTEBOOK, ''), taken: new Set() };
      this.#folders.set(key, folder);
    }
    return `${folder.name}/${take(folder.taken, title, '.md')}`;
  }
}

function take(taken: Set<string>, title: string, ending: string): string {
  const base = safeName(title);
  const keyOf = (name: string) => `${name}${ending}`.normalize('NFD').toLowerCase().normalize('NFKC');
  let name = base;
  for (let number = 2; taken.has(keyOf(name)); number++) name = `${base} (${number})`;
  taken.add(keyOf(name));
  return `${name}${ending}`;
}

/** `title` as a name that Windows, macOS and Linux all take; never empty, never one that a system keeps for itself. */
export function safeName(title: string): string {
  const shown = trimmed(title.normalize('NFC').replace(REFUSED, ' ').replace(/\s+/g, ' '));
  let name = '';
  for (const char of [...shown].slice(0, MOST_POINTS)) {
    if (strToU8(name + char).length > MOST_BYTES) break;
    name += char;
  }
  name = trimmed(name);
  return name === '' || DEVICES.test(name) || name.startsWith('~') ? `_${name}` : name;
}

function trimmed(name: string): string {
  return name.replace(/^[ .]+|[ .]+$/g, '');
}

function titleOf({ title, opening }: SessionHeader): string {
  return title ?? opening;
}

function sessionText({ id }: SessionItem, header: SessionHeader, messages: readonly Message[], { titles }: Shelf): string {
  const fields = {
    title: titleOf(header),
    date: localTime(header.createdAt, header.zone),
    updated: localTime(header.updatedAt, header.zone),
    zone: header.zone,
    notebook: header.notebook === null ? null : titles.get(header.notebook) ?? null,
    tags: header.tags,
    phase: header.phase,
    helper: header.helper,
    pinned: header.pinned,
    archived: header.archivedAt !== null,
    trashed: header.trashedAt !== null,
    id,
  };
  return frontMatter(fields) + messages.map(messageText).join('');
}

function notebookText({ title, kind, date, createdAt, zone, notes }: Notebook): string {
  return `${frontMatter({ title, kind, date, created: localTime(createdAt, zone) })}\n${inert(notes)}\n`;
}

function messageText({ role, createdAt, zone, trashedAt, text, sources, toolCalls }: Message): string {
  const when = localTime(createdAt, zone);
  const gone = trashedAt === null ? '' : ', in the trash';
  const notes = [
    ...sources.map((source) => `Source: ${line([source['title'], source['url']].filter((part) => typeof part === 'string').join(', '))}`),
    ...toolCalls.map((call) => `Tool: ${line(typeof call['name'] === 'string' ? call['name'] : '')}`),
  ];
  return `\n### ${SPEAKERS[role]}, ${when.slice(0, 10)} ${when.slice(11, 16)}${gone}\n\n${inert(text)}\n${notes.map((note) => `\n> ${note}\n`).join('')}`;
}

/** YAML of fields, without those that say nothing. Every text is in quotes, so it cannot end early or mean more. */
function frontMatter(fields: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(fields).filter(([, value]) => value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0));
  return `---\n${said.map(([name, value]) => `${name}: ${quoted(value)}\n`).join('')}---\n`;
}

function quoted(value: unknown): string {
  const text = Array.isArray(value) ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]` : JSON.stringify(value);
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function line(text: string): string {
  return inert(text.split(/\s+/).filter(Boolean).join(' '));
}

/** Text in which no Markdown program finds HTML to obey; it is shown as it stands. */
function inert(text: string): string {
  return text.replace(TAG, '&lt;');
}

/** ISO 8601 with the offset of the zone at that moment; the first or the last of the years 1 to 9999 for one outside of them. */
export function localTime(moment: number, zone: string): string {
  const at = Math.min(Math.max(moment, FIRST_MS), LAST_MS);
  const named = isZone(zone) ? zone : 'UTC';
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: named, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const local = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
  const minutes = Math.round((Date.parse(`${local}Z`) - Math.floor(at / 1000) * 1000) / 60_000);
  // A zone may lead out of these years.
  if (!(Math.abs(minutes) < DAY_MINUTES)) return localTime(at, 'UTC');
  const [sign, size] = [minutes < 0 ? '-' : '+', Math.abs(minutes)];
  return `${local}${sign}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
