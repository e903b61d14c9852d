import { beforeEach, expect, it } from 'vitest';
import { NotFoundError, UnavailableError, UsageError, type Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, recordId, unlock } from './testing/scenario.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
const [into, from] = [begins(1).newSessionId, begins(3).newSessionId];
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
  await vault.write({ text: 'one', ...begins(1), beginning: { tags: ['a'], title: 'Kept' } });
  await vault.write({ text: 'two', sessionId: into, recordId: recordId(2) });
  await vault.write({ text: 'three', ...begins(3), seconds: 9, beginning: { tags: ['b'], prompt: 'Ask.' } });
  await vault.write({ text: 'four five', sessionId: from, recordId: recordId(4) });
  await vault.trashMessage(from, recordId(3), true);
});

const shown = (id: string, of = vault) => of.sessions().find((session) => session.id === id);
const texts = async (id: string, of = vault) => (await of.open(id)).map(({ text, trashedAt }) => (trashedAt === null ? text : `(${text})`));

it('copies all messages to the end, and puts the other session into the trash', async () => {
  await vault.merge(into, from);
  expect(await texts(into)).toEqual(['one', 'two', 'Ask.', '(three)', 'four five']);
  expect((await vault.open(into)).map(({ position }) => position)).toEqual([0, 1, 2, 3, 4]);
  expect(shown(into)).toMatchObject({ title: 'Kept', tags: ['a', 'b'], preview: 'four five', count: 5, days: [{ words: 4, seconds: 0 }] });
  expect(shown(from)).toMatchObject({ trashedAt: expect.any(Number), count: 3 });
  const fresh = await unlock(new Device().tab(scene.service.fetch));
  expect(await fresh.open(into)).toEqual(await vault.open(into));
  await vault.write({ text: 'six', sessionId: into, recordId: recordId(9) });
  expect((await texts(into)).at(-1)).toBe('six');
});

it('copies nothing twice when it is done again', async () => {
  await vault.merge(into, from);
  await vault.change([from], { trashed: false });
  await vault.write({ text: 'late', sessionId: from, recordId: recordId(8) });
  await vault.merge(into, from);
  expect(await texts(into)).toEqual(['one', 'two', 'Ask.', '(three)', 'four five', 'late']);
  expect(shown(from)?.trashedAt).not.toBeNull();
});

it('is undone, and can be done again after that', async () => {
  const [one, other] = [shown(into), shown(from)];
  const undo = await vault.merge(into, from);
  await undo();
  expect(await texts(into)).toEqual(['one', 'two', '(Ask.)', '(three)', '(four five)']);
  expect(shown(into)).toMatchObject({ tags: one?.tags, preview: 'two', activeAt: one?.activeAt, days: one?.days });
  expect(shown(from)).toEqual(other);
  await undo();
  await vault.merge(into, from);
  expect(await texts(into)).toEqual(['one', 'two', 'Ask.', '(three)', 'four five']);
  expect(shown(into)?.count).toBe(5);
});

it('leaves on undo the copies that were edited since', async () => {
  const undo = await vault.merge(into, from);
  const copies = (await vault.open(into)).slice(2);
  await vault.editMessage(into, copies[2]?.id ?? '', 'four five, better');
  await undo();
  expect(await texts(into)).toEqual(['one', 'two', '(Ask.)', '(three)', 'four five, better']);
  expect(shown(from)?.trashedAt).toBeNull();
  expect(shown(into)?.preview).toBe('four five, better');
});

it('takes back the copies of what had been edited before', async () => {
  await vault.editMessage(from, recordId(4), 'four, five');
  const undo = await vault.merge(into, from);
  await undo();
  expect(await texts(into)).toEqual(['one', 'two', '(Ask.)', '(three)', '(four, five)']);
});

it('goes on where it was cut off', async () => {
  for (let n = 0; n < 4; n += 1) await vault.write({ text: `${n}`.repeat(1_900_000), sessionId: from, recordId: recordId(30 + n) });
  let commits = 0;
  scene.service.before = ({ path }) => {
    if (path === '/commits' && ++commits >= 2) throw new TypeError('network');
  };
  await expect(vault.merge(into, from)).rejects.toThrow(UnavailableError);
  scene.service.before = () => undefined;
  expect(shown(from)?.trashedAt).toBeNull();
  const before = shown(into)?.count ?? 0;
  expect(before).toBeGreaterThan(2);
  await vault.merge(into, from);
  expect((await texts(into)).map((text) => text.slice(0, 9))).toEqual(['one', 'two', 'Ask.', '(three)', 'four five', ...['0', '1', '2', '3'].map((n) => n.repeat(9))]);
  expect(shown(from)?.trashedAt).not.toBeNull();
}, 60_000);

it('copies what another device writes while it goes on', async () => {
  const other = await unlock(new Device().tab(scene.service.fetch));
  let isOn = true;
  scene.service.before = async ({ path }) => {
    if (path !== '/commits' || !isOn) return;
    isOn = false;
    await other.write({ text: 'late', sessionId: from, recordId: recordId(21) });
  };
  await vault.merge(into, from);
  expect(await texts(into)).toEqual(['one', 'two', 'Ask.', '(three)', 'four five', 'late']);
  expect(shown(from)?.trashedAt).not.toBeNull();
});

it('loses nothing that another device writes into both meanwhile', async () => {
  const other = await unlock(new Device().tab(scene.service.fetch));
  await Promise.all([
    vault.merge(into, from),
    other.write({ text: 'there', sessionId: into, recordId: recordId(20) }),
    other.write({ text: 'and there', sessionId: from, recordId: recordId(21) }).catch((error: unknown) => error),
  ]);
  await vault.refresh();
  const all = [...(await texts(into)), ...(await texts(from))];
  for (const text of ['one', 'two', 'four five', 'there']) expect(all).toContain(text);
});

it('takes as many commits as the texts ask for', async () => {
  for (let n = 0; n < 4; n += 1) await vault.write({ text: `${n}`.repeat(1_900_000), sessionId: from, recordId: recordId(30 + n) });
  const { seq } = scene.service.vault;
  const progress: (readonly number[])[] = [];
  await vault.merge(into, from, (...at) => progress.push(at));
  expect(scene.service.vault.seq).toBeGreaterThan(seq + 1);
  expect(progress.at(-1)).toEqual([7, 7]);
  expect((await vault.open(into)).slice(5).map(({ text }) => text[0])).toEqual(['0', '1', '2', '3']);
}, 60_000);

it('is of two sessions that are there, into one that is not in the trash', async () => {
  await expect(vault.merge(into, into)).rejects.toThrow(UsageError);
  await expect(vault.merge(into, recordId(99))).rejects.toThrow(NotFoundError);
  await expect(vault.merge(recordId(99), into)).rejects.toThrow(NotFoundError);
  await vault.change([into], { trashed: true });
  await expect(vault.merge(into, from)).rejects.toThrow(UsageError);
});
