import { expect, it } from 'vitest';
import { emptySession } from '../core/model.ts';
import { TooLargeError } from './commits.ts';
import { unlockVault } from './opening.ts';
import { Device } from './testing/platform.ts';
import { begin, HANDLE, PASSPHRASE, recordId, unlock } from './testing/scenario.ts';
import type { Unlocked } from './unlocked.ts';

async function open(tab: ReturnType<Device['tab']>): Promise<Unlocked> {
  const { unlocked } = await unlockVault(tab, { handle: HANDLE, secret: { kind: 'passphrase', text: PASSPHRASE } }, () => undefined);
  return unlocked;
}

const NEW = emptySession(1, 'UTC');
const THING = { type: 'thing', made_by: 'a later client' };

it('one commit changes several containers, the root among them', async () => {
  const { service, device } = await begin();
  const unlocked = await open(device.tab(service.fetch));
  const { vaultId } = unlocked.login;
  await unlocked.commit(async () => ({
    containers: [
      { id: recordId(1), header: NEW, records: [] },
      { id: recordId(2), header: NEW, records: [{ id: recordId(20), payload: THING, before: undefined }] },
      { id: vaultId, header: unlocked.contents.containers.get(vaultId)!.header, records: [{ id: recordId(30), payload: THING, before: undefined }] },
    ],
  }));
  expect(unlocked.contents.seen.seq).toBe(2);
  const elsewhere = await open(new Device().tab(service.fetch));
  expect([...elsewhere.contents.containers.keys()].sort()).toEqual([recordId(1), recordId(2), vaultId].sort());
  const { records } = await elsewhere.records(vaultId);
  expect(records.get(recordId(30))).toEqual((await unlocked.records(vaultId)).records.get(recordId(30)));
  expect(records.get(recordId(30))).toMatchObject({ recordId: recordId(30), version: 1, payload: THING });
});

it('a record of a type not known here is kept, counted, and not shown', async () => {
  const { service, device } = await begin();
  const unlocked = await open(device.tab(service.fetch));
  await unlocked.commit(async () => ({ containers: [{ id: recordId(2), header: NEW, records: [{ id: recordId(20), payload: THING, before: undefined }] }] }));
  const vault = await unlock(new Device().tab(service.fetch));
  expect(await vault.open(recordId(2))).toEqual([]);
  await vault.write({ text: 'beside it', sessionId: recordId(2), recordId: recordId(21) });
  expect(vault.sessions()).toMatchObject([{ id: recordId(2), count: 2 }]);
  expect(await vault.open(recordId(2))).toMatchObject([{ text: 'beside it' }]);
});

it('a commit beyond the bounds is refused before anything is sent, and the vault goes on', async () => {
  const { service, device } = await begin();
  const unlocked = await open(device.tab(service.fetch));
  service.traffic();
  const thing = (n: number) => ({ id: recordId(n + 1), payload: THING, before: undefined });
  const many = Array.from({ length: 5_001 }, (_, n) => thing(n));
  const large = Array.from({ length: 5 }, (_, n) => ({ ...thing(n), payload: { ...THING, text: 'x'.repeat(1_300_000) } }));
  for (const containers of [
    [{ id: recordId(1), header: NEW, records: many }],
    many.map(({ id }) => ({ id, header: NEW, records: [] })),
    [{ id: recordId(1), header: NEW, records: large }],
  ]) {
    await expect(unlocked.commit(async () => ({ containers }))).rejects.toThrow(TooLargeError);
  }
  expect(service.traffic()).toEqual([]);
  await unlocked.commit(async () => ({ containers: [{ id: recordId(1), header: NEW, records: large.slice(1) }] }));
  const elsewhere = await open(new Device().tab(service.fetch));
  expect((await elsewhere.records(recordId(1))).records.size).toBe(4);
});

it('a record changed takes the place of the one before it', async () => {
  const { service, device } = await begin();
  const unlocked = await open(device.tab(service.fetch));
  await unlocked.commit(async () => ({ containers: [{ id: recordId(1), header: NEW, records: [{ id: recordId(2), payload: THING, before: undefined }] }] }));
  for (let n = 2; n < 5; n += 1) {
    await unlocked.commit(async () => ({
      containers: [{
        id: recordId(1), header: unlocked.session(recordId(1)).header,
        records: [{ id: recordId(2), payload: { ...THING, n }, before: (await unlocked.records(recordId(1))).records.get(recordId(2)) }],
      }],
    }));
  }
  const { records } = await (await open(new Device().tab(service.fetch))).records(recordId(1));
  expect([...records.values()]).toMatchObject([{ version: 4, payload: { n: 4 } }]);
});
