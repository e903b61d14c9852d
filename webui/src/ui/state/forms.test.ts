/** Forms over a real vault: what they hold outlives locks, and goes when it should. Of the browser only listeners and timers stand in. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Device } from '../../client/testing/platform.ts';
import { begin, begins, KNOWN, unlock } from '../../client/testing/scenario.ts';
import { newId, StorageError, type FormOf, type Vault } from '../../client/vault.ts';
import { BLANK_PHASE, notebookFields, templateContent } from './form-fields.ts';
import { Forms } from './forms.ts';
import { conflicts } from '../../writing/rebase.ts';

const NOTEBOOK = { title: 'Garden', notes: '' };
let scene: Awaited<ReturnType<typeof begin>>;
let forms: Forms;
const all: Forms[] = [];
let asks: Set<string>;
let of: Extract<FormOf, { kind: 'message' }>;

beforeEach(async () => {
  asks = new Set();
  vi.stubGlobal('window', {
    setTimeout, clearTimeout, addEventListener: (name: string) => asks.add(name), removeEventListener: (name: string) => asks.delete(name),
  });
  scene = await begin();
  const { sessionId } = await scene.vault.write({ ...begins(1), text: 'first' });
  of = { kind: 'message', sessionId, id: (await scene.vault.open(sessionId))[0]?.id ?? '' };
  forms = fresh(scene.vault);
});

afterEach(async () => {
  // No timer of one test runs in the next.
  await Promise.all(all.splice(0).map((one) => one.flush()));
  vi.unstubAllGlobals();
});

function fresh(vault: Vault): Forms {
  all.push(new Forms(vault, (error) => (error as Error).message));
  return all.at(-1)!;
}

/** As after a crash: nothing was said to the forms of before. */
async function again(): Promise<Forms> {
  scene.tab.close();
  const next = fresh(await unlock(scene.tab));
  await next.takeUp(of.sessionId);
  await next.takeUp(null);
  return next;
}

async function stored(): Promise<string[]> {
  return (await scene.vault.forms.list()).map(({ mine }) => mine);
}

it('gives back what was changed, after a crash, and only to the form that it was changed in', async () => {
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'first, changed' });
  expect([forms.areHeld, asks.size]).toEqual([true, 0]);
  await forms.flush();
  const next = await again();
  expect(next.restores({ ...of, id: 'other' }, { text: 'first' })).toBe(false);
  expect(next.restores(of, { text: 'first' })).toBe(true);
  expect(next.open(of, () => ({ text: 'first' })).view.value).toMatchObject({ mine: { text: 'first, changed' }, isRestored: true });
  expect(next.areHeld).toBe(true);
});

it('keeps what a form held that left the page within a keystroke, and gives it back there', async () => {
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'first, changed' });
  form.close();
  expect(forms.areHeld).toBe(false);
  expect(forms.open(of, () => ({ text: 'first' })).view.value.mine).toEqual({ text: 'first, changed' });
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1));
});

it('is held as long as it is changed and not saved, on the page or off it', async () => {
  const theirs = { text: 'first' };
  const form = forms.open(of, () => theirs);
  const isHeld = (): boolean => forms.holds(of, theirs);
  expect(isHeld()).toBe(false);
  form.set({ text: 'first, changed' });
  expect([isHeld(), forms.holds({ ...of, id: 'other' }, theirs), forms.holds(of, { text: 'first, changed' })]).toEqual([true, false, true]);
  form.close();
  expect([isHeld(), forms.holds(of, { text: 'first, changed' })]).toEqual([true, false]);
  forms.open(of, () => theirs).done();
  expect(isHeld()).toBe(false);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
});

it('is nothing any more when it was saved, given up, or typed back', async () => {
  for (const end of ['done', 'typed back'] as const) {
    const form = forms.open(of, () => ({ text: 'first' }));
    form.set({ text: 'changed' });
    await forms.flush();
    expect(await stored()).toHaveLength(1);
    if (end === 'done') form.done();
    else form.set({ text: 'first' });
    await forms.flush();
    expect(await stored()).toEqual([]);
    await forms.takeUp(of.sessionId);
    expect(forms.restores(of, { text: 'first' })).toBe(false);
    form.close();
  }
});

