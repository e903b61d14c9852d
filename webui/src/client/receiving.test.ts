/** Taking in sessions and records with ids and times of their own. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Parcel } from './parcels.ts';
import { begin, begins, recordId, rejection, unlock } from './testing/scenario.ts';
import { Device } from './testing/platform.ts';
import { LockedError, UsageError, type Receiver, type Vault } from './vault.ts';

let scene: Awaited<ReturnType<typeof begin>>;
let vault: Vault;
let receiver: Receiver;
beforeEach(async () => {
  scene = await begin();
  ({ vault } = scene);
  receiver = vault.receiver();
});

const EMPTY: Parcel = { sessions: [], root: [], trash: [] };
const header = { type: 'session', title: 'Brought', opening: 'a', preview: 'b', created_at: 1, updated_at: 2, zone: 'Europe/Vienna', next_position: 2 };
const message = (position: number) => ({ type: 'message', role: 'writer', text: `text ${position}`, position, created_at: position, zone: 'UTC' });
const records = (...numbers: number[]) => numbers.map((number) => ({ id: recordId(100 + number), payload: message(number) }));
const parcel = (...numbers: number[]): Parcel => ({ ...EMPTY, sessions: [{ id: recordId(7), goesOn: false, header, records: records(...numbers) }] });

describe('a parcel', () => {
  it('brings sessions and records of the root, as they are', async () => {
    const notebook = { type: 'notebook', title: 'Book', kind: 'event', created_at: 1, updated_at: 2, zone: 'UTC' };
    await receiver.take({ ...parcel(0, 1), root: [{ id: recordId(9), payload: notebook }] });
    expect(vault.notebooks()).toMatchObject([{ id: recordId(9), title: 'Book' }]);
    expect(vault.sessions()).toMatchObject([{ id: recordId(7), title: 'Brought', createdAt: 1, updatedAt: 2, zone: 'Europe/Vienna', count: 2 }]);
    expect((await vault.open(recordId(7))).map(({ id, text }) => [id, text])).toEqual([[recordId(100), 'text 0'], [recordId(101), 'text 1']]);
    expect(receiver.countOf(recordId(7))).toBe(2);
    expect(receiver.countOf(recordId(8))).toBeNull();
    expect(receiver.known().sessions).toEqual([{ id: recordId(7), count: 2, size: expect.any(Number), updatedAt: 2, nextPosition: 2, trashedAt: null, origin: null, imported: null }]);
    const other = await unlock(new Device().tab(scene.service.fetch));
    expect(await other.open(recordId(7))).toEqual(await vault.open(recordId(7)));
  });

  it('goes on with a session, and puts others into the trash', async () => {
    const { sessionId } = await vault.write({ text: 'old', ...begins(1) });
    await receiver.take(parcel(0));
    await receiver.take({ ...parcel(1), trash: [sessionId, recordId(99)] });
    expect((await vault.open(recordId(7))).map(({ text }) => text)).toEqual(['text 0', 'text 1']);
    expect(vault.sessions().find(({ id }) => id === sessionId)?.trashedAt).not.toBeNull();
  });

  it('leaves what the writer did with a session before it goes on', async () => {
    const whole = { ...header, next_position: 4, days: [{ day: '1970-01-01', words: 8, seconds: 0 }] };
    const part = (imported: object, goesOn: boolean, ...numbers: number[]): Parcel => ({
      ...EMPTY, sessions: [{ id: recordId(7), goesOn, header: { ...whole, ...imported }, records: records(...numbers) }],
    });
    await receiver.take(part({ imported: { run: 'f'.repeat(32), written: 2 } }, false, 0, 1));
    await vault.write({ text: 'in between', sessionId: recordId(7), recordId: recordId(50) });
    await vault.change([recordId(7)], { title: 'Mine', addTags: ['kept'], trashed: true });
    const before = vault.sessions()[0];
    await receiver.take(part({}, true, 2, 3));
    expect(vault.sessions()).toEqual([{ ...before, count: 5 }]);
    expect(before).toMatchObject({ title: 'Mine', tags: ['kept'], preview: 'in between', trashedAt: expect.any(Number) });
    expect((await vault.open(recordId(7))).map(({ text }) => text)).toEqual(['text 0', 'text 1', 'text 2', 'text 3', 'in between']);
    expect(receiver.known().sessions).toMatchObject([{ imported: null, nextPosition: 5 }]);
  });

  it('changes a record of the root in its place', async () => {
    const settings = (minutes: number) => ({ ...EMPTY, root: [{ id: recordId(9), payload: { type: 'settings', continue_minutes: minutes } }] });
    await receiver.take(settings(7));
    await receiver.take(settings(8));
    expect(vault.settings().continueMinutes).toBe(8);
  });

  it('is made anew over what another device wrote first', async () => {
    const other = await unlock(new Device().tab(scene.service.fetch));
    await other.write({ text: 'elsewhere', ...begins(5) });
    await receiver.take(parcel(0, 1));
    expect(vault.sessions()).toHaveLength(2);
  });

  it('of nothing asks for nothing', async () => {
    scene.service.traffic();
    await receiver.take(EMPTY);
    expect(scene.service.traffic()).toEqual([]);
  });

  it('that no vault can hold is refused, and the vault goes on', async () => {
    const broken: Parcel = { ...EMPTY, sessions: [{ id: recordId(7), goesOn: false, header: { ...header, zone: 1 }, records: [] }] };
    expect(await rejection(receiver.take(broken))).toBeInstanceOf(UsageError);
    await vault.write({ text: 'goes on', ...begins(3) });
  });
});

it('renews the login now and then, not each time it is asked', async () => {
  scene.service.traffic();
  for (let time = 0; time < 5; time += 1) await receiver.stay();
  expect(scene.service.traffic()).toEqual(['POST /logins/current/heartbeat']);
});

it('does nothing after the lock', async () => {
  await vault.lock();
  expect(() => vault.receiver()).toThrow(LockedError);
  expect(() => receiver.known()).toThrow(LockedError);
  expect(await rejection(receiver.take(parcel(0)))).toBeInstanceOf(LockedError);
  expect(await rejection(receiver.stay())).toBeInstanceOf(LockedError);
});
