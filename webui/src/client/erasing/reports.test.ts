/** Which reports of imports go with what is erased. */
import { expect, it } from 'vitest';
import type { Payload } from '../../core/canonical.ts';
import { emptySession, plainMessage } from '../../core/model.ts';
import { tellsOf } from './reports.ts';

const RUN = 'ab'.repeat(16);
const NOTHING = { sessions: [], shelved: [], messages: [], edited: [] };
const report = (payload: Payload, recordId = RUN) => ({ recordId, version: 1, element: 0n, payload: { type: 'report', ...payload } });
const session = (title: string, extra: Payload = {}) =>
  ({ id: '1'.repeat(32), header: { ...emptySession(1, 'UTC'), title, extra } }) as unknown as Parameters<typeof tellsOf>[0]['sessions'][number];
const message = (text: string) => plainMessage({ role: 'writer', text, position: 0, createdAt: 1, zone: 'UTC' });

it('takes the report of the import that a session came with', () => {
  const tells = tellsOf({ ...NOTHING, sessions: [session('Any', { imported: { run: RUN } })] });
  expect([tells(report({ items: [] })), tells(report({ items: [] }, 'cd'.repeat(16)))]).toEqual([true, false]);
});

it('takes those that name what goes, by title or by its first words', () => {
  const items = [{ kind: 'session', name: 'Garlic', outcome: 'skipped', reason: '' }];
  expect(tellsOf({ ...NOTHING, sessions: [session('Garlic')] })(report({ items }))).toBe(true);
  expect(tellsOf({ ...NOTHING, sessions: [session('Compost')] })(report({ items }))).toBe(false);
  expect(tellsOf({ ...NOTHING, messages: [message('Garlic')] })(report({ items }))).toBe(true);
  const doubts = [{ doubt: 'time', count: 1, examples: ['Garlic: no time'] }];
  expect(tellsOf({ ...NOTHING, sessions: [session('Garlic')] })(report({ doubts }))).toBe(true);
});

it('takes nothing else, and minds no report of another form', () => {
  const tells = tellsOf({ ...NOTHING, sessions: [session('Garlic')] });
  expect(tells({ ...report({}), payload: { type: 'settings', items: [{ name: 'Garlic' }] } })).toBe(false);
  expect(tells(report({ items: 'Garlic', doubts: [null, { examples: 3 }] }))).toBe(false);
});
