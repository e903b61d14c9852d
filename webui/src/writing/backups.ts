/** When the writer is to be reminded of a backup. */
import type { SessionSummary, VaultSettings } from '../client/types.ts';

const DAY = 86_400_000;

/**
 * Whether another backup is due: so many days after the last one, or after the first session began, and only when something
 * was written that it does not have. Times are milliseconds by the service's clock.
 */
export function isBackupDue(sessions: readonly SessionSummary[], { backupDays }: VaultSettings, backupAt: number | null, now: number): boolean {
  if (backupDays === 0 || !sessions.some(({ activeAt }) => activeAt > (backupAt ?? -Infinity))) return false;
  const since = backupAt ?? sessions.reduce((first, { createdAt }) => Math.min(first, createdAt), Infinity);
  return now - since >= backupDays * DAY;
}
