import { expect, it, vi } from 'vitest';
import { begin, begins, KNOWN, recordId, soon, unlock } from './testing/scenario.ts';
import { newId, type FormDraft, type FormOf, type Vault } from './vault.ts';

const ALL = (): boolean => true;
const MESSAGE = { kind: 'message', sessionId: recordId(7), id: recordId(8) } as const;

function draft(number: number, of: FormOf, mine = `mine ${number}`): FormDraft {
  return { id: recordId(number), of, base: 'as it was', mine, updatedAt: number };
}

async function firstMessage(vault: Vault): Promise<Extract<FormOf, { kind: 'message' }>> {
  const { sessionId } = await vault.write({ ...begins(1), text: 'first' });
  const [message] = await vault.open(sessionId);
  return { kind: 'message', sessionId, id: message?.id ?? '' };
}

it('comes back as it was, after a lock too, and is gone when it was removed', async () => {
  const { vault, tab } = await begin();
  const drafts = [draft(4, { kind: 'template', id: null }), draft(3, { kind: 'notebook', id: recordId(9) }), draft(2, MESSAGE)];
  for (const each of drafts) await vault.forms.save(each);
  await vault.forms.save(draft(2, MESSAGE, 'mine, and later'));
  await vault.lock();
  tab.close();
  const again = await unlock(tab);
  expect(await again.forms.take(ALL)).toEqual([...drafts.slice(0, 2), draft(2, MESSAGE, 'mine, and later')]);
  await again.forms.remove(draft(2, MESSAGE));
  expect(await again.forms.take(({ kind }) => kind === 'message')).toEqual([]);
});

it('belongs to one tab, and is no draft of a session', async () => {
  const { vault, device, service } = await begin();
  const other = await unlock(device.tab(service.fetch));
  await vault.forms.save(draft(1, MESSAGE));
  expect(await other.forms.take(ALL)).toEqual([]);
  expect(await other.forms.list()).toHaveLength(1);
  expect(await vault.drafts.list()).toEqual([]);
  await vault.leave();
  expect(await other.forms.take(ALL)).toHaveLength(1);
});

it('is nobody’s after the lock, though it was still being kept then', async () => {
  const { vault, tab, device } = await begin();
  const { promise: written, resolve } = Promise.withResolvers<void>();
  const set = device.store.set.bind(device.store);
  vi.spyOn(device.store, 'set').mockImplementationOnce(async (key, value) => {
    await set(key, value);
    await written;
  });
  const saved = vault.forms.save(draft(1, MESSAGE));
  await soon(() => expect(device.store.set).toHaveBeenCalled());
  await vault.lock();
  resolve();
  await saved;
  expect(await (await unlock(tab)).forms.take(ALL)).toHaveLength(1);
});

it('lies sealed, and is no form of another session when it is moved', async () => {
  const { vault, device } = await begin();
  await vault.forms.save(draft(1, MESSAGE, 'a needle in the store'));
  const [key, value] = [...device.store.values].find(([name]) => name.startsWith('draft/')) ?? ['', null];
  const bytes = Object.values(value as object).map((item) => new TextDecoder('latin1').decode(item as Uint8Array)).join();
  expect(key + bytes).not.toContain('needle');
  expect(bytes.length).toBeGreaterThan(500);
  device.store.values.set(key, { ...(value as object), containerId: new Uint8Array(16) });
  expect(await vault.forms.list()).toEqual([]);
});

it('goes with its session, and with its vault', async () => {
  const { vault, device } = await begin();
  const of = await firstMessage(vault);
  const kept = (): string[] => [...device.store.values.keys()].filter((key) => key.startsWith('draft/'));
  await vault.forms.save(draft(1, of));
  await vault.forms.save(draft(3, { kind: 'session', sessionId: of.sessionId, id: null }));
  expect((await vault.forms.list()).map((each) => each.of.kind)).toContain('session');
  await vault.forms.save(draft(2, { kind: 'notebook', id: null }));
  const signal = new AbortController().signal;
  const sessions = await vault.planErasure({ kind: 'sessions', ids: [of.sessionId] }, signal);
  await vault.orderErasure(sessions, await vault.authorise(KNOWN));
  expect((await vault.forms.list()).map(({ id }) => id)).toEqual([recordId(2)]);
  const everything = await vault.planErasure({ kind: 'everything' }, signal);
  await vault.orderErasure(everything, await vault.authorise(KNOWN));
  expect(kept()).toEqual([]);
});

it('knows whether what it is of was erased', async () => {
  const { vault } = await begin();
  const of = await firstMessage(vault);
  const id = await vault.saveNotebook({ title: 'N', kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null });
  const from = { kind: 'session', sessionId: of.sessionId, id: null } as const;
  const there = [from, { ...from, sessionId: newId() }, of, { ...of, id: newId() }, { ...of, sessionId: newId() }, { kind: 'notebook', id }, { kind: 'template', id }, { kind: 'notebook', id: null }] as const;
  const known = await Promise.all(there.map((each) => vault.forms.isThere(each)));
  expect(known).toEqual([true, false, true, false, false, true, false, true]);
  await vault.changeNotebook(id, { trashed: true });
  expect(await vault.forms.isThere({ kind: 'notebook', id })).toBe(true);
});

it('reads a session once to know that, and again only when something of it was erased', async () => {
  const { vault, service, device } = await begin();
  const of = await firstMessage(vault);
  const { sessionId } = await vault.write({ ...begins(20), text: 'of another session' });
  await vault.open(sessionId);
  const other = await unlock(device.tab(service.fetch));
  await other.write({ sessionId: of.sessionId, recordId: recordId(60), text: 'second' });
  const reads = (): number => service.asked.filter(({ path }) => path === `/containers/${of.sessionId}/records`).length;
  const gone = { ...of, id: newId() };
  const known = (): Promise<boolean[]> => Promise.all([of, { ...of, sessionId, id: newId() }, gone].map((each) => vault.forms.isThere(each)));
  await vault.refresh();
  const before = reads();
  for (let n = 0; n < 3; n += 1) expect(await known()).toEqual([true, false, false]);
  expect(reads() - before).toBe(1);
  await other.write({ sessionId: of.sessionId, recordId: recordId(61), text: 'third' });
  await vault.refresh();
  expect(await vault.forms.isThere(of)).toBe(true);
  expect(reads() - before).toBe(1);
  const plan = await other.planErasure({ kind: 'messages', sessionId: of.sessionId, ids: [of.id] }, new AbortController().signal);
  await other.orderErasure(plan, await other.authorise(KNOWN));
  await vault.refresh();
  expect(await known()).toEqual([false, false, false]);
});