it('does not give back what was saved just before a crash', async () => {
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'saved' });
  await forms.flush();
  await scene.vault.editMessage(of.sessionId, of.id, 'saved');
  const next = await again();
  expect(next.restores(of, { text: 'saved' })).toBe(false);
  expect(next.open(of, () => ({ text: 'saved' })).view.value.isRestored).toBe(false);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
});

it('shows what another device has changed, restored or not, and lets the writer take it', async () => {
  const notebook = { kind: 'notebook', id: null } as const;
  const form = forms.open(notebook, () => NOTEBOOK);
  form.set({ notes: 'Mine.' });
  await forms.flush();
  const next = await again();
  const restored = next.open(notebook, () => ({ ...NOTEBOOK, title: 'The garden', notes: 'Theirs.' }));
  for (const one of [form, restored]) {
    one.follow({ ...NOTEBOOK, title: 'The garden', notes: 'Theirs.' });
    expect(one.view.value.mine).toMatchObject({ title: 'The garden', notes: 'Mine.' });
    expect(conflicts(one.view.value, one.view.value.theirs)).toEqual(['notes']);
  }
  restored.take('notes');
  expect([restored.isChanged, restored.view.value.mine.notes]).toEqual([false, 'Theirs.']);
});

it('gives up what is of something erased, on the page or not, and gives back what is the writer’s own in it', async () => {
  const far = new Device();
  far.clock = scene.device.clock;
  const other = await unlock(far.tab(scene.service.fetch));
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'first, and mine' });
  await forms.flush();
  const plan = await other.planErasure({ kind: 'messages', sessionId: of.sessionId, ids: [of.id] }, new AbortController().signal);
  await other.orderErasure(plan, await other.authorise(KNOWN));
  expect(await forms.gone()).toEqual([]);
  await scene.vault.refresh();
  form.set({ text: 'first, and all mine' });
  const { words, forget } = forms.giveUp(await forms.gone());
  expect([words, forms.areHeld, await stored()]).toEqual(['and all mine', false, ['{"text":"first, and mine"}']]);
  await forget();
  await vi.waitFor(async () => expect([forms.areHeld, forms.view.value.kept, await stored()]).toEqual([false, [], []]));

  await scene.vault.forms.save({ id: newId(), of, base: '{"text":"first"}', mine: '{"text":"first, left"}', updatedAt: 1 });
  const next = await again();
  const inOtherTab = fresh(await unlock(scene.device.tab(scene.service.fetch)));
  const left = next.giveUp(await next.gone());
  expect([await inOtherTab.gone(), left.words]).toEqual([[], 'left']);
  await left.forget();
  await vi.waitFor(async () => expect(await next.gone()).toEqual([]));
});

it('says so, and lets the browser ask, while it cannot be kept', async () => {
  vi.spyOn(scene.device.store, 'set').mockRejectedValueOnce(new StorageError('No room.'));
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'changed' });
  await forms.flush();
  expect([form.view.value.unkept, forms.view.value.unkept, [...asks]]).toEqual(['No room.', 1, ['beforeunload']]);
  form.set({ text: 'changed again' });
  await forms.flush();
  expect([form.view.value.unkept, forms.view.value.unkept, asks.size]).toEqual([null, 0, 0]);
});

it('is not forgotten when it leaves the page before it could be kept', async () => {
  const set = vi.spyOn(scene.device.store, 'set').mockRejectedValue(new StorageError('No room.'));
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'changed' });
  form.close();
  await vi.waitFor(() => expect([forms.view.value, [...asks]]).toMatchObject([{ count: 0, unkept: 1 }, ['beforeunload']]));
  const back = forms.open(of, () => ({ text: 'first' }));
  expect(back.view.value).toMatchObject({ mine: { text: 'changed' }, isKept: false });
  await forms.flush();
  back.close();
  await vi.waitFor(() => expect(forms.view.value.unkept).toBe(1));
  set.mockRestore();
  await forms.flush();
  expect([forms.view.value.unkept, asks.size, await stored()]).toEqual([0, 0, ['{"text":"changed"}']]);
});

