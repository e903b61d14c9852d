/** Finds what a query fits, ranks it, and cuts the snippets. */
import { dayOf } from '../../writing/days.ts';
import { fold, foldTraced } from '../../writing/fold.ts';
import { dayFits, find, isEmpty, roleFits, sessionFits, textFits, type Query } from '../../writing/query.ts';
import { standingOf, type Folded, type KnownNotebook, type KnownSession, type Texts } from './texts.ts';
import type { Hit, HitPlace } from './types.ts';

const MAX_HITS = 200;
/** Kept before the lesser ones are dropped. */
const MAX_KEPT = 10 * MAX_HITS;

/** A hit before its snippet is cut. */
interface Found {
  readonly sessionId: string | null;
  readonly notebookId: string | null;
  readonly messageId: string | null;
  readonly where: HitPlace;
  readonly at: number;
  readonly text: string;
}

/** The best of many: titles, tags and notes first, then messages; each latest first, then by id. */
export class Ranking {
  #kept: Found[] = [];
  /** Messages from before it are none of the best. */
  #floor = -Infinity;
  total = 0;

  add(found: Found): void {
    this.total += 1;
    if (found.at < this.#floor && found.messageId !== null) return;
    this.#kept.push(found);
    if (this.#kept.length >= MAX_KEPT) this.#cut();
  }

  best(): readonly Found[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept.sort(compare);
    if (this.#kept.length < MAX_HITS) return;
    this.#kept.length = MAX_HITS;
    const last = this.#kept.at(-1);
    // Where titles fill the list, no message has a place in it.
    this.#floor = last?.messageId == null ? Infinity : last.at;
  }
}

/** Adds the hits in the notebooks themselves. */
export function searchNotebooks(query: Query, texts: Texts, ranking: Ranking): void {
  if (query.terms.length === 0 || !roleFits(query, null)) return;
  for (const notebook of texts.notebooks.values()) {
    const { id, updatedAt: at, zone } = notebook.seed;
    const facts = { ...standingOf(notebook.seed), tags: [], notebook: notebook.title.folded, isPinned: false };
    if (!sessionFits(query, facts) || !hasDay(query, at, zone)) continue;
    for (const [where, source] of placesIn(notebook)) {
      if (textFits(query, source.folded)) ranking.add({ sessionId: null, notebookId: id, messageId: null, where, at, text: source.text });
    }
  }
}

/** Adds the hits in the title and the tags of a session; for filters alone the session itself. */
export function searchTitle(query: Query, texts: Texts, session: KnownSession, ranking: Ranking): void {
  const { id: sessionId, activeAt: at, zone } = session.seed;
  if (isEmpty(query) || !roleFits(query, null) || !sessionFits(query, texts.factsOf(session)) || !hasDay(query, at, zone)) return;
  const add = (where: HitPlace, { text }: Folded) => ranking.add({ sessionId, notebookId: null, messageId: null, where, at, text });
  if (textFits(query, session.title.folded)) add('title', session.title);
  if (query.terms.length === 0) return;
  for (const tag of session.tags) if (textFits(query, tag.folded)) add('tag', tag);
}

/** Adds the hits in the messages of a session; for filters alone only those that ask for messages. */
export function searchMessages(query: Query, texts: Texts, session: KnownSession, ranking: Ranking): void {
  if (query.terms.length === 0 && query.filters.roles.length === 0) return;
  if (session.said === null || !sessionFits(query, texts.factsOf(session))) return;
  const { id: sessionId } = session.seed;
  for (const { id: messageId, role, createdAt: at, zone, text } of session.said.having(query.terms)) {
    if (!roleFits(query, role) || !hasDay(query, at, zone)) continue;
    ranking.add({ sessionId, notebookId: null, messageId, where: 'text', at, text });
  }
}

/** Before the first place: enough to see what it is about. After it: what fits in two lines. */
const LEAD = 40;
const LENGTH = 200;
const BLOCK = 400;

export function hitOf(query: Query, { sessionId, notebookId, messageId, where, at, text }: Found): Hit {
  const snippet = snippetOf(query, text);
  return { sessionId, notebookId, messageId, where, at, snippet, spans: find(query, snippet) };
}

function snippetOf({ terms }: Query, text: string): string {
  if (text.length <= LENGTH) return single(text);
  const folded = fold(text);
  const places = terms.map((term) => folded.indexOf(term)).filter((place) => place >= 0);
  const place = unitOf(text, places.length === 0 ? 0 : Math.min(...places));
  const start = place <= LEAD ? 0 : wholeFrom(text, place - LEAD);
  const end = wholeFrom(text, Math.min(text.length, start + LENGTH));
  return `${start > 0 ? '…' : ''}${single(text.slice(start, end))}${end < text.length ? '…' : ''}`;
}

function single(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The unit of a text that a unit of its folded form comes from; a long text is not traced as a whole. */
function unitOf(text: string, place: number): number {
  let before = 0;
  for (let start = 0; start < text.length;) {
    const end = wholeFrom(text, Math.min(text.length, start + BLOCK));
    const block = text.slice(start, end);
    const { length } = fold(block);
    if (before + length > place) return start + (foldTraced(block).starts[place - before] ?? 0);
    before += length;
    start = end;
  }
  return 0;
}

/** The first unit from `at` on that begins a letter: cut there, nothing is torn from what belongs to it. */
function wholeFrom(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const letter = /[\p{L}\p{N}\p{P}\p{S}]/gu;
  letter.lastIndex = isLow(text, at) ? at + 1 : at;
  return letter.exec(text)?.index ?? text.length;
}

function isLow(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function placesIn({ title, notes }: KnownNotebook): readonly [HitPlace, Folded][] {
  return [['title', title], ['notes', notes]];
}

function hasDay(query: Query, at: number, zone: string): boolean {
  const { before, after } = query.filters;
  return (before === null && after === null) || dayFits(query, dayOf(at, zone));
}

function compare(a: Found, b: Found): number {
  if ((a.messageId === null) !== (b.messageId === null)) return a.messageId === null ? -1 : 1;
  if (a.at !== b.at) return b.at - a.at;
  const [one, other] = [keyOf(a), keyOf(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

function keyOf({ sessionId, notebookId, messageId }: Found): string {
  return `${messageId ?? ''}${sessionId ?? ''}${notebookId ?? ''}`;
}
