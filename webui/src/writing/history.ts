/** The history as a list: which sessions, in which groups, and which rows of it are on the screen. */
import type { SessionSummary } from '../client/types.ts';
import { dayOf, shownTime } from './days.ts';

/** `open` is what is neither archived nor in the trash. */
export type Shelf = 'open' | 'archived' | 'trash';

/** What is left out does not matter. */
export interface HistoryFilter {
  readonly shelf: Shelf;
  /** null: those of no notebook. */
  readonly notebookId?: string | null;
  readonly phase?: number;
  readonly helper?: string;
  readonly tag?: string;
  /** `YYYY-MM-DD`: written on that day. */
  readonly day?: string;
}

export type Row =
  /** `day` is that of the last activity, in the writer's zone now. */
  | { readonly kind: 'group'; readonly key: string; readonly day: string | 'pinned'; readonly size: number }
  | { readonly kind: 'session'; readonly key: string; readonly session: SessionSummary };

/** Pinned sessions first (on the open shelf), then by day, latest first. */
export function rowsOf(sessions: readonly SessionSummary[], filter: HistoryFilter, zone: string): Row[] {
  const groups = new Map<string, SessionSummary[]>([['pinned', []]]);
  for (const session of sessionsFor(sessions, filter)) {
    const name = session.pinned && filter.shelf === 'open' ? 'pinned' : dayOf(shownTime(session.activeAt), zone);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [session]);
    else group.push(session);
  }
  const rows: Row[] = [];
  for (const [day, members] of groups) {
    if (members.length > 0) rows.push({ kind: 'group', key: day, day, size: members.length });
    for (const session of members) rows.push({ kind: 'session', key: session.id, session });
  }
  return rows;
}

/** Latest activity first, then by id. */
export function sessionsFor(sessions: readonly SessionSummary[], filter: HistoryFilter): SessionSummary[] {
  return sessions.filter((session) => fits(session, filter)).sort((a, b) => b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1));
}

export function shelfOf({ trashedAt, archivedAt }: SessionSummary): Shelf {
  if (trashedAt !== null) return 'trash';
  return archivedAt === null ? 'open' : 'archived';
}

/** What there is to filter by on a shelf, each with its number of sessions. */
export interface Facets {
  readonly notebooks: ReadonlyMap<string | null, number>;
  readonly phases: ReadonlyMap<number, number>;
  readonly helpers: ReadonlyMap<string, number>;
  readonly tags: ReadonlyMap<string, number>;
  /** Days written. */
  readonly days: ReadonlyMap<string, number>;
}

export function facetsOf(sessions: readonly SessionSummary[], shelf: Shelf): Facets {
  const shown = sessions.filter((session) => shelfOf(session) === shelf);
  return {
    notebooks: counted(shown.map(({ notebookId }) => notebookId)),
    phases: counted(shown.flatMap(({ phase }) => phase ?? [])),
    helpers: counted(shown.flatMap(({ helper }) => helper ?? [])),
    tags: counted(shown.flatMap(({ tags }) => tags)),
    days: counted(shown.flatMap(({ days }) => days.map(({ day }) => day))),
  };
}

/** Heights in pixels. */
export interface Heights {
  readonly group: number;
  readonly session: number;
}

/** Where each row begins; `tops` has one more than there are rows, the height of all. */
export interface Layout {
  readonly tops: Float64Array;
  readonly height: number;
}

export function layoutOf(rows: readonly Row[], heights: Heights): Layout {
  const tops = new Float64Array(rows.length + 1);
  let top = 0;
  rows.forEach(({ kind }, index) => {
    tops[index] = top;
    top += heights[kind];
  });
  tops[rows.length] = top;
  return { tops, height: top };
}

/** The rows, `from` included and `to` not, that lie between two heights, and `spare` more on either side. */
export function rowsBetween({ tops }: Layout, top: number, bottom: number, spare: number): { from: number; to: number } {
  const last = tops.length - 1;
  if (last === 0) return { from: 0, to: 0 };
  const from = rowAt(tops, top);
  const to = rowAt(tops, bottom) + 1;
  return { from: Math.max(0, from - spare), to: Math.min(last, to + spare) };
}

/** The last row that begins at or above a height. */
function rowAt(tops: Float64Array, height: number): number {
  let [low, high] = [0, Math.max(0, tops.length - 2)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((tops[middle] ?? 0) <= height) low = middle;
    else high = middle - 1;
  }
  return low;
}

function fits(session: SessionSummary, { shelf, notebookId, phase, helper, tag, day }: HistoryFilter): boolean {
  return shelfOf(session) === shelf
    && (notebookId === undefined || session.notebookId === notebookId)
    && (phase === undefined || session.phase === phase)
    && (helper === undefined || session.helper === helper)
    && (tag === undefined || session.tags.includes(tag))
    && (day === undefined || session.days.some((one) => one.day === day));
}

function counted<K>(values: readonly K[]): Map<K, number> {
  const counts = new Map<K, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
