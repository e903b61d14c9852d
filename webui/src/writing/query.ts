/**
 * What the writer looks for: words and "phrases", which must all be found in one and the same text, and filters.
 *
 * Part of a word is enough. A filter is `name:value` or `name:"value with spaces"`: `tag:`, `in:` (part of the
 * notebook's title), `role:`, `before:` (earlier days), `after:` (that day and later), `is:` (`pinned`, `archived`,
 * `trashed`). A day may be a month or a year: `after:2026-03`. A filter that has no value yet is left out; an unknown
 * name makes a plain word. What is in the trash is found with `is:trashed` alone. `vault/writing/query.py` does the same.
 */
import type { Role } from '../client/types.ts';
import { isDay } from './days.ts';
import { fold, foldTraced } from './fold.ts';

export interface Query {
  /** Folded words and phrases: none empty, none twice. */
  readonly terms: readonly string[];
  readonly filters: Filters;
  /** What could not be read: `bad_date:…`, `bad_role:…`, `bad_is:…`. */
  readonly notes: readonly string[];
}

const SESSION_FLAGS = ['pinned', 'archived', 'trashed'] as const;
export type SessionFlag = (typeof SESSION_FLAGS)[number];

export interface Filters {
  /** Folded; a session must have them all. */
  readonly tags: readonly string[];
  /** Folded parts of notebook titles; one must fit. */
  readonly notebooks: readonly string[];
  /** One must fit; when there are any, messages alone are looked at. */
  readonly roles: readonly Role[];
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: days before it; days from it on. */
  readonly before: string | null;
  readonly after: string | null;
  /** All must hold. */
  readonly is: readonly SessionFlag[];
}

/** What filters ask of a session; tags and the title of its notebook are folded. */
export interface SessionFacts {
  readonly tags: readonly string[];
  readonly notebook: string | null;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  readonly isTrashed: boolean;
}

/** A half-open range in UTF-16 units. */
export type Span = readonly [start: number, end: number];

const ROLES: readonly Role[] = ['writer', 'helper', 'system', 'tool'];
const QUOTES = '"\u201C\u201D\u201E\xAB\xBB';
const SPACES = '\t-\r \x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000';
/** `name:"value"`, `name:value`, `"phrase"` or a word; a closing quote may be missing. */
const TOKEN = new RegExp(`(?:([A-Za-z]+):)?[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]?|([^${SPACES}]+)`, 'g');
const FILTER = /^([A-Za-z]+):(.*)$/s;
const DATE = /^\d{4}(?:-\d{2}){0,2}$/;

export function parseQuery(text: string): Query {
  const draft = new Draft();
  for (const { 1: name = '', 2: quoted = '', 3: word } of text.matchAll(TOKEN)) {
    const filter = word === undefined ? [name, quoted] : FILTER.exec(word)?.slice(1);
    draft.take(filter?.[0] ?? '', filter?.[1] ?? word ?? '');
  }
  return draft.query();
}

/** Whether there is nothing to look for. */
export function isEmpty({ terms, filters: { tags, notebooks, roles, before, after, is } }: Query): boolean {
  return terms.length + tags.length + notebooks.length + roles.length + is.length === 0 && before === null && after === null;
}

/** Whether a session may have hits. */
export function sessionFits({ filters }: Query, facts: SessionFacts): boolean {
  const holds: Readonly<Record<SessionFlag, boolean>> = {
    pinned: facts.isPinned, archived: facts.isArchived, trashed: facts.isTrashed,
  };
  if (facts.isTrashed && !filters.is.includes('trashed')) return false;
  return filters.is.every((flag) => holds[flag])
    && filters.tags.every((tag) => facts.tags.includes(tag))
    && (filters.notebooks.length === 0 || filters.notebooks.some((part) => facts.notebook?.includes(part) ?? false));
}

/** Whether a day, `YYYY-MM-DD`, is within the bounds. */
export function dayFits({ filters: { before, after } }: Query, day: string): boolean {
  return (before === null || day < before) && (after === null || day >= after);
}

/** Whether a message of this role may be a hit; null for what is no message: a title, a tag, notes. */
export function roleFits({ filters: { roles } }: Query, role: Role | null): boolean {
  return roles.length === 0 || (role !== null && roles.includes(role));
}

/** Whether a folded text has all words and phrases. */
export function textFits({ terms }: Query, folded: string): boolean {
  return terms.every((term) => folded.includes(term));
}

/** Where a text has the words and phrases: in order, apart from each other. */
export function find({ terms }: Query, text: string): Span[] {
  const { folded, starts, ends } = foldTraced(text);
  const found = terms.flatMap((term) => placesOf(folded, term)).map(
    ([start, end]): Span => [starts[start] ?? 0, ends[end - 1] ?? 0],
  );
  return merged(found.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
}

/** A query while it is read. Sets keep the order and nothing twice. */
class Draft {
  readonly #terms = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #notebooks = new Set<string>();
  readonly #roles = new Set<Role>();
  readonly #is = new Set<SessionFlag>();
  readonly #bounds: { before: string | null; after: string | null } = { before: null, after: null };
  readonly #notes: string[] = [];

  /** Takes a filter, or a word when `name` is empty or none of a filter. */
  take(name: string, given: string): void {
    const value = trimmed(given);
    const filter = name.toLowerCase();
    switch (filter) {
      case 'tag':
        return add(this.#tags, value);
      case 'in':
        return add(this.#notebooks, value);
      case 'role':
        return this.#choose(this.#roles, ROLES, 'bad_role', value);
      case 'is':
        return this.#choose(this.#is, SESSION_FLAGS, 'bad_is', value);
      case 'before':
      case 'after':
        return this.#bound(filter, value);
      case '':
        return add(this.#terms, value);
      default:
        return add(this.#terms, trimmed(`${name}:${given}`));
    }
  }

  query(): Query {
    const filters = {
      tags: [...this.#tags], notebooks: [...this.#notebooks], roles: [...this.#roles], ...this.#bounds, is: [...this.#is],
    };
    return { terms: [...this.#terms], filters, notes: this.#notes };
  }

  #choose<T extends string>(into: Set<T>, known: readonly T[], note: string, value: string): void {
    const chosen = known.find((one) => one === value);
    if (chosen !== undefined) into.add(chosen);
    else if (value !== '') this.#notes.push(`${note}:${value}`);
  }

  #bound(name: 'before' | 'after', value: string): void {
    if (DATE.test(value) && isDay(`${value}-01-01`.slice(0, 10))) this.#bounds[name] = value;
    else if (value !== '') this.#notes.push(`bad_date:${value}`);
  }
}

function trimmed(text: string): string {
  return fold(text).replace(/^ | $/g, '');
}

function add(to: Set<string>, value: string): void {
  if (value !== '') to.add(value);
}

function placesOf(folded: string, term: string): Span[] {
  const places: Span[] = [];
  for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
    places.push([at, at + term.length]);
  }
  return places;
}

/** Of spans in order: those that touch or overlap become one. */
function merged(spans: readonly Span[]): Span[] {
  const result: [number, number][] = [];
  for (const [start, end] of spans) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
