/** The log, checked at each unlock (ERASURE.md §2.4): cut, edited or begun anew, also with the right key, it is refused. */
import { describe, expect, it } from 'vitest';
import { ALL } from '../transfer/document.ts';
import { exportVault } from '../transfer/exporting.ts';
import type { Schemas } from '../wire/answers.ts';
import { Pins } from './pins.ts';
import { FakeLog, newKey, ORIGIN, someLeaves } from './testing/fake-log.ts';
import { FakeService } from './testing/fake-service.ts';
import { Device } from './testing/platform.ts';
import { begin, begins, HANDLE, PASSPHRASE, rejection, unlock } from './testing/scenario.ts';
import { forgetHandle, ForkError, FormatError, HostileDataError, IntegrityError, RollbackError, StorageError, Vault } from './vault.ts';

const OLD = 7;

/** A device that has seen `OLD` entries of a log that has more by now, and whose head carries that it has. */
async function seen() {
  const [service, device] = [new FakeService(), new Device()];
  const log = new FakeLog(someLeaves(OLD + 4), await newKey());
  service.lie = log.with(log.leaves.slice(0, OLD)).shown;
  const vault = await Vault.create({ handle: HANDLE, passphrase: PASSPHRASE }, undefined, device.tab(service.fetch));
  await vault.vault.write({ text: 'first', ...begins(1) });
  service.lie = log.shown;
  service.traffic();
  return { service, device, log };
}

type Scene = Awaited<ReturnType<typeof seen>>;
type Attack = readonly [string, abstract new (...args: never[]) => Error, (log: FakeLog) => FakeService['lie'] | Promise<FakeService['lie']>];

function changed(log: FakeLog, change: (answer: Schemas['AuditCheckpoint']) => object): FakeService['lie'] {
  return async (asked, answer) => {
    const shown = await log.shown(asked, answer);
    return asked.path === '/audit/checkpoint' ? { ...(shown as object), ...change(shown as Schemas['AuditCheckpoint']) } : shown;
  };
}

/** What an honest service answers whose database was restored: no proof from entries that it does not have. */
function restored(log: FakeLog): FakeService['lie'] {
  return (asked, answer) => {
    const isAbove = [...asked.query.values()].some((size) => Number(size) > log.leaves.length);
    if (asked.path !== '/audit/checkpoint' || !isAbove) return log.shown(asked, answer);
    const body = { code: 'bad_request', message: 'above the size', seq: null, retry_after: null };
    return new Response(JSON.stringify(body), { status: 400, headers: { 'Content-Type': 'application/json' } });
  };
}

const ATTACKS: readonly Attack[] = [
  ['of a restored database', RollbackError, (log) => restored(log.with(log.leaves.slice(0, OLD - 1)))],
  ['cut', RollbackError, (log) => log.with(log.leaves.slice(0, OLD - 1)).shown],
  ['emptied', RollbackError, (log) => log.with([]).shown],
  ['edited', ForkError, (log) => log.with([...someLeaves(1), ...log.leaves.slice(1)]).shown],
  ['edited in the last entry that was seen', ForkError, (log) => log.with([...log.leaves.slice(0, OLD - 1), ...someLeaves(2)]).shown],
  ['another of the same size', ForkError, (log) => log.with(someLeaves(OLD)).shown],
  ['begun anew', ForkError, (log) => log.with(someLeaves(OLD + 30)).shown],
  ['of another key', ForkError, async (log) => new FakeLog(log.leaves, await newKey()).shown],
  ['of another name', ForkError, (log) => new FakeLog(log.leaves, log.key, `inkvault/${'ff'.repeat(16)}`).shown],
  ['without a proof', ForkError, (log) => changed(log, () => ({ proof: [], also_proof: [] }))],
  ['signed for another size', IntegrityError, (log) => changed(log, ({ checkpoint }) => ({ checkpoint: checkpoint.replace('\n', '\n1') }))],
  ['of two signatures', FormatError, (log) => changed(log, ({ checkpoint }) => ({ checkpoint: `${checkpoint}${checkpoint.split('\n').at(-2)}\n` }))],
  ['with a policy', FormatError, (log) => changed(log, () => ({ policy: 'x' }))],
];

