/**
 * What the writer looks for: words and "phrases", which must all be found in one and the same text, and filters.
 * A filter is `name:value` or `name:"value with spaces"`; an unknown name makes a plain word.
 */
import type { Role } from '../client/types.ts';
import { isDay } from './days.ts';
import { fold, foldTraced } from './fold.ts';

export interface Query {
  /** Folded words and phrases: none empty, none twice. */
  readonly terms: readonly string[];
  readonly filters: Filters;
  /** What could not be read: `bad_date:…`, `bad_role:…`, `bad_is:…`, with the value as given. */
  readonly notes: readonly string[];
}

export const SESSION_FLAGS = ['pinned', 'archived', 'trashed'] as const;
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
/** `name:"value"`, `name:value`, `"phrase"` or a word; a closing quote may be missing. */
const TOKEN = /(?:([A-Za-z]+):)?"([^"]*)"?|(\S+)/g;
const FILTER = /^([A-Za-z]+):(.+)$/s;

export function parseQuery(text: string): Query {
  const draft = new Draft();
  for (const { 1: name, 2: quoted, 3: word = '' } of text.matchAll(TOKEN)) {
    if (quoted !== undefined) draft.take(name ?? null, quoted, `${name ?? ''}:${quoted}`);
    else draft.take(...splitFilter(word), word);
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

export function roleFits({ filters: { roles } }: Query, role: Role): boolean {
  return roles.length === 0 || roles.includes(role);
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

class Draft {
  readonly #terms = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #notebooks = new Set<string>();
  readonly #roles = new Set<Role>();
  readonly #is = new Set<SessionFlag>();
  readonly #notes: string[] = [];
  #before: string | null = null;
  #after: string | null = null;

  /** `whole` is what stays a plain word when the name is no filter's. */
  take(name: string | null, value: string, whole: string): void {
    if (name === null) this.#add(this.#terms, value);
    else if (value === '' || !this.#filter(name.toLowerCase(), value)) this.#add(this.#terms, whole);
  }

  query(): Query {
    const filters = {
      tags: [...this.#tags], notebooks: [...this.#notebooks], roles: [...this.#roles],
      before: this.#before, after: this.#after, is: [...this.#is],
    };
    return { terms: [...this.#terms], filters, notes: this.#notes };
  }

  #filter(name: string, value: string): boolean {
    switch (name) {
      case 'tag':
        this.#add(this.#tags, value);
        return true;
      case 'in':
        this.#add(this.#notebooks, value);
        return true;
      case 'role':
        this.#choose(this.#roles, ROLES, 'bad_role', value);
        return true;
      case 'is':
        this.#choose(this.#is, SESSION_FLAGS, 'bad_is', value);
        return true;
      case 'before':
        this.#before = this.#day(value) ?? this.#before;
        return true;
      case 'after':
        this.#after = this.#day(value) ?? this.#after;
        return true;
      default:
        return false;
    }
  }

  #add(to: Set<string>, value: string): void {
    const folded = fold(value).trim();
    if (folded !== '') to.add(folded);
  }

  #choose<T extends string>(into: Set<T>, known: readonly T[], note: string, value: string): void {
    const chosen = known.find((one) => one === value.toLowerCase());
    if (chosen === undefined) this.#notes.push(`${note}:${value}`);
    else into.add(chosen);
  }

  #day(value: string): string | null {
    if (isDay(`${value}-01-01`.slice(0, 10)) && /^\d{4}(?:-\d{2}){0,2}$/.test(value)) return value;
    this.#notes.push(`bad_date:${value}`);
    return null;
  }
}

function splitFilter(word: string): [name: string | null, value: string] {
  const found = FILTER.exec(word);
  return found === null ? [null, word] : [found[1] ?? '', found[2] ?? ''];
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
