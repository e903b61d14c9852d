/** The desk over a real vault: where unsaved texts go, and what is said. Of the browser only clocks and listeners stand in. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { begin, KNOWN, unlock } from '../../client/testing/scenario.ts';
import { Device } from '../../client/testing/platform.ts';
import { newId, StorageError, type Vault } from '../../client/vault.ts';
import { Desk } from './desk.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let other: Vault;
let desk: Desk;
let said: string[];
const isCommit = ({ method, path }: { method: string; path: string }): boolean => method === 'POST' && path.endsWith('/commits');

beforeEach(async () => {
  const target = new EventTarget();
  vi.stubGlobal('window', {
    setTimeout, clearTimeout, setInterval: () => 0, clearInterval: () => undefined, addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  });
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  const tab = { state: null as unknown, replaceState: (state: unknown) => void (tab.state = state) };
  vi.stubGlobal('history', tab);
  scene = await begin();
  const far = new Device();
  far.clock = scene.device.clock;
  other = await unlock(far.tab(scene.service.fetch));
  said = [];
  desk = new Desk(scene.vault, { onFault: (error) => (error as Error).message, onSay: (text) => said.push(text) });
  await desk.start();
});

afterEach(() => {
  desk.stop();
  vi.unstubAllGlobals();
});

function later(minutes: number): void {
  scene.device.clock += minutes * 60_000;
}

async function save(text: string): Promise<void> {
  desk.typed(text, [text.length, text.length]);
  await desk.save();
}

function texts(): string[] {
  return desk.view.value.messages.map(({ text }) => text);
}

/** Commits do not arrive, or their answers get lost. */
function breakOff(when: 'before' | 'after'): () => void {
  scene.service[when] = (asked) => {
    if (isCommit(asked)) throw new TypeError('no way');
  };
  return () => {
    scene.service[when] = () => undefined;
  };
}

async function fromElsewhere(text: string): Promise<string> {
  await other.refresh();
  return (await other.write({ text, sessionId: null, newSessionId: newId(), recordId: newId() })).sessionId;
}

describe('what another device goes on in', () => {
  it('is shown and said', async () => {
    await fromElsewhere('from elsewhere');
    await desk.look();
    expect(texts()).toEqual(['from elsewhere']);
    expect(said).toEqual(['Another device goes on in “from elsewhere”; it is on the page now.']);
  });

  it('waits while a form holds changed text', async () => {
    const form = desk.forms.open({ kind: 'notebook', id: null }, () => ({ title: '' }));
    form.set({ title: 'changed' });
    await fromElsewhere('from elsewhere');
    await desk.look();
    expect(texts()).toEqual([]);
    form.done();
    await desk.look();
    expect(texts()).toEqual(['from elsewhere']);
  });

  it('is not said when the vault locks meanwhile', async () => {
    await fromElsewhere('from elsewhere');
    const open = scene.vault.open.bind(scene.vault);
    vi.spyOn(scene.vault, 'open').mockImplementation((id) => {
      desk.stop();
      return open(id);
    });
    await desk.look();
    expect(said).toEqual([]);
  });
});

describe('a text that could not be saved', () => {
  it('begins a session when its own went into the trash', async () => {
    await save('begun');
    const id = desk.pen.sessionId ?? '';
    const mend = breakOff('before');
    await save('unsaved');
    expect(desk.pen.view.value.save.name).toBe('unsaved');
    mend();
    await other.refresh();
    await other.change([id], { trashed: true });
    await desk.look();
    expect(texts()).toEqual(['unsaved']);
    expect(desk.pen.sessionId).not.toBe(id);
    expect(desk.pen.text).toBe('');
  });

  it('does not take up a session that is over when it is tried again', async () => {
    await save('begun');
    const mend = breakOff('before');
    await save('unsaved');
    mend();
    later(60);
    await desk.look();
    expect(texts()).toEqual(['unsaved']);
    expect(scene.vault.sessions()).toHaveLength(2);
  });

  it('is not saved twice when only the answer was lost', async () => {
    await save('begun');
    const mend = breakOff('after');
    await save('saved after all');
    mend();
    later(60);
    await desk.look();
    expect(texts()).toEqual(['begun', 'saved after all']);
    expect(scene.vault.sessions()).toHaveLength(1);
  });

  it('is on the page that it moved to, and that a refresh comes back to', async () => {
    await save('begun');
    later(10);
    breakOff('before');
    await save('unsaved');
    expect(desk.pen).toMatchObject({ sessionId: null, text: 'unsaved' });
    expect(texts()).toEqual([]);
    expect(history.state).toEqual({ session: null });
    expect((await scene.vault.place.load())?.sessionId).toBeNull();
  });
});

it('a new session is one also for a text that was left over', async () => {
  desk.typed('left over', [9, 9]);
  const id = await fromElsewhere('from elsewhere');
  await desk.look();
  await desk.open(id);
  await desk.begin();
  expect(desk.pen.text).toBe('left over');
  await desk.save();
  expect(texts()).toEqual(['left over']);
});

it('writing goes on after a refresh, but not after as long as ends a session', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  const again = async (): Promise<number | null> => {
    await desk.keep();
    desk.stop();
    desk = new Desk(scene.vault, { onFault: String, onSay: () => undefined });
    await desk.start();
    return desk.pen.view.value.began;
  };
  await save('begun');
  vi.setSystemTime(1_240_000);
  desk.typed('half', [4, 4]);
  vi.setSystemTime(1_480_000);
  expect(await again()).toBe(1_000_000);
  vi.setSystemTime(1_540_000);
  expect(await again()).toBeNull();
  vi.useRealTimers();
});

