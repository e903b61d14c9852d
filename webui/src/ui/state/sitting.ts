/** The five-minute rule as the page applies it (FORMAT §5.5). Times are milliseconds by the service's clock. */
import type { SessionSummary, Writing } from '../../client/vault.ts';
import { activeSession, goesOn, standing } from '../../writing/activity.ts';

/** Where an unsaved text stands. */
export interface Standpoint {
  /** null: in a session that has not begun. */
  readonly sessionId: string | null;
  /** The writer asked for a new session, rather than that the page opened on one. */
  readonly isChosen: boolean;
}

export type Target =
  | { readonly kind: 'stay' }
  | { readonly kind: 'session'; readonly sessionId: string }
  /** A new session, in this notebook. */
  | { readonly kind: 'new'; readonly notebookId: string | null };

/**
 * Where a text goes when it is saved. It stays in a session that goes on. From one that has ended it goes to the active
 * session, if that is of the same notebook (another device has begun it meanwhile), else into a new one.
 */
export function targetOf({ sessionId, isChosen }: Standpoint, sessions: readonly SessionSummary[], now: number, limitMinutes: number): Target {
  const here = sessions.find(({ id }) => id === sessionId);
  if (isChosen || (sessionId !== null && here === undefined)) return { kind: 'stay' };
  if (here !== undefined && isOpenFor(here, now, limitMinutes)) return { kind: 'stay' };
  const notebookId = here?.notebookId ?? null;
  const active = activeSession(sessions, now, limitMinutes);
  if (active !== null && active.notebookId === notebookId) return { kind: 'session', sessionId: active.id };
  return here === undefined ? { kind: 'stay' } : { kind: 'new', notebookId };
}

function isOpenFor(session: SessionSummary, now: number, limitMinutes: number): boolean {
  const { state } = standing(session, now, limitMinutes);
  return state === 'new' || goesOn(state);
}

/** Whether writing that was broken off goes on: after as long as ends a session, the writer begins anew. By one clock. */
export function writingGoesOn({ typed }: Writing, now: number, limitMinutes: number): boolean {
  return Math.abs(now - typed) < limitMinutes * 60_000;
}
