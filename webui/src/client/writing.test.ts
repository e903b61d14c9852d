/** Messages: with what they begin, what headers say of them, earlier texts, the trash, typing. */
import { beforeEach, describe, expect, it } from 'vitest';
import { unlockVault } from './opening.ts';
import { NotFoundError, UsageError, type Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, HANDLE, KNOWN, recordId, unlock } from './testing/scenario.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
const id = begins(1).newSessionId;
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
});

function shown(of = vault) {
  const session = of.sessions().find((one) => one.id === id);
  if (session === undefined) throw new Error('no such session');
  return session;
}

describe('a session that begins', () => {
  it('is what was asked for, and the prompt stands first without being its title', async () => {
    const notebookId = await vault.saveNotebook({ title: 'N', kind: 'event', notes: '', colour: null, date: null, programme: 'expressive-writing', retention: null });
    const beginning = { notebookId, phase: 2, template: 'expressive-writing', tags: ['z', 'a', 'z'], prompt: 'Write about it.' };
    await vault.write({ text: 'So it was.', ...begins(1), seconds: 61.4, beginning });
    expect(shown()).toMatchObject({
      notebookId, phase: 2, template: 'expressive-writing', tags: ['a', 'z'], title: 'So it was.', renamed: false, preview: 'So it was.', count: 2,
      days: [{ day: '2027-01-15', words: 3, seconds: 61 }],
    });
    expect(await vault.open(id)).toMatchObject([
      { role: 'system', text: 'Write about it.', position: 0, seconds: 0 }, { role: 'writer', text: 'So it was.', position: 1, seconds: 61 },
    ]);
    await vault.write({ text: 'So it was.', ...begins(1), beginning });
    expect(shown().count).toBe(2);
  });

  it.each([NaN, Infinity, -3, 0, 1e300])('takes %d seconds for none', async (seconds) => {
    await vault.write({ text: 'x', ...begins(1), seconds });
    expect(await vault.open(id)).toMatchObject([{ seconds: 0 }]);
  });

  it('is refused with what cannot be, and nothing is written', async () => {
    const { seq } = scene.service.vault;
    for (const beginning of [{ phase: 100 }, { template: 'No Name' }, { tags: [''] }, { title: ' ' }]) {
      await expect(vault.write({ text: 'x', ...begins(1), beginning })).rejects.toThrow(UsageError);
    }
    await expect(vault.write({ text: 'x', ...begins(1), beginning: { notebookId: recordId(5) } })).rejects.toThrow(NotFoundError);
    expect(scene.service.vault.seq).toBe(seq);
  });
});

describe('the days of a session', () => {
  it('count the words of each day in its zone, over several devices and days', async () => {
    await vault.write({ text: 'one two', ...begins(1), seconds: 10 });
    scene.device.clock += 24 * 3_600_000;
    await vault.write({ text: 'three', sessionId: id, recordId: recordId(2) });
    const far = new Device();
    far.clock = scene.device.clock;
    const other = await unlock({ ...far.tab(scene.service.fetch), zone: () => 'Pacific/Kiritimati' });
    await other.write({ text: 'four five six', sessionId: id, recordId: recordId(3), seconds: 5 });
    await vault.refresh();
    expect(shown().days).toEqual([{ day: '2027-01-15', words: 2, seconds: 10 }, { day: '2027-01-16', words: 4, seconds: 5 }]);
  });
});

