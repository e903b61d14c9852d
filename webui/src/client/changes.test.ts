/** Changes to sessions, one and many, and what undo puts back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { NotFoundError, UsageError, type SessionChange, type Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, recordId, unlock } from './testing/scenario.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let id: string;
beforeEach(async () => {
  scene = await begin();
  ({ sessionId: id } = await scene.vault.write({ text: 'words', ...begins(1) }));
});

const journal = { title: 'J', kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null } as const;

function shown(vault: Vault, sessionId = id) {
  const session = vault.sessions().find((one) => one.id === sessionId);
  if (session === undefined) throw new Error('no such session');
  return session;
}

describe('a change', () => {
  it('sets, takes away and undoes each field', async () => {
    const { vault } = scene;
    const notebookId = await vault.saveNotebook(journal);
    const before = shown(vault);
    const change: SessionChange = {
      title: 'T', notebookId, phase: 3, helper: 'Ada', addTags: ['b', 'a', '\u{1F600}', '\uFFFD'], pinned: true, archived: true, trashed: true,
    };
    const undo = await vault.change([id], change);
    expect(shown(vault)).toMatchObject({
      title: 'T', renamed: true, notebookId, phase: 3, helper: 'Ada', tags: ['a', 'b', '\uFFFD', '\u{1F600}'], pinned: true,
      archivedAt: expect.any(Number), trashedAt: expect.any(Number), updatedAt: before.updatedAt, activeAt: before.activeAt,
    });
    const fresh = await unlock(new Device().tab(scene.service.fetch));
    expect(fresh.sessions()).toEqual(vault.sessions());
    await undo();
    expect(shown(vault)).toEqual(before);
    await undo();
    expect(shown(vault)).toEqual(before);
  });

  it('says nothing twice: what is so already makes no commit', async () => {
    const { vault, service } = scene;
    await vault.change([id], { archived: true, addTags: ['a'] });
    const { seq } = service.vault;
    await vault.change([id], { archived: true, addTags: ['a'], removeTags: ['b'], title: null, pinned: false });
    expect(service.vault.seq).toBe(seq);
  });

  it('ends and resumes, and goes back to how it stood', async () => {
    const { vault } = scene;
    const undoEnd = await vault.change([id], { ended: true });
    const ended = shown(vault);
    expect(ended).toMatchObject({ endedAt: expect.any(Number), resumedAt: null });
    const undoResume = await vault.change([id], { ended: false });
    expect(shown(vault)).toMatchObject({ endedAt: null, resumedAt: expect.any(Number) });
    expect(shown(vault).activeAt).toBe(shown(vault).resumedAt);
    await undoEnd();
    expect(shown(vault).resumedAt).not.toBeNull();
    await undoResume();
    expect(shown(vault)).toEqual(ended);
  });

  it('leaves alone on undo what somebody changed again', async () => {
    const { vault, service } = scene;
    const undo = await vault.change([id], { title: 'mine', pinned: true });
    const other = await unlock(new Device().tab(service.fetch));
    await other.change([id], { title: 'theirs' });
    await undo();
    expect(shown(vault)).toMatchObject({ title: 'theirs', pinned: false });
  });

  it('keeps both when two devices change and write at once', async () => {
    const { vault, service } = scene;
    const other = await unlock(new Device().tab(service.fetch));
    await Promise.all([
      vault.change([id], { addTags: ['here'], pinned: true }),
      other.change([id], { addTags: ['there'] }),
      other.write({ text: 'more', sessionId: id, recordId: recordId(7) }),
      vault.write({ text: 'and more', sessionId: id, recordId: recordId(8) }),
    ]);
    await vault.refresh();
    await other.refresh();
    expect(shown(vault)).toMatchObject({ tags: ['here', 'there'], pinned: true, count: 3 });
    expect(other.sessions()).toEqual(vault.sessions());
  });

  it.each<[string, SessionChange]>([
    ['a title too long', { title: 'x'.repeat(201) }], ['a blank title', { title: ' ' }], ['phase 0', { phase: 0 }], ['phase 1.5', { phase: 1.5 }],
    ['phase 100', { phase: 100 }], ['an empty tag', { addTags: [' '] }], ['a tag too long', { addTags: ['x'.repeat(51)] }],
    ['too many tags', { addTags: Array.from({ length: 51 }, (_, n) => `${n}`) }], ['a helper without name', { helper: '' }],
  ])('refuses %s, and asks nothing', async (_, change) => {
    scene.service.traffic();
    await expect(scene.vault.change([id], change)).rejects.toThrow(UsageError);
    expect(scene.service.traffic()).toEqual([]);
    await scene.vault.change([id], { pinned: true });
  });

  it('refuses sessions and notebooks that are not there', async () => {
    const { vault } = scene;
    await expect(vault.change([id, recordId(99)], { pinned: true })).rejects.toThrow(NotFoundError);
    await expect(vault.change([id], { notebookId: recordId(99) })).rejects.toThrow(NotFoundError);
    expect(shown(vault).pinned).toBe(false);
  });
});

describe('many', () => {
  async function some(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) ids.push((await scene.vault.write({ text: `text ${n}`, ...begins(100 + n) })).sessionId);
    return ids;
  }

  it('change in one commit, and go back in one', async () => {
    const { vault, service } = scene;
    const ids = await some(20);
    const { seq } = service.vault;
    const progress: number[] = [];
    const undo = await vault.change([...ids, ...ids], { trashed: true }, (done) => progress.push(done));
    expect(service.vault.seq).toBe(seq + 1);
    expect(progress).toEqual([20]);
    expect(vault.sessions().filter(({ trashedAt }) => trashedAt !== null)).toHaveLength(20);
    await undo();
    expect(service.vault.seq).toBe(seq + 2);
    expect(vault.sessions().every(({ trashedAt }) => trashedAt === null)).toBe(true);
  });

  it('are the same objects as long as they do not change', async () => {
    const { vault } = scene;
    const [first = ''] = await some(3);
    const before = vault.sessions();
    expect(vault.sessions()).toBe(before);
    await vault.refresh();
    expect(vault.sessions()).toBe(before);
    await vault.change([first], { pinned: true });
    const after = vault.sessions();
    expect(after.filter((session) => before.includes(session))).toHaveLength(3);
    await vault.saveNotebook(journal);
    expect(vault.sessions()).not.toBe(after);
    expect(vault.sessions()).toEqual(after);
  });
});
