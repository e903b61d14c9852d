/** What the writer chooses to take out, as a selection. */
import type { SessionSummary } from '../../../client/vault.ts';
import { takes } from '../../../transfer/collect.ts';
import { ALL, isAll, type Selection } from '../../../transfer/document.ts';

/** Days are `YYYY-MM-DD` in the zone of this device, both taken; '' for none. */
export interface Scoped {
  readonly notebook: string | null;
  readonly from: string;
  readonly to: string;
}

export const ALL_OF_IT: Scoped = { notebook: null, from: '', to: '' };

/** `chosen` are sessions chosen elsewhere, taken whatever else is said. */
export function selectionOf({ notebook, from, to }: Scoped, chosen: readonly SessionSummary[] | null): Selection {
  if (chosen !== null) return { ...ALL, sessions: chosen.map(({ id }) => id) };
  return { ...ALL, notebook, since: startOf(from, 0), until: startOf(to, 1) };
}

/** Why nothing can be made of this choice, or null. */
export function scopeProblem({ from, to }: Scoped, selection: Selection, sessions: readonly SessionSummary[]): string | null {
  if (from !== '' && to !== '' && from > to) return 'The first day is after the last one. Change one of them.';
  if (isAll(selection) || sessions.some((session) => takes(selection, session))) return null;
  return 'No session is among what is chosen. Choose another notebook or other days.';
}

/** When a day begins here, or so many days later; null for no day. */
function startOf(day: string, later: number): number | null {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  return new Date(year, month - 1, date + later).getTime();
}
