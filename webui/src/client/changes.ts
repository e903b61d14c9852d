/** Changes what is said of sessions: many at once, and back again (FORMAT §5.3, §5.5). */
import type { SessionHeader } from '../core/model.ts';
import { checkHelper, checkPhase, checkTags, checkTitle } from './checks.ts';
import type { Edit } from './commits.ts';
import { takenUp } from './counting.ts';
import { UnavailableError } from '../errors.ts';
import { inParts } from './parts.ts';
import type { OnProgress, SessionChange, Undo } from './types.ts';
import type { Unlocked } from './unlocked.ts';

/** Headers as they were and as they became, of those that did change. */
type Changed = Map<string, { readonly before: SessionHeader; readonly after: SessionHeader }>;

const UNDOS = new WeakMap<object, Undo>();

/** What takes back the part that was done before a change of many threw this; null where none was. */
export function undoOf(error: unknown): Undo | null {
  return (typeof error === 'object' && error !== null && UNDOS.get(error)) || null;
}

/** Does something in several commits. Where one fails, `undo` is kept for those before it. */
export async function keepingUndo(work: () => Promise<void>, undo: Undo, isAnyDone: () => boolean): Promise<Undo> {
  try {
    await work();
  } catch (error) {
    if (typeof error === 'object' && error !== null && isAnyDone()) UNDOS.set(error, undo);
    throw error;
  }
  return undo;
}

/** Throws NotFoundError for a session that is not there; then none of its part is changed. See `undoOf` for the parts before. */
export async function changeSessions(
  unlocked: Unlocked, ids: readonly string[], change: SessionChange, onProgress?: OnProgress,
): Promise<Undo> {
  const { serviceMs } = unlocked.moment();
  const done: Changed = new Map();
  const apply = changeOf(unlocked, change, serviceMs);
  const undo = () => changeHeaders(unlocked, [...done.keys()], (id, header) => restored(header, done.get(id)), new Map());
  const work = () => changeHeaders(unlocked, [...new Set(ids)], (_, header) => apply(header), done, onProgress);
  return keepingUndo(work, undo, () => done.size > 0);
}

/** Puts back, of what one change made of a header, all that nobody has changed again since. */
export function restored(header: SessionHeader, changed: { readonly before: SessionHeader; readonly after: SessionHeader } | undefined): SessionHeader {
  if (changed === undefined) return header;
  const { before, after } = changed;
  let back = header;
  for (const names of GROUPS) {
    const differs = names.some((name) => !isSame(before[name], after[name]));
    if (differs && names.every((name) => isSame(header[name], after[name]))) {
      back = { ...back, ...Object.fromEntries(names.map((name) => [name, before[name]])) };
    }
  }
  return back;
}

/** What goes back together: a session has ended or was resumed, never both, and neither without the activity then. */
const GROUPS = [
  ['title'], ['notebook'], ['phase'], ['helper'], ['tags'], ['pinned'], ['archivedAt'], ['trashedAt'],
  ['activeAt', 'endedAt', 'resumedAt'],
] as const satisfies (readonly (keyof SessionHeader)[])[];

async function changeHeaders(
  unlocked: Unlocked, ids: readonly string[], change: (id: string, header: SessionHeader) => SessionHeader, done: Changed,
  onProgress?: OnProgress,
): Promise<void> {
  await inParts(ids, async (part) => {
    let changed: Changed = new Map();
    const act = unlocked.act(async () => {
      changed = new Map(part.map((id) => {
        const { header: before } = unlocked.session(id);
        return [id, { before, after: change(id, before) }] as const;
      }).filter(([, { before, after }]) => differ(before, after)));
      const containers = [...changed].map(([id, { after }]): Edit => ({ id, header: after, records: [] }));
      return containers.length === 0 ? null : { containers };
    });
    const note = () => {
      for (const [id, headers] of changed) done.set(id, headers);
    };
    await act.catch((error: unknown) => {
      // It may have arrived. Where it has not, nothing stands as this would have left it, and undo leaves it alone.
      if (error instanceof UnavailableError) note();
      throw error;
    });
    note();
  }, onProgress);
}

/** The change as a function of one header. Everything that can be refused is refused before the first is changed. */
function changeOf(unlocked: Unlocked, change: SessionChange, now: number): (header: SessionHeader) => SessionHeader {
  const { title, notebookId, phase, helper, pinned, archived, trashed, ended } = change;
  const [added, removed] = [checkTags(change.addTags ?? []), new Set(checkTags(change.removeTags ?? []))];
  const fields: Partial<SessionHeader> = {
    ...(title !== undefined && { title: checkTitle(title) }),
    ...(notebookId !== undefined && { notebook: unlocked.root.checkNotebook(notebookId) }),
    ...(phase !== undefined && { phase: checkPhase(phase) }),
    ...(helper !== undefined && { helper: checkHelper(helper) }),
    ...(pinned !== undefined && { pinned }),
  };
  const tagsOf = (tags: readonly string[]) => checkTags([...tags, ...added].filter((tag) => !removed.has(tag)));
  return (header) => {
    const next: SessionHeader = {
      ...header,
      ...fields,
      ...(added.length + removed.size > 0 && { tags: tagsOf(header.tags) }),
      archivedAt: since(header.archivedAt, archived, now),
      trashedAt: since(header.trashedAt, trashed, now),
    };
    if (ended === undefined) return next;
    return ended ? { ...next, endedAt: since(header.endedAt, true, now), resumedAt: null } : takenUp(next, now, unlocked.root.continueMinutes);
  };
}

/** Since when something holds: as before where that is as wanted, else from now on, or no more. */
export function since(before: number | null, wanted: boolean | undefined, now: number): number | null {
  if (wanted === undefined || (before !== null) === wanted) return before;
  return wanted ? now : null;
}

function differ(a: SessionHeader, b: SessionHeader): boolean {
  return GROUPS.some((names) => names.some((name) => !isSame(a[name], b[name])));
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => item === b[index]);
  return a === b;
}
