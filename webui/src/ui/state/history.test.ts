import { beforeEach, expect, it, vi } from 'vitest';
import { begin, begins, recordId } from '../../client/testing/scenario.ts';
import type { Vault } from '../../client/vault.ts';
import { Desk } from './desk.ts';
import { History } from './history.ts';

// Timers are the same in Node.
vi.stubGlobal('window', globalThis);
vi.mock('../../wire/limits.ts', async (actual) => ({ ...(await actual<object>()), MAX_COMMIT_ITEMS: 2 }));

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
let desk: Desk;
let history: History;
const faults: unknown[] = [];
const ids = [1, 2, 3].map((number) => begins(number).newSessionId);
beforeEach(async () => {
  faults.length = 0;
  scene = await begin();
  ({ vault } = scene);
  for (const number of [1, 2, 3]) await vault.write({ text: `text ${number}`, ...begins(number) });
  desk = new Desk(vault, {
    onFault: (error) => {
      faults.push(error);
      return String(error);
    },
    onSay: () => undefined,
  });
  history = new History(desk);
});

const shown = () => desk.view.value.sessions;

function session(id: string | undefined) {
  const found = shown().find((one) => one.id === id);
  if (found === undefined) throw new Error('no such session');
  return found;
}

it('shows what was done before a failure, and offers to undo that', async () => {
  let commits = 0;
  scene.service.before = ({ path }) => {
    if (path === '/commits' && ++commits > 1) throw new TypeError('network');
  };
  await history.change(ids, { pinned: true }, 'All are pinned.');
  scene.service.before = () => undefined;
  expect(faults).toHaveLength(1);
  expect(shown().filter(({ pinned }) => pinned)).toHaveLength(2);
  expect(desk.undos.view.value.offered?.text).toBe('It was done in part only.');
  await desk.undos.run();
  expect(shown().some(({ pinned }) => pinned)).toBe(false);
});

it.each([0, 1])('merges nothing while session %i has a text that is not saved', async (unsaved) => {
  await vault.drafts.save({ sessionId: ids[unsaved] ?? '', recordId: recordId(9), text: 'words', selection: [0, 0], scroll: 0, updatedAt: 1 });
  await history.merge(session(ids[0]), session(ids[1]));
  expect(desk.view.value.fault).toMatch(new RegExp(`“text ${unsaved + 1}” has a text that is not saved`));
  expect(shown().every(({ trashedAt }) => trashedAt === null)).toBe(true);
  await vault.drafts.remove(ids[unsaved] ?? '', recordId(9));
  await history.merge(session(ids[0]), session(ids[1]));
  expect(session(ids[1]).trashedAt).not.toBeNull();
});
