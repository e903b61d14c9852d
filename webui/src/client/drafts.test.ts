import { expect, it } from 'vitest';
import { EnvelopeClass, seal, ZERO_ID } from '../core/envelope.ts';
import { draftPayload } from '../core/model.ts';
import { idBytes } from './contents.ts';
import { unlockVault } from './opening.ts';
import { begin, HANDLE, KNOWN, recordId, unlock } from './testing/scenario.ts';
import type { Draft } from './vault.ts';

const SESSION = 'ab'.repeat(16);

function draft(number: number, text: string, sessionId: string | null = null): Draft {
  const home = sessionId === null ? { sessionId, newSessionId: recordId(number + 100) } : { sessionId };
  return { ...home, recordId: recordId(number), text, selection: [1, 2], scroll: 3, updatedAt: number };
}

it('comes back as it was, after a lock too', async () => {
  const { vault, tab } = await begin();
  await vault.drafts.save(draft(1, 'half a sen'));
  await vault.drafts.save(draft(1, 'half a sentence'));
  await vault.drafts.save(draft(2, 'elsewhere', SESSION));
  await vault.lock();
  tab.close();
  const again = await unlock(tab);
  expect(await again.drafts.load(null)).toEqual(draft(1, 'half a sentence'));
  expect(await again.drafts.load(SESSION)).toEqual(draft(2, 'elsewhere', SESSION));
  expect(await again.drafts.load(recordId(9))).toBeNull();
  expect((await again.drafts.list()).map(({ text }) => text)).toEqual(['elsewhere', 'half a sentence']);
  await again.drafts.remove(null, recordId(1));
  expect(await again.drafts.load(null)).toBeNull();
});

it('keeps what the session is to be that begins with it', async () => {
  const { vault } = await begin();
  const beginning = { title: 'Given', notebookId: SESSION, phase: 2, template: 'expressive-writing', tags: ['a'], prompt: 'Why?' };
  await vault.drafts.save({ ...draft(1, 'x'), beginning });
  await vault.drafts.save({ ...draft(2, 'y'), beginning: {} });
  expect(await vault.drafts.list()).toEqual([{ ...draft(2, 'y'), beginning: {} }, { ...draft(1, 'x'), beginning }]);
});

it('keeps the last of many saves, in the order they were asked for', async () => {
  const { vault } = await begin();
  await Promise.all(Array.from({ length: 20 }, (_, n) => vault.drafts.save(draft(1, 'x'.repeat(5000 - n)))));
  expect((await vault.drafts.load(null))?.text).toHaveLength(4981);
  await Promise.all([vault.drafts.save(draft(1, 'y')), vault.drafts.remove(null, recordId(1))]);
  expect(await vault.drafts.load(null)).toBeNull();
});

it('shows what was asked for before, though it is not done yet', async () => {
  const { vault } = await begin();
  void vault.drafts.save(draft(1, 'x'));
  expect(await vault.drafts.list()).toHaveLength(1);
  void vault.drafts.remove(null, recordId(1));
  expect(await vault.drafts.load(null)).toBeNull();
});

it('gives each tab a draft of its own', async () => {
  const { vault, device, service } = await begin();
  const other = await unlock(device.tab(service.fetch));
  await vault.drafts.save(draft(1, 'here'));
  expect(await other.drafts.load(null)).toBeNull();
  await other.drafts.save(draft(2, 'there'));
  expect((await vault.drafts.load(null))?.text).toBe('here');
  await other.leave();
  expect((await vault.drafts.load(null))?.text).toBe('there');
});

it('lies sealed, and shows nothing that was written', async () => {
  const { vault, device } = await begin();
  await vault.drafts.save(draft(1, 'a needle in the store'));
  await vault.place.save({ sessionId: null, scroll: 1.5, selection: [0, 0], writing: null });
  const all = [...device.store.values].map(([key, value]) => key + JSON.stringify(value, (_, item: unknown) =>
    item instanceof Uint8Array ? new TextDecoder().decode(item) : item)).join('\n');
  expect(all).not.toContain('needle');
});

it('leaves a damaged draft alone, and shows the others', async () => {
  const { vault, device } = await begin();
  await vault.drafts.save(draft(1, 'fine'));
  await vault.drafts.save(draft(2, 'damaged'));
  const key = [...device.store.values.keys()].find((name) => name.endsWith(recordId(2))) ?? '';
  device.store.values.set(key, 'not a draft');
  expect((await vault.drafts.list()).map(({ text }) => text)).toEqual(['fine']);
  expect(device.store.values.has(key)).toBe(true);
});

it('cannot be moved to another session', async () => {
  const { vault, device } = await begin();
  await vault.drafts.save(draft(1, 'mine', SESSION));
  const [key, value] = [...device.store.values].find(([name]) => name.startsWith('draft/')) ?? ['', null];
  device.store.values.set(key, { ...(value as object), containerId: new Uint8Array(16) });
  expect(await vault.drafts.list()).toEqual([]);
});

it('is left alone, with the others shown, when it says another place or cannot be read', async () => {
  const { vault, device, service } = await begin();
  await vault.drafts.save(draft(1, 'fine'));
  const { unlocked } = await unlockVault(device.tab(service.fetch), { handle: HANDLE, secret: KNOWN }, () => undefined);
  const { keyring, vaultId } = unlocked.login;
  const good = draftPayload({ text: 'x', session: null, newSession: idBytes(SESSION), recordId: idBytes(recordId(2)), selection: [0, 0], scroll: 0, updatedAt: 9 });
  const bad = [{ ...good, session: SESSION, new_session: null }, { ...good, record_id: recordId(3) }, { ...good, selection: [0] }, { type: 'draft' }, { ...good, type: 'place' }];
  for (const [n, payload] of bad.entries()) {
    const [containerId, id] = [ZERO_ID, idBytes(recordId(2))];
    const bytes = await seal(keyring.draftKey, { cls: EnvelopeClass.DRAFT, vaultId: keyring.vaultId, containerId, recordId: id, version: 1 }, payload);
    await device.store.set(`draft/${vaultId}/${n}`, { containerId, recordId: id, envelope: bytes });
  }
  expect((await vault.drafts.list()).map(({ text }) => text)).toEqual(['fine']);
  expect(await vault.drafts.load(null)).toMatchObject({ text: 'fine' });
});

it('is kept after the server was caught lying', async () => {
  const { vault, service } = await begin();
  service.lie = (_, answer) => ({ ...(answer as object), extra: 1 });
  await expect(vault.refresh()).rejects.toThrow();
  await vault.drafts.save(draft(1, 'not lost'));
  expect((await vault.drafts.load(null))?.text).toBe('not lost');
});

it('keeps the place', async () => {
  const { vault, tab, device } = await begin();
  expect(await vault.place.load()).toBeNull();
  const place = { sessionId: SESSION, scroll: 120, selection: [5, 9], writing: { began: 1, typed: 2 } } as const;
  await vault.place.save({ ...place, scroll: 120.4 });
  const again = await unlock(tab);
  expect(await again.place.load()).toEqual(place);
  await again.place.save({ ...place, writing: null });
  expect(await again.place.load()).toEqual({ ...place, writing: null });
  device.store.values.set(`place/${vault.vaultId}`, 'damaged');
  expect(await again.place.load()).toBeNull();
});
