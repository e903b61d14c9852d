/** Changes of many sessions that fail between two commits: what was done can be taken back. */
import { beforeEach, expect, it, vi } from 'vitest';
import { undoOf, UnavailableError, UsageError, type Vault } from './vault.ts';
import { begin, begins, recordId, rejection } from './testing/scenario.ts';

vi.mock('../wire/limits.ts', async (actual) => ({ ...(await actual<object>()), MAX_COMMIT_ITEMS: 3 }));

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
const ids = [1, 2, 3, 4, 5].map((number) => begins(number).newSessionId);
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
  for (const number of [1, 2, 3, 4, 5]) await vault.write({ text: `text ${number}`, ...begins(number) });
});

const pinned = () => vault.sessions().filter((session) => session.pinned).length;

/** The commits after so many fail, until all is well again. */
function failAfter(count: number, fault: () => void): void {
  let commits = 0;
  scene.service.before = ({ path }) => {
    if (path === '/commits' && ++commits > count) fault();
  };
}

const isAway = (): void => {
  throw new TypeError('network');
};

it('keeps the undo of the part that is done', async () => {
  const before = vault.sessions();
  failAfter(1, isAway);
  const error = await rejection(vault.change(ids, { pinned: true }));
  scene.service.before = () => undefined;
  expect(error).toBeInstanceOf(UnavailableError);
  expect(pinned()).toBe(3);
  const undo = undoOf(error);
  await undo?.();
  await undo?.();
  expect(vault.sessions()).toEqual(before);
});

it('takes back nothing that never arrived', async () => {
  const before = vault.sessions();
  failAfter(0, isAway);
  const error = await rejection(vault.change(ids, { pinned: true }));
  scene.service.before = () => undefined;
  await undoOf(error)?.();
  await vault.refresh();
  expect(vault.sessions()).toEqual(before);
});

it('has none where nothing was done', async () => {
  expect(undoOf(await rejection(vault.change(ids, { title: ' ' })))).toBeNull();
  expect(undoOf(new UsageError('other'))).toBeNull();
  expect(undoOf(undefined)).toBeNull();
});

it('keeps the undo of a merge that stopped halfway', async () => {
  const [into = '', from = ''] = ids;
  for (let number = 10; number < 14; number += 1) await vault.write({ text: `more ${number}`, sessionId: from, recordId: recordId(number) });
  failAfter(1, isAway);
  const error = await rejection(vault.merge(into, from));
  scene.service.before = () => undefined;
  expect((await vault.open(into)).filter(({ trashedAt }) => trashedAt === null).length).toBeGreaterThan(1);
  await undoOf(error)?.();
  expect((await vault.open(into)).filter(({ trashedAt }) => trashedAt === null)).toHaveLength(1);
  expect(vault.sessions().find(({ id }) => id === from)?.trashedAt).toBeNull();
});