/** An order of that vault for one session. */
async function erase(vault: Vault, id: string): Promise<void> {
  const plan = await vault.planErasure({ kind: 'sessions', ids: [id] }, new AbortController().signal);
  await vault.orderErasure(plan, await vault.authorise(KNOWN));
}

describe('a session that is erased', () => {
  const drafts = async () => (await scene.vault.drafts.list()).map(({ sessionId, text }) => [sessionId, text]);

  it('by another device leaves the text that was not saved, for a session of its own', async () => {
    await save('here');
    const id = desk.pen.sessionId ?? '';
    desk.typed('and not saved', [0, 0]);
    await erase(other, id);
    await desk.look();
    expect([desk.pen.sessionId, desk.pen.text, texts()]).toEqual([null, 'and not saved', []]);
    expect(desk.view.value.fault).toContain('erased on another device');
    expect(await drafts()).toEqual([[null, 'and not saved']]);
    await desk.save();
    expect(texts()).toEqual(['and not saved']);
    expect(desk.pen.sessionId).not.toBe(id);
  });

  it('by another device, while it is being saved to, says so and loses nothing', async () => {
    await save('here');
    await erase(other, desk.pen.sessionId ?? '');
    await save('too late');
    await vi.waitFor(() => expect(desk.pen.sessionId).toBeNull());
    await vi.waitFor(async () => expect(await drafts()).toEqual([[null, 'too late']]));
    expect(desk.pen.text).toBe('too late');
  });

  it.each(['sessions', 'messages'] as const)('gives back the words added to a message of it, and nothing of what is gone (%s)', async (kind) => {
    await save('here');
    const sessionId = desk.pen.sessionId ?? '';
    const of = { kind: 'message', sessionId, id: desk.view.value.messages[0]?.id ?? '' } as const;
    desk.forms.open(of, () => ({ text: 'here' })).set({ text: 'here, and mine' });
    await desk.keep();
    if (kind === 'sessions') await erase(other, sessionId);
    else {
      const plan = await other.planErasure({ kind, sessionId, ids: [of.id] }, new AbortController().signal);
      await other.orderErasure(plan, await other.authorise(KNOWN));
    }
    const { store } = scene.device;
    const remove = store.remove.bind(store);
    const kept: number[] = [];
    vi.spyOn(store, 'remove').mockImplementation((key) => {
      kept.push([...store.values.keys()].filter((name) => name.startsWith('draft/')).length);
      return remove(key);
    });
    await desk.look();
    // The words are sealed in their new home before the old one goes.
    expect(kept[0]).toBe(2);
    expect([texts(), desk.forms.areHeld, desk.view.value.fault]).toEqual([[], false, expect.stringContaining('The words that you had added are kept')]);
    expect(await drafts()).toEqual([[null, 'and mine']]);
    expect(await scene.vault.forms.list()).toEqual([]);
    if (kind === 'messages') await desk.begin();
    expect(desk.pen.text).toBe('and mine');
    await desk.save();
    expect(texts()).toEqual(['and mine']);
    expect(desk.pen.sessionId).not.toBe(sessionId);
  });

  it('while this page was closed leaves the text that was not saved, and says so', async () => {
    await save('here');
    const sessionId = desk.pen.sessionId ?? '';
    desk.typed('and not saved', [0, 0]);
    await desk.keep();
    scene.tab.close();
    await erase(other, sessionId);
    const vault = await unlock(scene.tab);
    const next = new Desk(vault, { onFault: (error) => String(error), onSay: () => undefined });
    await next.start();
    next.stop();
    expect((await vault.drafts.list()).map((draft) => [draft.sessionId, draft.text])).toEqual([[null, 'and not saved']]);
    expect([next.pen.text, next.view.value.fault]).toEqual(['and not saved', expect.stringContaining('erased on another device')]);
  });

  it('from this page goes with its text, with what can be undone, and off the page', async () => {
    await save('here');
    const id = desk.pen.sessionId ?? '';
    await desk.change([id], { pinned: true }, 'Pinned.');
    desk.typed('and not saved', [0, 0]);
    await desk.keep();
    await erase(scene.vault, id);
    await desk.erased([id]);
    await desk.keep();
    expect([desk.pen.sessionId, desk.pen.text, texts(), desk.undos.view.value.last]).toEqual([null, '', [], null]);
    expect(await drafts()).toEqual([]);
  });
});

it('tries again at the lock to keep what could not be kept before', async () => {
  const { store } = scene.device;
  const set = store.set.bind(store);
  const spy = vi.spyOn(store, 'set').mockImplementation((key, value) => (key.startsWith('draft/') ? Promise.reject(new StorageError('No room.')) : set(key, value)));
  desk.typed('words', [5, 5]);
  await desk.keep();
  expect(desk.pen.view.value.save).toEqual({ name: 'unkept', why: 'No room.' });
  spy.mockRestore();
  await desk.keep();
  expect([desk.pen.view.value.save, (await scene.vault.drafts.list()).map(({ text }) => text)]).toEqual([{ name: 'kept' }, ['words']]);
});
