/** Which session goes on, and how each stands (FORMAT §5.5). Times are milliseconds by the service's clock. */
import type { SessionState, SessionSummary } from '../client/types.ts';

const MINUTE_MS = 60_000;
/** After so long without activity a session that still goes on is idle. */
const IDLE_MS = MINUTE_MS;
const GOING_ON: ReadonlySet<SessionState> = new Set(['active', 'resumed', 'idle']);

/** What the state of a session depends on. */
export type Moments = Pick<SessionSummary, 'count' | 'activeAt' | 'endedAt' | 'resumedAt' | 'archivedAt' | 'trashedAt'>;

export interface Standing {
  readonly state: SessionState;
  /** Milliseconds until it ends by itself; 0 unless it goes on. */
  readonly left: number;
}

/** `limitMinutes` is `continueMinutes` of the settings. */
export function standing(session: Moments, now: number, limitMinutes: number): Standing {
  const limit = limitMinutes * MINUTE_MS;
  const late = now - session.activeAt;
  const gap = late < 0 && late > -limit ? 0 : late;
  const state = stateOf(session, gap, limit);
  return { state, left: GOING_ON.has(state) ? limit - gap : 0 };
}

/** The session that the next message goes into; null when it begins a new one. */
export function activeSession<S extends Moments & { readonly id: string }>(
  sessions: Iterable<S>, now: number, limitMinutes: number,
): S | null {
  return latest(sessions, (session) => goesOn(standing(session, now, limitMinutes).state));
}

/** The session to show where the writer returns to a notebook; null for a notebook without one. */
export function lastOfNotebook<S extends Moments & { readonly id: string; readonly notebookId: string | null }>(
  sessions: Iterable<S>, notebookId: string,
): S | null {
  return latest(sessions, (session) => session.notebookId === notebookId && session.trashedAt === null);
}

/** The first moment after `now` at which one of them stands otherwise, or has a minute less left; null when none goes on. */
export function nextStanding(sessions: Iterable<Moments>, now: number, limitMinutes: number): number | null {
  let next: number | null = null;
  for (const session of sessions) {
    if (!goesOn(standing(session, now, limitMinutes).state)) continue;
    // Idle after a minute, ended after so many: all of its moments are whole minutes after the last activity.
    const past = Math.max(0, Math.floor((now - session.activeAt) / MINUTE_MS));
    const moment = session.activeAt + (past + 1) * MINUTE_MS;
    next = Math.min(next ?? moment, moment);
  }
  return next;
}

/** Whether the next message could still go into a session of this state. */
export function goesOn(state: SessionState): boolean {
  return GOING_ON.has(state);
}

function stateOf(session: Moments, gap: number, limit: number): SessionState {
  if (session.trashedAt !== null) return 'trashed';
  if (session.archivedAt !== null) return 'archived';
  if (session.count === 0) return 'new';
  if (session.endedAt !== null || gap >= limit || gap < 0) return 'ended';
  if (gap >= IDLE_MS) return 'idle';
  return session.resumedAt === null ? 'active' : 'resumed';
}

/** The highest `activeAt`, then the lowest id. */
function latest<S extends { readonly id: string; readonly activeAt: number }>(
  sessions: Iterable<S>, isWanted: (session: S) => boolean,
): S | null {
  let best: S | null = null;
  for (const session of sessions) {
    if (!isWanted(session)) continue;
    const isLater = best === null || session.activeAt > best.activeAt;
    if (isLater || (session.activeAt === best?.activeAt && session.id < best.id)) best = session;
  }
  return best;
}