it('is kept at the lock when that failed before', async () => {
  vi.spyOn(scene.device.store, 'set').mockRejectedValueOnce(new StorageError('No room.'));
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'changed' });
  await forms.flush();
  expect(await stored()).toEqual([]);
  await forms.flush();
  expect([form.view.value.unkept, await stored()]).toEqual([null, ['{"text":"changed"}']]);
});

it('holds what was typed while it was being saved, as a change of what was saved', async () => {
  const form = forms.open(of, () => ({ text: 'first' }));
  form.set({ text: 'saved' });
  const sent = form.view.value.mine;
  form.set({ text: 'saved, and more' });
  form.follow({ text: 'saved' });
  expect([form.saved(sent), form.isChanged, conflicts(form.view.value, form.view.value.theirs)]).toEqual([false, true, []]);
  await forms.flush();
  expect(await stored()).toEqual(['{"text":"saved, and more"}']);
  expect([form.saved(form.view.value.mine), forms.areHeld]).toEqual([true, false]);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
});

it('takes what was sent from here, and had no answer, for no change of anybody else', () => {
  const notebook = { kind: 'notebook', id: newId() } as const;
  const form = forms.open(notebook, () => ({ ...NOTEBOOK, tags: ' a' }));
  form.set({ title: 'Sent ' });
  const sent = form.said((mine) => ({ title: mine.title.trim(), notes: mine.notes, tags: mine.tags.trim() }));
  expect(sent).toEqual({ title: 'Sent', notes: '', tags: ' a' });
  expect(form.sending(sent)).toEqual([{ ...NOTEBOOK, tags: ' a' }]);
  form.set({ title: 'Later' });
  expect(form.sending({ ...sent, title: 'Later' })).toEqual([{ ...NOTEBOOK, tags: ' a' }, sent]);
  form.set({ title: 'Last' });
  form.follow(sent);
  expect([form.view.value.mine.title, conflicts(form.view.value, sent)]).toEqual(['Last', []]);
  form.follow({ ...sent, title: 'Theirs' });
  expect(conflicts(form.view.value, form.view.value.theirs)).toEqual(['title']);
});

it('gives a new one the same id after a crash, and speaks of it only until it is in the vault', async () => {
  const of = { kind: 'notebook', id: null } as const;
  const blank = () => notebookFields(undefined);
  const form = forms.open(of, blank);
  form.set({ title: 'Garden' });
  await forms.flush();
  const next = await again();
  expect(next.unsaved({ notebooks: [], templates: [], sessions: [] })).toEqual(of);
  const restored = next.open(of, blank);
  expect([restored.id, restored.view.value.mine.title]).toEqual([form.id, 'Garden']);
  restored.close();
  await scene.vault.saveNotebook(restored.view.value.mine, { newId: form.id });
  const notebooks = scene.vault.notebooks();
  expect(next.unsaved({ notebooks, templates: [], sessions: [] })).toBeNull();
  const another = next.open(of, (id) => notebookFields(notebooks.find((one) => one.id === id)));
  expect([another.id === form.id, another.view.value]).toMatchObject([false, { mine: blank(), isRestored: false }]);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
});

it('of a template made of a session comes back with what it began with, as long as the session is there', async () => {
  const made = { kind: 'session', sessionId: of.sessionId, id: null } as const;
  const given = templateContent({ title: 'first', about: '', tags: ['a'], phases: [{ ...BLANK_PHASE, prompt: 'first' }] });
  forms.open(made, () => given).set({ title: 'Of mornings' });
  await forms.flush();
  const next = await again();
  const [sessions, templates] = [scene.vault.sessions(), [{ ...given, name: '', tags: [], kind: null, source: '', care: '', builtIn: false }]];
  expect([next.unsaved({ notebooks: [], templates, sessions }), next.unsaved({ notebooks: [], templates, sessions: [] })]).toEqual([made, null]);
  expect(next.baseOf(made)).toEqual(given);
  const form = next.open(made, () => given);
  expect(form.view.value.mine).toEqual({ ...given, title: 'Of mornings' });
  form.close();
  const isMade = [{ ...templates[0]!, name: form.id, title: 'Of mornings', tags: ['a'] }];
  expect(next.unsaved({ notebooks: [], templates: isMade, sessions })).toBeNull();
});
