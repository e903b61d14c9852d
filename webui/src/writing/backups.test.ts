import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../client/types.ts';
import { isBackupDue } from './backups.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const session = (createdDaysAgo: number, activeDaysAgo: number) => ({ createdAt: NOW - createdDaysAgo * DAY, activeAt: NOW - activeDaysAgo * DAY }) as SessionSummary;
const due = (sessions: SessionSummary[], backupDays: number, daysAgo: number | null) =>
  isBackupDue(sessions, { continueMinutes: 5, retention: null, backupDays }, daysAgo === null ? null : NOW - daysAgo * DAY, NOW);

describe('a backup is due', () => {
  it('so many days after the last one, when something was written since', () => {
    expect(due([session(90, 1)], 30, 30)).toBe(true);
    expect(due([session(90, 1)], 30, 29.9)).toBe(false);
    expect(due([session(90, 40)], 30, 35)).toBe(false);
  });

  it('so many days after the first session, when there was none yet', () => {
    expect(due([session(3, 1), session(30, 1)], 30, null)).toBe(true);
    expect(due([session(29, 1)], 30, null)).toBe(false);
  });

  it('never where the writer said so, and never of nothing', () => {
    expect(due([session(900, 1)], 0, null)).toBe(false);
    expect(due([], 30, null)).toBe(false);
  });
});