function pinsOf(device: Device): string {
  return JSON.stringify([...device.store.values].filter(([key]) => /^(pin|handle)\//.test(key)));
}

/** The unlock fails, after the log nothing is asked, and nothing is remembered. */
async function refuses({ service }: Scene, device: Device, kind: Attack[1]): Promise<void> {
  const before = pinsOf(device);
  const tab = device.tab(service.fetch);
  const error = await rejection(unlock(tab));
  expect(error).toBeInstanceOf(kind);
  expect(error).toBeInstanceOf(HostileDataError);
  expect(service.traffic().at(-1)).toBe('GET /audit/checkpoint');
  expect(pinsOf(device)).toBe(before);
  expect(tab.tab.get()).toBeNull();
}

describe.each(ATTACKS)('a log %s is refused', (_, kind, attack) => {
  it('by a device that has seen it', async () => {
    const scene = await seen();
    scene.service.lie = await attack(scene.log);
    await refuses(scene, scene.device, kind);
  });

  it('by a new device, which knows of it by the head', async () => {
    const scene = await seen();
    scene.service.lie = await attack(scene.log);
    await refuses(scene, new Device(), kind);
  });
});

it('that goes on is accepted, and what was accepted is kept', async () => {
  const { service, device, log } = await seen();
  await unlock(device.tab(service.fetch));
  // Shorter than this device has seen by now, though not than the head says.
  service.lie = log.with(log.leaves.slice(0, OLD + 2)).shown;
  expect(await rejection(unlock(device.tab(service.fetch)))).toBeInstanceOf(RollbackError);
  await unlock(new Device().tab(service.fetch));
});

describe('after an older database was restored on purpose', () => {
  it.each([['not used since', 0, RollbackError], ['used since', 9, ForkError]])('and %s, forgetting the vault here is the way out', async (_, since, kind) => {
    const { service, device, log } = await seen();
    const vault = await unlock(device.tab(service.fetch));
    service.lie = restored(log.with([...log.leaves.slice(0, OLD), ...someLeaves(since)]));
    for (const asking of [() => unlock(device.tab(service.fetch)), () => vault.auditLog()]) {
      const error = await rejection(asking());
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ story: 'log', message: expect.stringContaining('forget the vault on this device') });
    }
    await forgetHandle(HANDLE, device.tab(service.fetch));
    expect((await unlock(device.tab(service.fetch))).newDevice).not.toBeNull();
  });

  it('is not said of a service that refuses whoever has nothing to compare with', async () => {
    const { service } = await begin();
    service.before = ({ path }) => (path === '/audit/checkpoint' ? service.refuse(400, 'bad_request') : undefined);
    expect(await rejection(unlock(new Device().tab(service.fetch)))).not.toBeInstanceOf(HostileDataError);
  });
});

it('is checked after a refresh of the page too', async () => {
  const { service, device, log } = await seen();
  const tab = device.tab(service.fetch);
  await unlock(tab);
  service.lie = log.with(someLeaves(OLD + 9)).shown;
  expect(await rejection(Vault.resume(undefined, tab))).toBeInstanceOf(ForkError);
});

it('is remembered beside a pin from before there were logs', async () => {
  const { service, device, log } = await seen();
  const [key, pin] = [...device.store.values].find(([name]) => name.startsWith('pin/')) ?? [];
  const { audit: _, ...old } = pin as { audit: unknown };
  device.store.values.set(String(key), old as never);
  await unlock(device.tab(service.fetch));
  service.lie = log.with(log.leaves.slice(0, OLD + 3)).shown;
  expect(await rejection(unlock(device.tab(service.fetch)))).toBeInstanceOf(RollbackError);
});

describe('what a device keeps of a log', () => {
  const pin = { vaultId: 'a', seq: 1, headHash: new Uint8Array(32), history: new Uint8Array(32) };
  const kept = (size: number, change: object = {}) => ({
    key: new Uint8Array(32).fill(1), origin: ORIGIN, size, root: new Uint8Array(32).fill(size), extra: {}, ...change,
  });

  it('is the later one, whichever tab wrote it', async () => {
    const pins = new Pins(new Device().store);
    await pins.accept(pin, kept(5));
    await pins.accept(pin, kept(4));
    await pins.accept({ ...pin, seq: 2 });
    expect(await pins.log('a')).toEqual(kept(5));
  });

  it('is not replaced by that of another log', async () => {
    const pins = new Pins(new Device().store);
    await pins.accept(pin, kept(5));
    for (const other of [kept(5, { root: new Uint8Array(32) }), kept(6, { key: new Uint8Array(32) })]) {
      expect(await rejection(pins.accept(pin, other))).toBeInstanceOf(ForkError);
    }
    expect(await pins.log('a')).toEqual(kept(5));
  });

  it('is never taken for none when it is damaged', async () => {
    const { store } = new Device();
    const pins = new Pins(store);
    await pins.accept(pin, kept(5));
    for (const audit of ['', {}, { ...kept(5), root: 'x' }]) {
      await store.set('pin/a', { ...pin, audit } as never);
      expect(await rejection(pins.log('a'))).toBeInstanceOf(StorageError);
    }
  });
});

describe('an export', () => {
  const wholeOf = (vault: Vault) => exportVault(vault, {
    format: 'json', selection: ALL, skipDamaged: false, passphrase: '',
    print: { paper: 'a4', withTrash: false, withHelper: true, withDocument: true }, signal: new AbortController().signal, onStep: () => undefined,
  });

  it('is reported once it is made', async () => {
    const { service, vault } = await begin();
    await wholeOf(vault);
    const asked = service.asked.filter(({ path }) => path === '/audit/reports');
    expect(asked.map(({ body }) => body)).toEqual([{ event: 'export' }]);
  });

  it('is made although it cannot be reported', async () => {
    const { service, vault } = await begin();
    service.before = ({ path }) => (path === '/audit/reports' ? service.refuse(429, 'rate_limited', 60) : undefined);
    expect((await wholeOf(vault)).counts.sessions).toBe(0);
  });
});
