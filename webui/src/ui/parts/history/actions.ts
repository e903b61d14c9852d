import type { SessionChange, SessionSummary } from '../../../client/vault.ts';
import { goesOn } from '../../../writing/activity.ts';
import { quoted, type History } from '../../state/history.ts';

/** Something that can be done to one session or to several. */
export interface Action {
  readonly label: string;
  readonly run: () => void;
  /** A line stands between actions of different groups. */
  readonly group: number;
  /** As `aria-keyshortcuts` names it. */
  readonly key?: string;
}

/** What there is to do with these sessions, at least one. */
export function actionsFor(history: History, sessions: readonly SessionSummary[]): Action[] {
  const [only, second] = sessions;
  if (only === undefined) return [];
  const isOne = second === undefined;
  const ids = sessions.map(({ id }) => id);
  const ask = (question: Parameters<History['ask']>[0]) => () => history.ask(question, ids);
  const taking: Action = { label: 'Export…', group: 2, run: ask('export') };
  if (sessions.every(({ trashedAt }) => trashedAt !== null)) return [taking, ...(isOne ? [selectIt(history, only)] : []), trashing(history, sessions), erasing(history, ids)];
  const actions: Action[] = [];
  if (isOne) actions.push({ label: 'Rename…', group: 0, key: 'F2', run: ask('rename') });
  actions.push(
    pinning(history, sessions),
    { label: 'Tags…', group: 0, run: ask('tags') },
    { label: 'Move to a notebook…', group: 0, run: ask('move') },
    { label: 'Phase and helper…', group: 0, run: ask('details') },
    ...sitting(history, sessions),
    archiving(history, sessions),
  );
  if (isOne) {
    actions.push({ label: 'Save as a template…', group: 2, run: () => history.desk.fill({ kind: 'session', sessionId: only.id, id: null }) });
    actions.push({ label: 'Merge with another…', group: 2, run: () => history.select(ids) }, selectIt(history, only));
  } else if (sessions.length === 2) {
    actions.push({ label: 'Merge the two', group: 2, run: () => void history.merge(only, second) });
  }
  return [...actions, taking, trashing(history, sessions), erasing(history, ids)];
}

export function pinning(history: History, sessions: readonly SessionSummary[]): Action {
  const undo = sessions.every(({ pinned }) => pinned);
  return { label: undo ? 'Unpin' : 'Pin', group: 0, run: changing(history, sessions, { pinned: !undo }, undo ? 'no longer pinned' : 'pinned') };
}

export function archiving(history: History, sessions: readonly SessionSummary[]): Action {
  const undo = sessions.every(({ archivedAt }) => archivedAt !== null);
  const run = changing(history, sessions, { archived: !undo }, undo ? 'out of the archive' : 'archived');
  return { label: undo ? 'Take out of the archive' : 'Archive', group: 1, run };
}

/** Into the trash and out of it. Nothing is erased, so nothing is asked. */
export function trashing(history: History, sessions: readonly SessionSummary[]): Action {
  const undo = sessions.every(({ trashedAt }) => trashedAt !== null);
  const run = changing(history, sessions, { trashed: !undo }, undo ? 'restored' : 'in the trash. Nothing is erased');
  return undo ? { label: 'Restore', group: 3, run } : { label: 'Move to the trash', group: 3, key: 'Delete', run };
}

/** Asks, step by step. */
function erasing({ desk }: History, ids: readonly string[]): Action {
  return { label: 'Nuke…', group: 3, run: () => desk.nuke({ kind: 'sessions', ids }) };
}

function sitting(history: History, sessions: readonly SessionSummary[]): Action[] {
  const standings = sessions.map((session) => history.desk.standing(session).state);
  if (standings.some(goesOn)) return [{ label: 'End', group: 1, run: changing(history, sessions, { ended: true }, 'ended') }];
  if (sessions.length > 1 || standings[0] !== 'ended') return [];
  return [{ label: 'Resume', group: 1, run: changing(history, sessions, { ended: false }, 'resumed') }];
}

function selectIt(history: History, { id }: SessionSummary): Action {
  return { label: 'Select', group: 2, run: () => history.toggle(id) };
}

/** `now` ends a sentence that begins with what is changed. */
export function changing(history: History, sessions: readonly SessionSummary[], change: SessionChange, now: string): () => void {
  const [only] = sessions;
  return () => {
    if (only === undefined) return;
    const what = sessions.length === 1 ? `${quoted(only)} is` : `${sessions.length.toLocaleString()} sessions are`;
    const text = `${what} ${now}.`;
    void history.change(sessions.map(({ id }) => id), change, text.charAt(0).toUpperCase() + text.slice(1));
  };
}
