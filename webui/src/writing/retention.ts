/** Which sessions a retention policy is due for (FORMAT §5.3): a proposal, for the writer to look at first. */
import type { Notebook, Retention, SessionSummary, VaultSettings } from '../client/types.ts';

const DAY_MS = 86_400_000;

/** A session that is due. */
export interface Due {
  readonly sessionId: string;
  /** What the policy says, in days. */
  readonly days: number;
  /** Whole days since its last activity. */
  readonly idleDays: number;
  /** The notebook whose policy it is; null for the vault's. */
  readonly notebookId: string | null;
}

/** Each session is in one list at most: the trash goes before the archive, the archive before a reminder. */
export interface RetentionPlan {
  readonly archive: readonly Due[];
  readonly trash: readonly Due[];
  /** Archived sessions are not brought to mind again. */
  readonly remind: readonly Due[];
}

/** The longest without activity first. `now` is by the service's clock. */
export function planRetention(
  sessions: readonly SessionSummary[], notebooks: readonly Notebook[], { retention }: VaultSettings, now: number,
): RetentionPlan {
  const ofNotebook = new Map(notebooks.map((notebook) => [notebook.id, notebook.retention]));
  const plan = { archive: [] as Due[], trash: [] as Due[], remind: [] as Due[] };
  for (const session of [...sessions].sort((a, b) => a.activeAt - b.activeAt || (a.id < b.id ? -1 : 1))) {
    const own = (session.notebookId !== null && ofNotebook.get(session.notebookId)) || null;
    const policy = own ?? retention;
    if (policy === null || session.pinned || session.trashedAt !== null) continue;
    const idleDays = Math.floor((now - session.activeAt) / DAY_MS);
    const what = dueFor(policy, idleDays, session.archivedAt !== null);
    if (what === null) continue;
    const days = policy[DAYS_OF[what]] ?? 0;
    plan[what].push({ sessionId: session.id, days, idleDays, notebookId: own && session.notebookId });
  }
  return plan;
}

/** Whether there is nothing to show the writer. */
export function isNothingDue({ archive, trash, remind }: RetentionPlan): boolean {
  return archive.length + trash.length + remind.length === 0;
}

const DAYS_OF = { trash: 'trashDays', archive: 'archiveDays', remind: 'remindDays' } as const;

function dueFor(policy: Retention, idleDays: number, isArchived: boolean): keyof typeof DAYS_OF | null {
  const isDue = (days: number | null) => days !== null && idleDays >= days;
  if (isDue(policy.trashDays)) return 'trash';
  if (isArchived) return null;
  if (isDue(policy.archiveDays)) return 'archive';
  return isDue(policy.remindDays) ? 'remind' : null;
}
