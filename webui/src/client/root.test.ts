/** The root's records on a lying server: nothing of the vault is shown unless all of them are right. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Schemas } from '../wire/answers.ts';
import { unlockVault } from './opening.ts';
import { ConflictError, FormatError, HostileDataError, IntegrityError, RollbackError, Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, HANDLE, KNOWN, recordId, rejection, unlock } from './testing/scenario.ts';

type Page = Schemas['RecordPage'];
type Kind = abstract new (...args: never[]) => Error;

const NOTEBOOK = { kind: 'journal', notes: '', colour: null, date: null, programme: null, retention: null } as const;
let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
let ids: string[];
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
  ids = [];
  for (const title of ['A', 'B', 'C']) ids.push(await vault.saveNotebook({ ...NOTEBOOK, title }));
  ids.sort();
  await vault.write({ text: 'words', ...begins(1) });
});

const elsewhere = () => unlock(new Device().tab(scene.service.fetch));
const records = () => scene.service.vault.records.get(vault.vaultId)!;

function lie(change: (page: Page) => unknown): void {
  scene.service.lie = ({ path }, answer) => (path === `/containers/${vault.vaultId}/records` ? change(answer as Page) : answer);
}

const LIES: [string, Kind, (page: Page) => unknown][] = [
  ['all left out', IntegrityError, (page) => ({ ...page, records: [] })],
  ['one left out', IntegrityError, (page) => ({ ...page, records: page.records.slice(1) })],
  ['one twice', FormatError, (page) => ({ ...page, records: [...page.records, page.records.at(-1)] })],
  ['two swapped', IntegrityError, (page) => {
    const [a, b, ...rest] = page.records;
    return { ...page, records: [{ ...a, envelope: b?.envelope }, { ...b, envelope: a?.envelope }, ...rest] };
  }],
  ['one of a session', IntegrityError, (page) => {
    const [foreign] = scene.service.vault.records.get(begins(1).newSessionId)!.values();
    return { ...page, records: [{ ...page.records[0], envelope: foreign?.envelope }, ...page.records.slice(1)] };
  }],
  ['another version', IntegrityError, (page) => ({ ...page, records: page.records.map((record) => ({ ...record, version: 2 })) })],
  ['another header', IntegrityError, (page) => ({ ...page, container: { ...page.container, header: scene.service.vault.containers.get(begins(1).newSessionId)?.header } })],
  ['an older root', IntegrityError, (page) => ({ ...page, container: { ...page.container, version: page.container.version - 1 } })],
  ['a root that no head knows', IntegrityError, (page) => ({ ...page, container: { ...page.container, version: page.container.version + 1 } })],
  ['the root of another container', FormatError, (page) => ({ ...page, container: { ...page.container, container_id: begins(1).newSessionId } })],
];

describe('root records', () => {
  it.each(LIES)('with %s are refused at unlock, after a refresh of the page, and when they change; no pin moves', async (_, kind, change) => {
    const { device, tab, service } = scene;
    const pins = () => JSON.stringify([...device.store.values].filter(([key]) => key.startsWith('pin/')));
    const other = await elsewhere();
    await other.saveNotebook({ ...NOTEBOOK, title: 'D' });
    const before = pins();
    lie(change);
    expect(await rejection(unlock(device.tab(service.fetch)))).toBeInstanceOf(kind);
    expect(await rejection(Vault.resume(undefined, tab))).toBeInstanceOf(kind);
    const error = await rejection(vault.refresh());
    expect(error).toBeInstanceOf(kind);
    expect(pins()).toBe(before);
    service.traffic();
    expect(() => vault.notebooks()).toThrow(error as Error);
    expect(await rejection(vault.saveSettings({ continueMinutes: 9 }))).toBe(error);
    expect(await rejection(vault.change([begins(1).newSessionId], { pinned: true }))).toBe(error);
    expect(service.traffic()).toEqual([]);
  });

  it('rolled back one by one, or with their header, are refused', async () => {
    const { service } = scene;
    const old = structuredClone(records().get(ids[0]!)!);
    const oldRoot = structuredClone(service.vault.containers.get(vault.vaultId)!);
    const oldRecords = structuredClone(records());
    await vault.changeNotebook(ids[0]!, { archived: true });
    const honest = service.backup();
    records().set(ids[0]!, old);
    expect(await rejection(elsewhere())).toBeInstanceOf(IntegrityError);
    service.restore(honest);
    records().set(ids[0]!, { ...old, version: 2 });
    expect(await rejection(elsewhere())).toBeInstanceOf(IntegrityError);
    service.restore(honest);
    service.vault.records.set(vault.vaultId, oldRecords);
    service.vault.containers.set(vault.vaultId, oldRoot);
    expect(await rejection(elsewhere())).toBeInstanceOf(IntegrityError);
    service.restore(honest);
    expect((await elsewhere()).notebooks()).toEqual(vault.notebooks());
  });

  it('of yesterday, with all of yesterday’s vault, are a roll-back', async () => {
    const yesterday = scene.service.backup();
    await vault.changeNotebook(ids[0]!, { archived: true });
    scene.service.restore(yesterday);
    expect(await rejection(unlock(scene.device.tab(scene.service.fetch)))).toBeInstanceOf(RollbackError);
    expect(await rejection(vault.refresh())).toBeInstanceOf(RollbackError);
  });

  it('that do not read are refused, those of another type are kept', async () => {
    const { unlocked } = await unlockVault(new Device().tab(scene.service.fetch), { handle: HANDLE, secret: KNOWN }, () => undefined);
    const put = (id: string, payload: { type: string; title: string }) => unlocked.commit(async () => ({
      containers: [{ id: vault.vaultId, header: unlocked.contents.containers.get(vault.vaultId)!.header, records: [{ id, payload, before: undefined }] }],
    }));
    await put(recordId(50), { type: 'thing', title: 'of a later client' });
    await vault.refresh();
    await vault.changeNotebook(ids[0]!, { trashed: true });
    const later = await elsewhere();
    expect(later.notebooks()).toEqual(vault.notebooks());
    expect(records().size).toBe(4);
    expect(await rejection(put(recordId(51), { type: 'notebook', title: 'and nothing else' }))).toBeInstanceOf(FormatError);
    expect(await rejection(elsewhere())).toBeInstanceOf(FormatError);
    expect(await rejection(vault.refresh())).toBeInstanceOf(HostileDataError);
  });
});

describe('the root', () => {
  it('costs no request while it has no records, and one when it has', async () => {
    const bare = await begin();
    await unlock(bare.device.tab(bare.service.fetch));
    expect(bare.service.traffic().filter((path) => path.endsWith('/records'))).toEqual([]);
    scene.service.traffic();
    await elsewhere();
    expect(scene.service.traffic().filter((path) => path.endsWith('/records'))).toHaveLength(1);
    await vault.saveNotebook({ ...NOTEBOOK, title: 'E' });
    expect(scene.service.traffic()).toEqual(['POST /commits', 'GET /changes']);
  });

  it('is read again when another device changes it while it is read', async () => {
    let writes = 0;
    scene.service.before = async ({ path }) => {
      if (path.endsWith('/records') && writes++ < 2) await vault.saveNotebook({ ...NOTEBOOK, title: `late ${writes}` });
    };
    const other = await elsewhere();
    expect(other.notebooks()).toEqual(vault.notebooks());
    expect(other.notebooks()).toHaveLength(5);
  });

  it('that changes whenever it is read is no lie', async () => {
    const other = await elsewhere();
    await vault.saveNotebook({ ...NOTEBOOK, title: 'first' });
    let n = 0;
    scene.service.before = async ({ path }) => {
      if (path.endsWith('/records')) await vault.saveNotebook({ ...NOTEBOOK, title: `late ${n++}` });
    };
    expect(await rejection(other.refresh())).toBeInstanceOf(ConflictError);
    scene.service.before = () => undefined;
    await other.refresh();
    expect(other.notebooks()).toEqual(vault.notebooks());
  });

  it('is read through many pages', async () => {
    scene.service.pageItems = 1;
    expect((await elsewhere()).notebooks()).toEqual(vault.notebooks());
  });
});
