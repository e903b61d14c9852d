/** Notebooks, own templates, settings: kept in the root, shown on every device. */
import { beforeEach, describe, expect, it } from 'vitest';
import { unlockVault } from './opening.ts';
import { ConflictError, NotFoundError, UnavailableError, UsageError, type NotebookFields, type TemplateFields, type Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, HANDLE, KNOWN, recordId, unlock } from './testing/scenario.ts';

const EVENT: NotebookFields = {
  title: 'The move', kind: 'event', notes: 'Boxes.', colour: 'teal', date: '2026-02-28', programme: 'expressive-writing',
  retention: { archiveDays: 30, trashDays: null, remindDays: 7 },
};
const PLAIN: NotebookFields = { title: 'A', kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null };
const TEMPLATE: TemplateFields = { title: 'Mine', about: 'For Sundays', phases: [{ title: 'One', prompt: 'What now?', minutes: 15 }], tags: ['b', 'a'] };

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
});

const elsewhere = () => unlock(new Device().tab(scene.service.fetch));

describe('notebooks', () => {
  it('are the same on every device', async () => {
    const id = await vault.saveNotebook(EVENT);
    await vault.saveNotebook(PLAIN);
    const other = await elsewhere();
    expect(other.notebooks()).toMatchObject([{ ...PLAIN }, { id, ...EVENT, archivedAt: null, trashedAt: null, zone: 'Europe/Lisbon' }]);
    expect(other.notebooks()).toEqual(vault.notebooks());
    expect(await other.refresh()).toEqual({ changed: [], root: false });
    await vault.saveNotebook({ ...EVENT, title: 'The long move', retention: { archiveDays: null, trashDays: null, remindDays: null } }, { id });
    expect(await other.refresh()).toEqual({ changed: [], root: true });
    expect(other.notebooks()).toMatchObject([{}, { id, title: 'The long move', retention: null, createdAt: vault.notebooks()[1]?.createdAt }]);
  });

  it('make no commit when nothing changes', async () => {
    const id = await vault.saveNotebook(EVENT);
    const { seq } = scene.service.vault;
    await vault.saveNotebook(EVENT, { id });
    expect(scene.service.vault.seq).toBe(seq);
  });

  it('are put away and into the trash, and come back', async () => {
    const id = await vault.saveNotebook(EVENT);
    const before = vault.notebooks();
    const undo = await vault.changeNotebook(id, { archived: true, trashed: true });
    expect(vault.notebooks()).toMatchObject([{ archivedAt: expect.any(Number), trashedAt: expect.any(Number) }]);
    await undo();
    expect(vault.notebooks()).toEqual(before);
    const again = await vault.changeNotebook(id, { trashed: true });
    await vault.saveNotebook({ ...EVENT, title: 'Changed since' }, { id });
    await again();
    expect(vault.notebooks()).toMatchObject([{ title: 'Changed since', trashedAt: expect.any(Number) }]);
  });

  it('written on two devices at once are all there', async () => {
    const other = await elsewhere();
    const ids = await Promise.all([...[1, 2, 3].map((n) => vault.saveNotebook({ ...PLAIN, title: `here ${n}` })), ...[1, 2].map((n) => other.saveNotebook({ ...PLAIN, title: `there ${n}` }))]);
    await vault.refresh();
    await other.refresh();
    expect(vault.notebooks().map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(other.notebooks()).toEqual(vault.notebooks());
  });

  it.each<[string, Partial<NotebookFields>]>([
    ['no title', { title: '' }], ['notes too long', { notes: 'x'.repeat(100_001) }], ['a day that is none', { date: '2026-02-30' }],
    ['no name of a programme', { programme: 'A B' }], ['a retention of 0 days', { retention: { archiveDays: 0, trashDays: null, remindDays: null } }],
    ['half a day', { retention: { archiveDays: 1.5, trashDays: null, remindDays: null } }],
  ])('with %s are refused, and the vault goes on', async (_, wrong) => {
    await expect(vault.saveNotebook({ ...EVENT, ...wrong })).rejects.toThrow(UsageError);
    await vault.saveNotebook(EVENT);
    expect(vault.notebooks()).toHaveLength(1);
  });

  it('that are not there are not found, and belong to no session', async () => {
    await expect(vault.saveNotebook(EVENT, { id: recordId(9) })).rejects.toThrow(NotFoundError);
    await expect(vault.changeNotebook(recordId(9), { trashed: true })).rejects.toThrow(NotFoundError);
    const tab = new Device().tab(scene.service.fetch);
    const { unlocked } = await unlockVault(tab, { handle: HANDLE, secret: KNOWN }, () => undefined);
    const { sessionId: id } = await vault.write({ text: 'x', ...begins(1) });
    await unlocked.catchUp();
    await unlocked.commit(async () => ({ containers: [{ id, header: { ...unlocked.session(id).header, notebook: recordId(9) }, records: [] }] }));
    await vault.refresh();
    expect(vault.sessions()).toMatchObject([{ notebookId: null }]);
  });
});

describe('templates', () => {
  it('are made, changed, and go into the trash', async () => {
    const name = await vault.saveTemplate(TEMPLATE);
    expect(vault.templates()).toEqual([{ name, ...TEMPLATE, tags: ['a', 'b'], kind: null, source: '', care: '', builtIn: false }]);
    await vault.saveTemplate({ ...TEMPLATE, title: 'Still mine' }, { id: name });
    const other = await elsewhere();
    expect(other.templates()).toMatchObject([{ name, title: 'Still mine' }]);
    const undo = await other.trashTemplate(name);
    expect(other.templates()).toEqual([]);
    await undo();
    expect(other.templates()).toHaveLength(1);
    const undoLate = await other.trashTemplate(name);
    await undoLate();
    await other.write({ text: 'x', ...begins(1), beginning: { template: name } });
    expect(other.sessions()).toMatchObject([{ template: name }]);
  });

  it('are refused without phases, with too many, and with times that are none', async () => {
    const [phase] = TEMPLATE.phases;
    for (const phases of [[], Array.from({ length: 21 }, () => phase!), [{ ...phase!, minutes: 601 }], [{ ...phase!, minutes: NaN }]]) {
      await expect(vault.saveTemplate({ ...TEMPLATE, phases })).rejects.toThrow(UsageError);
    }
    await expect(vault.saveTemplate(TEMPLATE, { id: recordId(4) })).rejects.toThrow(NotFoundError);
    await vault.saveTemplate(TEMPLATE);
  });
});

describe('settings', () => {
  it('have defaults, and keep what is not changed', async () => {
    expect(vault.settings()).toEqual({ continueMinutes: 5, retention: null, backupDays: 30 });
    await vault.saveSettings({ continueMinutes: 12 });
    await vault.saveSettings({ retention: { archiveDays: null, trashDays: 400, remindDays: null } });
    const other = await elsewhere();
    expect(other.settings()).toEqual({ continueMinutes: 12, retention: { archiveDays: null, trashDays: 400, remindDays: null }, backupDays: 30 });
    await other.saveSettings({ continueMinutes: 5, retention: null });
    await vault.refresh();
    expect(vault.settings()).toEqual({ continueMinutes: 5, retention: null, backupDays: 30 });
  });

  it('saved on two devices at once are one record', async () => {
    const other = await elsewhere();
    await Promise.all([vault.saveSettings({ continueMinutes: 7 }), other.saveSettings({ retention: { archiveDays: 1, trashDays: null, remindDays: null } })]);
    await vault.refresh();
    await other.refresh();
    expect(vault.settings()).toMatchObject({ continueMinutes: 7, retention: { archiveDays: 1, trashDays: null, remindDays: null } });
    expect(other.settings()).toEqual(vault.settings());
    expect(scene.service.vault.records.get(vault.vaultId)?.size).toBe(1);
  });

  it('know of the latest backup, on every device', async () => {
    const other = await elsewhere();
    expect(vault.backupAt()).toBeNull();
    await Promise.all([vault.noteBackup(5), other.noteBackup(9)]);
    await vault.noteBackup(7);
    await Promise.all([vault.refresh(), other.refresh()]);
    expect([vault.backupAt(), other.backupAt()]).toEqual([9, 9]);
    expect(scene.service.vault.records.get(vault.vaultId)?.size).toBe(1);
    await vault.saveSettings({ backupDays: 0 });
    expect(vault.settings().backupDays).toBe(0);
    await expect(vault.saveSettings({ backupDays: -1 })).rejects.toThrow(UsageError);
  });

  it.each([0, 61, 2.5, NaN])('refuse %d minutes', async (continueMinutes) => {
    await expect(vault.saveSettings({ continueMinutes })).rejects.toThrow(UsageError);
    expect(vault.settings().continueMinutes).toBe(5);
  });

  it('of several records are those of the lowest id', async () => {
    const tab = new Device().tab(scene.service.fetch);
    const { unlocked } = await unlockVault(tab, { handle: HANDLE, secret: KNOWN }, () => undefined);
    const { vaultId } = unlocked.login;
    const record = (n: number) => ({ id: recordId(n), payload: { type: 'settings', continue_minutes: n }, before: undefined });
    await unlocked.commit(async () => ({ containers: [{ id: vaultId, header: unlocked.contents.containers.get(vaultId)!.header, records: [record(30), record(20), record(40)] }] }));
    await vault.refresh();
    expect(vault.settings().continueMinutes).toBe(20);
  });
});

describe('a form', () => {
  it('writes what was changed in it alone, though another device saved since it was opened', async () => {
    const id = await vault.saveNotebook(EVENT);
    const name = await vault.saveTemplate(TEMPLATE);
    const [seen, template] = [vault.notebooks()[0]!, vault.templates()[0]!];
    const other = await elsewhere();
    await other.saveNotebook({ ...EVENT, notes: 'Boxes, keys.', retention: null }, { id });
    await other.saveTemplate({ ...TEMPLATE, about: 'For Mondays', tags: [] }, { id: name });
    await vault.saveNotebook({ ...seen, title: 'The long move' }, { id, seen: [seen] });
    await vault.saveTemplate({ ...template, title: 'Still mine' }, { id: name, seen: [template] });
    await other.refresh();
    expect(other.notebooks()).toMatchObject([{ ...EVENT, title: 'The long move', notes: 'Boxes, keys.', retention: null }]);
    expect(other.templates()).toMatchObject([{ title: 'Still mine', about: 'For Mondays', tags: [], phases: TEMPLATE.phases }]);
  });

  it('writes nothing over what its writer does not know, and goes on when they do', async () => {
    const id = await vault.saveNotebook(EVENT);
    const [seen] = vault.notebooks();
    const other = await elsewhere();
    await other.saveNotebook({ ...EVENT, title: 'Theirs', kind: 'project' }, { id });
    const mine = { ...seen!, title: 'Mine', notes: 'Mine' };
    await expect(vault.saveNotebook(mine, { id, seen: [seen!] })).rejects.toThrow(ConflictError);
    expect(vault.notebooks()).toMatchObject([{ title: 'Theirs', notes: 'Boxes.' }]);
    await vault.saveNotebook({ ...mine, kind: 'project' }, { id, seen: vault.notebooks() });
    await other.refresh();
    expect(other.notebooks()).toMatchObject([{ title: 'Mine', notes: 'Mine', kind: 'project' }]);
    await vault.saveNotebook({ ...seen!, title: 'Other' }, { id, seen: [{ ...EVENT, title: 'as shown' }, { ...EVENT, title: 'Mine' }] });
    expect(vault.notebooks()).toMatchObject([{ title: 'Other', notes: 'Mine' }]);
  });

  it('whose save had no answer makes nothing twice, saved again as it was or changed since', async () => {
    const makes = [
      { newId: recordId(5), make: (title: string, seen: readonly NotebookFields[]) => vault.saveNotebook({ ...PLAIN, title }, { newId: recordId(5), seen: [PLAIN, ...seen] }) },
      { newId: recordId(6), make: (title: string) => vault.saveTemplate({ ...TEMPLATE, title }, { newId: recordId(6) }) },
    ] as const;
    for (const { newId, make } of makes) {
      scene.service.after = ({ path }) => {
        if (path === '/commits') throw new TypeError('network');
      };
      await expect(make('Garden', [])).rejects.toThrow(UnavailableError);
      scene.service.after = () => undefined;
      expect(await make('Garden', [])).toBe(newId);
      expect(await make('The garden', [{ ...PLAIN, title: 'Garden' }])).toBe(newId);
    }
    expect(vault.notebooks()).toMatchObject([{ id: recordId(5), title: 'The garden' }]);
    expect(vault.templates()).toMatchObject([{ name: recordId(6), title: 'The garden' }]);
    await expect(vault.saveTemplate(TEMPLATE, { newId: recordId(5) })).rejects.toThrow(NotFoundError);
  });
});