describe('a message', () => {
  beforeEach(async () => {
    await vault.write({ text: 'first words', ...begins(1) });
    await vault.write({ text: 'last words here', sessionId: id, recordId: recordId(2) });
  });

  it('is edited, and keeps its earlier texts', async () => {
    const [, before] = await vault.open(id);
    await vault.editMessage(id, recordId(2), 'better');
    await vault.editMessage(id, recordId(2), 'best of all words');
    await vault.editMessage(id, recordId(2), 'best of all words');
    const [, message] = await vault.open(id);
    expect(message).toMatchObject({ text: 'best of all words', createdAt: before?.createdAt, editedAt: expect.any(Number) });
    expect(message?.versions.map(({ text }) => text)).toEqual(['last words here', 'better']);
    expect(message?.versions[0]?.at).toBe(before?.createdAt);
    expect(shown()).toMatchObject({ title: 'first words', preview: 'best of all words', count: 2, days: [{ words: 6 }] });
    const fresh = await unlock(new Device().tab(scene.service.fetch));
    expect(await fresh.open(id)).toEqual(await vault.open(id));
    expect(fresh.sessions()).toEqual(vault.sessions());
  });

  it('edited on two devices at once keeps all texts', async () => {
    const other = await unlock(new Device().tab(scene.service.fetch));
    await Promise.all([vault.editMessage(id, recordId(1), 'mine'), other.editMessage(id, recordId(1), 'theirs')]);
    await vault.refresh();
    const [message] = await vault.open(id);
    expect([message?.text, ...(message?.versions.map(({ text }) => text) ?? [])].sort()).toEqual(['first words', 'mine', 'theirs']);
  });

  it('goes into the trash and comes back', async () => {
    const undo = await vault.trashMessage(id, recordId(1), true);
    expect((await vault.open(id))[0]?.trashedAt).toEqual(expect.any(Number));
    expect(shown()).toMatchObject({ title: 'last words here', count: 2, days: [{ words: 3 }] });
    await (await vault.trashMessage(id, recordId(1), true))();
    expect((await vault.open(id))[0]?.trashedAt).not.toBeNull();
    await undo();
    await undo();
    expect((await vault.open(id))[0]?.trashedAt).toBeNull();
    expect(shown()).toMatchObject({ title: 'first words', days: [{ words: 5 }] });
  });

  it('that is not there is not found', async () => {
    await expect(vault.editMessage(id, recordId(9), 'x')).rejects.toThrow(NotFoundError);
    await expect(vault.editMessage(recordId(9), recordId(1), 'x')).rejects.toThrow(NotFoundError);
    await expect(vault.trashMessage(id, recordId(9), true)).rejects.toThrow(NotFoundError);
  });

  it('keeps what this client does not know of it, and shows sources and tool calls as text', async () => {
    const tab = new Device().tab(scene.service.fetch);
    const { unlocked } = await unlockVault(tab, { handle: HANDLE, secret: KNOWN }, () => undefined);
    const payload = {
      type: 'message', role: 'helper', text: 'See there.', position: 2, created_at: 1, zone: 'UTC', later: { field: [1] }, flags: ['a', 'b'],
      sources: [{ title: 'A book', page: 7, url: 'https://book.example' }], tool_calls: [{ name: 'look', input: 'x', depth: 3 }],
    };
    await unlocked.commit(async () => {
      const { header } = unlocked.session(id);
      return { containers: [{ id, header: { ...header, nextPosition: 3, extra: { later: 1 } }, records: [{ id: recordId(3), payload, before: undefined }] }] };
    });
    await vault.refresh();
    expect((await vault.open(id))[2]).toMatchObject({
      sources: [{ title: 'A book', url: 'https://book.example' }], toolCalls: [{ name: 'look', input: 'x' }], flags: ['a', 'b'],
    });
    await vault.editMessage(id, recordId(3), 'See here.');
    await vault.change([id], { pinned: true });
    await unlocked.catchUp();
    expect((await unlocked.records(id)).records.get(recordId(3))).toMatchObject({ version: 2, payload: { ...payload, text: 'See here.', edited_at: expect.any(Number) } });
    expect(unlocked.session(id).header.extra).toEqual({ later: 1 });
  });

  it('is not written into a session that is in the trash', async () => {
    await vault.change([id], { trashed: true });
    await expect(vault.write({ text: 'x', sessionId: id, recordId: recordId(5) })).rejects.toThrow(UsageError);
  });

  it('resumes a session that had ended, by itself or by the writer', async () => {
    await vault.change([id], { ended: true });
    await vault.write({ text: 'x', sessionId: id, recordId: recordId(5) });
    expect(shown()).toMatchObject({ endedAt: null, resumedAt: expect.any(Number) });
    scene.device.clock += 3_600_000;
    await vault.write({ text: 'y', sessionId: id, recordId: recordId(6) });
    expect(shown().resumedAt).toBe(shown().activeAt);
  });
});

describe('typing', () => {
  beforeEach(async () => {
    await vault.write({ text: 'words', ...begins(1) });
  });

  it('moves a session at most once a minute, and asks nothing otherwise', async () => {
    const before = shown();
    scene.service.traffic();
    await vault.touch(id);
    expect(scene.service.traffic()).toEqual([]);
    scene.device.clock += 70_000;
    await Promise.all([vault.touch(id), vault.touch(id), vault.touch(id)]);
    expect(scene.service.traffic().filter((path) => path === 'POST /commits')).toHaveLength(1);
    expect(shown()).toEqual({ ...before, activeAt: shown().activeAt });
    expect(shown().activeAt).toBeGreaterThan(before.activeAt + 60_000);
  });

  it('keeps a session from ending, and wakes none that has ended', async () => {
    for (let minute = 0; minute < 7; minute += 1) {
      scene.device.clock += 240_000;
      await vault.touch(id);
    }
    const { activeAt } = shown();
    expect(vault.now() - activeAt).toBeLessThan(60_000);
    scene.device.clock += 300_000;
    await vault.touch(id);
    expect(shown().activeAt).toBe(activeAt);
    await vault.change([id], { ended: false });
    scene.device.clock += 70_000;
    await vault.change([id], { ended: true });
    await vault.touch(id);
    expect(shown().activeAt).toBeLessThan(vault.now() - 60_000);
    await vault.touch(recordId(99));
  });

  it('goes by the minutes of the settings', async () => {
    await vault.saveSettings({ continueMinutes: 60 });
    scene.device.clock += 50 * 60_000;
    const { activeAt } = shown();
    await vault.touch(id);
    expect(shown().activeAt).toBeGreaterThan(activeAt);
  });
});
