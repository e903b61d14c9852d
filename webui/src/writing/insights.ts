/** What was written when, from the days that session headers carry (FORMAT §5.3). Sessions in the trash do not count. */
import type { Day, Notebook, SessionSummary } from '../client/types.ts';
import { addDays, weekday } from './days.ts';

/** Words, seconds and sessions with either. */
export interface Sum {
  readonly words: number;
  readonly seconds: number;
  readonly sessions: number;
}
export interface NotebookSum extends Sum {
  /** null for sessions that belong to none. */
  readonly notebookId: string | null;
}
export interface PhaseSum extends NotebookSum {
  readonly phase: number;
}
export interface Insights {
  /** Days with words or seconds, earliest first. */
  readonly days: readonly Day[];
  readonly total: Sum;
  /** In days with words. The current one may end yesterday: today is not over. */
  readonly streak: { readonly current: number; readonly longest: number };
  /** Most words first. */
  readonly byNotebook: readonly NotebookSum[];
  /** By notebook as above, then by phase. */
  readonly byPhase: readonly PhaseSum[];
}

/** `today` is `YYYY-MM-DD` in the writer's zone. */
export function insightsOf(
  sessions: readonly SessionSummary[], notebooks: readonly Notebook[], today: string,
): Insights {
  const known = new Set(notebooks.map(({ id }) => id));
  const days = new Map<string, Day>();
  const total = { words: 0, seconds: 0, sessions: 0 };
  const byNotebook = new Map<string | null, Writable<NotebookSum>>();
  const byPhase = new Map<string, Writable<PhaseSum>>();
  for (const session of sessions) {
    if (session.trashedAt !== null || session.days.length === 0) continue;
    const notebookId = session.notebookId !== null && known.has(session.notebookId) ? session.notebookId : null;
    const sums = [total, entry(byNotebook, notebookId, { notebookId, words: 0, seconds: 0, sessions: 0 })];
    const { phase } = session;
    if (phase !== null) {
      sums.push(entry(byPhase, `${notebookId} ${phase}`, { notebookId, phase, words: 0, seconds: 0, sessions: 0 }));
    }
    addSession(session, days, sums);
  }
  const ranked = [...byNotebook.values()].sort((a, b) => b.words - a.words || compare(a.notebookId, b.notebookId));
  const rank = new Map(ranked.map(({ notebookId }, index) => [notebookId, index]));
  const place = (sum: PhaseSum) => rank.get(sum.notebookId) ?? 0;
  const sorted = [...days.values()].sort((a, b) => compare(a.day, b.day));
  return {
    days: sorted,
    total,
    streak: streaks(sorted, today),
    byNotebook: ranked,
    byPhase: [...byPhase.values()].sort((a, b) => place(a) - place(b) || a.phase - b.phase),
  };
}

/** A day of a heat map; `level` is 0 without words, else 1 to 4 by quarters of the days written. */
export interface Cell extends Day {
  readonly level: 0 | 1 | 2 | 3 | 4;
}

/** Weeks of seven days from Monday on, the last one with `today`; days after today are left out. */
export function heatMap(days: readonly Day[], today: string, weeks: number): Cell[][] {
  const byDay = new Map(days.map((day) => [day.day, day]));
  const counts = days.map(({ words }) => words).filter((words) => words > 0).sort((a, b) => a - b);
  const first = addDays(today, -weekday(today) - 7 * (weeks - 1));
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_unused, index) => addDays(first, 7 * week + index))
      .filter((day) => day <= today)
      .map((day) => cellOf(byDay.get(day) ?? { day, words: 0, seconds: 0 }, counts)));
}

/** Sums per month `YYYY-MM`, from the first one written in to that of `today`, empty ones included. */
export function byMonth(days: readonly Day[], today: string): { month: string; words: number; seconds: number }[] {
  const sums = new Map<string, { month: string; words: number; seconds: number }>();
  const last = today.slice(0, 7);
  for (let month = days[0]?.day.slice(0, 7) ?? last; month <= last; month = addDays(`${month}-28`, 4).slice(0, 7)) {
    sums.set(month, { month, words: 0, seconds: 0 });
  }
  for (const { day, words, seconds } of days) {
    const sum = sums.get(day.slice(0, 7));
    if (sum === undefined) continue;
    sum.words += words;
    sum.seconds += seconds;
  }
  return [...sums.values()];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function addSession(session: SessionSummary, days: Map<string, Day>, sums: readonly Writable<Sum>[]): void {
  for (const { day, words, seconds } of session.days) {
    const before = days.get(day);
    days.set(day, { day, words: words + (before?.words ?? 0), seconds: seconds + (before?.seconds ?? 0) });
    for (const sum of sums) {
      sum.words += words;
      sum.seconds += seconds;
    }
  }
  for (const sum of sums) sum.sessions += 1;
}

function entry<K, V>(map: Map<K, V>, key: K, empty: V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  map.set(key, empty);
  return empty;
}

function streaks(days: readonly Day[], today: string): { current: number; longest: number } {
  let [run, longest, previous] = [0, 0, ''];
  for (const { day, words } of days) {
    if (words === 0 || day > today) continue;
    run = previous !== '' && addDays(previous, 1) === day ? run + 1 : 1;
    longest = Math.max(longest, run);
    previous = day;
  }
  const isGoing = previous === today || (previous !== '' && addDays(previous, 1) === today);
  return { current: isGoing ? run : 0, longest };
}

function cellOf(day: Day, counts: readonly number[]): Cell {
  if (day.words === 0) return { ...day, level: 0 };
  const below = counts.filter((words) => words < day.words).length;
  return { ...day, level: (1 + Math.floor((4 * below) / counts.length)) as 1 | 2 | 3 | 4 };
}

/** null last. */
function compare(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
