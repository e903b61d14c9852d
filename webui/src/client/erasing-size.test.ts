/** More than one order carries, with bounds low enough to reach. */
import { expect, it, vi } from 'vitest';
import { UsageError } from '../errors.ts';
import { begin, begins, KNOWN, recordId, rejection } from './testing/scenario.ts';

/** Head, signature and the like; and a container with a new key, whose header is of the least size. */
const [OTHERS, ONE] = [64 * 1024, 208 + 4 * Math.ceil(541 / 3)];
const bounds = vi.hoisted(() => ({ body: 8 * 1024 * 1024, items: 100_000 }));
vi.mock('../wire/limits.ts', async (actual) => {
  const real = await actual<object>();
  const low = { get MAX_BODY_BYTES() { return bounds.body; }, get MAX_SCOPE_ITEMS() { return bounds.items; } };
  return Object.defineProperties({ ...real }, Object.getOwnPropertyDescriptors(low));
});

it('is refused before anything is sent, and what one order just carries is sent in few requests', async () => {
  const { vault, service } = await begin();
  for (const number of [1, 2]) {
    const { sessionId } = await vault.write({ text: 'stays', ...begins(10 * number) });
    for (const [index, text] of ['stays too', 'goes'].entries()) await vault.write({ text, sessionId, recordId: recordId(10 * number + index + 1) });
    await vault.trashMessage(sessionId, recordId(10 * number + 2), true);
  }
  const asked: string[] = [];
  let order = 0;
  service.before = ({ method, path, body }) => {
    if (method === 'POST' && path.startsWith('/erasures')) asked.push(path.replace(/[0-9a-f]{32}/, 'id'));
    if (path.endsWith('/confirm')) order = JSON.stringify(body).length;
  };
  const plan = () => vault.planErasure({ kind: 'trash' }, new AbortController().signal);
  for (const low of [{ body: OTHERS + 2 * ONE - 1 }, { items: 1 }]) {
    const usual = { ...bounds };
    Object.assign(bounds, low);
    const refused = await rejection(plan());
    Object.assign(bounds, usual);
    expect(refused).toBeInstanceOf(UsageError);
    expect(asked).toEqual([]);
  }
  Object.assign(bounds, { body: OTHERS + 2 * ONE, items: 2 });
  const planned = await plan();
  expect(planned.counts).toMatchObject({ rekeyed: 2, resealed: 4 });
  await vault.orderErasure(planned, await vault.authorise(KNOWN));
  expect(asked).toEqual(['/erasures', '/erasures/id/records', '/erasures/id/confirm']);
  expect(order).toBeGreaterThan(2 * (ONE - 32));
  expect(order).toBeLessThanOrEqual(bounds.body);
});
