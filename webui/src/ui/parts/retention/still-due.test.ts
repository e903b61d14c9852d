import { expect, it } from 'vitest';
import type { Due } from '../../../writing/retention.ts';
import { stillDue } from './still-due.ts';

const due = (...ids: string[]): Due[] => ids.map((sessionId) => ({ sessionId, days: 30, idleDays: 31, notebookId: null }));

it('is what was chosen and is due for the same now, and says how many are not', () => {
  const now = { archive: due('a', 'other', 'moved'), trash: due('t', 'left out'), remind: due('r') };
  expect(stillDue({ archive: ['a', 'r', 'gone'], trash: ['t', 'moved'] }, now)).toEqual({ archive: ['a'], trash: ['t'], left: 3 });
});

it('leaves nothing out where nothing has changed', () => {
  expect(stillDue({ archive: ['a'], trash: ['t'] }, { archive: due('a'), trash: due('t'), remind: [] })).toEqual({ archive: ['a'], trash: ['t'], left: 0 });
});
